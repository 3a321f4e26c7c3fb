// SPDX-License-Identifier: Apache-2.0
// Nitro attestation documents, decoded.
#include <algorithm>
#include <map>
#include <utility>

#include "core/text.hpp"
#include "evidence/nitro/claims.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

using Pcrs = std::map<unsigned, Bytes>;

/// What AWS extends into an enclave's PCRs; the others are the application's. Those of NitroTPM follow the TCG's rules
/// for PCs.
std::string_view enclave_pcr_name(unsigned index) {
  switch (index) {
    case 0:
      return "image";
    case 1:
      return "kernel and boot ramdisk";
    case 2:
      return "application";
    case 3:
      return "role of the parent instance";
    case 4:
      return "id of the parent instance";
    case 8:
      return "signer of the image";
    default:
      return "";
  }
}

bool is_zero(const Bytes& value) {
  return std::ranges::all_of(value, [](std::uint8_t byte) { return byte == 0; });
}

Json by_index(const Pcrs& pcrs) {
  Json out = Json::object();
  for (const auto& [index, value] : pcrs) {
    out[std::to_string(index)] = to_hex(value);
  }
  return out;
}

Json set_pcrs(const Pcrs& pcrs, bool enclave) {
  Json out = Json::array();
  for (const auto& [index, value] : pcrs) {
    if (is_zero(value)) {
      continue;
    }
    const std::string_view name = enclave ? enclave_pcr_name(index) : "";
    out.push_back(name.empty() ? concat("PCR", index) : concat("PCR", index, " (", name, ")"));
  }
  return out;
}

Json optional_hex(const std::optional<QuotedBytes>& bytes) {
  return bytes ? Json(to_hex(bytes->value)) : Json(nullptr);
}

/// The claims, under the names that verdicts and policies use.
template <class PlatformClaims>
Json claims_of(const PlatformClaims& claims, const char* pcrs_name, const Pcrs& pcrs) {
  Json out;
  out["module_id"] = claims.module_id;
  out["digest"] = claims.digest;
  out["timestamp"] = to_rfc3339(claims.timestamp);
  out[pcrs_name] = by_index(pcrs);
  out["public_key"] = optional_hex(claims.public_key);
  out["user_data"] = optional_hex(claims.user_data);
  out["nonce"] = optional_hex(claims.nonce);
  out["debug"] = claims.debug;
  return out;
}

}  // namespace

Json describe_nitro(const nitro::Document& document) {
  Json out;
  const bool enclave = document.kind == nitro::Kind::enclave;
  if (enclave) {
    const NitroClaims claims = nitro::nitro_claims(document);
    out["claims"] = claims_of(claims, "pcrs", claims.pcrs);
    out["pcrs_set"] = set_pcrs(claims.pcrs, true);
  } else {
    const NitroTpmClaims claims = nitro::nitro_tpm_claims(document);
    out["claims"] = claims_of(claims, "nitrotpm_pcrs", claims.nitrotpm_pcrs);
    out["pcrs_set"] = set_pcrs(claims.nitrotpm_pcrs, false);
  }
  out["unknown_fields"] = document.unknown_fields;
  out["tagged"] = document.envelope.tagged;
  out["algorithm"] = "ES384";
  out["payload_size"] = document.envelope.payload.size();
  out["signature"] = to_hex(document.envelope.signature);
  Json certificates = Json::array();
  certificates.push_back(describe_certificate(document.certificate));
  // The bundle begins with the root; chains are shown from the leaf up.
  for (std::size_t i = document.cabundle_size; i-- > 0;) {
    certificates.push_back(describe_certificate(document.cabundle_items[i]));
  }
  out["certificates"] = std::move(certificates);
  return out;
}

}  // namespace tenzro::tee::inspect_detail
