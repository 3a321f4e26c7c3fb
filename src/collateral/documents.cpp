// SPDX-License-Identifier: Apache-2.0
#include "collateral/documents.hpp"

#include <algorithm>

#include "collateral/der_kind.hpp"
#include "collateral/intel/tcb_info.hpp"
#include "collateral/nvidia/rim.hpp"
#include "collateral/percent_encoding.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
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

Result<void> check_rim(ByteView xml) {
  TENZRO_RETURN_IF_ERROR(nvidia::parse_rim(xml));
  return {};
}

Result<void> add_rim(Bytes xml, std::string_view source, Contents& out) {
  TENZRO_RETURN_IF_ERROR(check_rim(xml));
  CollateralDocument document;
  document.kind = CollateralKind::rim;
  document.body = std::move(xml);
  document.source = source;
  out.documents.push_back(std::move(document));
  return {};
}

bool looks_like_rim_answer(const json::Value& value) {
  return value.is_object() && value.contains("id") && value.contains("rim");
}

Result<Contents> parse_rim_answer(const json::Value& value, std::string_view source) {
  constexpr std::string_view kFormat = "TCG";
  constexpr std::size_t kMaxBase64 = nvidia::kMaxRim / 3 * 4 + 4;
  const json::Node answer(value, "answer");
  TENZRO_ASSIGN_OR_RETURN(const json::Node format, answer.member("rim_format"));
  TENZRO_ASSIGN_OR_RETURN(const std::string format_name, format.string());
  if (format_name != kFormat) {
    return Error(ErrorCode::unsupported,
                 concat(format.path(), " is \"", printable(format_name), "\", expected \"", kFormat, "\""));
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node id, answer.member("id"));
  TENZRO_ASSIGN_OR_RETURN(const std::string id_text, id.string());
  TENZRO_ASSIGN_OR_RETURN(const json::Node rim, answer.member("rim"));
  TENZRO_ASSIGN_OR_RETURN(const std::string base64, rim.string(kMaxBase64));
  auto xml = from_base64(base64);
  if (!xml) {
    return std::move(xml).error().with_context(rim.path());
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node digest, answer.member("sha256"));
  TENZRO_ASSIGN_OR_RETURN(const auto sha256, digest.hex<32>());
  if (sha256 != crypto::sha256(*xml)) {
    return digest.wrong(concat(to_hex(crypto::sha256(*xml)), ", which is that of rim"));
  }
  Contents out;
  out.form = to_string(CollateralKind::rim);
  const std::string name = printable(id_text);
  TENZRO_RETURN_IF_ERROR(add_rim(*std::move(xml), source.empty() ? name : concat(source, " (from ", name, ")"), out));
  return out;
}

}  // namespace tenzro::tee::collateral
