// SPDX-License-Identifier: Apache-2.0
// The certificates that stand in the evidence itself, whatever its form.
#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include "core/encoded_text.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/tdx/quote.hpp"
#include "formats/pem.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee {

namespace {

using Chain = std::vector<Bytes>;

void append(Chain& out, Result<std::vector<pem::Block>> blocks) {
  if (blocks) {
    std::ranges::transform(*blocks, std::back_inserter(out), [](pem::Block& block) { return std::move(block.der); });
  }
}

Chain of_quote(ByteView evidence) {
  Chain out;
  if (const auto quote = tdx::parse_quote(evidence)) {
    append(out, pem::split_quote_chain(quote->certification_data));
  }
  return out;
}

/// Tables hold DER or PEM.
void append_entry(Chain& out, ByteView entry) {
  if (entry.empty()) {
    return;
  }
  if (as_text(entry).starts_with("-----BEGIN")) {
    append(out, pem::split(as_text(entry)));
  } else {
    out.emplace_back(entry.begin(), entry.end());
  }
}

Chain of_snp(ByteView evidence) {
  Chain out;
  const auto parts = snp::split_extended_report(evidence);
  if (!parts || parts->certificate_table.empty()) {
    return out;
  }
  if (const auto table = snp::parse_certificate_table(parts->certificate_table)) {
    for (const ByteView entry : {table->vcek.empty() ? table->vlek : table->vcek, table->ask, table->ark}) {
      append_entry(out, entry);
    }
  }
  return out;
}

Chain of_document(ByteView evidence) {
  Chain out;
  if (const auto document = nitro::parse_document(evidence)) {
    out.emplace_back(document->certificate.begin(), document->certificate.end());
    // A bundle begins with the root.
    for (const ByteView certificate : document->cabundle() | std::views::reverse) {
      out.emplace_back(certificate.begin(), certificate.end());
    }
  }
  return out;
}

Chain of_devices(ByteView evidence) {
  Chain out;
  if (const auto devices = nvidia::parse_device_evidence(evidence)) {
    for (const nvidia::DeviceEvidence& device : *devices) {
      append(out, pem::split(as_text(device.certificate_chain)));
    }
  }
  return out;
}

}  // namespace

std::vector<Bytes> evidence_certificates(const AttestationReport& report) {
  switch (report.platform) {
    case Platform::intel_tdx:
    case Platform::intel_sgx:
      return of_quote(report.evidence);
    case Platform::amd_sev_snp:
      return of_snp(report.evidence);
    case Platform::aws_nitro:
    case Platform::aws_nitro_tpm:
      return of_document(report.evidence);
    case Platform::nvidia_gpu:
      return of_devices(report.evidence);
    case Platform::unknown:
      break;
  }
  return {};
}

}  // namespace tenzro::tee
