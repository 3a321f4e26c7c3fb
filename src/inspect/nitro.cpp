// SPDX-License-Identifier: Apache-2.0
// Nitro attestation documents, decoded.
#include <algorithm>
#include <map>
#include <utility>

#include "core/text.hpp"
#include "evidence/claims_json.hpp"
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

}  // namespace

Json describe_nitro(const nitro::Document& document) {
  Json out = Json::object();
  const bool enclave = document.kind == nitro::Kind::enclave;
  if (enclave) {
    const NitroClaims claims = nitro::nitro_claims(document);
    out["claims"] = evidence::claims_json(claims);
    out["pcrs_set"] = set_pcrs(claims.pcrs, true);
  } else {
    const NitroTpmClaims claims = nitro::nitro_tpm_claims(document);
    out["claims"] = evidence::claims_json(claims);
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
