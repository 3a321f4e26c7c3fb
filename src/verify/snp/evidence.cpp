// SPDX-License-Identifier: Apache-2.0
#include "verify/snp/evidence.hpp"

#include <algorithm>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "formats/pem.hpp"

namespace tenzro::tee::snp {

namespace {

using demanded_by::kVendor;

constexpr std::size_t kMaxEvidence = azure::kMaxHclReport;

void refuse(const Error& error, VerdictBuilder& verdict) {
  const bool unknown = error.code() == ErrorCode::unsupported;
  verdict.fail("format", kVendor, {"format", unknown ? "unsupported_evidence" : "malformed_evidence", error.message()});
}

/// DER as it stands, or the PEM blocks of this label.
Result<std::vector<Bytes>> der_of(ByteView content, std::string_view label) {
  if (!trimmed(as_text(content)).starts_with("-----BEGIN")) {
    return std::vector<Bytes>{Bytes(content.begin(), content.end())};
  }
  TENZRO_ASSIGN_OR_RETURN(auto blocks, pem::split(trimmed(as_text(content))));
  std::vector<Bytes> out;
  for (pem::Block& block : blocks) {
    if (block.label != label) {
      return Error(ErrorCode::malformed_input, concat("PEM block \"", printable(block.label), "\", expected ", label));
    }
    out.push_back(std::move(block.der));
  }
  return out;
}

/// Adds it unless it is there already. False when it is no certificate.
bool add_certificate(ByteView der, std::string_view where, Recollection& recall, Evidence& out,
                     VerdictBuilder& verdict) {
  const auto same = [der](const x509::CertificatePtr& known) { return std::ranges::equal(known->der(), der); };
  if (std::ranges::any_of(out.certificates, same)) {
    return true;
  }
  auto certificate = recall.certificate(der);
  if (!certificate) {
    verdict.fail("certificates", kVendor,
                 {"chain", "certificate_malformed", concat(where, ": ", certificate.error().message())});
    return false;
  }
  out.certificates.push_back(*std::move(certificate));
  return true;
}

bool add_table(ByteView bytes, Recollection& recall, Evidence& out, VerdictBuilder& verdict) {
  const auto table = parse_certificate_table(bytes);
  if (!table) {
    refuse(table.error(), verdict);
    return false;
  }
  struct Entry {
    std::string_view name;
    ByteView content;
  };
  for (const Entry& entry :
       {Entry{"VCEK", table->vcek}, Entry{"VLEK", table->vlek}, Entry{"ASK", table->ask}, Entry{"ARK", table->ark}}) {
    if (entry.content.empty()) {
      continue;
    }
    const std::string where = concat("certificate table, ", entry.name);
    const auto ders = der_of(entry.content, "CERTIFICATE");
    if (!ders) {
      verdict.fail("certificates", kVendor,
                   {"chain", "certificate_malformed", concat(where, ": ", ders.error().message())});
      return false;
    }
    for (const Bytes& der : *ders) {
      if (!add_certificate(der, where, recall, out, verdict)) {
        return false;
      }
    }
  }
  if (!table->crl.empty()) {
    auto lists = der_of(table->crl, "X509 CRL");
    if (!lists || lists->size() != 1) {
      verdict.fail("certificates", kVendor,
                   {"revocation", "collateral_malformed", "certificate table: its revocation list cannot be read"});
      return false;
    }
    out.revocation_list = std::move(lists->front());
  }
  return true;
}

struct Parts {
  std::optional<azure::HclReport> paravisor;
  ByteView report, table;
};
Result<Parts> split(ByteView evidence) {
  Parts out;
  if (azure::looks_like_hcl_report(evidence)) {
    TENZRO_ASSIGN_OR_RETURN(const azure::HclReport blob, azure::parse_hcl_report(evidence));
    if (blob.kind != azure::HclKind::snp) {
      return Error(ErrorCode::malformed_input,
                   "HCL report: holds a TDREPORT, which proves nothing by itself; it is runtime data of a TDX quote");
    }
    out.paravisor = blob;
    out.report = blob.hardware_report;
    return out;
  }
  TENZRO_ASSIGN_OR_RETURN(const ExtendedReport extended, split_extended_report(evidence));
  out.report = extended.report;
  out.table = extended.certificate_table;
  return out;
}

}  // namespace

std::optional<Evidence> read_evidence(const AttestationReport& report, Recollection& recall, VerdictBuilder& verdict) {
  if (report.evidence.size() > kMaxEvidence) {
    verdict.fail(
        "format", kVendor,
        {"format", "evidence_too_large",
         concat("the evidence has ", report.evidence.size(), " bytes, at most ", kMaxEvidence, " are accepted")});
    return std::nullopt;
  }
  const auto parts = split(report.evidence);
  if (!parts) {
    refuse(parts.error(), verdict);
    return std::nullopt;
  }
  const auto parsed = parse_report(parts->report);
  if (!parsed) {
    refuse(parsed.error(), verdict);
    return std::nullopt;
  }
  Evidence out{*parsed, parts->paravisor, {}, 0, {}};
  if (!parts->table.empty() && !add_table(parts->table, recall, out, verdict)) {
    return std::nullopt;
  }
  out.table_certificates = out.certificates.size();
  for (const Bytes& der : report.certificate_chain) {
    if (!add_certificate(der, "certificate chain of the envelope", recall, out, verdict)) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace tenzro::tee::snp
