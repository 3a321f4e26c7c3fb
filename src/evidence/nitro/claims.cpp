// SPDX-License-Identifier: Apache-2.0
#include "evidence/nitro/claims.hpp"

namespace tenzro::tee::nitro {

namespace {

std::optional<QuotedBytes> quoted(const std::optional<ByteView>& field) {
  return field ? std::optional(QuotedBytes{{field->begin(), field->end()}}) : std::nullopt;
}

std::map<unsigned, Bytes> pcrs_of(const Document& document) {
  std::map<unsigned, Bytes> out;
  for (unsigned index = 0; index < document.pcrs.size(); ++index) {
    if (const auto& pcr = document.pcrs[index]) {
      out.emplace(index, Bytes(pcr->begin(), pcr->end()));
    }
  }
  return out;
}

/// What both kinds have.
template <class PlatformClaims>
PlatformClaims common_claims(const Document& document) {
  PlatformClaims out;
  out.module_id = document.module_id;
  out.digest = document.digest;
  // Before the year 10000, so it fits.
  out.timestamp = std::chrono::sys_time<std::chrono::milliseconds>(
      std::chrono::milliseconds(static_cast<std::int64_t>(document.timestamp_ms)));
  out.public_key = quoted(document.public_key);
  out.user_data = quoted(document.user_data);
  out.nonce = quoted(document.nonce);
  out.debug = is_debug(document);
  return out;
}

}  // namespace

NitroClaims nitro_claims(const Document& document) {
  auto out = common_claims<NitroClaims>(document);
  out.pcrs = pcrs_of(document);
  return out;
}

NitroTpmClaims nitro_tpm_claims(const Document& document) {
  auto out = common_claims<NitroTpmClaims>(document);
  out.nitrotpm_pcrs = pcrs_of(document);
  return out;
}

}  // namespace tenzro::tee::nitro
