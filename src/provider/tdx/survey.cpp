// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/survey.hpp"

#include <algorithm>
#include <string>

#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "device/files.hpp"
#include "provider/survey_parts.hpp"
#include "provider/tdx/quoting_service.hpp"

namespace tenzro::tee::tdx {

namespace {

using device::PathKind;
using device::System;

ProbeFinding finding(std::string_view path) {
  return {.platform = Platform::intel_tdx, .interface_path = std::string(path)};
}

/// Source: Intel TDX module ABI, CPUID leaf 0x21.
ProbeFinding cpuid_finding(System& system) {
  constexpr std::uint32_t kTdxLeaf = 0x21;
  ProbeFinding out = finding("CPUID leaf 0x21");
  const auto registers = system.cpuid(kTdxLeaf, 0);
  std::string name;
  if (registers) {
    for (const std::uint32_t word : {registers->ebx, registers->edx, registers->ecx}) {
      for (unsigned shift = 0; shift < 32; shift += 8) {
        name.push_back(static_cast<char>((word >> shift) & 0xff));
      }
    }
  }
  out.present = name == "IntelTDX    ";
  if (out.present) {
    out.detail = "IntelTDX";
    out.why_not = provider::kSignOnly;
  } else {
    out.why_not = "not there: this is no TDX guest, or a paravisor hides it";
  }
  return out;
}

ProbeFinding guest_device_finding(System& system) {
  ProbeFinding out = provider::device_finding(system, Platform::intel_tdx, kGuestDevice,
                                              "in a TDX guest, load its driver: modprobe tdx_guest");
  if (!out.usable) {
    return out;
  }
  const auto port = quoting_service_port(system);
  if (!port) {
    out.usable = false;
    out.why_not = port.error().message();
    return out;
  }
  out.detail = concat("quoting service at vsock port ", *port, " of the host");
  return out;
}

ProbeFinding table_finding(System& system, bool other_signs) {
  // ACPI table: a header of 36 bytes, then the type of confidential computing. Source: ACPI 6.5, 5.2.34.
  constexpr std::size_t kTableSize = 56;
  constexpr std::uint8_t kTypeTdx = 2;
  ProbeFinding out = finding(kEventLogTable);
  const std::string path(kEventLogTable);
  if (system.kind(path) == PathKind::none) {
    out.why_not = "not there: the firmware keeps no event log";
    return out;
  }
  constexpr std::size_t kLimit = 4096;
  const auto content = device::read_file(system, path, kLimit);
  if (!content) {
    out.present = other_signs;
    out.why_not = content.error().code() == ErrorCode::permission_denied
                      ? std::string("there, but only root can read whose it is: run as root")
                      : concat("there, but it cannot be told whose: ", content.error().message());
    return out;
  }
  const auto table = FixedView<kTableSize>::exactly(*content);
  if (!table) {
    out.why_not = concat("there, but not a CCEL table: ", content->size(), " bytes instead of ", kTableSize);
    return out;
  }
  const std::uint8_t type = table->bytes<36, 1>()[0];
  if (type != kTypeTdx) {
    out.why_not = concat("there, but of another kind of guest (CC type ", type, ")");
    return out;
  }
  out.present = true;
  out.detail = concat("event log area of ", table->le<std::uint64_t, 40>(), " bytes");
  out.why_not = provider::kSignOnly;
  return out;
}

ProbeFinding measurements_finding(System& system) {
  ProbeFinding out = finding(kMeasurements);
  out.present = system.kind(std::string(kMeasurements)) == PathKind::folder;
  out.why_not = out.present ? provider::kSignOnly
                            : "not there: in a TDX guest, needs Linux 6.16 or later and its driver: modprobe tdx_guest";
  return out;
}

}  // namespace

std::vector<ProbeFinding> survey(System& system, const device::TsmState& tsm) {
  std::vector<ProbeFinding> signs = {cpuid_finding(system), guest_device_finding(system)};
  for (const std::string_view path : kLegacyDevices) {
    signs.push_back(provider::device_finding(system, Platform::intel_tdx, path,
                                             "kernels from before TDX was part of Linux have it"));
  }
  signs.push_back(measurements_finding(system));
  const bool other_signs = std::ranges::any_of(signs, &ProbeFinding::present);
  // In the order in which a reader looks for them: CPU, the ways to a quote from the best on, the rest.
  signs.insert(signs.begin() + 1, provider::tsm_finding(Platform::intel_tdx, kTsmProvider, tsm, other_signs));
  signs.insert(signs.end() - 1, table_finding(system, other_signs));
  return signs;
}

}  // namespace tenzro::tee::tdx
