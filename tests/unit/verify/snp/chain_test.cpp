// SPDX-License-Identifier: Apache-2.0
// Dates, revocation and the two lists of every product.
#include "verify/snp/chain.hpp"

#include <gtest/gtest.h>

#include "made/snp_platform.hpp"

namespace tenzro::tee::test {
namespace {

using Codes = std::set<std::string>;

class SnpChain : public testing::Test {
 protected:
  void SetUp() override { platform_.make(); }
  SnpCaller caller_with(Bytes list, std::string source = "crl.der") const {
    SnpCaller out(platform_);
    out.files.documents = {amd_document(CollateralKind::amd_crl, std::move(list), std::move(source))};
    return out;
  }
  Codes failures(const SnpCaller& caller) const { return codes_in(caller.judge(platform_.signed_report()).failures()); }

  MadeSnpPlatform platform_;
};

// ATTACK(X10)
TEST_F(SnpChain, KeepsTheDatesOfItsLeaf) {
  const auto codes = [&](UtcTime start, UtcTime end) {
    MadeSnpPlatform other;
    other.leaf_start = start;
    other.leaf_end = end;
    other.make();
    return codes_in(SnpCaller(other).judge(other.signed_report()).failures());
  };
  EXPECT_EQ(codes(kNow, kEnd), Codes{});
  EXPECT_EQ(codes(kNow + std::chrono::seconds{1}, kEnd), Codes{"certificate_not_yet_valid"});
  EXPECT_EQ(codes(kStart, kNow + std::chrono::seconds{1}), Codes{});
  EXPECT_EQ(codes(kStart, kNow - std::chrono::seconds{1}), Codes{"certificate_expired"});
}

// ATTACK(X12)
TEST_F(SnpChain, DemandsAListUnlessToldOtherwise) {
  SnpCaller caller(platform_);
  caller.files.documents.clear();
  EXPECT_EQ(failures(caller), Codes{"revocation_missing"});
  caller.options.revocation(Revocation::if_available);
  VerificationResult verdict = caller.judge(platform_.signed_report());
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("revocation_missing"));
  EXPECT_FALSE(verdict.freshness_verified());
  caller.options.revocation(Revocation::off);
  verdict = caller.judge(platform_.signed_report());
  EXPECT_TRUE(verdict.valid());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("revocation_not_checked"));
}

// ATTACK(X11)
TEST_F(SnpChain, RefusesWhatTheListNames) {
  EXPECT_EQ(failures(caller_with(platform_.list({{1, 0, 1}}))), Codes{"certificate_revoked"});
  EXPECT_EQ(failures(caller_with(platform_.list({{1, 0, 0}}))), Codes{"certificate_revoked"});
  EXPECT_EQ(failures(caller_with(platform_.list({{2, 0, 1}}))), Codes{});
  SnpCaller lenient = caller_with(platform_.list({{1, 0, 1}}));
  lenient.options.revocation(Revocation::if_available);
  EXPECT_EQ(failures(lenient), Codes{"certificate_revoked"});
}

// ATTACK(X12)
TEST_F(SnpChain, RefusesListsOutOfDateOrForged) {
  const auto second = std::chrono::seconds{1};
  EXPECT_EQ(failures(caller_with(platform_.list({}, kStart, kNow))), Codes{"collateral_expired"});
  EXPECT_EQ(failures(caller_with(platform_.list({}, kStart, kNow + second))), Codes{});
  EXPECT_EQ(failures(caller_with(platform_.list({}, kNow + second, kEnd))), Codes{"collateral_not_yet_valid"});
  // Signed by another key under the same name.
  MadeSnpPlatform forged = MadeSnpPlatform();
  forged.make();
  forged.root.key = rsa_key(3072);
  EXPECT_EQ(failures(caller_with(forged.list())), Codes{"crl_signature_invalid"});
  // Of another product: as if there were none.
  MadeSnpPlatform milan;
  milan.product = snp::Product::milan;
  milan.make();
  EXPECT_EQ(failures(caller_with(milan.list())), Codes{"revocation_missing"});
}

TEST_F(SnpChain, PrefersTheCurrentAndNewestList) {
  SnpCaller caller = caller_with(platform_.list({{1, 0, 1}}, kStart, kNow - std::chrono::hours{1}));
  caller.files.documents.push_back(amd_document(CollateralKind::amd_crl, platform_.list(), "new.der"));
  EXPECT_EQ(failures(caller), Codes{});
}

// AMD keeps one list for each path of a product, and only its place says which it is.
TEST_F(SnpChain, TellsTheTwoListsApartByTheirPlace) {
  for (const char* vlek : {"milan_vlek_crl.der", "lists/VLEK.crl", "https://kdsintf.amd.com/vlek/v1/Genoa/crl",
                           "bundle.json (from https://kdsintf.amd.com/vlek/v1/Genoa/crl)", "vlek/v1/Genoa/crl",
                           "./vlek/v1/Genoa/crl", "VLEK/v1/Genoa/crl", "bundle.json (from vlek/v1/Genoa/crl)"}) {
    EXPECT_EQ(failures(caller_with(platform_.list(), vlek)), Codes{"revocation_missing"}) << vlek;
  }
  for (const char* vcek : {"crl.der", "https://kdsintf.amd.com/vcek/v1/Genoa/crl", "lists/vlek/genoa.crl",
                           "no-vlek/v1/Genoa/crl", "vlek/v10/Genoa/crl", "vcek/v1/Genoa/crl"}) {
    EXPECT_EQ(failures(caller_with(platform_.list(), vcek)), Codes{}) << vcek;
  }
  platform_.vlek = true;
  platform_.report.key_info = 4;
  platform_.report.chip_id = Bytes(64);
  platform_.make();
  EXPECT_EQ(failures(caller_with(platform_.list(), "crl.der")), Codes{"revocation_missing"});
  EXPECT_EQ(failures(caller_with(platform_.list(), "vlek_crl.der")), Codes{});
}

// A list that was remembered as good for one path is still not one of the other.
TEST_F(SnpChain, TellsThemApartFromMemoryToo) {
  collateral::Contents contents;
  contents.certificates = {platform_.leaf.der, platform_.ask.der};
  contents.documents = {amd_document(CollateralKind::amd_crl, platform_.list(), "crl.der")};
  const AttestationVerifier verifier(std::make_shared<collateral::ContentsSource>(contents));
  SnpCaller caller(platform_);
  AttestationReport report;
  report.evidence = platform_.signed_report();
  EXPECT_TRUE(verifier.verify(report, caller.options).valid());
  EXPECT_TRUE(verifier.verify(report, caller.options).valid());
  contents.documents[0].source = "vlek_crl.der";
  const AttestationVerifier misplaced(std::make_shared<collateral::ContentsSource>(contents));
  EXPECT_FALSE(misplaced.verify(report, caller.options).valid());
  EXPECT_FALSE(misplaced.verify(report, caller.options).valid());
}

TEST_F(SnpChain, SaysWhenTheListIsTheSendersOwn) {
  SnpCaller caller(platform_);
  caller.files.documents.clear();
  AttestationReport report;
  report.evidence = platform_.signed_report();
  const std::string bundle = collateral::bundle_to_json({amd_document(CollateralKind::amd_crl, platform_.list(), "x")});
  report.collateral.assign(bundle.begin(), bundle.end());
  const VerificationResult verdict = caller.judge(report);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("revocation_list_by_sender"));
  const auto options = caller.options;
  caller.options = VerifyOptions::bound_to_caller_data(ReportData::from_caller_data(Bytes(64, 0x33)).value());
  caller.options.at(kNow).replace_trust_anchors({platform_.root.der});
  const VerificationResult bound = caller.judge(report);
  EXPECT_TRUE(bound.valid() && bound.user_data_verified().value_or(false)) << words_in(bound.failures());
  EXPECT_FALSE(bound.freshness_verified()) << "it is not known to be the right list";
  caller.options = options;
  caller.options.revocation(Revocation::require);
  EXPECT_EQ(codes_in(caller.judge(report).failures()), Codes{"revocation_missing"})
      << "who insists wants the right one";
}

TEST_F(SnpChain, TakesTheLeafOfABundle) {
  CollateralDocument leaf = amd_document(CollateralKind::amd_chain, platform_.leaf.der, "kds");
  leaf.issuer_chain = {platform_.ask.der, platform_.root.der};
  const std::string bundle = collateral::bundle_to_json(
      {leaf, amd_document(CollateralKind::amd_crl, platform_.list(), "https://kdsintf.amd.com/vcek/v1/Genoa/crl")});
  SnpCaller caller(platform_);
  caller.files =
      collateral::parse_bundle({reinterpret_cast<const std::uint8_t*>(bundle.data()), bundle.size()}, "bundle.json")
          .value();
  EXPECT_EQ(failures(caller), Codes{});
}

}  // namespace
}  // namespace tenzro::tee::test
