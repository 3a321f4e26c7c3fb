// SPDX-License-Identifier: Apache-2.0
// From decoded structures to JSON for people: keys in a fixed order, hex in lowercase, times as RFC 3339.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

#include "collateral/bundle.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/tdx/quote.hpp"
#include "formats/json.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::inspect_detail {

using Json = json::Output;

/// What could not be decoded inside something that could: {"error": message}.
Json undecoded(const Error& error);

/// A whole quote: header, claims, signatures, certification data.
Json describe_quote(const tdx::Quote& quote);

/// A SEV-SNP report: claims, TCBs by component, bits by name, and the certificates behind it.
Result<Json> describe_snp_report(ByteView evidence);
/// Azure's blob: the report in it, where that is an SNP one, and the runtime claims.
Result<Json> describe_hcl_report(ByteView evidence);
/// A whole Nitro document: claims, which PCRs are set, signature, certificates leaf first.
Json describe_nitro(const nitro::Document& document);

/// A GPU's or switch's measurement report: claims, measurements, every field of its opaque data.
Result<Json> describe_spdm_report(ByteView evidence);
/// The same of each device, with its certificates.
Result<Json> describe_device_evidence(ByteView evidence);

/// A token (JWT) or an answer of NVIDIA's service, for what nvidia::looks_like_nras_answer() takes, with its kind:
/// "token" or "nras_answer". Whose signature a token has, or whether it has one at all, is not asked.
Result<std::pair<std::string_view, Json>> describe_service_tokens(ByteView text);

/// One certificate; what cannot be parsed is an object with "error", "size" and "sha256".
Json describe_certificate(ByteView der);
Json describe_certificates(const std::vector<Bytes>& chain);

Result<Json> describe_crl(ByteView der);
Result<Json> describe_ocsp_response(ByteView der);
Result<Json> describe_tcb_info(ByteView document);
Result<Json> describe_qe_identity(ByteView document);
/// The keys of a key set, each with its certificates; how many there are of other kinds.
Result<Json> describe_key_set(ByteView document);
/// A reference manifest: what it is for, its active values, and the certificates that came with it, leaf first.
Result<Json> describe_rim(ByteView xml);

/// Events in their order, and the registers that they lead to. description_verified: the digest covers what the
/// description says; it does so only under a quote with these registers.
Result<Json> describe_event_log(ByteView log);

/// Everything that one collateral input holds: documents with their issuer chains, and loose certificates.
Json describe_contents(const collateral::Contents& contents);

/// A sealed container's header: what it is sealed under, and nothing of what is in it. Not authentic: only a key tells.
Result<Json> describe_sealed_header(ByteView container);

/// The report envelope with its evidence and collateral decoded inside.
Json describe_report(const AttestationReport& report);

}  // namespace tenzro::tee::inspect_detail
