// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/amd_hierarchy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/anchor_set.hpp"
#include "x509/certificate.hpp"
#include "x509/chain_checker.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::simulated {
namespace {

x509::CertificatePtr parsed(const Bytes& der) { return x509::Certificate::parse(der).value(); }

AmdLeafSpec vcek() {
  AmdLeafSpec out;
  out.tcb = {10, 0, 0, 0, 0, 0, 0x1b, 0x56};
  out.chip_id.fill(0xc1);
  return out;
}
AmdLeafSpec vlek() {
  AmdLeafSpec out = vcek();
  out.vlek = true;
  out.csp_id = "CN=cc-nowhere.example";
  return out;
}

/// Searching for its keys takes seconds.
const AmdHierarchy& another() {
  static const AmdHierarchy hierarchy("another");
  return hierarchy;
}

TEST(AmdHierarchy, HasTheCompiledInRoot) {
  const AmdHierarchy hierarchy;
  for (const ChainRole role : {ChainRole::evidence_signer, ChainRole::vcek, ChainRole::vlek}) {
    const auto roots = x509::AnchorSet::simulated()->roots(Platform::amd_sev_snp, role);
    ASSERT_EQ(roots.size(), 1U);
    EXPECT_TRUE(std::ranges::equal(hierarchy.ark().certificate, roots.front()->der()));
    EXPECT_EQ(x509::AnchorSet::pinned().find_root(Platform::amd_sev_snp, role, hierarchy.ark().certificate), nullptr);
  }
}

// Under OpenSSL's eyes and under ours; with the compiled-in root, whose key is thereby shown to be the label's.
TEST(AmdHierarchy, IssuesChainsThatHold) {
  const AmdHierarchy hierarchy;
  for (const AmdLeafSpec& spec : {vcek(), vlek()}) {
    const Bytes leaf = hierarchy.leaf(spec);
    const Bytes& issuer = hierarchy.issuer(spec.vlek).certificate;
    const std::vector<x509::CertificatePtr> path = {parsed(leaf), parsed(issuer), parsed(hierarchy.ark().certificate)};
    const ChainRole role = spec.vlek ? ChainRole::vlek : ChainRole::vcek;
    const ChainResult result = ChainChecker::check(path, Platform::amd_sev_snp, role, *x509::AnchorSet::simulated(),
                                                   {test::kJudged, std::chrono::seconds{0}}, nullptr);
    EXPECT_TRUE(result.valid()) << (result.failures().empty() ? "" : result.failures().front().message);
    EXPECT_EQ(test::path_verdict(hierarchy.ark().certificate, {}, issuer, test::kJudged), X509_V_OK);
    // Genuine leaves name no key of their issuer either, which OpenSSL's strict mode does not like.
    EXPECT_EQ(test::path_verdict(hierarchy.ark().certificate, {issuer}, leaf, test::kJudged),
              X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER);
  }
}

TEST(AmdHierarchy, HasTheNamesSerialsAndUsagesOfGenoa) {
  const auto ark = parsed(another().ark().certificate);
  const auto ask = parsed(another().ask().certificate);
  const auto asvk = parsed(another().asvk().certificate);
  const auto leaf = parsed(another().leaf(vcek()));
  const auto genuine = x509::AnchorSet::pinned().roots(Platform::amd_sev_snp, ChainRole::vcek)[1];
  EXPECT_EQ(genuine->common_name(), "ARK-Genoa");
  EXPECT_TRUE(std::ranges::equal(ark->subject(), genuine->subject())) << "the whole name, as it is encoded";
  EXPECT_EQ(to_hex(ark->serial()), to_hex(genuine->serial()));
  EXPECT_EQ(ark->not_after(), genuine->not_after());
  EXPECT_EQ(ark->key_usage(), genuine->key_usage());
  EXPECT_EQ(ark->path_length(), genuine->path_length());
  EXPECT_EQ(ask->common_name(), "SEV-Genoa");
  EXPECT_EQ(to_hex(ask->serial()), "020002");
  EXPECT_EQ(asvk->common_name(), "SEV-VLEK-Genoa");
  EXPECT_EQ(to_hex(asvk->serial()), "020101");
  EXPECT_EQ(ask->path_length(), std::optional<std::uint32_t>(0));
  EXPECT_EQ(ask->key_usage(), std::optional<std::uint32_t>(x509::key_usage::kKeyCertSign));
  EXPECT_EQ(leaf->common_name(), "SEV-VCEK");
  EXPECT_EQ(to_hex(leaf->serial()), "00");
  EXPECT_EQ(leaf->key_kind(), x509::KeyKind::ec_p384);
  EXPECT_FALSE(leaf->is_ca() || leaf->key_usage());
  EXPECT_TRUE(leaf->subject_key_id().empty() && leaf->authority_key_id().empty());
  for (const auto& certificate : {ark, ask, asvk, leaf}) {
    EXPECT_EQ(certificate->signature_algorithm(), x509::SignatureAlgorithm::rsa_pss_sha384);
  }
}

TEST(AmdHierarchy, HasAnotherKeyForEachChipTcbAndProvider) {
  const auto key = [](const AmdLeafSpec& spec) { return another().leaf_key(spec); };
  const auto usual = key(vcek());
  EXPECT_EQ(EVP_PKEY_eq(usual.get(), key(vcek()).get()), 1);
  AmdLeafSpec changed = vcek();
  changed.tcb[7] += 1;
  EXPECT_EQ(EVP_PKEY_eq(usual.get(), key(changed).get()), 0);
  changed = vcek();
  changed.chip_id[63] ^= 1;
  EXPECT_EQ(EVP_PKEY_eq(usual.get(), key(changed).get()), 0);
  changed = vlek();
  EXPECT_EQ(EVP_PKEY_eq(usual.get(), key(changed).get()), 0);
  changed.csp_id += "x";
  EXPECT_EQ(EVP_PKEY_eq(key(vlek()).get(), key(changed).get()), 0);
}

TEST(AmdHierarchy, OfAnotherLabelIsAnotherOne) {
  const AmdHierarchy simulated;
  EXPECT_NE(another().ark().certificate, simulated.ark().certificate);
  EXPECT_EQ(EVP_PKEY_eq(another().ask().key.get(), simulated.ask().key.get()), 0);
  EXPECT_EQ(EVP_PKEY_eq(another().leaf_key(vcek()).get(), simulated.leaf_key(vcek()).get()), 0);
}

TEST(AmdHierarchy, SignsListsAsAmdDoes) {
  const AmdHierarchy hierarchy;
  const Bytes list = make_amd_crl({.this_update = test::kJudged,
                                   .next_update = test::kJudged + std::chrono::days{45},
                                   .revoked_serials = {serial_of(hierarchy.ask().certificate)}},
                                  hierarchy.ark());
  const auto read = x509::RevocationList::parse(list);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE((*read)->check(*parsed(hierarchy.ark().certificate), test::kJudged, std::chrono::seconds{0}).empty());
  EXPECT_TRUE((*read)->revokes(parsed(hierarchy.ask().certificate)->serial()));
  EXPECT_FALSE((*read)->revokes(parsed(hierarchy.asvk().certificate)->serial()));
  // Of the same name, and not its issuer.
  EXPECT_FALSE((*read)->check(*parsed(another().ark().certificate), test::kJudged, std::chrono::seconds{0}).empty());
}

}  // namespace
}  // namespace tenzro::tee::simulated
