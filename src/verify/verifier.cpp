// SPDX-License-Identifier: Apache-2.0
// The one way in: fills in the defaults, chooses the judge, completes the verdict.
#include "tenzro/tee/verifier.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "collateral/bundle.hpp"
#include "collateral/contents_source.hpp"
#include "core/text.hpp"
#include "evidence/hcl_report.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/tdx/quote.hpp"
#include "verify/memory.hpp"
#include "verify/nitro/verify.hpp"
#include "verify/nvidia/verify.hpp"
#include "verify/question.hpp"
#include "verify/snp/verify.hpp"
#include "verify/tdx/verify.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee {

namespace {

constexpr std::chrono::seconds kMaxSkew{std::chrono::hours{24}};
constexpr std::chrono::seconds kLongestMaxAge{std::chrono::days{36'500}};
/// The times that RFC 3339 can write; arithmetic on them stays far from the limits of the type.
constexpr UtcTime kEarliest{};
constexpr UtcTime kLatest = std::chrono::sys_days(std::chrono::year{9999} / 12 / 31) + std::chrono::hours{23};

Revocation stricter(Revocation a, Revocation b) { return std::min(a, b); }  // require < if_available < off
static_assert(Revocation::require < Revocation::if_available && Revocation::if_available < Revocation::off);

/// Whose judge this evidence is for: its bytes say so, and where they could be either, what the sender says of them.
/// Each judge refuses what is not of its kind.
bool is_snp(const AttestationReport& report) {
  const bool named = report.platform == Platform::amd_sev_snp;
  if (azure::looks_like_hcl_report(report.evidence)) {
    return true;
  }
  if (tdx::looks_like_quote(report.evidence)) {
    // The start of a report of version 3 to 5 reads as that of a quote, but for a key type that no quote has.
    const bool named_intel = report.platform == Platform::intel_tdx || report.platform == Platform::intel_sgx;
    return snp::looks_like_report(report.evidence) && !named_intel;
  }
  return named || snp::looks_like_report(report.evidence);
}

/// The stricter of what caller and policy allow, where either says anything.
std::chrono::seconds max_age_of(const std::optional<std::chrono::seconds>& asked, const PolicyRules* policy) {
  std::optional<std::chrono::seconds> out = asked;
  if (policy != nullptr && policy->freshness.max_age) {
    out = out ? std::min(*out, *policy->freshness.max_age) : *policy->freshness.max_age;
  }
  return std::clamp(out.value_or(kDefaultMaxAge), std::chrono::seconds{-1}, kLongestMaxAge);
}

/// Documents of Nitro are told by their bytes; broken ones, while nothing else is known, by what the envelope says.
bool is_nitro(const AttestationReport& report) {
  const bool named = report.platform == Platform::aws_nitro || report.platform == Platform::aws_nitro_tpm;
  const bool of_another = tdx::looks_like_quote(report.evidence) || snp::looks_like_report(report.evidence) ||
                          azure::looks_like_hcl_report(report.evidence);
  return nitro::looks_like_document(report.evidence) || (named && !of_another);
}

/// Likewise.
bool is_nvidia(const AttestationReport& report) {
  const bool of_another = tdx::looks_like_quote(report.evidence) || snp::looks_like_report(report.evidence) ||
                          azure::looks_like_hcl_report(report.evidence) || nitro::looks_like_document(report.evidence);
  return nvidia::looks_like_evidence(report.evidence) || (report.platform == Platform::nvidia_gpu && !of_another);
}

// What was expected in fields that this platform does not have.

void refuse_foreign_nonce(const Question& question, VerdictBuilder& verdict) {
  if (question.expected_nonce) {
    verdict.set_nonce_verified(false);
    verdict.fail("nonce", demanded_by::kCaller,
                 {"nonce", "nonce_not_supported", "a nonce was expected, and this platform has none of its own"});
  }
}

void refuse_foreign_key(const Question& question, VerdictBuilder& verdict) {
  if (question.expected_public_key) {
    verdict.fail("public_key", demanded_by::kCaller,
                 {"user_data", "public_key_not_supported", "a public key was expected, and this platform signs none"});
  }
}

/// A policy with rules for devices wants some, and no machine's evidence that can be judged here brings any.
void refuse_missing_devices(const Question& question, VerdictBuilder& verdict) {
  if (question.policy != nullptr && question.policy->devices.nvidia_gpu) {
    verdict.fail("policy.devices", demanded_by::kPolicy,
                 {"device", "device_evidence_missing", "the policy demands GPUs, and the evidence is of none"});
  }
}

bool judge(const AttestationReport& report, const Question& question, VerdictBuilder& verdict) {
  if (is_nvidia(report)) {
    refuse_foreign_key(question, verdict);
    return nvidia::judge_devices(report, question, verdict);
  }
  refuse_missing_devices(question, verdict);
  if (is_nitro(report)) {
    return nitro::judge_document(report, question, verdict);
  }
  refuse_foreign_nonce(question, verdict);
  refuse_foreign_key(question, verdict);
  return is_snp(report) ? snp::judge_report(report, question, verdict) : tdx::judge_quote(report, question, verdict);
}

}  // namespace

struct AttestationVerifier::Impl {
  /// What the options ask, with every default filled in; without sources, roots and memory.
  static Question question(const VerifyOptions& options, UtcTime now);

  std::vector<std::shared_ptr<CollateralSource>> sources;  ///< none is null
  std::unique_ptr<Memory> memory;                          ///< never null
};

Question AttestationVerifier::Impl::question(const VerifyOptions& options, UtcTime now) {
  Question question;
  question.moment.at = options.at_.value_or(now);
  question.at_now = !options.at_;
  question.moment.skew = std::clamp(options.skew_.value_or(options.at_ ? std::chrono::seconds{0} : x509::kClockSkew),
                                    std::chrono::seconds{0}, kMaxSkew);
  question.expected = options.expected_;
  question.expected_nonce = options.nonce_;
  question.expected_public_key = options.public_key_;
  question.required_platform = options.platform_;
  question.accept_simulated = options.accept_simulated_;
  question.accept_paravisor = options.accept_paravisor_;
  question.gpu_verifier = options.gpu_verifier_;
  question.revocation = options.revocation_.value_or(Revocation::require);
  question.ocsp = question.revocation;
  question.revocation_named = options.revocation_;
  question.max_age = max_age_of(options.max_age_, options.policy_ ? &options.policy_->rules() : nullptr);
  if (options.policy_) {
    question.policy = &options.policy_->rules();
    const auto with_callers = [&options](Revocation asked) {
      return options.revocation_ ? stricter(*options.revocation_, asked) : asked;
    };
    question.revocation = with_callers(question.policy->revocation.crl);
    question.ocsp = with_callers(question.policy->revocation.ocsp);
    question.collateral_max_age = question.policy->revocation.collateral_max_age;
  }
  return question;
}

AttestationVerifier::AttestationVerifier(std::shared_ptr<CollateralSource> collateral, const MemoryLimits& limits)
    : AttestationVerifier(std::vector{std::move(collateral)}, limits) {}
AttestationVerifier::AttestationVerifier(std::vector<std::shared_ptr<CollateralSource>> sources,
                                         const MemoryLimits& limits) {
  std::erase(sources, nullptr);
  impl_ = std::make_unique<const Impl>(Impl{std::move(sources), std::make_unique<Memory>(limits)});
}
AttestationVerifier::~AttestationVerifier() = default;
AttestationVerifier::AttestationVerifier(AttestationVerifier&&) noexcept = default;
AttestationVerifier& AttestationVerifier::operator=(AttestationVerifier&&) noexcept = default;

VerificationResult AttestationVerifier::verify(const AttestationReport& report, const VerifyOptions& options) const {
  const UtcTime now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  Recollection recall(*impl_->memory);
  Question question = Impl::question(options, now);
  question.recall = &recall;
  VerdictBuilder verdict(question.moment.at);
  verdict.set_platform(report.platform);

  if (question.moment.at < kEarliest || question.moment.at > kLatest) {
    verdict.fail("time", demanded_by::kCaller,
                 {"freshness", "time_out_of_range", "evidence can be judged at times of the years 1970 to 9999 only"});
    return std::move(verdict).finish(false, false);
  }
  if (question.policy != nullptr && question.policy->freshness.require_challenge && !question.wants_binding()) {
    verdict.fail("policy.require_challenge", demanded_by::kPolicy,
                 {"freshness", "challenge_required", "the policy demands a challenge and none was given"});
  }

  std::optional<x509::AnchorSet> custom;
  if (options.anchors_) {
    verdict.set_anchors(TrustAnchors::custom);
    auto anchors = x509::AnchorSet::custom(*options.anchors_, [&recall](ByteView der) {
      auto root = recall.certificate(der);
      if (root) {
        recall.learn(*root);
      }
      return root;
    });
    if (!anchors) {
      verdict.fail("trust_anchors", demanded_by::kCaller, {"chain", "trust_anchor_refused", anchors.error().message()});
      return std::move(verdict).finish(false, false);
    }
    custom = *std::move(anchors);
    question.custom_anchors = &*custom;
  }

  std::optional<collateral::ContentsSource> enclosed;  // the last source that is asked
  for (const auto& source : impl_->sources) {
    question.sources.push_back(source.get());
    for (Finding& warning : source->warnings()) {
      verdict.warn(std::move(warning));
    }
  }
  if (!report.collateral.empty()) {
    auto contents = collateral::parse_bundle(report.collateral, kEnclosedSource);
    if (!contents) {
      verdict.fail("collateral", demanded_by::kVendor,
                   {"format", "collateral_malformed",
                    concat("the collateral enclosed in the report cannot be read: ", contents.error().message())});
      return std::move(verdict).finish(false, false);
    }
    enclosed.emplace(*std::move(contents));
    question.sources.push_back(&*enclosed);
    question.enclosed = &*enclosed;
  }

  const bool to_the_end = judge(report, question, verdict);
  if (question.policy != nullptr) {
    // A policy holds only of evidence that was judged to the end, its TCB too where it has one, and found good; the
    // challenge is another question.
    const bool whole = to_the_end && (is_nitro(report) || is_nvidia(report) || verdict.tcb_judged());
    verdict.set_policy_verified(whole && !verdict.has_failure_beside({"nonce", "user_data"}));
  }
  if (question.expected && !verdict.user_data_judged()) {
    verdict.set_user_data_verified(false);
  }
  if (question.expected_nonce && !verdict.nonce_judged()) {
    verdict.set_nonce_verified(false);
  }
  return std::move(verdict).finish(to_the_end, question.wants_binding());
}

Result<VerifiedReport> AttestationVerifier::require(const AttestationReport& report,
                                                    const VerifyOptions& options) const {
  return verify(report, options).verified();
}

}  // namespace tenzro::tee
