// SPDX-License-Identifier: Apache-2.0
// GPUs in confidential-computing mode that are none.
#include <deque>
#include <utility>

#include "binding/formulas.hpp"
#include "provider/simulated/claim_values.hpp"
#include "provider/simulated/imitation.hpp"
#include "provider/simulated/nvidia_evidence.hpp"

namespace tenzro::tee::simulated {

namespace {

using GpuClaim = Claim<NvidiaEvidenceSpec>;
constexpr unsigned kMeasurements = 64;

bool is_of(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

Result<void> set_driver(NvidiaEvidenceSpec& spec, std::string_view text) {
  constexpr std::size_t kMost = 31;
  if (text.empty() || text.size() > kMost ||
      !is_of(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-")) {
    return Error(ErrorCode::invalid_argument,
                 concat("\"", printable(text), "\" is no driver version, such as 550.90.07"));
  }
  spec.driver_version = text;
  return {};
}

Result<void> set_vbios(NvidiaEvidenceSpec& spec, std::string_view text) {
  constexpr std::string_view kForm = "96.00.9F.00.01";
  bool good = text.size() == kForm.size();
  for (std::size_t i = 0; good && i < text.size(); ++i) {
    good = i % 3 == 2 ? text[i] == '.' : is_of(text.substr(i, 1), "0123456789ABCDEF");
  }
  if (!good) {
    return Error(ErrorCode::invalid_argument, concat("\"", printable(text), "\" is no VBIOS version, such as ", kForm));
  }
  spec.vbios_version = text;
  return {};
}

GpuClaim measurement(std::string_view name, unsigned index) {
  return {name, [index](NvidiaEvidenceSpec& spec, std::string_view text) {
            return set_bytes(spec.measurements[index], text);
          }};
}

std::span<const GpuClaim> claims_of_gpus() {
  static const std::vector<GpuClaim> claims = [] {
    std::vector<GpuClaim> out = {{"driver_version", set_driver},
                                 {"vbios_version", set_vbios},
                                 {"devices", [](NvidiaEvidenceSpec& spec, std::string_view text) {
                                    return set_number(spec.devices, text, 1, NvidiaEvidenceSpec::kMaxDevices);
                                  }}};
    static std::deque<std::string> names;  // what the views lead to
    for (unsigned index = 0; index < kMeasurements; ++index) {
      out.push_back(measurement(names.emplace_back(concat("measurement", index)), index));
    }
    return out;
  }();
  return claims;
}

Result<ByteArray<32>> nonce_of(const AttestationRequest& request) {
  if (request.public_key || request.event_log) {
    return Error(ErrorCode::invalid_argument,
                 "a GPU answers a nonce only: it has neither a public key nor an event log");
  }
  if (request.report_data && request.nonce) {
    return Error(ErrorCode::invalid_argument, "a GPU answers one nonce: give user data or a nonce, not both");
  }
  if (request.report_data) {
    return binding::nvidia_nonce(request.report_data->bytes());
  }
  ByteArray<32> out{};
  if (!request.nonce || request.nonce->bytes().size() != out.size()) {
    return Error(ErrorCode::invalid_argument, "the nonce of a GPU has exactly 32 bytes");
  }
  std::ranges::copy(request.nonce->bytes(), out.begin());
  return out;
}

class GpuImitation final : public Imitation {
 public:
  GpuImitation(Machine machine, NvidiaEvidenceSpec gpus) : Imitation(std::move(machine)), gpus_(std::move(gpus)) {}
  Platform tee_type() const noexcept override { return Platform::nvidia_gpu; }
  std::string_view provider_name() const noexcept override { return "NVIDIA GPU (simulated)"; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override {
    NvidiaEvidenceSpec spec = gpus_;
    TENZRO_ASSIGN_OR_RETURN(spec.nonce, nonce_of(request));
    TENZRO_ASSIGN_OR_RETURN(const UtcTime now, simulated_now(machine(), patience));
    AttestationReport report = maker_.report(spec, now - kCollateralAge);
    report.generated_at = now;
    return report;
  }

  NvidiaEvidenceSpec gpus_;
  NvidiaEvidenceMaker maker_;
};

}  // namespace

std::vector<std::string_view> nvidia_claim_names() { return names_of(claims_of_gpus()); }

Result<std::unique_ptr<TeeProvider>> make_nvidia_provider(Machine machine, const SimulatedClaims& claims) {
  NvidiaEvidenceSpec gpus;
  TENZRO_RETURN_IF_ERROR(apply(gpus, claims_of_gpus(), claims));
  return std::unique_ptr<TeeProvider>(std::make_unique<GpuImitation>(std::move(machine), std::move(gpus)));
}

}  // namespace tenzro::tee::simulated
