// SPDX-License-Identifier: Apache-2.0
// Claims as NVIDIA's remote attestation service writes them, all of them good, and tokens put together from text.
#pragma once
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/digest.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

using NrasJson = nlohmann::ordered_json;

inline std::string base64url(ByteView bytes) {
  std::string out = to_base64(bytes);
  std::erase(out, '=');
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  return out;
}
inline std::string base64url(std::string_view text) {
  return base64url(ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}
inline std::string compact_token(std::string_view header, std::string_view payload, ByteView signature) {
  return base64url(header) + "." + base64url(payload) + "." + base64url(signature);
}

/// Who says it, when, and about which nonce.
struct NrasOrigin {
  std::string issuer = "https://nras.attestation.nvidia.com";
  UtcTime issued_at{};
  std::chrono::seconds lifetime{3600};
  std::string nonce_hex = std::string(64, 'a');

  NrasJson claims() const {
    const auto seconds = issued_at.time_since_epoch().count();
    return {{"iss", issuer},   {"iat", seconds},        {"nbf", seconds}, {"exp", seconds + lifetime.count()},
            {"jti", "made-1"}, {"eat_nonce", nonce_hex}};
  }
};

inline NrasJson good_nras_chain() {
  return {{"x-nvidia-cert-expiration-date", "9999-12-31T23:59:59Z"},
          {"x-nvidia-cert-status", "valid"},
          {"x-nvidia-cert-ocsp-status", "good"},
          {"x-nvidia-cert-ocsp-nonce-matches", true},
          {"x-nvidia-cert-ocsp-response-valid", true},
          {"x-nvidia-cert-revocation-reason", nullptr}};
}

/// version: "2.0" or "3.0". number: of the device, which its ueid ends in.
inline NrasJson nras_gpu_claims(const NrasOrigin& origin, std::string_view version = "2.0", unsigned number = 0) {
  const std::string gpu = "x-nvidia-gpu-";
  NrasJson out = origin.claims();
  out.update({{"ueid", "64549172831819758658004411093086607610463983" + std::to_string(1000 + number)},
              {"oemid", "5703"},
              {"hwmodel", "GH100"},
              {"secboot", true},
              {"dbgstat", "disabled"},
              {"measres", "success"},
              {gpu + "driver-version", "570.172.08"},
              {gpu + "vbios-version", "96.00.CF.00.02"},
              {"x-nvidia-attestation-warning", nullptr}});
  for (const std::string name : {"arch-check", "attestation-report-parsed", "attestation-report-nonce-match",
                                 "attestation-report-signature-verified", "vbios-index-no-conflict"}) {
    out[gpu + name] = true;
  }
  for (const std::string rim : {"driver-rim-", "vbios-rim-"}) {
    for (const std::string name : {"fetched", "schema-validated", "signature-verified", "measurements-available"}) {
      out[gpu + rim + name] = true;
    }
    if (version == "2.0") {
      out[gpu + rim + "cert-validated"] = true;
    } else {
      out[gpu + rim + "version-match"] = true;
      out[gpu + rim + "cert-chain"] = good_nras_chain();
    }
  }
  if (version == "2.0") {
    out[gpu + "attestation-report-cert-chain-validated"] = true;
  } else {
    out[gpu + "attestation-report-cert-chain"] = good_nras_chain();
    out[gpu + "attestation-report-cert-chain-fwid-match"] = true;
    out[gpu + "claims-version"] = version;
    out["x-nvidia-device-type"] = "gpu";
    out["x-nvidia-mismatch-measurement-records"] = nullptr;
  }
  return out;
}

inline NrasJson nras_switch_claims(const NrasOrigin& origin, std::string_view version = "2.0", unsigned number = 0) {
  const std::string nv_switch = "x-nvidia-switch-";
  NrasJson out = origin.claims();
  out.update({{"ueid", "50549172831819758658004411093086607610463983" + std::to_string(1000 + number)},
              {"hwmodel", "LS_10"},
              {"secboot", true},
              {"dbgstat", "disabled"},
              {"measres", "success"},
              {nv_switch + "bios-version", "96.10.55.00.01"},
              {"x-nvidia-attestation-warning", nullptr}});
  for (const std::string name :
       {"arch-check", "attestation-report-parsed", "attestation-report-nonce-match",
        "attestation-report-signature-verified", "bios-rim-fetched", "bios-rim-schema-validated",
        "bios-rim-signature-verified", "bios-rim-measurements-available"}) {
    out[nv_switch + name] = true;
  }
  if (version == "2.0") {
    out[nv_switch + "attestation-report-cert-chain-validated"] = true;
    out[nv_switch + "bios-rim-cert-validated"] = true;
  } else {
    out[nv_switch + "attestation-report-cert-chain"] = good_nras_chain();
    out[nv_switch + "attestation-report-cert-chain-fwid-match"] = true;
    out[nv_switch + "bios-rim-cert-chain"] = good_nras_chain();
    out[nv_switch + "bios-rim-version-match"] = true;
    out[nv_switch + "claims-version"] = version;
    out["x-nvidia-device-type"] = "nvswitch";
  }
  return out;
}

/// tokens: of the devices, by name.
inline NrasJson nras_overall_claims(const NrasOrigin& origin,
                                    const std::vector<std::pair<std::string, std::string>>& tokens) {
  NrasJson out = origin.claims();
  out.update({{"sub", "NVIDIA-PLATFORM-ATTESTATION"}, {"x-nvidia-ver", "2.0"}, {"x-nvidia-overall-att-result", true}});
  NrasJson submodules = NrasJson::object();
  for (const auto& [name, token] : tokens) {
    const ByteView text(reinterpret_cast<const std::uint8_t*>(token.data()), token.size());
    submodules[name] = {"DIGEST", NrasJson::array({"SHA-256", to_hex(crypto::sha256(text))})};
  }
  out["submods"] = std::move(submodules);
  return out;
}

inline std::string nras_bundle(const std::string& overall,
                               const std::vector<std::pair<std::string, std::string>>& tokens) {
  NrasJson devices = NrasJson::object();
  for (const auto& [name, token] : tokens) {
    devices[name] = token;
  }
  return NrasJson::array({NrasJson::array({"JWT", overall}), devices}).dump();
}

}  // namespace tenzro::tee::test
