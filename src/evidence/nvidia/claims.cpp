// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/claims.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee {

std::string_view to_string(MeasurementResult result) noexcept {
  switch (result) {
    case MeasurementResult::not_compared:
      return "not_compared";
    case MeasurementResult::match:
      return "match";
    case MeasurementResult::mismatch:
      return "mismatch";
  }
  return "not_compared";
}

}  // namespace tenzro::tee

namespace tenzro::tee::nvidia {

namespace {

constexpr std::size_t kGpuVbiosSize = 8;
constexpr std::uint8_t kOn = 0xaa;

Error malformed(std::string_view message) {
  return {ErrorCode::malformed_input, concat("SPDM report.opaque_data: ", message)};
}

Result<std::string> optional_text(const OpaqueData& opaque, OpaqueType type) {
  TENZRO_ASSIGN_OR_RETURN(const auto text, opaque.text(type));
  return text.value_or("");
}

/// From version 1 of the fields on, a flag says it; before, only protected PCIe does.
Result<std::string> mode_of(const OpaqueData& opaque) {
  TENZRO_ASSIGN_OR_RETURN(const auto version, opaque.number(OpaqueType::opaque_version));
  TENZRO_ASSIGN_OR_RETURN(const auto flag, opaque.number(OpaqueType::feature_flag));
  const auto status = opaque.find(OpaqueType::protected_pcie);
  const bool protected_pcie = status && status->size() == 1 && status->front() == kOn;
  if (version.value_or(0) < 1 || !flag) {
    return std::string(protected_pcie ? "ppcie" : "");
  }
  constexpr std::array<std::string_view, 3> kModes = {"spt", "mpt", "ppcie"};
  if (*flag >= kModes.size()) {
    return malformed(concat("feature flag ", *flag, " is not known"));
  }
  if (kModes.at(*flag) == "ppcie" && !protected_pcie) {
    return malformed("the feature flag says protected PCIe, and its status says otherwise");
  }
  return std::string(kModes.at(*flag));
}

Result<void> add_gpu_claims(const OpaqueData& opaque, NvidiaClaims& out) {
  TENZRO_ASSIGN_OR_RETURN(out.driver_version, optional_text(opaque, OpaqueType::driver_version));
  if (out.driver_version.empty()) {
    return malformed("a GPU's report without driver version");
  }
  const auto vbios = opaque.find(OpaqueType::vbios_version);
  out.vbios_version = gpu_vbios_text(vbios->first<kGpuVbiosSize>());
  TENZRO_ASSIGN_OR_RETURN(out.project, optional_text(opaque, OpaqueType::project));
  TENZRO_ASSIGN_OR_RETURN(out.project_sku, optional_text(opaque, OpaqueType::project_sku));
  TENZRO_ASSIGN_OR_RETURN(out.chip_sku, optional_text(opaque, OpaqueType::chip_sku));
  TENZRO_ASSIGN_OR_RETURN(out.mode, mode_of(opaque));
  return {};
}

}  // namespace

DeviceKind claimed_kind(const Report& report) {
  const auto vbios = report.opaque().find(OpaqueType::vbios_version);
  return vbios && vbios->size() == kGpuVbiosSize ? DeviceKind::gpu : DeviceKind::nvswitch;
}

Result<NvidiaClaims> nvidia_claims(const Report& report) {
  const OpaqueData& opaque = report.opaque();
  NvidiaClaims out;
  out.nonce.value.assign(report.nonce().begin(), report.nonce().end());
  const DeviceKind kind = claimed_kind(report);
  out.device_type = to_string(kind);
  if (kind == DeviceKind::gpu) {
    TENZRO_RETURN_IF_ERROR(add_gpu_claims(opaque, out));
  } else {
    TENZRO_ASSIGN_OR_RETURN(out.vbios_version, optional_text(opaque, OpaqueType::vbios_version));
    if (out.vbios_version.empty()) {
      return malformed("a report without VBIOS version");
    }
  }
  if (const auto fwid = opaque.find(OpaqueType::fwid)) {
    constexpr std::size_t kSha384 = 48;
    if (fwid->size() != kSha384) {
      return malformed(concat("the firmware id has ", fwid->size(), " bytes, expected ", kSha384));
    }
    out.fwid.assign(fwid->begin(), fwid->end());
  }
  return out;
}

std::string decimal(ByteView serial) {
  std::string digits;  // least significant first
  for (const std::uint8_t byte : serial) {
    unsigned carry = byte;
    for (char& digit : digits) {
      const unsigned value = (static_cast<unsigned>(digit - '0') << 8U) + carry;
      digit = static_cast<char>('0' + value % 10);
      carry = value / 10;
    }
    for (; carry != 0; carry /= 10) {
      digits.push_back(static_cast<char>('0' + carry % 10));
    }
  }
  std::ranges::reverse(digits);
  return digits.empty() ? "0" : digits;
}

}  // namespace tenzro::tee::nvidia
