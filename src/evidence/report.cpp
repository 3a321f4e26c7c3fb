// SPDX-License-Identifier: Apache-2.0
// Recognising evidence by its content, and the "tenzro-report/1" envelope.
#include "tenzro/tee/report.hpp"

#include <optional>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/hcl_report.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "evidence/nvidia/nras_answer.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "evidence/report_envelope.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/tdx/quote.hpp"

namespace tenzro::tee {

namespace {

constexpr std::string_view kTried =
    "no known form of evidence (tried the tenzro-report/1 envelope, raw Intel TDX and SGX quotes of versions 3 to 5, "
    "AMD SEV-SNP reports of versions 2 to 5 with or without their certificate table, Azure HCL blobs, AWS Nitro "
    "attestation documents, NVIDIA evidence JSON, measurement reports and attestation service answers, and these as "
    "hex "
    "or base64)";

Error no_known_form(std::string_view detail) {
  return Error(ErrorCode::malformed_input, detail.empty() ? std::string(kTried) : concat(kTried, ": ", detail));
}

AttestationReport raw_quote(ByteView bytes) {
  AttestationReport report;
  const FixedView<8> start(bytes.first<8>());
  report.platform = start.le<std::uint32_t, 4>() == tdx::kTeeTypeTdx ? Platform::intel_tdx : Platform::intel_sgx;
  report.evidence.assign(bytes.begin(), bytes.end());
  evidence::describe(report);
  return report;
}

AttestationReport snp_report(ByteView bytes) {
  AttestationReport report;
  report.platform = Platform::amd_sev_snp;
  report.evidence.assign(bytes.begin(), bytes.end());
  evidence::describe(report);
  return report;
}

AttestationReport raw_document(ByteView bytes) {
  AttestationReport report;
  const auto document = nitro::parse_document(bytes);
  const bool tpm = document && document->kind == nitro::Kind::nitro_tpm;
  report.platform = tpm ? Platform::aws_nitro_tpm : Platform::aws_nitro;
  report.evidence.assign(bytes.begin(), bytes.end());
  evidence::describe(report);
  return report;
}

AttestationReport device_evidence(ByteView bytes) {
  AttestationReport report;
  report.platform = Platform::nvidia_gpu;
  report.evidence.assign(bytes.begin(), bytes.end());
  evidence::describe(report);
  return report;
}

/// A form that is not itself text of another: nothing when it is none of them.
Result<std::optional<AttestationReport>> recognise_plain(ByteView input) {
  if (azure::claimed_hcl_kind(input) == azure::HclKind::tdx) {
    return Error(
        ErrorCode::malformed_input,
        "an Azure HCL blob of a TDX guest proves nothing by itself: give the TDX quote, and this as its runtime "
        "data (--runtime-data)");
  }
  // Before quotes: the start of a report reads as that of a quote without the key type that every quote has.
  if (azure::looks_like_hcl_report(input) || snp::looks_like_report(input)) {
    return std::optional(snp_report(input));
  }
  if (tdx::looks_like_quote(input)) {
    return std::optional(raw_quote(input));
  }
  if (nitro::looks_like_document(input)) {
    return std::optional(raw_document(input));
  }
  if (nvidia::looks_like_report(input) || nvidia::looks_like_device_evidence(input) ||
      nvidia::looks_like_nras_answer(input)) {
    return std::optional(device_evidence(input));
  }
  if (!trimmed(as_text(input)).starts_with('{')) {
    return std::optional<AttestationReport>();
  }
  TENZRO_ASSIGN_OR_RETURN(auto report, evidence::parse_envelope(input));
  return std::optional(std::move(report));
}

}  // namespace

Result<AttestationReport> parse_report(ByteView input) {
  if (input.size() > kMaxReportInput) {
    return Error(ErrorCode::malformed_input,
                 concat("input has ", input.size(), " bytes, at most ", kMaxReportInput, " are read"));
  }
  if (input.empty()) {
    return no_known_form("the input is empty");
  }
  TENZRO_ASSIGN_OR_RETURN(auto plain, recognise_plain(input));
  if (plain) {
    return *std::move(plain);
  }
  if (!is_text(as_text(input))) {
    return no_known_form("");
  }
  auto decoded = decode_text(as_text(input));
  if (!decoded) {
    return no_known_form(decoded.error().message());
  }
  TENZRO_ASSIGN_OR_RETURN(auto inner, recognise_plain(*decoded));
  if (inner) {
    return *std::move(inner);
  }
  return no_known_form("it is hex or base64, but of nothing known");
}

}  // namespace tenzro::tee
