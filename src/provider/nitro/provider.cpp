// SPDX-License-Identifier: Apache-2.0
#include "provider/nitro/provider.hpp"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "device/files.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/report_envelope.hpp"
#include "provider/nitro/nsm_device.hpp"
#include "provider/nitro/nsm_messages.hpp"

namespace tenzro::tee::nitro {

namespace {

constexpr std::chrono::seconds kSurveyPatience{2};
constexpr const char* kParentDevice = "/dev/nitro_enclaves";
constexpr const char* kClassFolder = "/sys/class/misc/nsm";

std::string describe(const NsmDescription& module) {
  return concat("version ", module.version_major, ".", module.version_minor, ".", module.version_patch, ", module ",
                printable(module.module_id), ", ", module.max_pcrs, " PCRs, ", printable(module.digest));
}

ProbeFinding absent(device::System& machine, ProbeFinding finding) {
  if (machine.kind(kClassFolder) == device::PathKind::folder) {
    finding.present = true;
    finding.why_not = "the driver has a module, and there is no device node: create it as /sys/class/misc/nsm/dev says";
  } else if (machine.kind(kParentDevice) != device::PathKind::none) {
    finding.why_not = "not there: this is the instance that starts enclaves; run inside an enclave";
  } else {
    finding.why_not = "not there: this is no Nitro Enclave, or its kernel has no nsm driver";
  }
  return finding;
}

class NitroProvider final : public TeeProvider {
 public:
  explicit NitroProvider(std::shared_ptr<device::System> machine) : machine_(std::move(machine)), module_(machine_) {}
  Platform tee_type() const noexcept override { return Platform::aws_nitro; }
  std::string_view provider_name() const noexcept override { return "AWS Nitro Enclave (/dev/nsm)"; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override;

  std::shared_ptr<device::System> machine_;
  NitroSecurityModule module_;
};

bool holds(const std::optional<ByteView>& field, const std::optional<Bytes>& asked) {
  return field.has_value() == asked.has_value() && (!field || std::ranges::equal(*field, *asked));
}

Result<AttestationReport> NitroProvider::attest(const AttestationRequest& request, const Patience& patience) {
  if (request.event_log) {
    return Error(ErrorCode::invalid_argument, "a Nitro Enclave keeps no event log; ask without one");
  }
  std::optional<Bytes> user_data, nonce;
  if (request.report_data) {
    user_data.emplace(request.report_data->bytes().begin(), request.report_data->bytes().end());
  }
  if (request.nonce) {
    nonce.emplace(request.nonce->bytes().begin(), request.nonce->bytes().end());
  }
  TENZRO_ASSIGN_OR_RETURN(Bytes bytes, module_.attestation(user_data, nonce, request.public_key, patience));
  const auto document = parse_document(bytes);
  if (!document) {
    return Error(ErrorCode::hardware_failure,
                 concat("Nitro Security Module: its document cannot be read: ", document.error().message()));
  }
  if (document->kind != Kind::enclave || !holds(document->user_data, user_data) || !holds(document->nonce, nonce) ||
      !holds(document->public_key, request.public_key)) {
    return Error(ErrorCode::hardware_failure,
                 "Nitro Security Module: its document does not hold what was asked; ask again, and do not use it");
  }
  AttestationReport report;
  report.platform = Platform::aws_nitro;
  report.evidence = std::move(bytes);
  report.generated_at = std::chrono::floor<std::chrono::seconds>(machine_->wall_clock());
  evidence::describe(report);
  return report;
}

}  // namespace

std::vector<ProbeFinding> survey(const std::shared_ptr<device::System>& machine) {
  ProbeFinding finding{.platform = Platform::aws_nitro, .interface_path = kNsmDevice};
  if (machine->kind(kNsmDevice) != device::PathKind::character_device) {
    return {absent(*machine, std::move(finding))};
  }
  finding.present = true;
  if (device::device_kind(*machine, kNsmDevice) != device::PathKind::character_device) {
    finding.why_not = "a symbolic link to a device, and links are not followed: have the device itself there";
    return {finding};
  }
  if (machine->access(kNsmDevice, R_OK | W_OK) != 0) {
    finding.why_not = device::device_denied(*machine, kNsmDevice);
    return {finding};
  }
  const auto answer = exchange(machine, describe_nsm_request(), O_RDONLY, {.at_most = kSurveyPatience});
  const auto module = answer ? read_description(*answer) : Result<NsmDescription>(answer.error());
  if (!module) {
    finding.why_not = module.error().message();
    return {finding};
  }
  finding.usable = true;
  finding.detail = describe(*module);
  return {finding};
}

std::unique_ptr<TeeProvider> make_provider(std::shared_ptr<device::System> machine,
                                           std::span<const ProbeFinding> findings) {
  const bool usable = std::ranges::any_of(
      findings, [](const ProbeFinding& finding) { return finding.platform == Platform::aws_nitro && finding.usable; });
  return usable ? std::make_unique<NitroProvider>(std::move(machine)) : nullptr;
}

}  // namespace tenzro::tee::nitro
