// SPDX-License-Identifier: Apache-2.0
// Evidence of NVIDIA's GPUs and switches, decoded.
#include <algorithm>
#include <string>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/nvidia/claims.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "formats/pem.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

constexpr std::size_t kMaxChain = 16;

/// What the report itself says, under the names that verdicts use; the certificates add the rest.
Json claims_of(const NvidiaClaims& claims) {
  Json out = Json::object();
  out["nonce"] = to_hex(claims.nonce.value);
  out["device_type"] = claims.device_type;
  out["driver_version"] = claims.driver_version;
  out["vbios_version"] = claims.vbios_version;
  out["project"] = claims.project;
  out["project_sku"] = claims.project_sku;
  out["chip_sku"] = claims.chip_sku;
  out["mode"] = claims.mode;
  out["fwid"] = to_hex(claims.fwid);
  return out;
}

/// By index, as manifests count; those that are zero are left out.
Json measurements_of(const nvidia::Report& report) {
  Json out = Json::object();
  for (std::size_t i = 0; i < report.measurement_count(); ++i) {
    const nvidia::MeasurementView value = report.measurement(i);
    if (std::ranges::any_of(value, [](std::uint8_t byte) { return byte != 0; })) {
      out[std::to_string(i)] = to_hex(value);
    }
  }
  return out;
}

/// Every field, by its type.
Json opaque_fields(ByteView rest) {
  Json out = Json::object();
  while (rest.size() >= 4) {  // the report was read, so it is made of whole fields
    const unsigned type = rest[0] | (unsigned{rest[1]} << 8U);
    const std::size_t size = rest[2] | (std::size_t{rest[3]} << 8U);
    out[std::to_string(type)] = to_hex(rest.subspan(4, size));
    rest = rest.subspan(4 + size);
  }
  return out;
}

Json describe_pem_chain(ByteView text) {
  const std::string_view pem = as_text(text);
  auto blocks = pem::split(pem, {.max_blocks = kMaxChain});
  if (!blocks) {
    return undecoded(blocks.error());
  }
  std::vector<Bytes> ders;
  for (pem::Block& block : *blocks) {
    ders.push_back(std::move(block.der));
  }
  return describe_certificates(ders);
}

}  // namespace

Result<Json> describe_spdm_report(ByteView evidence) {
  TENZRO_ASSIGN_OR_RETURN(const nvidia::Report report, nvidia::parse_report(evidence));
  Json out = Json::object();
  const auto claims = nvidia::nvidia_claims(report);
  out["claims"] = claims ? claims_of(*claims) : undecoded(claims.error());
  out["device_nonce"] = to_hex(report.device_nonce());
  out["measurement_count"] = report.measurement_count();
  out["measurements"] = measurements_of(report);
  out["opaque_data"] = opaque_fields(report.opaque().raw());
  out["signature"] = to_hex(report.signature());
  out["trailing_zeros"] = report.trailing_zeros();
  return out;
}

Result<Json> describe_device_evidence(ByteView evidence) {
  TENZRO_ASSIGN_OR_RETURN(const auto sent, nvidia::parse_device_evidence(evidence));
  Json devices = Json::array();
  for (const nvidia::DeviceEvidence& one : sent) {
    Json device = Json::object();
    device["arch"] = nvidia::to_string(one.architecture);
    device["nonce"] = to_hex(one.nonce);
    const auto report = describe_spdm_report(one.report);
    device["report"] = report ? *report : undecoded(report.error());
    device["certificates"] = describe_pem_chain(one.certificate_chain);
    devices.push_back(std::move(device));
  }
  Json out = Json::object();
  out["devices"] = std::move(devices);
  return out;
}

}  // namespace tenzro::tee::inspect_detail
