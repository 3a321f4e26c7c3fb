// SPDX-License-Identifier: Apache-2.0
#include "provider/nvidia/provider.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "binding/formulas.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/report_envelope.hpp"
#include "provider/nvidia/collect.hpp"
#include "provider/nvidia/nvml.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::size_t kNonceSize = 32;
/// Collections wait for one another here, and calls at their library's own queue: who only lists the devices need not
/// wait for a collection.
constexpr std::string_view kCollections = "NVIDIA evidence";

Error invalid(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

Result<ByteArray<kNonceSize>> nonce_of(const AttestationRequest& request) {
  if (request.public_key) {
    return invalid("a GPU's evidence has no place for a public key");
  }
  if (request.event_log) {
    return invalid("a GPU has no event log");
  }
  if (request.report_data.has_value() == request.nonce.has_value()) {
    return invalid("a GPU signs one nonce: give report data, whose SHA-256 it becomes, or the nonce itself");
  }
  if (request.report_data) {
    return binding::nvidia_nonce(request.report_data->bytes());
  }
  const ByteView nonce = request.nonce->bytes();
  if (nonce.size() != kNonceSize) {
    return invalid(concat("a GPU's nonce has exactly ", kNonceSize, " bytes, and this one ", nonce.size()));
  }
  ByteArray<kNonceSize> out{};
  std::ranges::copy(nonce, out.begin());
  return out;
}

class Provider final : public TeeProvider {
 public:
  explicit Provider(std::shared_ptr<device::System> system) noexcept : system_(std::move(system)) {}

  Platform tee_type() const noexcept override { return Platform::nvidia_gpu; }
  std::string_view provider_name() const noexcept override { return "NVIDIA GPU (NVML)"; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override {
    using Devices = std::vector<DeviceEvidence>;
    TENZRO_ASSIGN_OR_RETURN(const auto nonce, nonce_of(request));
    auto devices =
        system_->queue(std::string(kCollections))
            .run<Devices>("the NVIDIA GPUs", patience, [system = system_, nonce](const device::Waiting& waiting) {
              return collect_evidence(system, nonce, waiting);
            });
    if (!devices) {
      // What a driver does not support is not there, for a caller.
      const Error& error = devices.error();
      return Error(error.code() == ErrorCode::unsupported ? ErrorCode::not_available : error.code(), error.message());
    }
    const std::string json = write_device_evidence(*devices);
    if (json.size() > kMaxEvidenceJson) {
      return Error(ErrorCode::hardware_failure, concat("the evidence of ", devices->size(), " devices has ",
                                                       json.size(), " bytes, at most ", kMaxEvidenceJson));
    }
    AttestationReport report;
    report.platform = Platform::nvidia_gpu;
    report.evidence.assign(json.begin(), json.end());
    report.generated_at = std::chrono::floor<std::chrono::seconds>(system_->wall_clock());
    evidence::describe(report);
    return report;
  }

  std::shared_ptr<device::System> system_;
};

}  // namespace

std::unique_ptr<TeeProvider> make_provider(std::shared_ptr<device::System> system,
                                           std::span<const ProbeFinding> findings) {
  const bool usable = std::ranges::any_of(findings, [](const ProbeFinding& finding) {
    return finding.platform == Platform::nvidia_gpu && finding.interface_path == kNvmlLibrary && finding.usable;
  });
  return usable ? std::make_unique<Provider>(std::move(system)) : nullptr;
}

}  // namespace tenzro::tee::nvidia
