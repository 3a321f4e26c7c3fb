// SPDX-License-Identifier: Apache-2.0
// What a host may set (variables, folders, addresses of services) makes no verdict better: what was refused stays
// refused, for the same reasons, and what was good says the same.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "cli/contract.hpp"
#include "cli/evidence.hpp"
#include "cli/process.hpp"
#include "online/collateral_service.hpp"

namespace tenzro::tee::test {
namespace {

using Settings = std::vector<std::string>;
using Arguments = std::vector<std::string>;

class HostSettings : public testing::Test {
 protected:
  HostSettings() {
    // The host's own hierarchy, with a service and a cache of its own, which calls everything up to date.
    hosts.collateral.issued =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - std::chrono::hours{1};
    service.serve(hosts.documents());
  }
  Outcome verify(const Arguments& what, const Settings& settings) {
    test::Run asked;
    asked.arguments = {"verify", "--json"};
    asked.arguments.insert(asked.arguments.end(), what.begin(), what.end());
    asked.environment = settings;
    return run(asked);
  }
  /// A cache folder that the host has filled: all that a run under its own root leaves there.
  std::string planted_cache() {
    const std::string folder = (scratch / "planted").string();
    const Outcome filled =
        verify({"--trust-anchor", scratch.write("host.der", hosts.root), scratch.write("hosts", hosts_quote())},
               {"TENZRO_PCCS_URL=" + service.server().url(), "TENZRO_CACHE_DIR=" + folder});
    EXPECT_EQ(filled.exit_code, 0) << filled.out << filled.err;
    EXPECT_FALSE(std::filesystem::is_empty(folder));
    return folder;
  }
  Bytes hosts_quote() const { return hosts.maker.quote(hosts.quote); }

  TestPlatform hosts;
  FakeIntel service;
  Scratch scratch;
};

// ATTACK(B9)
TEST_F(HostSettings, MakeNoVerdictBetter) {
  const simulated::TdxEvidenceMaker maker;
  const auto made = [&](const char* name, const simulated::CollateralSpec& enclosed, bool debug = false) {
    simulated::QuoteSpec spec = simulated::tdx_quote_spec();
    spec.td.td_attributes[0] = static_cast<std::uint8_t>(spec.td.td_attributes[0] | (debug ? 1 : 0));
    return scratch.write(name, to_json(maker.report(spec, enclosed)));
  };
  simulated::CollateralSpec old{.issued = issued()}, revoked{.issued = issued()};
  old.tcb_status = "OutOfDate";
  revoked.tcb_status = "Revoked";
  const Arguments permitted = {"--allow-simulated", "--at", kJudgedAt};
  const auto with = [&](Arguments arguments, const std::string& file) {
    arguments.push_back(file);
    return arguments;
  };
  const std::string good = made("good", {.issued = issued()});
  const std::vector<Arguments> questions = {with(permitted, good), with({"--at", kJudgedAt}, good),
                                            with(permitted, made("debug", {.issued = issued()}, true)),
                                            with(permitted, made("old", old)),
                                            with(permitted, made("revoked", revoked))};
  const std::string configuration = scratch.write(
      "openssl.cnf",
      "openssl_conf = all\n[all]\nssl_conf = tls\nalg_section = algorithms\n[algorithms]\nrh-allow-sha1-signatures = "
      "yes\n[tls]\nsystem_default = any\n[any]\nCipherString = ALL:@SECLEVEL=0\nVerifyMode = None\n");
  const std::vector<Settings> settings = {
      {"TENZRO_SIMULATE_TDX=1", "TENZRO_SIMULATE_SEV_SNP=1", "TENZRO_SIMULATE_NITRO=1", "TENZRO_SIMULATE_NVIDIA=1"},
      {"TENZRO_ALLOW_SIMULATED=1", "TENZRO_TRUST_ANCHOR=" + scratch.write("h.der", hosts.root), "TENZRO_REVOCATION=off",
       "TENZRO_AT=" + kJudgedAt, "TENZRO_INSECURE=1", "TENZRO_OFFLINE=1", "TENZRO_POLICY=none"},
      {"TENZRO_PCCS_URL=" + service.server().url(), "TENZRO_KDS_URL=" + service.server().url()},
      {"TENZRO_CACHE_DIR=" + planted_cache()},
      {"OPENSSL_CONF=" + configuration, "SSL_CERT_FILE=" + configuration, "SSL_CERT_DIR=" + scratch.path().string()},
      {"TZ=Pacific/Kiritimati", "LC_ALL=tr_TR.UTF-8", "LANG=tr_TR.UTF-8"},
      {"XDG_CACHE_HOME=" + scratch.path().string(), "HOME=" + scratch.path().string(), "HTTPS_PROXY=http://127.0.0.1:1",
       "NV_ATTESTATION_SERVICE_KEY=key"}};
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const Outcome plain = verify(questions[i], {});
    EXPECT_EQ(plain.exit_code, i == 0 ? 0 : 1) << plain.out << plain.err;
    for (const Settings& setting : settings) {
      const Outcome outcome = verify(questions[i], setting);
      EXPECT_EQ(outcome.exit_code, plain.exit_code) << setting.front() << outcome.err;
      EXPECT_EQ(outcome.out, plain.out) << setting.front();
    }
  }
}

// ATTACK(B9): the host's service, its folder and its certificates offer documents; whom they speak for is decided by
// the root of the evidence, whatever the address says.
TEST_F(HostSettings, ServicesAndFoldersVouchForNobody) {
  Foreign other;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string quote = scratch.write("quote", other.quote());
  const std::string root = scratch.write("root.der", other.root());
  const std::string url = "TENZRO_PCCS_URL=" + service.server().url();
  const Outcome pinned = verify({quote}, {url, "TENZRO_CACHE_DIR=" + planted_cache()});
  EXPECT_EQ(pinned.exit_code, 1) << pinned.out;
  EXPECT_TRUE(codes_in(pinned.json(), "failures").contains("root_mismatch")) << pinned.out;
  // Under the root that the caller named, the host's documents are somebody else's.
  for (const std::string& folder : {(scratch / "empty").string(), (scratch / "planted").string()}) {
    const Outcome outcome = verify({"--trust-anchor", root, quote}, {url, "TENZRO_CACHE_DIR=" + folder});
    EXPECT_NE(outcome.exit_code, 0) << outcome.out;
    EXPECT_EQ(outcome.json()["valid"], false);
    EXPECT_FALSE(codes_in(outcome.json(), "failures").empty());
  }
  // The right documents beside them still count: the host can withhold, not forge.
  const auto documents = other.maker.collateral(other.spec, {.issued = now - std::chrono::hours{1}});
  service.serve(documents);
  const Outcome right =
      verify({"--trust-anchor", root, quote}, {url, "TENZRO_CACHE_DIR=" + (scratch / "new").string()});
  EXPECT_EQ(right.exit_code, 0) << right.out << right.err;
}

}  // namespace
}  // namespace tenzro::tee::test
