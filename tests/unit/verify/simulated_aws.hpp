// SPDX-License-Identifier: Apache-2.0
// A small stage for verifier tests: imitated Nitro documents, judged under their own root as the caller's anchor.
#pragma once
#include <gtest/gtest.h>

#include "made/simulated_intel.hpp"
#include "provider/simulated/nitro_evidence.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

/// A document that is good until a test changes something, under a hierarchy of its own that the caller trusts, judged
/// half a minute after it was signed.
class AwsStage {
 public:
  explicit AwsStage(std::string_view label = "test-aws-hierarchy") : maker(label) {
    spec.timestamp = std::chrono::time_point_cast<std::chrono::milliseconds>(kNow) - std::chrono::milliseconds{29'750};
    spec.user_data = Bytes{1, 2, 3};
    spec.nonce = Bytes(32, 0x4e);
    spec.public_key = Bytes(91, 0x30);
  }

  simulated::NitroEvidenceMaker maker;
  simulated::NitroDocumentSpec spec;
  std::vector<CollateralDocument> documents;  ///< none needed by default

  AttestationReport report() const {
    AttestationReport out;
    out.evidence = maker.document(spec);
    return out;
  }
  VerifyOptions options() const { return prepared(VerifyOptions::unbound_replay_possible()); }
  VerifyOptions prepared(VerifyOptions out) const {
    out.at(kNow).replace_trust_anchors({maker.hierarchy().root().certificate});
    if (spec.tpm) {
      out.require_platform(Platform::aws_nitro_tpm);
    }
    return out;
  }
  VerificationResult judge() const { return judge(options()); }
  VerificationResult judge(const VerifyOptions& how) const { return judge(report(), how); }
  VerificationResult judge(const AttestationReport& report, const VerifyOptions& how) const {
    return AttestationVerifier(std::make_shared<FixedSource>(documents)).verify(report, how);
  }
};

inline Policy nitro_policy(NitroRules rules) {
  PolicyRules out;
  out.any_of.emplace_back(std::move(rules));
  return Policy::from_rules(std::move(out)).value();
}

}  // namespace tenzro::tee::test
