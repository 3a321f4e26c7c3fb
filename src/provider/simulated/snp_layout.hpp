// SPDX-License-Identifier: Apache-2.0
// SEV-SNP structures, written: the bytes that src/evidence/snp reads.
#pragma once
#include <vector>

#include "evidence/snp/certificate_table.hpp"
#include "provider/simulated/snp_evidence.hpp"

namespace tenzro::tee::simulated {

/// The 672 bytes of ATTESTATION_REPORT that are signed, with the fields that this version has.
Bytes write_signed_part(const SnpReportSpec& spec);
/// The 512 bytes behind them: R and S, and the zeros to the end. r_s: big-endian r || s.
Bytes write_signature(const ByteArray<96>& r_s);

/// One entry of a certificate table.
struct TableEntry {
  snp::Guid guid{};
  Bytes content;
};
/// Entries, an end of zeros, and the contents in the same order (GHCB MSG_REPORT_REQ).
Bytes write_certificate_table(const std::vector<TableEntry>& entries);

}  // namespace tenzro::tee::simulated
