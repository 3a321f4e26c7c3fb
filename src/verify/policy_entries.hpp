// SPDX-License-Identifier: Apache-2.0
// Which entries of a policy are about which platform, and which of them is reported.
#pragma once
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/text.hpp"
#include "verify/appraisal.hpp"
#include "verify/question.hpp"

namespace tenzro::tee {

template <class Rules>
constexpr Platform kPlatformOf = Platform::unknown;
template <>
inline constexpr Platform kPlatformOf<TdxRules> = Platform::intel_tdx;
template <>
inline constexpr Platform kPlatformOf<SgxRules> = Platform::intel_sgx;
template <>
inline constexpr Platform kPlatformOf<SnpRules> = Platform::amd_sev_snp;
template <>
inline constexpr Platform kPlatformOf<NitroRules> = Platform::aws_nitro;
template <>
inline constexpr Platform kPlatformOf<NitroTpmRules> = Platform::aws_nitro_tpm;

inline Platform platform_of(const PlatformRules& entry) {
  return std::visit([](const auto& rules) { return kPlatformOf<std::decay_t<decltype(rules)>>; }, entry);
}

/// Judges by the policy, or by our safe default where there is none. One entry for the platform must pass entirely;
/// otherwise the one that came closest is reported. appraise(rules, source) gives an Appraisal. Of several that pass,
/// the first for which suits(rules) is true, else the first. Returns the entry that passed; null where none did, or
/// there is no policy.
template <class Rules, class Appraise, class Suits>
const Rules* judge_policy(const Question& question, VerdictBuilder& verdict, Appraise appraise, Suits suits) {
  if (question.policy == nullptr) {
    std::move(appraise(Rules{}, demanded_by::kDefault)).report_to(verdict);
    return nullptr;
  }
  const Rules* passed = nullptr;
  std::optional<Appraisal> best;
  for (const PlatformRules& entry : question.policy->any_of) {
    const Rules* rules = std::get_if<Rules>(&entry);
    if (rules == nullptr) {
      continue;
    }
    Appraisal appraisal = appraise(*rules, demanded_by::kPolicy);
    const bool passes = appraisal.passed();
    const bool suited = passes && suits(*rules);
    if (!best || suited || (passed == nullptr && appraisal.failure_count() < best->failure_count())) {
      best = std::move(appraisal);
      passed = passes ? rules : nullptr;
    }
    if (suited) {
      break;
    }
  }
  if (!best) {
    verdict.fail(
        "policy.platform", demanded_by::kPolicy,
        {"policy", "platform_not_in_policy", concat("the policy has no entry for ", to_string(kPlatformOf<Rules>))});
    return nullptr;
  }
  std::move(*best).report_to(verdict);
  return passed;
}

template <class Rules, class Appraise>
const Rules* judge_policy(const Question& question, VerdictBuilder& verdict, Appraise appraise) {
  return judge_policy<Rules>(question, verdict, appraise, [](const Rules&) { return true; });
}

}  // namespace tenzro::tee
