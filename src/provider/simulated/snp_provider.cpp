// SPDX-License-Identifier: Apache-2.0
// A SEV-SNP guest that is none.
#include <utility>

#include "provider/simulated/claim_values.hpp"
#include "provider/simulated/imitation.hpp"
#include "provider/simulated/snp_evidence.hpp"

namespace tenzro::tee::simulated {

namespace {

using SnpClaim = Claim<SnpReportSpec>;

template <std::size_t N>
SnpClaim bytes_claim(std::string_view name, ByteArray<N> SnpReportSpec::* member) {
  return {name, [member](SnpReportSpec& spec, std::string_view text) { return set_bytes(spec.*member, text); }};
}

template <class Number>
SnpClaim number_claim(std::string_view name, Number SnpReportSpec::* member, std::uint64_t least, std::uint64_t most) {
  return {name, [member, least, most](SnpReportSpec& spec, std::string_view text) {
            return set_number(spec.*member, text, least, most);
          }};
}

/// As claims write such integers: 16 hex digits, the most significant first.
SnpClaim bits_claim(std::string_view name, std::uint64_t SnpReportSpec::* member) {
  return {name, [member](SnpReportSpec& spec, std::string_view text) -> Result<void> {
            TENZRO_ASSIGN_OR_RETURN(const Bytes bytes, hex_value(text, sizeof(std::uint64_t)));
            std::uint64_t bits = 0;
            for (const std::uint8_t byte : bytes) {
              bits = bits << 8U | byte;
            }
            spec.*member = bits;
            return {};
          }};
}

std::span<const SnpClaim> claims_of_snp() {
  using Spec = SnpReportSpec;
  constexpr std::uint64_t kMaxSvn = 0xffffffff;
  static const std::vector<SnpClaim> claims = {number_claim("report_version", &Spec::version, 2, 5),
                                               number_claim("guest_svn", &Spec::guest_svn, 0, kMaxSvn),
                                               bits_claim("policy", &Spec::policy),
                                               bytes_claim("family_id", &Spec::family_id),
                                               bytes_claim("image_id", &Spec::image_id),
                                               number_claim("vmpl", &Spec::vmpl, 0, 3),
                                               bytes_claim("current_tcb", &Spec::current_tcb),
                                               bytes_claim("reported_tcb", &Spec::reported_tcb),
                                               bytes_claim("committed_tcb", &Spec::committed_tcb),
                                               bytes_claim("launch_tcb", &Spec::launch_tcb),
                                               bits_claim("platform_info", &Spec::platform_info),
                                               bytes_claim("measurement", &Spec::measurement),
                                               bytes_claim("host_data", &Spec::host_data),
                                               bytes_claim("id_key_digest", &Spec::id_key_digest),
                                               bytes_claim("author_key_digest", &Spec::author_key_digest),
                                               bytes_claim("report_id", &Spec::report_id),
                                               bytes_claim("chip_id", &Spec::chip_id)};
  return claims;
}

class SnpImitation final : public Imitation {
 public:
  SnpImitation(Machine machine, SnpReportSpec guest) : Imitation(std::move(machine)), guest_(std::move(guest)) {}
  Platform tee_type() const noexcept override { return Platform::amd_sev_snp; }
  std::string_view provider_name() const noexcept override { return "AMD SEV-SNP (simulated)"; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override {
    if (!request.report_data || request.nonce || request.public_key || request.event_log) {
      return Error(
          ErrorCode::invalid_argument,
          "a SEV-SNP guest signs report data only: neither a nonce nor a public key, and it keeps no event log");
    }
    SnpReportSpec spec = guest_;
    std::ranges::copy(request.report_data->bytes(), spec.report_data.begin());
    TENZRO_ASSIGN_OR_RETURN(const UtcTime now, simulated_now(machine(), patience));
    AttestationReport report = maker_.report(spec, now - kCollateralAge);
    report.generated_at = now;
    return report;
  }

  SnpReportSpec guest_;
  SnpEvidenceMaker maker_;
};

}  // namespace

std::vector<std::string_view> snp_claim_names() { return names_of(claims_of_snp()); }

Result<std::unique_ptr<TeeProvider>> make_snp_provider(Machine machine, const SimulatedClaims& claims) {
  SnpReportSpec guest;
  TENZRO_RETURN_IF_ERROR(apply(guest, claims_of_snp(), claims));
  guest.author_key_enabled = guest.author_key_digest != ByteArray<48>{};
  return std::unique_ptr<TeeProvider>(std::make_unique<SnpImitation>(std::move(machine), std::move(guest)));
}

}  // namespace tenzro::tee::simulated
