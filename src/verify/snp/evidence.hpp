// SPDX-License-Identifier: Apache-2.0
// One piece of SEV-SNP evidence taken apart: the report, and what came with it.
#pragma once
#include <optional>
#include <vector>

#include "evidence/hcl_report.hpp"
#include "evidence/snp/report.hpp"
#include "tenzro/tee/report.hpp"
#include "verify/memory.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::snp {

/// Views into the report that was given; the certificates are the sender's, and so is the list.
struct Evidence {
  Report report;
  std::optional<azure::HclReport> paravisor;  ///< the evidence is a blob of Azure's
  std::vector<x509::CertificatePtr>
      certificates;                      ///< those of the table first, then those of the envelope; no two alike
  std::size_t table_certificates = 0;    ///< how many of them the table had
  std::optional<Bytes> revocation_list;  ///< DER, from the certificate table
};

/// A report, a report with its certificate table, or a paravisor's blob with a report in it. Nothing, with the reason
/// in the verdict, for anything else. Certificates of the envelope count as sent with it.
std::optional<Evidence> read_evidence(const AttestationReport& report, Recollection& recall, VerdictBuilder& verdict);

}  // namespace tenzro::tee::snp
