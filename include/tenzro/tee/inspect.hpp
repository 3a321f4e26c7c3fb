// SPDX-License-Identifier: Apache-2.0
// Decoding without judging.
#pragma once
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

/// What an input is and what it says. Nothing of it has been verified.
struct Inspection {
  std::string kind;  ///< "report", "tdx_quote", "sgx_quote", "snp_report", "hcl_report", "nitro_document",
                     ///< "nitrotpm_document", "spdm_report", "device_evidence", "nras_answer", "token", "certificates",
                     ///< "crl", "ocsp", "tcb_info", "qe_identity", "rim", "jwks", "dcap_collateral",
                     ///< "collateral_bundle", "event_log", "sealed_container"
  std::string json;  ///< one JSON object whose first two members are "kind" and "verified": false
};

/// Decodes any report, quote, SEV-SNP report, Azure HCL blob, Nitro document, evidence and measurement report of GPUs
/// and switches, answer or token of NVIDIA's attestation service, certificate chain, CRL, OCSP response, TCB info, QE
/// identity, reference manifest, key set, collateral bundle or event log; raw, or as hex or base64 text; or
/// the header of a sealed container.
/// malformed_input, naming what was tried, when nothing matches; at most 8 MiB of input.
Result<Inspection> inspect(ByteView input);

/// The DER certificates of PEM text, or one DER certificate: what VerifyOptions::replace_trust_anchors takes. At least
/// one, each well-formed; not judged. malformed_input otherwise.
Result<std::vector<Bytes>> read_certificates(ByteView input);

}  // namespace tenzro::tee
