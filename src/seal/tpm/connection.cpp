// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/connection.hpp"

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "core/text.hpp"
#include "core/try.hpp"
#include "seal/tpm/errors.hpp"

namespace tenzro::tee::tpm {

namespace {

constexpr std::string_view kDevice = "device:";

/// So that the common reasons are named, and tpm2-tss not asked in vain.
Result<void> look_at_device(device::System& machine, const std::string& path) {
  if (machine.kind(path) == device::PathKind::none) {
    return Error(ErrorCode::not_available,
                 concat(printable(path),
                        " is not there: this machine has no TPM 2.0, its firmware hides it, or its "
                        "driver is not loaded"));
  }
  if (const int denied = machine.access(path, R_OK | W_OK); denied < 0) {
    const bool forbidden = denied == -EACCES || denied == -EPERM;
    return Error(forbidden ? ErrorCode::permission_denied : ErrorCode::not_available,
                 concat(printable(path), " may not be opened: become a member of its group (tss in most systems)"));
  }
  return {};
}

/// Four characters, as TPM2_PT_MANUFACTURER has them, without zeros and spaces at the end.
std::string text_of_maker(std::uint32_t maker) {
  std::string out;
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    out.push_back(static_cast<char>(maker >> (shift - 8)));
  }
  while (!out.empty() && (out.back() == '\0' || out.back() == ' ')) {
    out.pop_back();
  }
  return out;
}

}  // namespace

void Tpm::CloseTcti::operator()(TSS2_TCTI_CONTEXT* tcti) const noexcept { Tss2_TctiLdr_Finalize(&tcti); }

Result<Tpm> Tpm::connect(device::System& machine, const std::string& tcti) {
  if (tcti.starts_with("device:/")) {
    TENZRO_RETURN_IF_ERROR(look_at_device(machine, tcti.substr(kDevice.size())));
  }
  TSS2_TCTI_CONTEXT* way = nullptr;
  if (const TSS2_RC code = Tss2_TctiLdr_Initialize(tcti.c_str(), &way); code != TSS2_RC_SUCCESS) {
    return Error(ErrorCode::not_available, concat("no TPM can be reached through \"", printable(tcti),
                                                  "\": ", printable(Tss2_RC_Decode(code), 200)));
  }
  Tcti held_way(way);
  ESYS_CONTEXT* esys = nullptr;
  if (const TSS2_RC code = Esys_Initialize(&esys, way, nullptr); code != TSS2_RC_SUCCESS) {
    return tpm_error("beginning", code);
  }
  return Tpm(std::move(held_way), Esys(esys));
}

Handle::~Handle() {
  if (handle_ == ESYS_TR_NONE) {
    return;
  }
  // Nothing can be done about a failure (after an answer that was altered, Esys asks no more): the resource manager
  // clears up after us.
  if (kind_ == Kind::persistent) {
    Esys_TR_Close(esys_, &handle_);
  } else {
    Esys_FlushContext(esys_, handle_);
  }
}

bool makes_programs(std::uint32_t maker) noexcept {
  // Source: TCG TPM Vendor ID Registry; XYZZ and xCG are what the reference code says of itself.
  static constexpr std::array<std::string_view, 7> kMakers = {"AMZN", "GOOG", "IBM", "MSFT", "VMW", "XYZZ", "xCG"};
  return std::ranges::find(kMakers, text_of_maker(maker)) != kMakers.end();
}

Result<void> demand_hardware(const Tpm& tpm) {
  EsysMemory<TPMS_CAPABILITY_DATA> data;
  TPMI_YES_NO more = TPM2_NO;
  const TSS2_RC code = Esys_GetCapability(tpm.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES,
                                          TPM2_PT_MANUFACTURER, 1, &more, Into(data));
  if (code != TSS2_RC_SUCCESS) {
    return tpm_error("asking for its maker", code);
  }
  const TPML_TAGGED_TPM_PROPERTY& properties = data->data.tpmProperties;
  if (properties.count == 0 || properties.tpmProperty[0].property != TPM2_PT_MANUFACTURER) {
    return Error(ErrorCode::hardware_failure, "TPM: asked for its maker, it did not say");
  }
  const std::uint32_t maker = properties.tpmProperty[0].value;
  if (makes_programs(maker)) {
    return Error(ErrorCode::not_available,
                 concat("no sealing source here: this machine shows no hypervisor, and the TPM's maker is \"",
                        printable(text_of_maker(maker)),
                        "\", whose TPMs are programs; use this machine's TEE or a key broker (root kbs)"));
  }
  return {};
}

}  // namespace tenzro::tee::tpm
