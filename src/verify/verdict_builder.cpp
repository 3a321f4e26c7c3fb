// SPDX-License-Identifier: Apache-2.0
#include "verify/verdict_builder.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tenzro::tee {

namespace {

std::optional<UtcTime> first_expiry(const std::vector<CollateralUse>& used) {
  std::optional<UtcTime> out;
  for (const CollateralUse& one : used) {
    if (one.next_update) {
      out = out ? std::min(*out, *one.next_update) : *one.next_update;
    }
  }
  return out;
}

}  // namespace

VerdictBuilder::VerdictBuilder(UtcTime verified_at) {
  constexpr std::size_t kUsualChecks = 64;
  result_.checks_.reserve(kUsualChecks);
  result_.verified_at_ = verified_at;
  result_.valid_until_ = verified_at;
}

void VerdictBuilder::set_certificates(std::vector<CertificateInfo> chain) {
  for (const CertificateInfo& certificate : chain) {
    limit_valid_until(certificate.not_after);
  }
  result_.certificates_ = std::move(chain);
}

void VerdictBuilder::pass(std::string_view id, std::string_view source, std::string expected, std::string actual) {
  record({std::string(id), CheckStatus::pass, std::move(expected), std::move(actual), std::string(source)});
}

void VerdictBuilder::fail(std::string_view id, std::string_view source, Finding reason, std::string expected,
                          std::string actual) {
  record({std::string(id), CheckStatus::fail, std::move(expected), std::move(actual), std::string(source)});
  add_failure(std::move(reason));
}

void VerdictBuilder::skip(std::string_view id, std::string_view source, std::string why) {
  record({std::string(id), CheckStatus::skipped, {}, std::move(why), std::string(source)});
}

void VerdictBuilder::warn(Finding warning) { result_.warnings_.push_back(std::move(warning)); }

void VerdictBuilder::use_collateral(CollateralUse use) {
  if (use.next_update) {
    limit_valid_until(*use.next_update);
  }
  result_.collateral_.push_back(use);
}

void VerdictBuilder::absorb(const VerdictBuilder& part, std::string_view name) {
  const VerificationResult& from = part.result_;
  for (Check check : from.checks_) {
    if (!name.empty()) {
      check.id = concat(name, ".", check.id);
    }
    record(std::move(check));
  }
  for (Finding failure : from.failures_) {
    if (!name.empty()) {
      failure.message = concat(name, ": ", failure.message);
    }
    add_failure(std::move(failure));
  }
  for (const Finding& warning : from.warnings_) {
    const auto same = [&](const Finding& one) { return one.code == warning.code && one.message == warning.message; };
    if (std::ranges::none_of(result_.warnings_, same)) {
      warn(warning);
    }
  }
  for (const CollateralUse& use : from.collateral_) {
    use_collateral_once(use);
  }
  if (part.valid_until_) {
    limit_valid_until(*part.valid_until_);
  }
}

void VerdictBuilder::set_devices(std::vector<VerificationResult> devices) {
  const auto all = [&devices](bool VerificationResult::* flag) {
    return !devices.empty() && std::ranges::all_of(devices, flag);
  };
  // And nothing of the kind was found of the whole.
  result_.platform_ok_ = all(&VerificationResult::platform_ok_) && !has_failure_in("platform", 0);
  result_.signature_ok_ = all(&VerificationResult::signature_ok_) && !has_failure_in("signature", 0);
  result_.chain_ok_ =
      all(&VerificationResult::chain_ok_) && !has_failure_in("chain", 0) && !has_failure_in("revocation", 0);
  result_.fresh_ok_ = all(&VerificationResult::fresh_ok_);
  if (devices.size() == 1) {
    result_.certificates_ = devices.front().certificates_;
  }
  result_.devices_ = std::move(devices);
}

void VerdictBuilder::use_collateral_once(CollateralUse use) {
  const auto same = [&](const CollateralUse& one) { return one.sha256 == use.sha256; };
  if (std::ranges::none_of(result_.collateral_, same)) {
    use_collateral(use);
  }
}

bool VerdictBuilder::has_failure_in(std::string_view check, std::size_t from) const noexcept {
  return std::any_of(result_.failures_.begin() + static_cast<std::ptrdiff_t>(from), result_.failures_.end(),
                     [check](const Finding& failure) { return failure.check == check; });
}

bool VerdictBuilder::has_failure_beside(std::initializer_list<std::string_view> checks) const noexcept {
  return std::any_of(result_.failures_.begin(), result_.failures_.end(), [checks](const Finding& failure) {
    return std::find(checks.begin(), checks.end(), failure.check) == checks.end();
  });
}

void VerdictBuilder::limit_valid_until(UtcTime end) {
  valid_until_ = valid_until_ ? std::min(*valid_until_, end) : end;
}

VerificationResult VerdictBuilder::finish(bool judged_to_the_end, bool bound) && {
  const bool all_marked =
      result_.platform_ok_ && result_.signature_ok_ && result_.chain_ok_ && result_.claims_.has_value();
  if (result_.failures_.empty() && !(judged_to_the_end && all_marked)) {
    // Cannot happen while every early return reports its reason; if one ever does not, the answer is still no.
    add_failure(
        {"platform", "verification_incomplete", "not every check was made; this is a defect, please report it"});
  }
  result_.complete_ = judged_to_the_end && all_marked;
  if (valid_until_ && result_.complete_) {
    result_.valid_until_ = *valid_until_;
  }
  if (result_.tcb_) {
    result_.tcb_->collateral_expires = first_expiry(result_.collateral_);
  }
  if (result_.valid() && bound) {
    result_.proof_ = VerifiedReport(result_.platform_, result_.anchors_, *result_.claims_, result_.verified_at_);
    for (const VerificationResult& device : result_.devices_) {
      if (device.claims_) {
        result_.proof_->devices_.push_back(*device.claims_);
      }
    }
  }
  return std::move(result_);
}

namespace {

Error no_proof(const VerificationResult& result) {
  if (result.valid()) {
    return Error(ErrorCode::verification_failed, "not bound to a challenge");
  }
  std::string codes;
  for (const Finding& failure : result.failures()) {
    if (!codes.empty()) {
      codes.append(", ");
    }
    codes.append(failure.code);
  }
  return Error(ErrorCode::verification_failed, "evidence refused: " + codes);
}

}  // namespace

Result<VerifiedReport> VerificationResult::verified() const& {
  if (!proof_) {
    return no_proof(*this);
  }
  return *proof_;
}

Result<VerifiedReport> VerificationResult::verified() && {
  if (!proof_) {
    return no_proof(*this);
  }
  return *std::move(proof_);
}

}  // namespace tenzro::tee
