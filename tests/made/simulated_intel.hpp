// SPDX-License-Identifier: Apache-2.0
// A small stage for verifier tests: imitated Intel evidence, judged under its own root as the caller's anchor.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fixed_source.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

inline const UtcTime kNow = *from_rfc3339("2026-06-01T12:00:00Z");
inline const UtcTime kIssued = kNow - std::chrono::hours{24};

/// A source whose service does not answer.
class UnreachableSource final : public CollateralSource {
 public:
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest&) override {
    return Error(ErrorCode::collateral_unreachable, "no answer within 10 s");
  }
};

/// Evidence and collateral that are good until a test changes something, under a hierarchy of their own that the caller
/// trusts.
class IntelStage {
 public:
  explicit IntelStage(std::string_view label = "test-hierarchy") : maker(label) { collateral.issued = kIssued; }

  simulated::TdxEvidenceMaker maker;
  simulated::QuoteSpec quote = simulated::tdx_quote_spec();
  simulated::CollateralSpec collateral;
  std::optional<std::vector<CollateralDocument>> documents;  ///< replace what the maker would make
  std::vector<Bytes> certificates;                           ///< loose ones
  std::optional<Bytes> evidence;                             ///< replaces the quote

  std::vector<CollateralDocument> made_documents() const { return maker.collateral(quote, collateral); }
  AttestationReport report() const {
    AttestationReport out;
    out.evidence = evidence ? *evidence : maker.quote(quote);
    return out;
  }
  VerifyOptions options() const {
    VerifyOptions out = VerifyOptions::unbound_replay_possible();
    out.at(kNow).replace_trust_anchors({maker.hierarchy().root().certificate});
    if (quote.body_type == tdx::BodyType::sgx_report) {
      out.require_platform(Platform::intel_sgx);
    }
    return out;
  }
  VerificationResult judge() const { return judge(options()); }
  VerificationResult judge(const VerifyOptions& how) const {
    const AttestationVerifier verifier(
        std::make_shared<FixedSource>(documents ? *documents : made_documents(), certificates));
    return verifier.verify(report(), how);
  }
};

inline std::string describe(const VerificationResult& verdict) {
  std::string out;
  for (const Finding& failure : verdict.failures()) {
    out += failure.check + "/" + failure.code + ": " + failure.message + "\n";
  }
  return out;
}

inline bool has_failure(const VerificationResult& verdict, std::string_view check, std::string_view code) {
  for (const Finding& failure : verdict.failures()) {
    if (failure.check == check && failure.code == code) {
      return true;
    }
  }
  return false;
}
inline bool has_warning(const VerificationResult& verdict, std::string_view code) {
  for (const Finding& warning : verdict.warnings()) {
    if (warning.code == code) {
      return true;
    }
  }
  return false;
}

/// Refused, for just this reason.
inline void expect_refused(const VerificationResult& verdict, std::string_view check, std::string_view code) {
  EXPECT_FALSE(verdict.valid());
  EXPECT_TRUE(has_failure(verdict, check, code)) << describe(verdict);
  for (const Finding& failure : verdict.failures()) {
    EXPECT_EQ(failure.code, code) << failure.message;
  }
}
inline void expect_accepted(const VerificationResult& verdict) { EXPECT_TRUE(verdict.valid()) << describe(verdict); }

}  // namespace tenzro::tee::test
