// SPDX-License-Identifier: Apache-2.0
// Evidence as it travels: untrusted until verified.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/platform.hpp"

namespace tenzro::tee {

/// Evidence as it travels. Everything in here is untrusted: a report becomes knowledge only through
/// AttestationVerifier.
struct AttestationReport {
  Platform platform = Platform::unknown;  ///< as claimed; the verifier decides from the evidence bytes
  bool simulated = false;                 ///< as claimed; likewise
  Bytes evidence;  ///< the platform's own bytes: TDX quote, SNP report, COSE_Sign1; a GPU's or switch's SPDM report,
                   ///< the JSON of NVIDIA's collectors, or the answer of its attestation service
  std::vector<Bytes>
      certificate_chain;   ///< DER, leaf first; may be empty when the chain is inside the evidence, or known
  Bytes collateral;        ///< our bundle, may be empty
  Bytes event_log;         ///< CCEL, or dstack's JSON list; may be empty
  Bytes runtime_data;      ///< Azure: the HCL blob, or the runtime claims (JSON) out of it; may be empty
  Bytes tpm_quote;         ///< vTPM quote as JSON {"message","signature","pcrs"}; may be empty
  Bytes device_evidence;   ///< the exact bytes of the device section, hashed into this CPU report; may be empty
  UtcTime generated_at{};  ///< the producer's clock; informative
  // For people. Re-derived by the verifier and never trusted:
  std::string firmware_version;
  std::string report_data_hex;  ///< 64 bytes (32 for NVIDIA, user_data of any size for Nitro); text, so that no
                                ///< expectation is made from it
  std::string signature_hex;    ///< as encoded in the evidence
};

/// The largest input that is looked at, in bytes.
inline constexpr std::size_t kMaxReportInput = std::size_t{8} << 20;

/// The largest event log that is read, in bytes.
inline constexpr std::size_t kMaxEventLog = std::size_t{1} << 20;

/// The largest runtime data and vTPM quote that are read, in bytes each.
inline constexpr std::size_t kMaxRuntimeData = std::size_t{64} << 10;

/// Recognises the report envelope, raw Intel TDX and SGX quotes, AMD SEV-SNP reports (with the certificate table behind
/// them, where there is one: configfs-tsm outblob and auxblob in one), Azure HCL blobs that hold one, AWS Nitro
/// attestation documents (COSE_Sign1, tagged or not), and SPDM reports of NVIDIA's devices, each also as hex (with or
/// without 0x) or base64 text with white space; and the JSON of NVIDIA's collectors and of its attestation service.
/// malformed_input, naming what was tried, for anything else, for a broken envelope, and above kMaxReportInput.
/// Recognised but malformed evidence is a report: it is the verifier that says what is wrong with it.
Result<AttestationReport> parse_report(ByteView input);
std::string to_json(const AttestationReport& report);  ///< the "tenzro-report/1" envelope

/// The certificates that the evidence itself carries, DER, leaf first; of several devices one chain after the other.
/// Empty where there are none, or the evidence cannot be read. Nothing is judged.
std::vector<Bytes> evidence_certificates(const AttestationReport& report);

}  // namespace tenzro::tee
