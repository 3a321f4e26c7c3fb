// SPDX-License-Identifier: Apache-2.0
// A Nitro Enclave that is none.
#include <deque>
#include <utility>

#include "evidence/nitro/document.hpp"
#include "evidence/report_envelope.hpp"
#include "provider/simulated/claim_values.hpp"
#include "provider/simulated/imitation.hpp"
#include "provider/simulated/nitro_evidence.hpp"

namespace tenzro::tee::simulated {

namespace {

using NitroClaim = Claim<NitroDocumentSpec>;

NitroClaim pcr(std::string_view name, unsigned index) {
  return {name, [index](NitroDocumentSpec& spec, std::string_view text) -> Result<void> {
            TENZRO_ASSIGN_OR_RETURN(spec.pcrs[index], hex_value(text, nitro::kPcrSize));
            return {};
          }};
}

Result<void> set_module_id(NitroDocumentSpec& spec, std::string_view text) {
  constexpr std::size_t kMaxModuleId = 256;
  if (text.empty() || text.size() > kMaxModuleId || printable(text, kMaxModuleId) != text) {
    return Error(ErrorCode::invalid_argument, concat("not 1 to ", kMaxModuleId, " printable characters"));
  }
  spec.module_id = text;
  return {};
}

std::span<const NitroClaim> claims_of_nitro() {
  static const std::vector<NitroClaim> claims = [] {
    std::vector<NitroClaim> out = {{"module_id", set_module_id}};
    static std::deque<std::string> names;  // what the views lead to
    for (unsigned index = 0; index < nitro::kMaxPcrs; ++index) {
      out.push_back(pcr(names.emplace_back(concat("pcr", index)), index));
    }
    return out;
  }();
  return claims;
}

class NitroImitation final : public Imitation {
 public:
  NitroImitation(Machine machine, NitroDocumentSpec enclave)
      : Imitation(std::move(machine)), enclave_(std::move(enclave)) {}
  Platform tee_type() const noexcept override { return Platform::aws_nitro; }
  std::string_view provider_name() const noexcept override { return "AWS Nitro Enclave (simulated)"; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override {
    if (request.event_log) {
      return Error(ErrorCode::invalid_argument, "a Nitro Enclave keeps no event log; ask without one");
    }
    if (request.public_key && (request.public_key->empty() || request.public_key->size() > nitro::kMaxField)) {
      return Error(ErrorCode::invalid_argument, concat("public key: has ", request.public_key->size(), " bytes, 1 to ",
                                                       nitro::kMaxField, " are possible"));
    }
    TENZRO_RETURN_IF_ERROR(simulated_now(machine(), patience));
    NitroDocumentSpec spec = enclave_;
    spec.timestamp = machine().wall_clock();
    if (request.report_data) {
      spec.user_data.emplace(request.report_data->bytes().begin(), request.report_data->bytes().end());
    }
    if (request.nonce) {
      spec.nonce.emplace(request.nonce->bytes().begin(), request.nonce->bytes().end());
    }
    spec.public_key = request.public_key;
    AttestationReport report = maker_.report(spec);
    evidence::describe(report);
    return report;
  }

  NitroDocumentSpec enclave_;
  NitroEvidenceMaker maker_;
};

}  // namespace

std::vector<std::string_view> nitro_claim_names() { return names_of(claims_of_nitro()); }

Result<std::unique_ptr<TeeProvider>> make_nitro_provider(Machine machine, const SimulatedClaims& claims) {
  NitroDocumentSpec enclave;
  TENZRO_RETURN_IF_ERROR(apply(enclave, claims_of_nitro(), claims));
  return std::unique_ptr<TeeProvider>(std::make_unique<NitroImitation>(std::move(machine), std::move(enclave)));
}

}  // namespace tenzro::tee::simulated
