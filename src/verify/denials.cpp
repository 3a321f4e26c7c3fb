// SPDX-License-Identifier: Apache-2.0
#include "verify/denials.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"

namespace tenzro::tee {

namespace {

using demanded_by::kPolicy;

std::string shown(const std::string& text) { return printable(text); }
template <std::size_t N>
std::string shown(const ByteArray<N>& bytes) {
  return to_hex(bytes);
}

/// What evidence says of one thing that can be denied.
template <class T>
struct Told {
  bool carried = false;     ///< evidence of this platform says anything of it at all
  std::vector<T> values{};  ///< none of something that is carried: it is hidden
};

/// What evidence of one platform says of everything that can be denied.
struct Facts {
  Told<ByteArray<64>> chip_id{};
  Told<std::string> product{};
  Told<ByteArray<48>> measurement{};
};

Facts facts_of(const SnpClaims& claims) {
  Facts out;
  out.chip_id.carried = out.product.carried = true;
  if (claims.chip_id != ByteArray<64>{}) {
    out.chip_id.values = {claims.chip_id};
  }
  if (!claims.product.empty()) {
    out.product.values = {claims.product};
  }
  out.measurement = {true, {claims.measurement}};
  return out;
}

Facts facts_of(const TdxClaims& claims) {
  Facts out;
  out.measurement = {true, {claims.mr_td}};
  return out;
}

/// MRENCLAVE has 32 bytes: no denied measurement could equal it.
Facts facts_of(const SgxClaims& /*claims*/) { return {}; }

/// Whichever register a denied value stands in, the code that it stands for has run.
Facts facts_of(const std::map<unsigned, Bytes>& pcrs) {
  Facts out;
  out.measurement.carried = true;
  for (const auto& [index, value] : pcrs) {
    ByteArray<48> measurement{};
    if (value.size() == measurement.size()) {
      std::ranges::copy(value, measurement.begin());
      out.measurement.values.push_back(measurement);
    }
  }
  return out;
}
Facts facts_of(const NitroClaims& claims) { return facts_of(claims.pcrs); }
Facts facts_of(const NitroTpmClaims& claims) { return facts_of(claims.nitrotpm_pcrs); }

/// Chips, products and launch measurements are a machine's.
Facts facts_of(const NvidiaClaims& /*claims*/) { return {}; }

template <class T>
void judge(std::string_view what, const Told<T>& told, const AllowList<T>& denied, VerdictBuilder& verdict) {
  if (!denied) {
    return;
  }
  const std::string id = concat("deny.", what);
  if (!told.carried) {
    std::string why = concat("the policy denies by ", what, ", of which evidence of this platform says nothing");
    verdict.skip(id, kPolicy, why);
    verdict.warn({"policy", "denial_not_applicable", std::move(why)});
    return;
  }
  if (told.values.empty()) {
    verdict.fail(
        id, kPolicy,
        {"policy", "denied", concat("the evidence hides its ", what, ", which may be one that the policy denies")},
        "not denied", "hidden");
    return;
  }
  const auto is_denied = [&denied](const T& value) { return std::ranges::find(*denied, value) != denied->end(); };
  const auto found = std::ranges::find_if(told.values, is_denied);
  if (found == told.values.end()) {
    verdict.pass(id, kPolicy);
    return;
  }
  verdict.fail(id, kPolicy, {"policy", "denied", concat("the policy denies this ", what, ": ", shown(*found))},
               "not denied", shown(*found));
}

}  // namespace

void judge_denials(const Claims& claims, const Question& question, VerdictBuilder& verdict) {
  if (question.policy == nullptr) {
    return;
  }
  const DenyRules& deny = question.policy->deny;
  const Facts facts = std::visit([](const auto& of_platform) { return facts_of(of_platform); }, claims);
  judge("chip_id", facts.chip_id, deny.chip_id, verdict);
  judge("product", facts.product, deny.product, verdict);
  judge("measurement", facts.measurement, deny.measurement, verdict);
}

}  // namespace tenzro::tee
