// SPDX-License-Identifier: Apache-2.0
// The services as Intel documents them, with made and with real documents, and the verifier above them.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <set>

#include "collateral/bundle.hpp"
#include "crypto/digest.hpp"
#include "online/collateral_service.hpp"
#include "support/tdx_case.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::test {
namespace {

/// Judged at the present time, since only that raises a memory.
class OnlineVerifier : public testing::Test {
 protected:
  OnlineVerifier() {
    platform.collateral.issued =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - std::chrono::hours{48};
    service.serve(platform.documents());
  }
  OnlineOptions options() {
    OnlineOptions out = service.options();
    out.clock = {};
    return out;
  }
  TestPlatform platform;
  FakeIntel service;
};

bool has(const std::vector<Finding>& findings, std::string_view code) {
  return std::ranges::any_of(findings, [code](const Finding& finding) { return finding.code == code; });
}

TEST_F(OnlineVerifier, AcceptsWhatItJudgedGoodAndAsksOnce) {
  const auto source = source_of(options());
  for (int i = 0; i < 3; ++i) {
    const VerificationResult verdict = platform.judge({source}, std::nullopt);
    EXPECT_TRUE(verdict.valid()) << describe(verdict);
  }
  EXPECT_EQ(service.server().requests(), 4U);
}

TEST_F(OnlineVerifier, SecondProcessFindsItInTheFolderWhileTheServiceIsDown) {
  const TemporaryFolder folder;
  OnlineOptions with = options();
  with.cache_dir = folder.path();
  ASSERT_TRUE(platform.judge({source_of(with)}, std::nullopt).valid());
  service.change_all([](Answer& answer) { answer.status = "500 Down"; });
  EXPECT_TRUE(platform.judge({source_of(with)}, std::nullopt).valid());
  EXPECT_EQ(service.server().requests(), 4U);
  // At a given time the folder is not used.
  const VerificationResult past = platform.judge({source_of(with)}, platform.collateral.issued + std::chrono::hours{1});
  EXPECT_TRUE(has(past.failures(), "collateral_unreachable")) << describe(past);
}

// A certificate says where its list lies; nothing is fetched from there, and no other service is asked in its place.
TEST_F(OnlineVerifier, AsksNobodyForListsOfAws) {
  const auto source = source_of(options());
  CollateralRequest request;
  request.kind = CollateralKind::nitro_crl;
  const Bytes certificate = platform.maker.hierarchy().root().certificate;
  request.root = request.issuer = certificate;
  for (const Platform nitro : {Platform::aws_nitro, Platform::aws_nitro_tpm, Platform::intel_tdx}) {
    for (const bool at_now : {false, true}) {
      request.platform = nitro;
      request.at_now = at_now;
      const auto found = source->find(request);
      ASSERT_TRUE(found) << found.error().message();
      EXPECT_TRUE(found->empty());
    }
  }
  EXPECT_EQ(service.server().requests(), 0U);
}

// ATTACK(T14)
TEST_F(OnlineVerifier, CallersFilesAndGivenTimesRaiseNoMemory) {
  const TemporaryFolder folder;
  OnlineOptions with = options();
  with.cache_dir = folder.path();
  const auto source = source_of(with);
  // High numbers from a file, and from the service at a given time.
  const simulated::CollateralSpec ordinary = platform.collateral;
  platform.collateral.evaluation_data_number = 99;
  platform.collateral.root_crl.number = platform.collateral.pck_crl.number = 99;
  const std::string bundle = collateral::bundle_to_json(platform.documents());
  const auto path = folder.path() / "bundle.json";
  std::ofstream(path) << bundle;
  EXPECT_TRUE(platform.judge({*offline_collateral({path}), source}, std::nullopt).valid());
  EXPECT_EQ(service.server().requests(), 0U);
  service.serve(platform.documents());
  EXPECT_TRUE(platform.judge({source}, platform.collateral.issued + std::chrono::hours{1}).valid());
  // Another caller's ordinary collateral.
  platform.collateral = ordinary;
  service.serve(platform.documents());
  const VerificationResult verdict = platform.judge({source}, std::nullopt);
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
}

// ATTACK(T6)
TEST_F(OnlineVerifier, RolledBackCollateralIsRefusedByName) {
  const TemporaryFolder folder;
  OnlineOptions with = options();
  with.cache_dir = folder.path();
  const simulated::CollateralSpec ordinary = platform.collateral;
  platform.collateral.evaluation_data_number = 18;
  service.serve(platform.documents());
  ASSERT_TRUE(platform.judge({source_of(with)}, std::nullopt).valid());
  platform.collateral = ordinary;
  service.serve(platform.documents());
  // By this source's clock what it remembers has expired.
  with.clock = [&] { return platform.collateral.issued + std::chrono::days{31}; };
  const VerificationResult verdict = platform.judge({source_of(with)}, std::nullopt);
  EXPECT_TRUE(has(verdict.failures(), "collateral_rolled_back")) << describe(verdict);
}

TEST_F(OnlineVerifier, WhatARevokedSignerSignedIsNotRemembered) {
  const TemporaryFolder folder;
  OnlineOptions with = options();
  with.cache_dir = folder.path();
  platform.collateral.root_crl.revoked_serials = {
      simulated::serial_of(platform.maker.hierarchy().tcb_signer().certificate)};
  platform.collateral.evaluation_data_number = 99;
  service.serve(platform.documents());
  const VerificationResult revoked = platform.judge({source_of(with)}, std::nullopt);
  EXPECT_TRUE(has(revoked.failures(), "certificate_revoked")) << describe(revoked);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    files += entry.path().extension() == ".json" ? 1U : 0U;
  }
  EXPECT_EQ(files, 2U) << "only the two revocation lists";
}

TEST_F(OnlineVerifier, WarnsOfAFolderThatCannotBeUsed) {
  OnlineOptions with = options();
  with.cache_dir = "/dev/null/cache";
  const VerificationResult verdict = platform.judge({source_of(with)}, std::nullopt);
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
  EXPECT_TRUE(has(verdict.warnings(), "collateral_cache_unusable"));
}

TEST(OnlineService, AnOldPccsIsUnderstood) {
  TestPlatform platform;
  FakeIntel service(FakeIntel::Style::old_pccs);
  service.serve(platform.documents());
  const VerificationResult verdict = platform.judge({source_of(service.options())});
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
  EXPECT_EQ(service.server().requests("/sgx/certification/v4/rootcacrl"), 1U);
  EXPECT_EQ(service.server().requests("/sgx/certification/v4/pckcrl?ca=platform&encoding=der"), 1U);
  EXPECT_EQ(service.server().requests("/tdx/certification/v4/tcb?fmspc=" + to_hex(platform.quote.pck.fmspc) +
                                      "&update=standard"),
            1U);
  EXPECT_EQ(service.server().requests("/tdx/certification/v4/qe/identity?update=standard"), 1U);
}

TEST(OnlineService, AWarningOfTheServiceIsPassedOn) {
  TestPlatform platform;
  FakeIntel service;
  service.serve(platform.documents());
  service.change(CollateralKind::pck_crl,
                 [](Answer& answer) { answer.headers += "Warning: 299 - \"ends soon\x1b[2J\"\r\n"; });
  const VerificationResult verdict = platform.judge({source_of(service.options())});
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
  const auto warning =
      std::ranges::find(verdict.warnings(), "collateral_service_warning", [](const Finding& one) { return one.code; });
  ASSERT_NE(warning, verdict.warnings().end());
  EXPECT_EQ(warning->check, "revocation");
  EXPECT_NE(warning->message.find("299 - \"ends soon\\x1b[2J\""), std::string::npos) << warning->message;
}

TEST(OnlineService, SgxIsAskedForAsSgx) {
  TestPlatform platform;
  platform.quote = simulated::sgx_quote_spec();
  FakeIntel service;
  service.serve(platform.documents());
  AttestationReport report;
  report.evidence = platform.maker.quote(platform.quote);
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(kNow).replace_trust_anchors({platform.root}).require_platform(Platform::intel_sgx);
  const VerificationResult verdict = AttestationVerifier(source_of(service.options())).verify(report, options);
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
  EXPECT_EQ(service.server().requests("/sgx/certification/v4/tcb?"), 1U);
  EXPECT_EQ(service.server().requests("/sgx/certification/v4/qe/identity"), 1U);
  EXPECT_EQ(service.server().requests("ca=processor"), 1U);
}

TEST(OnlineService, HttpsWithACaFileOfOnesOwn) {
  TestPlatform platform;
  const TemporaryFolder folder;
  const ServerIdentity identity = make_identity("localhost", true);
  FakeIntel service(FakeIntel::Style::pcs, identity);
  service.serve(platform.documents());
  OnlineOptions options = service.options();
  options.ca_file = folder.path() / "ca.pem";
  std::ofstream(options.ca_file) << identity.certificate;
  const VerificationResult verdict = platform.judge({source_of(options)});
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
}

TEST(OnlineService, FilesComeFirst) {
  TestPlatform platform;
  const TemporaryFolder folder;
  std::vector<CollateralDocument> documents = platform.documents();
  std::erase_if(documents, [](const CollateralDocument& one) { return one.kind != CollateralKind::tcb_info; });
  std::ofstream(folder.path() / "bundle.json") << collateral::bundle_to_json(documents);
  FakeIntel service;
  service.serve(platform.documents());
  EXPECT_TRUE(platform.judge({*offline_collateral({folder.path()}), source_of(service.options())}).valid());
  EXPECT_EQ(service.requests(CollateralKind::tcb_info), 0U);
  EXPECT_EQ(service.server().requests(), 3U);
}

TEST(OnlineService, OptionsThatMakeNoSenseAreRefused) {
  const auto code = [](const OnlineOptions& options) { return online_collateral(options).error().code(); };
  EXPECT_EQ(code({.base_urls = {{CollateralService::intel_pccs, "http://example.com"}}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.timeout = std::chrono::milliseconds{0}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.timeout = std::chrono::hours{1}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.refresh_after = std::chrono::hours{0}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.ca_file = "/nonexistent"}), ErrorCode::io_failure);
  EXPECT_EQ(parse_tcb_update("late").error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(*parse_tcb_update("early"), TcbUpdate::early);
}

/// What a verdict on a case of the manifest rests on, each document with its signer's chain.
std::vector<CollateralDocument> documents_used(const nlohmann::json& one, const VerificationResult& verdict) {
  const auto source = *offline_collateral(collateral_of(one));
  std::vector<CollateralDocument> out;
  for (const CollateralUse& use : verdict.collateral()) {
    CollateralRequest request;
    request.kind = use.kind;
    const auto found = *source->find(request);
    for (const CollateralDocumentPtr& candidate : found) {
      CollateralDocument document = *candidate;
      if (document.kind == use.kind && crypto::sha256(document.body) == use.sha256) {
        const bool is_signed_json = use.kind == CollateralKind::tcb_info || use.kind == CollateralKind::qe_identity;
        if (is_signed_json && document.issuer_chain.empty()) {
          for (const Bytes& der : source->loose_certificates()) {
            const auto certificate = x509::Certificate::parse(der);
            if (certificate && (*certificate)->common_name() == "Intel SGX TCB Signing") {
              document.issuer_chain = {der};
            }
          }
        }
        out.push_back(std::move(document));
        break;
      }
    }
  }
  return out;
}

std::set<std::string> distinct_codes(const VerificationResult& verdict) {
  std::set<std::string> out;
  for (const Finding& failure : verdict.failures()) {
    out.insert(failure.code);
  }
  return out;
}

/// Real documents, served as Intel serves them, give real evidence the verdict that the same documents as files do.
TEST(OnlineService, RealDocumentsAreWorthTheSameFromAService) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real evidence here";
  }
  std::size_t judged = 0;
  std::size_t good = 0;
  for (const std::string& id : tdx_case_ids()) {
    const nlohmann::json one = tdx_case(id);
    if (!one.contains("collateral")) {
      continue;
    }
    const AttestationReport report = report_of(one);
    const VerificationResult offline = verifier_for(one).verify(report, options_for(one));
    ASSERT_EQ(offline.collateral().size(), 4U) << id;
    FakeIntel service;
    service.serve(documents_used(one, offline));
    const VerificationResult online =
        AttestationVerifier(source_of(service.options())).verify(report, options_for(one));
    EXPECT_EQ(online.valid(), offline.valid()) << id << ": " << describe(online);
    EXPECT_EQ(distinct_codes(online), distinct_codes(offline)) << id << ": " << describe(online);
    EXPECT_EQ(service.server().requests(), 4U) << id;
    ++judged;
    good += online.valid() ? 1 : 0;
  }
  EXPECT_GE(judged, 12U);
  EXPECT_GE(good, 1U);
}

}  // namespace
}  // namespace tenzro::tee::test
