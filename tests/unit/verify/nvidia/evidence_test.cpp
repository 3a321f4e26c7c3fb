// SPDX-License-Identifier: Apache-2.0
// Chains put together from whatever certificates the caller has, and devices sent twice.
#include "verify/nvidia/evidence.hpp"

#include <gtest/gtest.h>

#include "made/pki.hpp"
#include "unit/verify/nvidia/judged_device.hpp"

namespace tenzro::tee::test {
namespace {

AttestationReport lone_report() {
  AttestationReport out;
  out.evidence = good_gpu().report();
  return out;
}

VerificationResult judged_among(const std::vector<Bytes>& certificates) {
  const auto source = good_gpu().source();
  for (const Bytes& certificate : certificates) {
    source->add_certificate(certificate);
  }
  return judge_device(lone_report(), good_gpu().options(), source);
}

// Certificates that only bear a device's name, on keys of other kinds, stand before the device's own.
TEST(NvidiaEvidence, FindsTheSignerAmongKeysOfOtherKinds) {
  CertificateSpec spec = good_gpu().leaf_spec;
  spec.common_name = "GH100 A01 GSP FMC LF";
  for (const bool rsa : {false, true}) {
    std::vector<Bytes> certificates = good_gpu().chain();
    certificates.insert(certificates.begin(), issue(spec, rsa ? rsa_key(2048) : ec_key("P-256"), &good_gpu().brom).der);
    const VerificationResult verdict = judged_among(certificates);
    EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  }
}

TEST(NvidiaEvidence, AChainEndsWhereNobodyIsNamedAsTheIssuer) {
  EXPECT_EQ(codes_in(judged_among({good_gpu().leaf.der}).failures()), Codes{"chain_length"});
  std::vector<Bytes> without_ica = good_gpu().chain();
  without_ica.erase(without_ica.begin() + 2);
  EXPECT_EQ(codes_in(judged_among(without_ica).failures()), Codes{"chain_length"});
}

// ATTACK(V2): before anything is worked out: one device many times over would be many times the work.
TEST(NvidiaEvidence, ADeviceThatWasSentTwiceIsNotJudgedAtAll) {
  const std::string text = "[" + good_gpu().evidence_element() + "," + good_gpu().evidence_element() + "]";
  AttestationReport report;
  report.evidence.assign(text.begin(), text.end());
  const VerificationResult verdict = judge_device(report, good_gpu().options(), good_gpu().source());
  EXPECT_EQ(codes_in(verdict.failures()), Codes{"device_duplicated"});
  EXPECT_TRUE(verdict.devices().empty());
  EXPECT_FALSE(verdict.signature_verified());
}

}  // namespace
}  // namespace tenzro::tee::test
