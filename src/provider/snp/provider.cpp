// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/provider.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/random.hpp"
#include "evidence/report_envelope.hpp"
#include "evidence/snp/report.hpp"
#include "provider/attempts.hpp"
#include "provider/snp/guest_device.hpp"
#include "provider/snp/sealing_root.hpp"
#include "provider/snp/survey.hpp"
#include "provider/snp/tsm_report.hpp"

namespace tenzro::tee::snp {

namespace {

using device::System;
using device::Waiting;

Result<GuestReport> fetch(System& system, const std::string& way, const ByteArray<64>& report_data,
                          const Waiting& waiting) {
  if (way == device::kTsmReports) {
    return fetch_tsm_report(system, report_data, waiting);
  }
  const unsigned vmpl = kernel_vmpl(system).value_or(0);
  TENZRO_ASSIGN_OR_RETURN(auto report, fetch_report(system, way, report_data, vmpl, waiting));
  TENZRO_RETURN_IF_ERROR(check_report(report.report, report_data, vmpl));
  return report;
}

Result<GuestReport> fetch_by_any(System& system, const std::vector<std::string>& ways, const ByteArray<64>& report_data,
                                 const Waiting& waiting) {
  std::vector<Error> failures;
  for (const std::string& way : ways) {
    auto report = fetch(system, way, report_data, waiting);
    if (report) {
      return report;
    }
    const ErrorCode code = report.error().code();
    if (code == ErrorCode::timed_out || code == ErrorCode::cancelled) {
      return report;
    }
    failures.push_back(provider::of_way(way, std::move(report).error()));
    if (code == ErrorCode::hardware_failure) {
      break;
    }
  }
  return provider::no_way_left("AMD SEV-SNP", failures);
}

Result<AttestationReport> make_report(System& system, const std::vector<std::string>& ways,
                                      const ByteArray<64>& report_data, const Waiting& waiting) {
  TENZRO_ASSIGN_OR_RETURN(GuestReport made, fetch_by_any(system, ways, report_data, waiting));
  AttestationReport out;
  out.platform = Platform::amd_sev_snp;
  out.evidence = std::move(made.report);
  out.evidence.insert(out.evidence.end(), made.certificate_table.begin(), made.certificate_table.end());
  out.generated_at = std::chrono::floor<std::chrono::seconds>(system.wall_clock());
  evidence::describe(out);
  return out;
}

/// Derived keys come by the device alone.
Result<Guest> open_guest(System& system, const Waiting& waiting) {
  const std::string path(kGuestDevice);
  auto guest = Guest::open(system, path, waiting);
  if (!guest && guest.error().code() == ErrorCode::not_available) {
    return Error(ErrorCode::not_available,
                 concat("no sealing source here: derived keys come by the driver's device alone, and ",
                        guest.error().message(), "; load it with modprobe sev-guest, or use a TPM (root tpm)"));
  }
  return guest;
}

Result<SealingRoot> derive_root(System& system, const std::vector<std::string>& ways, SealingPlan plan,
                                const Waiting& waiting) {
  TENZRO_ASSIGN_OR_RETURN(Guest guest, open_guest(system, waiting));
  std::string metadata = "{}";
  if (plan.needs_report()) {
    ByteArray<64> fresh{};
    crypto::fill_random(fresh);
    TENZRO_ASSIGN_OR_RETURN(const GuestReport own, fetch_by_any(system, ways, fresh, waiting));
    const Report report(ByteView(own.report).first<kReportSize>());  // whose size and version were looked at
    TENZRO_RETURN_IF_ERROR(hold_against(report, plan));
    metadata = sealing_metadata(report);
  }
  TENZRO_ASSIGN_OR_RETURN(SecretBytes key, fetch_derived_key(guest, plan.key));
  return SealingRoot{
      .secret = std::move(key), .vendor_tag = sealing_tag(plan.key).text(), .metadata = std::move(metadata)};
}

class SnpProvider final : public TeeProvider {
 public:
  SnpProvider(std::shared_ptr<System> system, std::vector<std::string> ways)
      : system_(std::move(system)),
        ways_(std::move(ways)),
        name_(concat("AMD SEV-SNP (", ways_.front() == device::kTsmReports ? "configfs-tsm" : ways_.front(), ")")) {}

  Platform tee_type() const noexcept override { return Platform::amd_sev_snp; }
  std::string_view provider_name() const noexcept override { return name_; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override {
    if (request.nonce || !request.report_data) {
      return Error(ErrorCode::invalid_argument,
                   "AMD SEV-SNP signs report data only, no nonce of its own: bind the challenge into the report data");
    }
    if (request.public_key) {
      return Error(ErrorCode::invalid_argument,
                   "AMD SEV-SNP signs no public key: bind a hash of it into the report data");
    }
    if (request.event_log) {
      return Error(ErrorCode::invalid_argument, "AMD SEV-SNP has no event log: ask without one");
    }
    ByteArray<64> report_data{};
    std::ranges::copy(request.report_data->bytes(), report_data.begin());
    return system_->queue(std::string(kQueue))
        .run<AttestationReport>(name_, patience, [system = system_, ways = ways_, report_data](const Waiting& waiting) {
          return make_report(*system, ways, report_data, waiting);
        });
  }

  Result<SealingRoot> find_sealing_root(const SealingRequest& request, const Patience& patience) override {
    TENZRO_ASSIGN_OR_RETURN(const SealingPlan plan, plan_sealing(request, kernel_vmpl(*system_)));
    return system_->queue(std::string(kQueue))
        .run<SealingRoot>(name_, patience, [system = system_, ways = ways_, plan](const Waiting& waiting) {
          return derive_root(*system, ways, plan, waiting);
        });
  }

  std::shared_ptr<System> system_;
  std::vector<std::string> ways_;
  std::string name_;
};

}  // namespace

std::unique_ptr<TeeProvider> make_provider(std::shared_ptr<System> system, std::span<const ProbeFinding> findings) {
  constexpr std::array<std::string_view, 2> kKnown = {device::kTsmReports, kGuestDevice};
  std::vector<std::string> ways = provider::usable_ways(findings, Platform::amd_sev_snp, kKnown);
  return ways.empty() ? nullptr : std::make_unique<SnpProvider>(std::move(system), std::move(ways));
}

}  // namespace tenzro::tee::snp
