// SPDX-License-Identifier: Apache-2.0
#include "verify/denials.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"

namespace tenzro::tee {

namespace {

template <class T>
void judge(std::string_view what, const T& actual, const AllowList<T>& denied, const std::string& shown,
           VerdictBuilder& verdict) {
  if (!denied) {
    return;
  }
  const std::string id = concat("deny.", what);
  if (std::ranges::find(*denied, actual) == denied->end()) {
    verdict.pass(id, demanded_by::kPolicy);
    return;
  }
  verdict.fail(id, demanded_by::kPolicy, {"policy", "denied", concat("the policy denies this ", what, ": ", shown)},
               "not denied", shown);
}

}  // namespace

void judge_denials(const Claims& claims, const Question& question, VerdictBuilder& verdict) {
  if (question.policy == nullptr) {
    return;
  }
  const DenyRules& deny = question.policy->deny;
  if (const auto* const snp = std::get_if<SnpClaims>(&claims)) {
    judge("chip_id", snp->chip_id, deny.chip_id, to_hex(snp->chip_id), verdict);
    judge("product", snp->product, deny.product, printable(snp->product), verdict);
    judge("measurement", snp->measurement, deny.measurement, to_hex(snp->measurement), verdict);
  } else if (const auto* const td = std::get_if<TdxClaims>(&claims)) {
    judge("measurement", td->mr_td, deny.measurement, to_hex(td->mr_td), verdict);
  }
}

}  // namespace tenzro::tee
