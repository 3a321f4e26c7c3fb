// SPDX-License-Identifier: Apache-2.0
// Quote structures, written: the bytes that src/evidence/tdx reads.
#pragma once
#include "provider/simulated/tdx_evidence.hpp"

namespace tenzro::tee::simulated {

/// The 384 bytes of an SGX REPORTBODY; what SgxReport does not hold is zero.
Bytes write_sgx_report(const tdx::SgxReport& report);
/// Header, body descriptor (version 5) and body: what the attestation key signs.
Bytes write_signed_part(const QuoteSpec& spec);

/// What follows the signed part.
struct SignatureData {
  ByteArray<64> quote_signature{}, attestation_key{};
  Bytes qe_report;
  ByteArray<64> qe_report_signature{};
  Bytes certification_data;
};
/// With its length in front: flat in version 3, nested in certification data of type 6 from version 4 on.
Bytes write_signature_data(const QuoteSpec& spec, const SignatureData& data);

}  // namespace tenzro::tee::simulated
