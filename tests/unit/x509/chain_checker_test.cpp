// SPDX-License-Identifier: Apache-2.0
// Profiles: what a chain is refused for although its path is good.
#include "x509/chain_checker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "made/pki.hpp"

namespace tenzro::tee {
namespace {

using test::kNow;
using test::Pki;
using test::Signing;

std::string codes(const ChainResult& result) {
  std::string out;
  for (const Finding& finding : result.failures()) {
    EXPECT_EQ(finding.check, "chain");
    out += (out.empty() ? "" : ",") + finding.code;
  }
  return out;
}

/// A chain with Intel's names; it is judged under its own root.
Pki intel() {
  Pki out;
  for (auto* spec : {&out.root_spec, &out.ca_spec, &out.leaf_spec}) {
    spec->organization = "Intel Corporation";
  }
  out.root_spec.common_name = "Intel SGX Root CA";
  out.ca_spec.common_name = "Intel SGX PCK Platform CA";
  out.leaf_spec.common_name = "Intel SGX PCK Certificate";
  return out;
}

std::vector<Bytes> chain_of(const Pki& pki) { return {pki.leaf.der, pki.ca.der, pki.root.der}; }

ChainResult check(const Pki& pki, const std::vector<Bytes>& chain, ChainRole role = ChainRole::evidence_signer,
                  Platform platform = Platform::intel_tdx) {
  const auto anchors = x509::AnchorSet::custom({pki.root.der});
  EXPECT_TRUE(anchors.has_value());
  return ChainChecker::check(chain, platform, role, *anchors, {kNow});
}

std::string code_when(const std::function<void(Pki&)>& change) {
  Pki pki = intel();
  change(pki);
  pki.make();
  return codes(check(pki, chain_of(pki)));
}

TEST(ChainChecker, AcceptsAGoodChainAndListsItLeafFirst) {
  Pki pki = intel();
  pki.make();
  const ChainResult result = check(pki, chain_of(pki));
  EXPECT_TRUE(result.valid()) << codes(result);
  ASSERT_EQ(result.certificates().size(), 3U);
  EXPECT_EQ(result.certificates()[0].subject, "O=Intel Corporation,CN=Intel SGX PCK Certificate");
  EXPECT_EQ(result.certificates()[2].subject, "O=Intel Corporation,CN=Intel SGX Root CA");
  EXPECT_EQ(result.certificates()[0].not_after, test::kEnd);
}

TEST(ChainChecker, IsNotValidBeforeAnythingWasChecked) { EXPECT_FALSE(ChainResult().valid()); }

TEST(ChainChecker, AcceptsThePckCaOfEitherKindAndNoOther) {
  EXPECT_EQ(code_when([](Pki& p) { p.ca_spec.common_name = "Intel SGX PCK Processor CA"; }), "");
  EXPECT_EQ(code_when([](Pki& p) { p.ca_spec.common_name = "Intel SGX PCK Other CA"; }), "certificate_name");
  EXPECT_EQ(code_when([](Pki& p) { p.ca_spec.organization = "Someone"; }), "certificate_name");
  EXPECT_EQ(code_when([](Pki& p) { p.leaf_spec.organization = "Someone"; }), "certificate_name");
  EXPECT_EQ(code_when([](Pki& p) { p.leaf_spec.common_name = "Intel SGX PCK Certificate "; }), "certificate_name");
  EXPECT_EQ(code_when([](Pki& p) { p.leaf_spec.common_name = "intel sgx pck certificate"; }), "certificate_name");
}

// ATTACK(X16)
TEST(ChainChecker, RefusesATcbSignerAsPckLeafAndTheReverse) {
  EXPECT_EQ(code_when([](Pki& p) { p.leaf_spec.common_name = "Intel SGX TCB Signing"; }), "certificate_name");
  Pki pki = intel();
  pki.make();
  test::CertificateSpec spec = pki.leaf_spec;
  const auto under_root = [&](const char* name) {
    spec.common_name = name;
    return test::issue(spec, test::ec_key(), &pki.root).der;
  };
  EXPECT_EQ(codes(check(pki, {under_root("Intel SGX PCK Certificate"), pki.root.der}, ChainRole::tcb_signer)),
            "certificate_name");
  EXPECT_EQ(codes(check(pki, {under_root("Intel SGX TCB Signing"), pki.root.der}, ChainRole::tcb_signer)), "");
  EXPECT_EQ(codes(check(pki, {under_root("Intel SGX TCB Signing")}, ChainRole::tcb_signer)), "");
  EXPECT_EQ(codes(check(pki, chain_of(pki), ChainRole::tcb_signer)), "chain_length");
}

// ATTACK(X3)
TEST(ChainChecker, RefusesPlatformsAndRolesWithoutAProfile) {
  Pki pki = intel();
  pki.make();
  EXPECT_EQ(codes(check(pki, chain_of(pki), ChainRole::evidence_signer, Platform::unknown)), "chain_profile_unknown");
  EXPECT_EQ(codes(check(pki, chain_of(pki), ChainRole::vcek)), "chain_profile_unknown");
  EXPECT_EQ(codes(check(pki, chain_of(pki), ChainRole::rim_signer)), "chain_profile_unknown");
  EXPECT_EQ(codes(check(pki, chain_of(pki), static_cast<ChainRole>(0))), "chain_profile_unknown");
}

// ATTACK(X3): an empty set of roots is no permission.
TEST(ChainChecker, TrustsNothingWithoutRoots) {
  Pki pki = intel();
  pki.make();
  const auto none = x509::AnchorSet::custom({});
  ASSERT_TRUE(none.has_value());
  const auto result =
      ChainChecker::check(chain_of(pki), Platform::intel_tdx, ChainRole::evidence_signer, *none, {kNow});
  EXPECT_EQ(codes(result), "untrusted_root");
}

TEST(ChainChecker, TellsARootOfTheRightNameFromTheRightRoot) {
  Pki pki = intel(), other = intel();
  pki.make();
  other.make();
  EXPECT_EQ(codes(check(pki, {pki.leaf.der, pki.ca.der, other.root.der})), "root_mismatch");
  EXPECT_EQ(codes(check(pki, chain_of(other))), "root_mismatch");
  EXPECT_EQ(codes(check(pki, {pki.leaf.der, pki.ca.der})), "root_mismatch");
  // Where the format carries no root, a foreign one is still not passed over.
  test::CertificateSpec spec = other.leaf_spec;
  spec.common_name = "Intel SGX TCB Signing";
  const Bytes foreign = test::issue(spec, test::ec_key(), &other.root).der;
  EXPECT_EQ(codes(check(pki, {foreign, other.root.der}, ChainRole::tcb_signer)), "root_mismatch");
  EXPECT_EQ(codes(check(pki, {foreign}, ChainRole::tcb_signer)), "untrusted_root");
  other.root_spec.common_name = "Another Root";
  other.make();
  const Bytes renamed = test::issue(spec, test::ec_key(), &other.root).der;
  EXPECT_EQ(codes(check(pki, {renamed, other.root.der}, ChainRole::tcb_signer)), "untrusted_root");
}

// ATTACK(X17)
TEST(ChainChecker, RefusesWhatIsOutOfOrder) {
  Pki pki = intel();
  pki.make();
  const Bytes &leaf = pki.leaf.der, &ca = pki.ca.der, &root = pki.root.der;
  EXPECT_EQ(codes(check(pki, {root, ca, leaf})), "certificate_order,certificate_order,chain_length");
  EXPECT_EQ(codes(check(pki, {ca, leaf, root})), "certificate_order,certificate_order");
  EXPECT_EQ(codes(check(pki, {leaf, ca, ca, root})), "certificate_duplicated,certificate_order,chain_length");
  EXPECT_EQ(codes(check(pki, {leaf, ca, root, root})), "certificate_duplicated,chain_length");
  EXPECT_EQ(codes(check(pki, {leaf, root})), "certificate_order,chain_length");
  EXPECT_EQ(codes(check(pki, {root})), "chain_length");
  EXPECT_EQ(codes(check(pki, {})), "chain_length");
}

TEST(ChainChecker, NamesTheCertificateThatCannotBeRead) {
  Pki pki = intel();
  pki.make();
  const ChainResult result = check(pki, {pki.leaf.der, Bytes{0x30, 0x00}, pki.root.der});
  EXPECT_EQ(codes(result), "certificate_malformed");
  EXPECT_NE(result.failures()[0].message.find("certificate 1"), std::string::npos);
}

// ATTACK(X13)
TEST(ChainChecker, RefusesStrongAlgorithmsThatAreNotTheVendors) {
  EXPECT_EQ(code_when([](Pki& p) { p.leaf_spec.signing = Signing::sha384; }), "signature_algorithm_not_allowed");
  EXPECT_EQ(code_when([](Pki& p) { p.leaf.key = test::ec_key("P-384"); }), "key_not_allowed");
}

TEST(ChainChecker, ChecksTheSelfSignatureOfCallersRoots) {
  Pki pki = intel();
  pki.make();
  pki.root.der.back() ^= 1;
  EXPECT_EQ(codes(check(pki, chain_of(pki))), "certificate_signature_invalid");
}

TEST(ChainChecker, PassesOnWhatPathValidationFinds) {
  EXPECT_EQ(code_when([](Pki& p) { p.leaf_spec.not_after = kNow; }), "certificate_expired");
  EXPECT_EQ(code_when([](Pki& p) { p.ca_spec.not_before = kNow + std::chrono::seconds{1}; }),
            "certificate_not_yet_valid");
  EXPECT_EQ(code_when([](Pki& p) { p.ca_spec.extensions = test::without(p.ca_spec.extensions, "keyUsage"); }),
            "issuer_not_ca");
  EXPECT_EQ(code_when([](Pki& p) {
              p.leaf_spec.extensions =
                  test::with(p.leaf_spec.extensions, {"1.3.6.1.4.1.99999.1", "", true, Bytes{0x05, 0x00}});
            }),
            "unknown_critical_extension");
}

TEST(ChainChecker, RefusesWhatIsNoChainAtAll) {
  Pki pki = intel();
  pki.make();
  EXPECT_EQ(codes(check(pki, {})), "chain_length");
  std::vector<Bytes> many(9, pki.leaf.der);
  const ChainResult too_many = check(pki, many);
  ASSERT_EQ(codes(too_many), "chain_length");
  EXPECT_EQ(too_many.failures()[0].message, "9 certificates, expected 1 to 8");
  EXPECT_EQ(codes(check(pki, std::vector<Bytes>(9, Bytes{0x30, 0x00}))), "chain_length") << "none of them is read";
  const auto anchors = x509::AnchorSet::custom({pki.root.der});
  const std::vector<x509::CertificatePtr> parsed(9, test::parsed(pki.leaf.der));
  const std::vector<x509::CertificatePtr> with_null{test::parsed(pki.leaf.der), nullptr, test::parsed(pki.root.der)};
  for (const auto& chain : {parsed, with_null}) {
    EXPECT_EQ(codes(ChainChecker::check(chain, Platform::intel_tdx, ChainRole::evidence_signer, *anchors, {kNow})),
              "chain_length");
  }
}

}  // namespace
}  // namespace tenzro::tee
