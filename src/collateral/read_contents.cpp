// SPDX-License-Identifier: Apache-2.0
// Recognising what a collateral file holds, by its content alone.
#include "collateral/bundle.hpp"
#include "collateral/der_kind.hpp"
#include "collateral/documents.hpp"
#include "collateral/nvidia/key_set.hpp"
#include "collateral/nvidia/rim.hpp"
#include "collateral/percent_encoding.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/pem.hpp"

namespace tenzro::tee::collateral {

namespace {

constexpr std::size_t kMaxBlocks = kMaxCertificates;

constexpr std::string_view kTried =
    "no known form (tried the DCAP collateral JSON, tcbInfo and enclaveIdentity responses, key sets, the "
    "tenzro-collateral/1 bundle, reference manifests and the answers of NVIDIA's RIM service, PEM, percent-encoded "
    "PEM, "
    "DER certificates, CRLs and OCSP responses, and those as hex or base64)";

Error no_known_form(std::string_view detail) {
  return Error(ErrorCode::malformed_input, detail.empty() ? std::string(kTried) : concat(kTried, ": ", detail));
}

/// One DER element that is a certificate, a list or an OCSP response; nothing when it is none of these.
Result<std::optional<Contents>> from_der(ByteView der, std::string_view source) {
  Contents out;
  switch (recognise_der(der)) {
    case DerForm::certificate:
      out.form = "certificates";
      TENZRO_RETURN_IF_ERROR(add_certificate(Bytes(der.begin(), der.end()), out));
      return std::optional(std::move(out));
    case DerForm::crl:
      out.form = "crl";
      TENZRO_RETURN_IF_ERROR(add_crl(Bytes(der.begin(), der.end()), source, out));
      return std::optional(std::move(out));
    case DerForm::ocsp_response:
      out.form = to_string(CollateralKind::ocsp);
      TENZRO_RETURN_IF_ERROR(add_ocsp_response(Bytes(der.begin(), der.end()), source, out));
      return std::optional(std::move(out));
    case DerForm::other:
      break;
  }
  return std::optional<Contents>();
}

Result<Contents> from_pem(std::string_view text, std::string_view source) {
  TENZRO_ASSIGN_OR_RETURN(auto blocks, pem::split(text, {.max_blocks = kMaxBlocks, .max_der = kMaxCollateralDocument}));
  Contents out;
  out.form = "certificates";
  for (pem::Block& block : blocks) {
    if (block.label == kCertificateLabel) {
      TENZRO_RETURN_IF_ERROR(add_certificate(std::move(block.der), out));
    } else if (block.label == kCrlLabel) {
      if (recognise_der(block.der) != DerForm::crl) {
        return Error(ErrorCode::malformed_input, "PEM block \"X509 CRL\" holds no DER revocation list");
      }
      TENZRO_RETURN_IF_ERROR(add_crl(std::move(block.der), source, out));
      out.form = "crl";
    } else if (block.label == kOcspLabel) {
      TENZRO_RETURN_IF_ERROR(add_ocsp_response(std::move(block.der), source, out));
      out.form = to_string(CollateralKind::ocsp);
    } else {
      return Error(ErrorCode::malformed_input,
                   concat("PEM block \"", printable(block.label),
                          "\" is neither a certificate, a revocation list nor an OCSP response"));
    }
  }
  return out;
}

Result<Contents> from_pcs_document(CollateralKind kind, ByteView input, std::string_view source) {
  TENZRO_RETURN_IF_ERROR(check_pcs_document(kind, input));
  CollateralDocument document;
  document.kind = kind;
  document.body.assign(input.begin(), input.end());
  document.source = source;
  Contents out;
  out.form = to_string(kind);
  out.documents.push_back(std::move(document));
  return out;
}

Result<Contents> from_key_set(ByteView input, std::string_view source) {
  TENZRO_RETURN_IF_ERROR(nvidia::parse_key_set(input));
  CollateralDocument document;
  document.kind = CollateralKind::jwks;
  document.body.assign(input.begin(), input.end());
  document.source = source;
  Contents out;
  out.form = to_string(document.kind);
  out.documents.push_back(std::move(document));
  return out;
}

Result<Contents> from_xml(ByteView input, std::string_view source) {
  if (!nvidia::looks_like_rim(input)) {
    return no_known_form("it is XML, but no reference manifest");
  }
  Contents out;
  out.form = to_string(CollateralKind::rim);
  TENZRO_RETURN_IF_ERROR(add_rim(Bytes(input.begin(), input.end()), source, out));
  return out;
}

Result<Contents> from_json(ByteView input, std::string_view source) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(input, {.max_size = kMaxCollateralFile}));
  if (looks_like_bundle(value)) {
    return parse_bundle_value(value, source);
  }
  const bool tcb_info = value.contains("tcbInfo");
  const bool qe_identity = value.contains("enclaveIdentity");
  if (tcb_info && qe_identity) {
    return Error(ErrorCode::malformed_input,
                 "holds both tcbInfo and enclaveIdentity, which one signature cannot cover");
  }
  if (tcb_info) {
    return from_pcs_document(CollateralKind::tcb_info, input, source);
  }
  if (qe_identity) {
    return from_pcs_document(CollateralKind::qe_identity, input, source);
  }
  if (nvidia::looks_like_key_set(value)) {
    return from_key_set(input, source);
  }
  if (looks_like_dcap_json(value)) {
    return parse_dcap_json(value, source);
  }
  if (looks_like_rim_answer(value)) {
    return parse_rim_answer(value, source);
  }
  return no_known_form("it is JSON, but none of its members is known");
}

Result<Contents> recognise(ByteView input, std::string_view source) {
  TENZRO_ASSIGN_OR_RETURN(auto der, from_der(input, source));
  if (der) {
    return *std::move(der);
  }
  const std::string_view text = trimmed(as_text(input));
  if (text.empty()) {
    return Error(ErrorCode::malformed_input, "is empty");
  }
  if (text.starts_with('{')) {
    return from_json(input, source);
  }
  if (text.starts_with('<')) {
    return from_xml(input, source);
  }
  if (text.starts_with("-----BEGIN%")) {
    TENZRO_ASSIGN_OR_RETURN(const std::string decoded, percent_decode(text));
    return from_pem(decoded, source);
  }
  if (text.starts_with("-----BEGIN")) {
    return from_pem(text, source);
  }
  if (!is_text(text)) {
    return no_known_form("");
  }
  const auto decoded = decode_text(text);
  if (!decoded) {
    return no_known_form(decoded.error().message());
  }
  TENZRO_ASSIGN_OR_RETURN(auto inner, from_der(*decoded, source));
  if (inner) {
    return *std::move(inner);
  }
  if (nvidia::looks_like_rim(*decoded)) {
    return from_xml(*decoded, source);
  }
  return no_known_form(
      "it is hex or base64, but holds no certificate, revocation list, OCSP response or reference manifest");
}

}  // namespace

Result<Contents> read_contents(ByteView input, std::string_view source) {
  if (input.size() > kMaxCollateralFile) {
    return Error(ErrorCode::malformed_input,
                 concat(source, ": has ", input.size(), " bytes, at most ", kMaxCollateralFile, " are read"));
  }
  auto contents = recognise(input, source);
  if (!contents && !source.empty()) {
    return std::move(contents).error().with_context(source);
  }
  return contents;
}

}  // namespace tenzro::tee::collateral
