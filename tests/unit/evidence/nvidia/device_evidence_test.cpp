// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/device_evidence.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "evidence/nvidia/spdm_report.hpp"
#include "made/spdm_report.hpp"
#include "support/nvidia_vectors.hpp"

namespace tenzro::tee::nvidia {
namespace {

using Json = nlohmann::json;

Json made_device() {
  const std::string chain = "-----BEGIN CERTIFICATE-----";
  return {{"arch", "HOPPER"},
          {"nonce", to_hex(Bytes(32, 0x11))},
          {"evidence", to_base64(test::MadeSpdmReport().bytes())},
          {"certificate", to_base64(Bytes(chain.begin(), chain.end()))}};
}
Result<std::vector<DeviceEvidence>> parsed(const Json& json) {
  const std::string text = json.dump();
  return parse_device_evidence({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}
/// The message of a refusal after this change to a good device; empty when there is none.
std::string refusal(const std::function<void(Json&)>& change, ErrorCode code = ErrorCode::malformed_input) {
  Json device = made_device();
  change(device);
  const auto result = parsed(Json::array({device}));
  if (!result) {
    EXPECT_EQ(result.error().code(), code) << result.error().message();
  }
  return result ? std::string() : result.error().message();
}

TEST(DeviceEvidence, ReadsDevicesBareAndWrapped) {
  Json second = made_device();
  second["arch"] = "LS10";
  second["evidence"] = to_hex(test::MadeSpdmReport().bytes());
  second["driver_version"] = "whatever";
  const Json list = Json::array({made_device(), second});
  for (const Json& json : {list, Json{{"evidences", list}, {"result_code", 0}, {"result_message", "Ok"}}}) {
    const auto devices = parsed(json);
    ASSERT_TRUE(devices) << devices.error().message();
    ASSERT_EQ(devices->size(), 2U);
    EXPECT_EQ(to_string((*devices)[0].architecture), "HOPPER");
    EXPECT_EQ(to_string((*devices)[1].architecture), "LS10");
    EXPECT_EQ((*devices)[0].report, test::MadeSpdmReport().bytes());
    EXPECT_EQ((*devices)[1].report, (*devices)[0].report) << "hex and base64 say the same";
    EXPECT_EQ((*devices)[0].certificate_chain.front(), '-');
    const std::string text = json.dump();
    EXPECT_TRUE(looks_like_device_evidence({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  }
}

TEST(DeviceEvidence, ComesBackAsItWasWritten) {
  std::vector<DeviceEvidence> devices(3);
  devices[1].architecture = Architecture::blackwell;
  devices[2].architecture = Architecture::ls10;
  for (DeviceEvidence& device : devices) {
    device.nonce.fill(0x11);
    device.report = test::MadeSpdmReport().bytes();
    device.certificate_chain = Bytes(5, 'c');
  }
  const std::string text = write_device_evidence(devices);
  const ByteView bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  EXPECT_TRUE(looks_like_device_evidence(bytes));
  const auto back = parse_device_evidence(bytes);
  ASSERT_TRUE(back) << back.error().message();
  ASSERT_EQ(back->size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*back)[i].architecture, devices[i].architecture);
    EXPECT_EQ((*back)[i].nonce, devices[i].nonce);
    EXPECT_EQ((*back)[i].report, devices[i].report);
    EXPECT_EQ((*back)[i].certificate_chain, devices[i].certificate_chain);
  }
  EXPECT_EQ(write_device_evidence({}), "[]");
  EXPECT_EQ(write_device_evidence(std::span(devices).first(1)),
            R"([{"arch":"HOPPER","nonce":")" + to_hex(Bytes(32, 0x11)) + R"(","evidence":")" +
                to_base64(test::MadeSpdmReport().bytes()) + R"(","certificate":"Y2NjY2M="}])");
}

TEST(DeviceEvidence, RefusesWhatIsMissingOrOfAnotherType) {
  for (const char* const name : {"arch", "nonce", "evidence", "certificate"}) {
    EXPECT_NE(refusal([&](Json& device) { device.erase(name); }).find(name), std::string::npos);
    EXPECT_NE(refusal([&](Json& device) { device[name] = 7; }).find(name), std::string::npos);
  }
  EXPECT_NE(refusal([](Json& device) { device["arch"] = "AMPERE"; }, ErrorCode::unsupported), "");
  EXPECT_NE(refusal([](Json& device) { device["nonce"] = to_hex(Bytes(31)); }), "");
  EXPECT_NE(refusal([](Json& device) { device["nonce"] = std::string(64, 'x'); }), "");
  EXPECT_NE(refusal([](Json& device) { device["evidence"] = "Ee$="; }), "");
  EXPECT_NE(refusal([](Json& device) { device["certificate"] = to_hex(Bytes(5, 0xff)); }), "");
  EXPECT_NE(refusal([](Json& device) { device["evidence"] = to_base64(Bytes(kMaxReportSize + 3, 0x11)); }), "");
}

TEST(DeviceEvidence, BoundsTheNumberOfDevices) {
  EXPECT_FALSE(parsed(Json::array()));
  EXPECT_FALSE(parsed(Json::object()));
  EXPECT_FALSE(parsed(Json{{"evidences", 7}}));
  Json many = Json::array();
  Json small = made_device();
  small["evidence"] = "11e0";
  for (std::size_t i = 0; i < kMaxDevices; ++i) {
    many.push_back(small);
  }
  EXPECT_TRUE(parsed(many));
  many.push_back(small);
  EXPECT_FALSE(parsed(many));
}

TEST(DeviceEvidence, ReadsWhatGenuineToolsWrite) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  std::size_t files = 0;
  for (const Json& one : test::nvidia_cases()) {
    if (one["kind"] != "evidence-json") {
      continue;
    }
    SCOPED_TRACE(one["id"]);
    const auto devices = parse_device_evidence(test::read_vector("nvidia/" + one["file"].get<std::string>()));
    ASSERT_TRUE(devices) << devices.error().message();
    for (const DeviceEvidence& device : *devices) {
      EXPECT_EQ(to_hex(device.nonce), one["nonce"].get<std::string>());
      const auto report = parse_report(device.report);
      ASSERT_TRUE(report) << report.error().message();
      EXPECT_EQ(to_hex(report->nonce()), to_hex(device.nonce));
      EXPECT_EQ(report->measurement_count(), device.architecture == Architecture::ls10 ? 31U : 64U);
    }
    ++files;
  }
  EXPECT_EQ(files, 5U);
}

}  // namespace
}  // namespace tenzro::tee::nvidia
