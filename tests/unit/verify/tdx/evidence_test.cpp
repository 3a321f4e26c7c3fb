// SPDX-License-Identifier: Apache-2.0
// Quotes put together by an attacker: each attack is refused for its own reason.
#include <gtest/gtest.h>

#include <string>

#include "formats/pem.hpp"
#include "made/simulated_intel.hpp"

namespace tenzro::tee::test {
namespace {

TEST(IntelEvidence, GoodEvidenceIsAccepted) {
  const IntelStage stage;
  const VerificationResult verdict = stage.judge();
  expect_accepted(verdict);
  EXPECT_TRUE(verdict.platform_verified());
  EXPECT_TRUE(verdict.signature_verified());
  EXPECT_TRUE(verdict.certificate_chain_verified());
  EXPECT_EQ(verdict.trust_anchors(), TrustAnchors::custom);
  EXPECT_EQ(verdict.firmware_version(), "1.5");
  EXPECT_EQ(verdict.certificates().size(), 3U);
  EXPECT_EQ(verdict.collateral().size(), 4U);
}

// ATTACK(T1): an attacker's attestation key with a QE report that names it, signed by nobody who may.
TEST(IntelEvidence, RefusesAnAttackersAttestationKey) {
  IntelStage stage;
  const Bytes genuine = stage.maker.quote(stage.quote);
  stage.quote.attestation_key_label = "attacker";
  Bytes forged = stage.maker.quote(stage.quote);
  // The QE report signature is the genuine one: the attacker has no PCK key.
  const auto good = tdx::parse_quote(genuine);
  const auto bad = tdx::parse_quote(forged);
  const auto at = static_cast<std::size_t>(bad->qe_report_signature.data() - forged.data());
  std::copy(good->qe_report_signature.begin(), good->qe_report_signature.end(),
            forged.begin() + static_cast<std::ptrdiff_t>(at));
  stage.evidence = forged;
  expect_refused(stage.judge(), "signature", "qe_report_signature_invalid");
}

// ATTACK(T2): a QE report that does not name the attestation key, or has something behind the hash.
TEST(IntelEvidence, RefusesAQeReportThatNamesAnotherKey) {
  IntelStage stage;
  stage.quote.qe_report_data = ByteArray<64>{1};
  expect_refused(stage.judge(), "signature", "qe_report_data_mismatch");
  EXPECT_FALSE(stage.judge().signature_verified()) << "though Intel's enclave signed its report";

  IntelStage tail;
  const auto quote = tdx::parse_quote(tail.maker.quote(tail.quote));
  const Bytes bytes = tail.maker.quote(tail.quote);
  const auto parsed = tdx::parse_quote(bytes);
  ByteArray<64> with_tail{};
  std::copy(parsed->qe_report.begin() + 320, parsed->qe_report.end(), with_tail.begin());
  with_tail[63] = 1;
  tail.quote.qe_report_data = with_tail;
  expect_refused(tail.judge(), "signature", "qe_report_data_mismatch");
}

// ATTACK(T4): constants that are not what they must be.
TEST(IntelEvidence, RefusesForeignConstants) {
  IntelStage vendor;
  vendor.quote.qe_vendor_id[0] = 0;
  expect_refused(vendor.judge(), "format", "unknown_qe_vendor");
  EXPECT_FALSE(vendor.judge().signature_verified()) << "nothing else means anything then";
  IntelStage key_type;
  key_type.quote.attestation_key_type = 3;
  expect_refused(key_type.judge(), "format", "unsupported_attestation_key_type");
  IntelStage version;
  version.quote.version = 6;
  version.evidence = version.maker.quote(simulated::tdx_quote_spec());
  (*version.evidence)[0] = 6;
  expect_refused(version.judge(), "format", "unsupported_evidence");
}

// ATTACK(X1): a self-made hierarchy with Intel's exact names, judged under the pinned root.
TEST(IntelEvidence, RefusesASelfMadeHierarchy) {
  IntelStage stage("attacker-hierarchy");
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(kNow);
  const VerificationResult verdict = stage.judge(options);
  expect_refused(verdict, "chain", "root_mismatch");
  EXPECT_EQ(verdict.trust_anchors(), TrustAnchors::pinned);
  EXPECT_TRUE(verdict.signature_verified());
  EXPECT_FALSE(verdict.certificate_chain_verified());
  EXPECT_FALSE(verdict.platform_verified());
}

// ATTACK(X2): the genuine root behind a chain that it did not sign.
TEST(IntelEvidence, RefusesAForeignRootBehindTheChain) {
  IntelStage stage;
  const simulated::IntelHierarchy other("another-hierarchy");
  stage.quote.pck_chain = {{stage.maker.pck_certificate(stage.quote), stage.maker.hierarchy().platform_ca().certificate,
                            other.root().certificate}};
  expect_refused(stage.judge(), "chain", "root_mismatch");
  VerifyOptions trusting = VerifyOptions::unbound_replay_possible();
  trusting.at(kNow).replace_trust_anchors({other.root().certificate});
  expect_refused(stage.judge(trusting), "chain", "untrusted_root");
}

// ATTACK(X3): an empty set of anchors trusts nothing.
TEST(IntelEvidence, TrustsNothingWithoutAnchors) {
  IntelStage stage;
  VerifyOptions nobody = VerifyOptions::unbound_replay_possible();
  nobody.at(kNow).replace_trust_anchors({});
  expect_refused(stage.judge(nobody), "chain", "untrusted_root");
  VerifyOptions broken = VerifyOptions::unbound_replay_possible();
  broken.at(kNow).replace_trust_anchors({Bytes{0x30, 0x00}});
  expect_refused(stage.judge(broken), "chain", "trust_anchor_refused");
}

// ATTACK(T12) ATTACK(X17): certification data of another kind or shape.
TEST(IntelEvidence, RefusesOtherCertificationData) {
  for (const std::uint16_t type : std::vector<std::uint16_t>{1, 2, 3, 4, 7, 0, 99}) {
    IntelStage stage;
    stage.quote.certification_type = type;
    expect_refused(stage.judge(), "format", "unsupported_certification_data_type");
  }
  IntelStage nested;
  nested.quote.certification_type = 6;
  expect_refused(nested.judge(), "format", "malformed_evidence");
  IntelStage outer;
  outer.quote.outer_certification_type = 5;
  expect_refused(outer.judge(), "format", "malformed_evidence");

  const IntelStage stage;
  const auto& hierarchy = stage.maker.hierarchy();
  const Bytes leaf = stage.maker.pck_certificate(stage.quote);
  const Bytes ca = hierarchy.platform_ca().certificate;
  const Bytes root = hierarchy.root().certificate;
  const auto with = [&](const std::vector<Bytes>& chain) {
    IntelStage other;
    other.quote.pck_chain = chain;
    return other;
  };
  expect_refused(with({leaf, ca}).judge(), "format", "malformed_certification_data");
  expect_refused(with({leaf, ca, root, root}).judge(), "format", "malformed_certification_data");
  expect_refused(with({root, ca, leaf}).judge(), "signature", "qe_report_signature_invalid");
  EXPECT_TRUE(has_failure(with({leaf, root, ca}).judge(), "chain", "certificate_order"));
  EXPECT_FALSE(with({leaf, ca, ca}).judge().valid());
}

TEST(IntelEvidence, RefusesJunkAroundThePemBlocks) {
  const IntelStage stage;
  const auto& hierarchy = stage.maker.hierarchy();
  const std::string good = pem::encode("CERTIFICATE", stage.maker.pck_certificate(stage.quote)) +
                           pem::encode("CERTIFICATE", hierarchy.platform_ca().certificate) +
                           pem::encode("CERTIFICATE", hierarchy.root().certificate);
  const auto judge = [&](const std::string& text) {
    IntelStage other;
    other.quote.certification_data = Bytes(text.begin(), text.end());
    other.documents = stage.made_documents();
    return other.judge();
  };
  const std::string nul(1, '\0');
  // The certificates are those of another maker object with the same keys, so the judge needs that maker's root.
  for (const std::string& bad : {"x" + good, "\n\n# note\n" + good, good + "x", good + "\n\n", good + " ",
                                 good + nul + nul, good + nul + "\n", good + "\n" + nul + "x"}) {
    const VerificationResult verdict = judge(bad);
    EXPECT_TRUE(has_failure(verdict, "format", "malformed_certification_data")) << describe(verdict);
  }
}

// ATTACK(X10): a PCK certificate outside its validity.
TEST(IntelEvidence, RefusesAPckCertificateOutsideItsValidity) {
  IntelStage early;
  early.quote.pck_not_before = kNow + std::chrono::seconds{1};
  expect_refused(early.judge(), "chain", "certificate_not_yet_valid");
  expect_accepted(early.judge(early.options().clock_skew(std::chrono::seconds{1})));
  IntelStage late;
  late.quote.pck_not_after = kNow;
  expect_refused(late.judge(), "chain", "certificate_expired");
}

TEST(IntelEvidence, RefusesAPckCertificateWithoutItsExtension) {
  IntelStage stage;
  simulated::CertificateSpec spec;
  spec.common_name = "Intel SGX PCK Certificate";
  spec.not_before = kIssued;
  spec.not_after = kNow + std::chrono::days{1};
  const auto key = stage.maker.pck_key();
  stage.quote.pck_certificate = simulated::make_certificate(spec, key.get(), &stage.maker.hierarchy().platform_ca());
  expect_refused(stage.judge(), "chain", "pck_extension_missing");
  spec.pck_extension_value = Bytes{0x30, 0x00};
  stage.quote.pck_certificate = simulated::make_certificate(spec, key.get(), &stage.maker.hierarchy().platform_ca());
  expect_refused(stage.judge(), "chain", "pck_extension_malformed");
  // ATTACK(X9): an unknown critical extension in the leaf.
  spec.pck_extension_value.reset();
  spec.pck = stage.quote.pck;
  spec.unknown_critical_extension = true;
  stage.quote.pck_certificate = simulated::make_certificate(spec, key.get(), &stage.maker.hierarchy().platform_ca());
  expect_refused(stage.judge(), "chain", "unknown_critical_extension");
  // A certificate of another role, under the same root.
  spec.unknown_critical_extension = false;
  spec.common_name = "Intel SGX TCB Signing";
  stage.quote.pck_certificate = simulated::make_certificate(spec, key.get(), &stage.maker.hierarchy().platform_ca());
  expect_refused(stage.judge(), "chain", "certificate_name");
}

// ATTACK(T3): another enclave of the same platform acting as the quoting enclave.
TEST(IntelEvidence, RefusesAnotherEnclaveAsQuotingEnclave) {
  const auto judged = [](auto change) {
    IntelStage stage;
    stage.documents = stage.made_documents();
    change(stage.quote.qe);
    return stage.judge();
  };
  expect_refused(judged([](tdx::SgxReport& qe) { qe.mr_signer[0] ^= 1; }), "platform", "qe_mr_signer_mismatch");
  expect_refused(judged([](tdx::SgxReport& qe) { qe.isv_prod_id = 1; }), "platform", "qe_isv_prod_id_mismatch");
  expect_refused(judged([](tdx::SgxReport& qe) { qe.attributes[0] |= 0x02; }), "platform", "qe_attributes_mismatch");
  expect_refused(judged([](tdx::SgxReport& qe) {
                   qe.misc_select = 1;
                   qe.misc_select_bytes = {1, 0, 0, 0};
                 }),
                 "platform", "qe_misc_select_mismatch");
}

// ATTACK(T9): a module that Intel did not sign, or that runs with attributes.
TEST(IntelEvidence, RefusesAForeignTdxModule) {
  IntelStage signer;
  signer.quote.td.mr_signer_seam[0] = 1;
  expect_refused(signer.judge(), "platform", "tdx_module_signer_mismatch");
  IntelStage attributes;
  attributes.quote.td.seam_attributes[7] = 0x80;
  expect_refused(attributes.judge(), "platform", "tdx_module_attributes_mismatch");
  IntelStage old_module;  // module version 0 is judged by tdxModule
  old_module.quote.td.tee_tcb_svn = {3, 0, 5};
  expect_accepted(old_module.judge());
  old_module.quote.td.mr_signer_seam[47] = 1;
  expect_refused(old_module.judge(), "platform", "tdx_module_signer_mismatch");
}

// ATTACK(T11): a body of one kind that says it is another.
TEST(IntelEvidence, RefusesBodiesThatAreNotWhatTheySay) {
  IntelStage stage;
  stage.quote.version = 5;
  stage.quote.body_type = tdx::BodyType::td_report_10;
  Bytes quote = stage.maker.quote(stage.quote);
  quote[48] = 3;  // TD report 1.5, whose size is another
  stage.evidence = quote;
  expect_refused(stage.judge(), "format", "malformed_evidence");
  quote[48] = 1;
  stage.evidence = quote;
  EXPECT_FALSE(stage.judge().valid());
  quote[48] = 9;
  stage.evidence = quote;
  expect_refused(stage.judge(), "format", "unsupported_evidence");
}

// ATTACK(P8): evidence at the cap and above it.
TEST(IntelEvidence, IsCappedAt64KiB) {
  IntelStage stage;
  Bytes quote = stage.maker.quote(stage.quote);
  quote.resize(tdx::kMaxQuoteSize);
  stage.evidence = quote;
  expect_accepted(stage.judge());
  quote.push_back(0);
  stage.evidence = quote;
  expect_refused(stage.judge(), "format", "evidence_too_large");
  stage.evidence = Bytes{};
  expect_refused(stage.judge(), "format", "malformed_evidence");
}

}  // namespace
}  // namespace tenzro::tee::test
