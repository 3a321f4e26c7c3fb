// SPDX-License-Identifier: Apache-2.0
// Reading the single forms that collateral files are made of.
#pragma once
#include <string_view>
#include <vector>

#include "collateral/bundle.hpp"
#include "formats/json.hpp"

namespace tenzro::tee::collateral {

inline constexpr std::size_t kMaxCertificates = 64;                        ///< of one input
inline constexpr std::size_t kMaxCertificateSize = std::size_t{16} << 10;  ///< DER
inline constexpr std::string_view kCertificateLabel = "CERTIFICATE";
inline constexpr std::string_view kCrlLabel = "X509 CRL";
inline constexpr std::string_view kOcspLabel = "OCSP RESPONSE";

/// Certificates only: PEM, or PEM percent-encoded as in a PCS header. One NUL at the end is a C string's and is
/// dropped.
Result<std::vector<Bytes>> read_issuer_chain(std::string_view text);

/// One CRL as PEM, hex or base64 text of its DER.
Result<Bytes> read_crl_text(std::string_view text);

/// Adds a CRL under the kind that its issuer gives it.
Result<void> add_crl(Bytes der, std::string_view source, Contents& out);
/// Adds an OCSP response that can be read whole. Who signed it is for the verifier.
Result<void> add_ocsp_response(Bytes der, std::string_view source, Contents& out);
/// Adds a certificate unless it is there already. malformed_input beyond the limits.
Result<void> add_certificate(Bytes der, Contents& out);

/// A TCB info or QE identity, as Intel serves it, that can be read whole. kind says which. Who signed it is for the
/// verifier.
Result<void> check_pcs_document(CollateralKind kind, ByteView document);

/// A manifest of NVIDIA's that can be read whole. Who signed it is for the verifier.
Result<void> check_rim(ByteView xml);
/// Adds such a one.
Result<void> add_rim(Bytes xml, std::string_view source, Contents& out);
/// The answer of NVIDIA's RIM service: {"id":...,"rim":base64,"sha256":hex,"rim_format":"TCG",...}. value: of the text,
/// already parsed. The digest must be that of the manifest; it only shows that the transport kept it whole.
bool looks_like_rim_answer(const json::Value& value);
Result<Contents> parse_rim_answer(const json::Value& value, std::string_view source);

/// The nine-member JSON of DCAP tools. value: of the text, already parsed.
bool looks_like_dcap_json(const json::Value& value);
Result<Contents> parse_dcap_json(const json::Value& value, std::string_view source);

/// The same as parse_bundle for a text already parsed.
bool looks_like_bundle(const json::Value& value);
Result<Contents> parse_bundle_value(const json::Value& value, std::string_view source);

}  // namespace tenzro::tee::collateral
