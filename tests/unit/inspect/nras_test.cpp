// SPDX-License-Identifier: Apache-2.0
// What inspect shows of NVIDIA's remote attestation service: its answers, and tokens alone.
#include <gtest/gtest.h>

#include "made/nras.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee {
namespace {

using Json = nlohmann::ordered_json;

const UtcTime kIssued = *from_rfc3339("2026-06-01T00:00:00Z");

Json inspected(std::string_view text) {
  const auto result = inspect(test::view(text));
  EXPECT_TRUE(result) << result.error().message();
  return result ? Json::parse(result->json) : Json();
}

std::string refusal(std::string_view text) {
  const auto result = inspect(test::view(text));
  EXPECT_FALSE(result);
  if (result) {
    return {};
  }
  EXPECT_EQ(result.error().code(), ErrorCode::malformed_input);
  return std::string(result.error().message());
}

class InspectNras : public testing::Test {
 protected:
  /// Claims and header as they are, under a signature that is none.
  static std::string token(std::string_view payload, std::string_view header = R"({"kid":"key","alg":"ES384"})") {
    return test::compact_token(header, payload, Bytes(96, 7));
  }
  test::MadeNras service{kIssued};
};

TEST_F(InspectNras, AnAnswerIsItsTokens) {
  service.add_gpus(2).add_switches(1);
  const std::string answer = service.answer();
  const Json shown = inspected(answer);
  EXPECT_EQ(shown["kind"], "nras_answer");
  EXPECT_EQ(shown["verified"], false);
  const Json& overall = shown["overall"];
  EXPECT_EQ(overall["header"], (Json{{"alg", "ES384"}, {"kid", "made-key-1"}}));
  EXPECT_EQ(overall["issued_at"], "2026-06-01T00:00:00Z");
  EXPECT_EQ(overall["not_before"], "2026-06-01T00:00:00Z");
  EXPECT_EQ(overall["expires"], "2026-06-01T01:00:00Z");
  EXPECT_EQ(overall["submodules"], (Json{"GPU-0", "GPU-1", "SWITCH-0"}));
  EXPECT_EQ(overall["claims"]["x-nvidia-overall-att-result"], true);
  EXPECT_EQ(overall["signature"].get<std::string>().size(), 192U);
  ASSERT_EQ(shown["devices"].size(), 3U);
  for (const test::MadeNrasDevice& device : service.devices) {
    const Json& one = shown["devices"][device.name];
    EXPECT_EQ(one["claims"], device.claims) << one.dump();
    EXPECT_EQ(one["claims"].begin().key(), device.claims.begin().key());
    EXPECT_FALSE(one.contains("submodules"));
  }
  EXPECT_EQ(inspected(to_base64(test::view(answer))), shown);
}

TEST_F(InspectNras, ATokenStandsAlone) {
  service.add_gpus(1);
  const Json overall = inspected(service.overall_token(service.device_tokens()) + "\n");
  EXPECT_EQ(overall["kind"], "token");
  EXPECT_EQ(overall["verified"], false);
  EXPECT_EQ(overall["submodules"], Json{"GPU-0"});
  const Json device = inspected(service.token(service.devices[0].claims));
  EXPECT_EQ(device["kind"], "token");
  EXPECT_EQ(device["claims"], service.devices[0].claims);
}

TEST_F(InspectNras, AnyTokenIsShownAsItStands) {
  const Json shown = inspected(token(R"({"z":1,"iat":-1,"exp":253402300800,"a":[{"b":null}],"submods":7})"));
  EXPECT_EQ(shown["claims"].dump(), R"({"z":1,"iat":-1,"exp":253402300800,"a":[{"b":null}],"submods":7})");
  for (const char* member : {"issued_at", "not_before", "expires", "submodules"}) {
    EXPECT_FALSE(shown.contains(member)) << member;
  }
  const Json none = inspected(token("{}", R"({"alg":"none"})"));
  EXPECT_EQ(none["header"], (Json{{"alg", "none"}, {"kid", nullptr}}));
  EXPECT_EQ(none["verified"], false);
}

TEST_F(InspectNras, WhatATokenCannotSayTwiceIsRefused) {
  EXPECT_NE(refusal(token(R"({"iss":"a","iss":"b"})")).find("token.payload"), std::string::npos);
  EXPECT_NE(refusal(token(R"({"a":{"b":1,"b":2}})")).find("token.payload"), std::string::npos);
  EXPECT_NE(refusal(token("[]")).find("token.payload"), std::string::npos);
  refusal(token("{}", R"({"alg":"ES384","alg":"none"})"));
  refusal(token("{}", R"({"kid":"key"})"));
  refusal(token("{}") + "=");
}

TEST_F(InspectNras, OneBrokenTokenHidesNoOther) {
  service.add_gpus(2);
  auto tokens = service.device_tokens();
  const std::string overall = service.overall_token(tokens);
  tokens[0].second = token(R"({"iss":"a","iss":"b"})");
  const Json shown = inspected(test::nras_bundle(overall, tokens));
  EXPECT_TRUE(shown["devices"]["GPU-0"].contains("error"));
  EXPECT_EQ(shown["devices"]["GPU-1"]["claims"], service.devices[1].claims);
  tokens[0].first = "CPU-0";
  EXPECT_NE(refusal(test::nras_bundle(overall, tokens)).find("CPU-0"), std::string::npos);
}

TEST_F(InspectNras, AnEnvelopeShowsTheAnswerInIt) {
  service.add_gpus(1);
  for (const std::string& evidence : {service.answer(), service.token(service.devices[0].claims)}) {
    const auto report = parse_report(test::view(evidence));
    ASSERT_TRUE(report) << report.error().message();
    Json plain = inspected(evidence);
    plain.erase("kind");
    plain.erase("verified");
    const Json shown = inspected(to_json(*report));
    EXPECT_EQ(shown["kind"], "report");
    EXPECT_EQ(shown["evidence"], plain);
  }
}

TEST_F(InspectNras, RealAnswersAreRead) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real answers here";
  }
  for (const auto& [name, devices] :
       {std::pair("one-gpu-pass", 1U), std::pair("eight-gpu-pass", 8U), std::pair("eight-gpu-nonce-mismatch", 8U)}) {
    SCOPED_TRACE(name);
    const Bytes answer = test::read_vector(std::string("nvidia/nras/") + name + "/response.json");
    const Json shown = inspected({reinterpret_cast<const char*>(answer.data()), answer.size()});
    EXPECT_EQ(shown["kind"], "nras_answer");
    EXPECT_EQ(shown["overall"]["submodules"].size(), devices);
    EXPECT_EQ(shown["devices"].size(), devices);
    EXPECT_EQ(shown.dump().find("\"error\""), std::string::npos);
    EXPECT_EQ(shown["overall"]["claims"]["sub"], "NVIDIA-PLATFORM-ATTESTATION");
    EXPECT_EQ(shown["devices"]["GPU-0"]["claims"]["iss"], "https://nras.attestation.nvidia.com");
  }
}

}  // namespace
}  // namespace tenzro::tee
