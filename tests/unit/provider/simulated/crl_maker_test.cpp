// SPDX-License-Identifier: Apache-2.0
// Revocation lists of Intel's shape, and each way in which one can be wrong.
#include <gtest/gtest.h>

#include "provider/simulated/tdx_evidence.hpp"
#include "unit/provider/simulated/openssl_view.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::simulated {
namespace {

using std::chrono::days;
using test::kJudged;

CrlSpec ordinary() { return {.this_update = kJudged - days(1), .next_update = kJudged + days(29)}; }

bool has_extension(const Bytes& list, int nid) {
  return X509_CRL_get_ext_by_NID(test::decode_crl(list).get(), nid, -1) >= 0;
}

std::vector<std::string> codes(const Bytes& list, const Identity& issuer) {
  const auto parsed = x509::RevocationList::parse(list);
  const auto certificate = x509::Certificate::parse(issuer.certificate);
  std::vector<std::string> out;
  for (const Finding& finding : (*parsed)->check(**certificate, kJudged, std::chrono::seconds(0))) {
    out.emplace_back(finding.code);
  }
  return out;
}

TEST(MakeCrl, RevokesThePckCertificateThatItNames) {
  const TdxEvidenceMaker maker;
  const Bytes leaf = maker.pck_certificate(tdx_quote_spec());
  CrlSpec spec = ordinary();
  spec.revoked_serials = {serial_of(leaf)};
  const Bytes pck_crl = make_crl(spec, maker.hierarchy().platform_ca());
  const Bytes root_crl = make_crl(ordinary(), maker.hierarchy().root());
  const std::vector<Bytes> cas{maker.hierarchy().platform_ca().certificate};
  EXPECT_EQ(test::path_verdict(maker.hierarchy().root().certificate, cas, leaf, kJudged, {root_crl, pck_crl}),
            X509_V_ERR_CERT_REVOKED);
  const auto parsed = x509::RevocationList::parse(pck_crl);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_TRUE((*parsed)->revokes(serial_of(leaf)));
  EXPECT_FALSE((*parsed)->revokes(Bytes{0x01}));
}

TEST(MakeCrl, RevokesAnIntermediateAndATcbSigner) {
  const IntelHierarchy hierarchy;
  CrlSpec spec = ordinary();
  spec.revoked_serials = {serial_of(hierarchy.platform_ca().certificate),
                          serial_of(hierarchy.tcb_signer().certificate)};
  const auto parsed = x509::RevocationList::parse(make_crl(spec, hierarchy.root()));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_TRUE((*parsed)->revokes(serial_of(hierarchy.platform_ca().certificate)));
  EXPECT_TRUE((*parsed)->revokes(serial_of(hierarchy.tcb_signer().certificate)));
  EXPECT_FALSE((*parsed)->revokes(serial_of(hierarchy.processor_ca().certificate)));
}

TEST(MakeCrl, IsGoodForItsIssuerAndNobodyElse) {
  const IntelHierarchy hierarchy;
  const Bytes list = make_crl(ordinary(), hierarchy.platform_ca());
  EXPECT_TRUE(codes(list, hierarchy.platform_ca()).empty());
  EXPECT_FALSE(codes(list, hierarchy.processor_ca()).empty());
  EXPECT_FALSE(codes(list, IntelHierarchy("somebody else").platform_ca()).empty());
}

TEST(MakeCrl, HasANumberAndAnAuthorityKeyIdUnlessToldOtherwise) {
  const IntelHierarchy hierarchy;
  CrlSpec spec = ordinary();
  spec.number = 0x1234;
  const Bytes whole = make_crl(spec, hierarchy.root());
  EXPECT_TRUE(has_extension(whole, NID_crl_number));
  EXPECT_TRUE(has_extension(whole, NID_authority_key_identifier));
  const auto parsed = x509::RevocationList::parse(whole);
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)->number(), (Bytes{0x12, 0x34}));
  spec.with_number = spec.with_authority_key_id = false;
  const Bytes bare = make_crl(spec, hierarchy.root());
  EXPECT_FALSE(has_extension(bare, NID_crl_number));
  EXPECT_FALSE(has_extension(bare, NID_authority_key_identifier));
  EXPECT_FALSE(codes(bare, hierarchy.root()).empty());
}

TEST(MakeCrl, CanBeDeltaOrIndirectOrOfUnknownScope) {
  const IntelHierarchy hierarchy;
  for (bool CrlSpec::* const defect : {&CrlSpec::delta, &CrlSpec::indirect, &CrlSpec::unknown_critical_extension}) {
    CrlSpec spec = ordinary();
    spec.*defect = true;
    EXPECT_EQ(codes(make_crl(spec, hierarchy.root()), hierarchy.root()).size(), 1U);
  }
}

TEST(MakeCrl, CanLackANextUpdate) {
  const IntelHierarchy hierarchy;
  CrlSpec spec = ordinary();
  spec.next_update.reset();
  const auto parsed = x509::RevocationList::parse(make_crl(spec, hierarchy.root()));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_FALSE((*parsed)->next_update());
}

}  // namespace
}  // namespace tenzro::tee::simulated
