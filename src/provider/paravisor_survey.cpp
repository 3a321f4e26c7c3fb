// SPDX-License-Identifier: Apache-2.0
#include "provider/paravisor_survey.hpp"

#include <unistd.h>

#include "device/hyper_v.hpp"

namespace tenzro::tee {

namespace {
constexpr const char* kTpm = "/dev/tpmrm0";
}  // namespace

std::vector<ProbeFinding> survey_paravisor(device::System& machine) {
  using device::HyperVIsolation;
  const HyperVIsolation kind = device::hyper_v_isolation(machine);
  if (kind == HyperVIsolation::none) {
    return {};
  }
  ProbeFinding finding{.platform = kind == HyperVIsolation::sev_snp ? Platform::amd_sev_snp : Platform::intel_tdx,
                       .interface_path = "Azure paravisor (HCL)",
                       .present = true};
  finding.why_not =
      "evidence is in the vTPM: read NV index 0x01400001 and make a quote with the TPM's tools, and give them to "
      "'tenzro verify --tpm-quote'";
  finding.detail = machine.access(kTpm, R_OK | W_OK) == 0 ? "vTPM at /dev/tpmrm0" : "no vTPM that may be opened";
  return {finding};
}

}  // namespace tenzro::tee
