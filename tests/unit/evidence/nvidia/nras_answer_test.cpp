// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/nras_answer.hpp"

#include <gtest/gtest.h>

#include "made/nras_claims.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::nvidia {
namespace {

using Json = test::NrasJson;

const std::string kToken = "eyJhIjoxfQ.eyJhIjoxfQ.AA";

Json bundle(const Json& devices) { return Json::array({Json::array({"JWT", kToken}), devices}); }

void expect_text_refused(std::string_view text, std::string_view message) {
  const auto parsed = parse_nras_answer(test::view(text));
  ASSERT_FALSE(parsed) << text;
  EXPECT_EQ(parsed.error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(parsed.error().message(), message) << text;
}
void expect_refused(const Json& value, std::string_view message) { expect_text_refused(value.dump(), message); }

TEST(NrasAnswer, RejectsWhatIsNoBundle) {
  for (const std::string_view text : {"", " ", "null", "{}", "\"JWT\"", "[", "eyJ", "a.b.c"}) {
    EXPECT_FALSE(parse_nras_answer(test::view(text))) << text;
  }
  const std::string_view two = "answer: expected the token over all devices and those of the devices";
  expect_refused(Json::array(), two);
  expect_refused(Json::array({Json::array({"JWT", kToken})}), two);
  expect_refused(Json::array({1, 2, 3}), "answer: expected an array of at most 2 elements");
  expect_refused(Json::array({kToken, Json::object()}), "answer[0]: expected an array");
  expect_refused(Json::array({Json::array({"JWT"}), Json::object()}), "answer[0]: expected \"JWT\" and a token");
  expect_refused(Json::array({Json::array({"jwt", kToken}), Json::object()}), "answer[0][0]: expected \"JWT\"");
  expect_refused(Json::array({Json::array({"JWT", 7}), Json::object()}), "answer[0][1]: expected a string");
  expect_refused(Json::array({Json::array({"JWT", kToken}), Json::array()}),
                 "answer[1]: expected an object with the devices' tokens");
  expect_text_refused(std::string(kMaxNrasAnswer + 1, ' '), "answer: has 1048577 bytes, at most 1048576 are read");
}

TEST(NrasAnswer, RejectsNamesThatNoDeviceHas) {
  for (const std::string name : {"", "GPU", "GPU-", "GPU-x", "GPU-00", "GPU-01", "GPU-64", "GPU--1", "GPU-+1", "GPU-1 ",
                                 "gpu-1", "SWITCH-64", "SWITCH_1", "NVSWITCH-1", "REMOTE_GPU", "GPU-99999999999"}) {
    expect_refused(bundle({{name, kToken}}), "answer[1]: \"" + name + "\" is no GPU-n and no SWITCH-n");
  }
}

// ATTACK(V2)
TEST(NrasAnswer, RejectsOneNameTwice) {
  EXPECT_FALSE(parse_nras_answer(
      test::view(R"([["JWT",")" + kToken + R"("],{"GPU-0":")" + kToken + R"(","GPU-0":")" + kToken + R"("}])")));
}

TEST(NrasAnswer, RejectsTokensThatAreNoText) {
  expect_refused(bundle({{"GPU-0", 7}}), "answer[1].GPU-0: expected a string");
  expect_refused(bundle({{"GPU-0", nullptr}}), "answer[1].GPU-0: expected a string");
}

TEST(NrasAnswer, RejectsMoreDevicesThanItsLimit) {
  Json devices = Json::object();
  for (unsigned i = 0; i < 64; ++i) {
    devices["GPU-" + std::to_string(i)] = kToken;
  }
  EXPECT_EQ(parse_nras_answer(test::view(bundle(devices).dump())).value().devices.size(), 64U);
  devices["SWITCH-0"] = kToken;
  expect_refused(bundle(devices), "answer[1]: expected at most 64 devices");
}

TEST(NrasAnswer, ReadsDevicesInTheOrderOfTheirNumbers) {
  const auto parsed = parse_nras_answer(
      test::view(" \n" + bundle({{"SWITCH-0", "s"}, {"GPU-10", "k"}, {"GPU-9", "j"}, {"GPU-0", "a"}}).dump(1) + "\n"));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->overall, kToken);
  std::string names, tokens;
  for (const DeviceToken& device : parsed->devices) {
    names += device.name + " ";
    tokens += device.token;
  }
  EXPECT_EQ(names, "GPU-0 GPU-9 GPU-10 SWITCH-0 ");
  EXPECT_EQ(tokens, "ajks");
  EXPECT_EQ(parsed->devices[0].kind, RemoteDevices::gpus);
  EXPECT_EQ(parsed->devices[3].kind, RemoteDevices::switches);
}

TEST(NrasAnswer, TakesATokenAloneForAnAnswerWithoutDevices) {
  const auto parsed = parse_nras_answer(test::view(kToken + "\n"));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->overall, kToken);
  EXPECT_TRUE(parsed->devices.empty());
}

TEST(NrasAnswer, IsRecognised) {
  for (const std::string& text : {bundle(Json::object()).dump(), bundle(Json::object()).dump(2), kToken,
                                  " " + kToken + "\n", std::string("[ [\"JWT\" , \"")}) {
    EXPECT_TRUE(looks_like_nras_answer(test::view(text))) << text;
  }
  for (const std::string_view text :
       {"", "[", "[[]]", "[[\"JWT\"]]", "[{\"arch\":\"HOPPER\"}]", "{}", "eyJ.a", "a.b.c", "[[\"JWS\",\"\"]]"}) {
    EXPECT_FALSE(looks_like_nras_answer(test::view(text))) << text;
  }
}

}  // namespace
}  // namespace tenzro::tee::nvidia
