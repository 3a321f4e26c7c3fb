// SPDX-License-Identifier: Apache-2.0
// `tenzro verify` without --offline, against a service on this machine.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "cli/process.hpp"
#include "online/collateral_service.hpp"

namespace tenzro::tee::test {
namespace {

class CliOnline : public testing::Test {
 protected:
  CliOnline() {
    platform.collateral.issued =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - std::chrono::hours{48};
    service.serve(platform.documents());
  }
  Outcome verify(const std::vector<std::string>& more = {}) {
    test::Run what;
    what.arguments = {"verify", quote, "--json", "--trust-anchor", root};
    what.arguments.insert(what.arguments.end(), more.begin(), more.end());
    what.environment = {"TENZRO_PCCS_URL=" + url, "TENZRO_CACHE_DIR=" + (scratch / "cache").string()};
    what.environment.insert(what.environment.end(), environment.begin(), environment.end());
    return run(what);
  }
  static std::vector<std::string> codes(const Outcome& outcome) {
    std::vector<std::string> out;
    const Json verdict = outcome.json();  // outlives the loop over a part of it
    for (const Json& failure : verdict["failures"]) {
      out.push_back(failure["code"]);
    }
    return out;
  }

  TestPlatform platform;
  FakeIntel service{FakeIntel::Style::old_pccs};
  Scratch scratch;
  std::string quote = scratch.write("quote", platform.maker.quote(platform.quote));
  std::string root = scratch.write("root.der", platform.root);
  std::string url = service.server().url();
  std::vector<std::string> environment;
};

TEST_F(CliOnline, FetchesWhatItNeedsOnce) {
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = verify();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  }
  EXPECT_EQ(service.server().requests(), 4U);
  url = "http://127.0.0.1:1";  // another service: nothing of the first one's is taken
  EXPECT_EQ(verify().exit_code, 4);
}

/// One run has no background: what is due is asked for by the run that finds it so.
TEST_F(CliOnline, ADueDocumentIsRefreshedAtOnce) {
  ASSERT_EQ(verify().exit_code, 0);
  const std::regex time("\"fetched_at\":\"[^\"]*\"");
  const std::string two_days_ago = to_rfc3339(platform.collateral.issued);
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "cache")) {
    if (entry.path().extension() == ".json") {
      std::ifstream in(entry.path());
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      ASSERT_TRUE(std::regex_search(text, time)) << text.substr(0, 200);
      std::ofstream(entry.path()) << std::regex_replace(text, time, "\"fetched_at\":\"" + two_days_ago + "\"");
    }
  }
  platform.collateral.evaluation_data_number += 1;
  platform.collateral.issued += std::chrono::hours{1};
  service.serve(platform.documents());
  const Outcome outcome = verify();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(service.server().requests(), 8U);
  EXPECT_EQ(outcome.json()["tcb"]["evaluation_data_number"], platform.collateral.evaluation_data_number) << outcome.out;
}

TEST_F(CliOnline, OfflineAsksNobody) {
  const Outcome outcome = verify({"--offline"});
  EXPECT_EQ(outcome.exit_code, 4);
  for (const std::string& code : codes(outcome)) {
    EXPECT_TRUE(code == "collateral_missing" || code == "revocation_missing") << code;
  }
  EXPECT_EQ(service.server().requests(), 0U);
  EXPECT_FALSE(std::filesystem::exists(scratch / "cache"));
}

TEST_F(CliOnline, AServiceThatIsAwayIsNotAvailable) {
  url = "http://127.0.0.1:1";
  const Outcome outcome = verify();
  EXPECT_EQ(outcome.exit_code, 4) << outcome.out;
  for (const std::string& code : codes(outcome)) {
    EXPECT_EQ(code, "collateral_unreachable");
  }
}

TEST_F(CliOnline, AGivenTimeLeavesTheCacheAlone) {
  const std::string at = to_rfc3339(platform.collateral.issued + std::chrono::hours{1});
  EXPECT_EQ(verify({"--at", at}).exit_code, 0);
  EXPECT_EQ(verify({"--at", at}).exit_code, 0);
  EXPECT_EQ(service.server().requests(), 8U);
}

TEST_F(CliOnline, EarlyIsAskedForOnRequest) {
  EXPECT_EQ(verify({"--tcb-update", "early"}).exit_code, 0);
  EXPECT_EQ(service.server().requests("update=early"), 2U);
}

TEST_F(CliOnline, CacheThatCannotBeUsedIsAWarning) {
  test::Run what;
  what.arguments = {"verify", quote, "--json", "--trust-anchor", root};
  what.environment = {"TENZRO_PCCS_URL=" + url, "TENZRO_CACHE_DIR=/dev/null/x"};
  const Outcome outcome = run(what);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out;
  EXPECT_NE(outcome.out.find("collateral_cache_unusable"), std::string::npos);
}

TEST_F(CliOnline, CacheStandsInTheUsersCacheFolder) {
  test::Run what;
  what.arguments = {"verify", quote, "--json", "--trust-anchor", root};
  what.environment = {"TENZRO_PCCS_URL=" + url, "XDG_CACHE_HOME=" + (scratch / "xdg").string()};
  EXPECT_EQ(run(what).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(scratch / "xdg/tenzro"));
  what.environment = {"TENZRO_PCCS_URL=" + url, "HOME=" + (scratch / "home").string()};
  EXPECT_EQ(run(what).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(scratch / "home/.cache/tenzro"));
}

TEST_F(CliOnline, HttpsNeedsAnAuthority) {
  const ServerIdentity identity = make_identity("localhost", true);
  FakeIntel tls(FakeIntel::Style::old_pccs, identity);
  tls.serve(platform.documents());
  url = tls.server().url();
  const std::string ca = scratch.write("ca.pem", std::string_view(identity.certificate));
  EXPECT_EQ(verify().exit_code, 4);
  EXPECT_EQ(verify({"--ca-file", ca}).exit_code, 0);
  std::filesystem::remove_all(scratch / "cache");
  environment = {"TENZRO_CA_FILE=" + ca};
  EXPECT_EQ(verify().exit_code, 0);
}

TEST_F(CliOnline, RefusesServicesThatMayNotBeAsked) {
  for (const std::string bad : {"http://example.com", "ftp://127.0.0.1", "nonsense"}) {
    url = bad;
    const Outcome outcome = verify();
    EXPECT_EQ(outcome.exit_code, 2) << outcome.out;
    EXPECT_NE(outcome.err.find("TENZRO_PCCS_URL"), std::string::npos) << outcome.err;
    expect_one_clear_line(outcome.err);
  }
  url = service.server().url();
  EXPECT_EQ(verify({"--tcb-update", "late"}).exit_code, 2);
  EXPECT_EQ(verify({"--ca-file", "/nonexistent"}).exit_code, 3);
}

TEST_F(CliOnline, RefusesPlacesAndKeysOfNvidiaThatCannotBe) {
  for (const std::string name : {"TENZRO_KDS_URL", "TENZRO_RIM_URL", "TENZRO_OCSP_URL", "TENZRO_NRAS_URL"}) {
    environment = {name + "=http://example.com"};
    const Outcome outcome = verify();
    EXPECT_EQ(outcome.exit_code, 2) << outcome.out;
    EXPECT_NE(outcome.err.find(name), std::string::npos) << outcome.err;
    expect_one_clear_line(outcome.err);
  }
  environment = {"NV_ATTESTATION_SERVICE_KEY=secret\nkey"};
  const Outcome outcome = verify();
  EXPECT_EQ(outcome.exit_code, 2) << outcome.out;
  EXPECT_NE(outcome.err.find("NV_ATTESTATION_SERVICE_KEY"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("secret"), std::string::npos) << outcome.err;
  environment = {"NV_ATTESTATION_SERVICE_KEY=nvapi-good"};
  EXPECT_EQ(verify().exit_code, 0);
}

TEST_F(CliOnline, SimulatedEvidenceAsksNobody) {
  const std::string simulated = scratch.write("simulated", simulated::TdxEvidenceMaker().quote(platform.quote));
  test::Run what;
  what.arguments = {"verify", simulated, "--json", "--allow-simulated"};
  what.environment = {"TENZRO_PCCS_URL=" + url};
  EXPECT_EQ(run(what).exit_code, 4);
  EXPECT_EQ(service.server().requests(), 0U);
}

}  // namespace
}  // namespace tenzro::tee::test
