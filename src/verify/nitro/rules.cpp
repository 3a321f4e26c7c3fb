// SPDX-License-Identifier: Apache-2.0
#include "verify/nitro/rules.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "verify/signed_age.hpp"

namespace tenzro::tee::nitro {

namespace {

using Pcrs = std::map<unsigned, Bytes>;

/// The names of one kind of document.
struct Words {
  std::string_view pcrs;   ///< the claim
  std::string_view debug;  ///< what it means that nothing is measured
};
constexpr Words kEnclave = {"pcrs", "the enclave is in debug mode: its host reads its console and memory"};
constexpr Words kTpm = {"nitrotpm_pcrs", "PCR0 to PCR2 are zero: nothing of what started was measured"};

bool is_zero(const Bytes& value) {
  return std::ranges::all_of(value, [](std::uint8_t byte) { return byte == 0; });
}

std::string shown(const std::vector<Bytes>& values) {
  std::string out;
  for (const Bytes& value : values) {
    out += concat(out.empty() ? "" : " or ", to_hex(value));
  }
  return out;
}

void appraise_debug(Appraisal& out, const Words& words, bool debug, bool allowed) {
  if (!debug) {
    out.pass("debug", "not debug", "not debug");
    return;
  }
  if (allowed) {
    out.pass("debug", "debug allowed", "debug");
    out.warn({"policy", "enclave_debug", concat(words.debug, ", which the policy allows")});
    return;
  }
  out.fail("debug", {"policy", "enclave_debug", std::string(words.debug)}, "not debug", "debug");
}

void appraise_pinned(Appraisal& out, const Words& words, unsigned index, const std::vector<Bytes>& allowed,
                     const Pcrs& pcrs) {
  const std::string id = concat(words.pcrs, ".", index);
  const auto found = pcrs.find(index);
  if (found == pcrs.end()) {
    out.fail(id,
             {"policy", "pcr_missing",
              concat("PCR", index, " is pinned and not in the document, which holds locked PCRs only")},
             shown(allowed), "absent");
    return;
  }
  const Bytes& actual = found->second;
  if (std::ranges::any_of(allowed, [&](const Bytes& value) { return crypto::equal_constant_time(value, actual); })) {
    out.pass(id, shown(allowed), to_hex(actual));
    return;
  }
  out.fail(id,
           {"policy", "pcr_not_allowed",
            concat("PCR", index, " is ", to_hex(actual), ", the policy allows ", shown(allowed))},
           shown(allowed), to_hex(actual));
}

/// Every pinned PCR; of the others those that say something, and always the three that measure the image.
void appraise_pcrs(Appraisal& out, const Words& words, const Pcrs& pcrs, const PcrRules& rules) {
  constexpr unsigned kImagePcrs = 3;
  for (const auto& [index, allowed] : rules) {
    appraise_pinned(out, words, index, allowed, pcrs);
  }
  for (const auto& [index, value] : pcrs) {
    if (!rules.contains(index) && (index < kImagePcrs || !is_zero(value))) {
      out.unpinned(concat(words.pcrs, ".", index), to_hex(value));
    }
  }
}

template <class PlatformClaims>
void appraise_age(Appraisal& out, const PlatformClaims& claims, const x509::Moment& moment,
                  const std::optional<std::chrono::seconds>& max_age) {
  if (!max_age) {
    return;
  }
  const std::string allowed = concat("at most ", max_age->count(), " s old");
  if (!is_young_enough(claims.timestamp, moment, *max_age)) {
    out.fail("max_age", too_old(claims.timestamp, moment.at, *max_age), allowed, to_rfc3339(claims.timestamp));
    return;
  }
  out.pass("max_age", allowed, to_rfc3339(claims.timestamp));
  out.limit_valid_until(young_until(claims.timestamp, moment, *max_age));
}

template <class PlatformClaims, class Rules>
Appraisal appraise_any(const Words& words, const PlatformClaims& claims, const Pcrs& pcrs, const PcrRules& pcr_rules,
                       const x509::Moment& moment, const Rules& rules, std::string_view source) {
  Appraisal out(source);
  appraise_debug(out, words, claims.debug, rules.allow_debug);
  appraise_pcrs(out, words, pcrs, pcr_rules);
  appraise_age(out, claims, moment, rules.max_age);
  return out;
}

}  // namespace

Appraisal appraise(const NitroClaims& claims, const x509::Moment& moment, const NitroRules& rules,
                   std::string_view source) {
  return appraise_any(kEnclave, claims, claims.pcrs, rules.pcrs, moment, rules, source);
}

Appraisal appraise(const NitroTpmClaims& claims, const x509::Moment& moment, const NitroTpmRules& rules,
                   std::string_view source) {
  return appraise_any(kTpm, claims, claims.nitrotpm_pcrs, rules.nitrotpm_pcrs, moment, rules, source);
}

}  // namespace tenzro::tee::nitro
