// SPDX-License-Identifier: Apache-2.0
// A TD that is none.
#include <utility>

#include "provider/simulated/claim_values.hpp"
#include "provider/simulated/event_log.hpp"
#include "provider/simulated/imitation.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee::simulated {

namespace {

struct TdxMachine {
  QuoteSpec quote = tdx_quote_spec();
  CollateralSpec collateral{};
  unsigned version_asked = 0;  ///< 0: not asked
};
using TdxClaim = Claim<TdxMachine>;

template <class Member>
TdxClaim td_bytes(std::string_view name, Member tdx::TdReport::* member) {
  return {name,
          [member](TdxMachine& machine, std::string_view text) { return set_bytes(machine.quote.td.*member, text); }};
}

TdxClaim rtmr(std::string_view name, std::size_t index) {
  return {name, [index](TdxMachine& machine, std::string_view text) {
            return set_bytes(machine.quote.td.rtmr.at(index), text);
          }};
}

/// Intel's verdict on the part that this is of, by its own words.
TdxClaim status(std::string_view name, std::string CollateralSpec::* member) {
  return {name, [member](TdxMachine& machine, std::string_view text) -> Result<void> {
            const auto status = parse_tcb_status(text);
            // The others are no words of Intel's collateral: verifiers conclude them.
            if (!status || *status == TcbStatus::td_relaunch_advised || *status == TcbStatus::not_supported ||
                *status == TcbStatus::td_relaunch_advised_configuration_needed || *status == TcbStatus::unknown) {
              return Error(ErrorCode::invalid_argument,
                           concat("\"", printable(text), "\" is no status of Intel's TCB levels, such as OutOfDate"));
            }
            machine.collateral.*member = text;
            return {};
          }};
}

/// Quotes of version 5 carry TD reports 1.5, which have two fields more.
void use_td_report_15(QuoteSpec& quote) {
  quote.version = 5;
  quote.body_type = tdx::BodyType::td_report_15;
}

Result<void> set_version(TdxMachine& machine, std::string_view text) {
  TENZRO_RETURN_IF_ERROR(set_number(machine.version_asked, text, 4, 5));
  if (machine.version_asked == 5) {
    use_td_report_15(machine.quote);
  }
  return {};
}

template <class Member>
TdxClaim td_15_bytes(std::string_view name, Member tdx::TdReport::* member) {
  return {name, [member](TdxMachine& machine, std::string_view text) {
            use_td_report_15(machine.quote);
            return set_bytes((machine.quote.td.*member).emplace(), text);
          }};
}

std::span<const TdxClaim> claims_of_tdx() {
  using tdx::TdReport;
  static const std::vector<TdxClaim> claims = {
      {"quote_version", set_version},
      td_bytes("tee_tcb_svn", &TdReport::tee_tcb_svn),
      td_15_bytes("tee_tcb_svn2", &TdReport::tee_tcb_svn2),
      td_bytes("mr_seam", &TdReport::mr_seam),
      td_bytes("td_attributes", &TdReport::td_attributes),
      td_bytes("xfam", &TdReport::xfam),
      td_bytes("mr_td", &TdReport::mr_td),
      td_bytes("mr_config_id", &TdReport::mr_config_id),
      td_bytes("mr_owner", &TdReport::mr_owner),
      td_bytes("mr_owner_config", &TdReport::mr_owner_config),
      td_15_bytes("mr_service_td", &TdReport::mr_service_td),
      rtmr("rtmr0", 0),
      rtmr("rtmr1", 1),
      rtmr("rtmr2", 2),
      rtmr("rtmr3", 3),
      {"fmspc", [](TdxMachine& machine, std::string_view text) { return set_bytes(machine.quote.pck.fmspc, text); }},
      status("tcb_status", &CollateralSpec::tcb_status)};
  return claims;
}

class TdxImitation final : public Imitation {
 public:
  TdxImitation(Machine machine, TdxMachine td) : Imitation(std::move(machine)), td_(std::move(td)) {}
  Platform tee_type() const noexcept override { return Platform::intel_tdx; }
  std::string_view provider_name() const noexcept override { return "Intel TDX (simulated)"; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override {
    if (!request.report_data || request.nonce || request.public_key) {
      return Error(ErrorCode::invalid_argument, "a TD signs report data only, neither a nonce nor a public key");
    }
    TdxMachine td = td_;
    std::ranges::copy(request.report_data->bytes(), td.quote.td.report_data.begin());
    TENZRO_ASSIGN_OR_RETURN(const UtcTime now, simulated_now(machine(), patience));
    td.collateral.issued = now - kCollateralAge;
    AttestationReport report = maker_.report(td.quote, td.collateral);
    report.generated_at = now;
    if (request.event_log) {
      report.event_log = event_log();
    }
    return report;
  }

  TdxMachine td_;
  TdxEvidenceMaker maker_;
};

}  // namespace

std::vector<std::string_view> tdx_claim_names() { return names_of(claims_of_tdx()); }

Result<std::unique_ptr<TeeProvider>> make_tdx_provider(Machine machine, const SimulatedClaims& claims) {
  TdxMachine td;
  TENZRO_RETURN_IF_ERROR(apply(td, claims_of_tdx(), claims));
  if (td.version_asked != 0 && td.version_asked != td.quote.version) {
    return Error(ErrorCode::invalid_argument,
                 "simulated claim quote_version: tee_tcb_svn2 and mr_service_td are in quotes of version 5 only");
  }
  if (td.quote.version == 5) {
    // The module that runs is the one that launched the TD, and no service TD is bound to it, unless they are named.
    td.quote.td.tee_tcb_svn2 = td.quote.td.tee_tcb_svn2.value_or(td.quote.td.tee_tcb_svn);
    td.quote.td.mr_service_td = td.quote.td.mr_service_td.value_or(ByteArray<48>{});
  }
  return std::unique_ptr<TeeProvider>(std::make_unique<TdxImitation>(std::move(machine), std::move(td)));
}

}  // namespace tenzro::tee::simulated
