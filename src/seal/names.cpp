// SPDX-License-Identifier: Apache-2.0
// The names by which callers ask: key ids, roots, scopes.
#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee {

namespace {

constexpr std::size_t kMaxKeyId = 128;

constexpr std::array<std::pair<SealingSource, std::string_view>, 6> kSources = {{
    {SealingSource::automatic, "auto"},
    {SealingSource::snp, "snp"},
    {SealingSource::tpm, "tpm"},
    {SealingSource::kms, "kms"},
    {SealingSource::kbs, "kbs"},
    {SealingSource::simulated, "simulated"},
}};

bool may_stand_in_key_id(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._/-").contains(c);
}

}  // namespace

Result<SealKeyId> SealKeyId::parse(std::string_view id) {
  if (id.empty() || id.size() > kMaxKeyId || !std::ranges::all_of(id, may_stand_in_key_id)) {
    return Error(ErrorCode::invalid_argument,
                 concat("key id \"", printable(id), "\": expected 1 to 128 letters, digits and . _ / -"));
  }
  return SealKeyId(std::string(id));
}

std::string_view to_string(SealingSource source) noexcept {
  const auto found = std::ranges::find(kSources, source, &std::pair<SealingSource, std::string_view>::first);
  return found == kSources.end() ? "unknown" : found->second;
}

Result<SealingSource> parse_sealing_source(std::string_view name) {
  const auto found = std::ranges::find(kSources, name, &std::pair<SealingSource, std::string_view>::second);
  if (found == kSources.end()) {
    return Error(ErrorCode::invalid_argument,
                 concat("\"", printable(name), "\" is no sealing root; there are auto, snp, tpm, kms, kbs, simulated"));
  }
  return found->first;
}

std::string_view to_string(SealScope scope) noexcept {
  return scope == SealScope::measurement ? "measurement" : "signer";
}

Result<SealScope> parse_seal_scope(std::string_view name) {
  for (const SealScope scope : {SealScope::measurement, SealScope::signer}) {
    if (to_string(scope) == name) {
      return scope;
    }
  }
  return Error(ErrorCode::invalid_argument,
               concat("\"", printable(name), "\" is no scope; there are measurement and signer"));
}

}  // namespace tenzro::tee
