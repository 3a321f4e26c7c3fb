// SPDX-License-Identifier: Apache-2.0
#include "collateral/documents.hpp"

#include <algorithm>

#include "collateral/der_kind.hpp"
#include "collateral/encoded_text.hpp"
#include "collateral/intel/tcb_info.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/ocsp.hpp"
#include "formats/pem.hpp"

namespace tenzro::tee::collateral {

Result<std::vector<Bytes>> read_issuer_chain(std::string_view text) {
  const std::string_view chain = trimmed(text);
  std::string decoded;
  if (chain.find('%') != std::string_view::npos) {
    TENZRO_ASSIGN_OR_RETURN(decoded, percent_decode(chain));
  }
  TENZRO_ASSIGN_OR_RETURN(auto blocks, pem::split(decoded.empty() ? chain : std::string_view(decoded),
                                                  {.max_blocks = kMaxCertificates, .max_der = kMaxCertificateSize}));
  std::vector<Bytes> out;
  out.reserve(blocks.size());
  for (pem::Block& block : blocks) {
    if (block.label != kCertificateLabel) {
      return Error(ErrorCode::malformed_input,
                   concat("PEM block \"", printable(block.label), "\" in a certificate chain"));
    }
    out.push_back(std::move(block.der));
  }
  return out;
}

Result<Bytes> read_crl_text(std::string_view text) {
  const std::string_view body = trimmed(text);
  Bytes der;
  if (body.starts_with("-----BEGIN")) {
    TENZRO_ASSIGN_OR_RETURN(auto blocks, pem::split(body, {.max_blocks = 1, .max_der = kMaxCollateralDocument}));
    if (blocks.front().label != kCrlLabel) {
      return Error(ErrorCode::malformed_input,
                   concat("PEM block \"", printable(blocks.front().label), "\", expected \"X509 CRL\""));
    }
    der = std::move(blocks.front().der);
  } else {
    TENZRO_ASSIGN_OR_RETURN(der, decode_text(body));
  }
  if (recognise_der(der) != DerForm::crl) {
    return Error(ErrorCode::malformed_input, "no DER revocation list");
  }
  return der;
}

Result<void> add_crl(Bytes der, std::string_view source, Contents& out) {
  CollateralDocument document;
  TENZRO_ASSIGN_OR_RETURN(document.kind, crl_kind(der));
  document.body = std::move(der);
  document.source = source;
  out.documents.push_back(std::move(document));
  return {};
}

Result<void> add_ocsp_response(Bytes der, std::string_view source, Contents& out) {
  TENZRO_RETURN_IF_ERROR(ocsp::parse_response(der));
  CollateralDocument document;
  document.kind = CollateralKind::ocsp;
  document.body = std::move(der);
  document.source = source;
  out.documents.push_back(std::move(document));
  return {};
}

Result<void> add_certificate(Bytes der, Contents& out) {
  if (der.size() > kMaxCertificateSize || recognise_der(der) != DerForm::certificate) {
    return Error(ErrorCode::malformed_input, concat("no DER certificate of at most ", kMaxCertificateSize, " bytes"));
  }
  if (std::find(out.certificates.begin(), out.certificates.end(), der) != out.certificates.end()) {
    return {};
  }
  if (out.certificates.size() == kMaxCertificates) {
    return Error(ErrorCode::malformed_input, concat("more than ", kMaxCertificates, " certificates"));
  }
  out.certificates.push_back(std::move(der));
  return {};
}

Result<void> check_pcs_document(CollateralKind kind, ByteView document) {
  if (kind == CollateralKind::tcb_info) {
    TENZRO_RETURN_IF_ERROR(intel::parse_tcb_info(document));
  } else {
    TENZRO_RETURN_IF_ERROR(intel::parse_qe_identity(document));
  }
  return {};
}

}  // namespace tenzro::tee::collateral
