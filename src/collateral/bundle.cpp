// SPDX-License-Identifier: Apache-2.0
#include "collateral/bundle.hpp"

#include <algorithm>
#include <array>

#include "collateral/der_kind.hpp"
#include "collateral/documents.hpp"
#include "collateral/nvidia/key_set.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::collateral {

namespace {

constexpr std::string_view kFormat = "tenzro-collateral/1";
constexpr std::size_t kMaxDocuments = 1024;
constexpr std::size_t kMaxIssuerChain = 8;

/// Unlike vendor documents this form is ours: a member that we do not know is an error.
Result<void> demand_members(const json::Node& object, std::initializer_list<std::string_view> known) {
  if (!object.value().is_object()) {
    return object.wrong("an object");
  }
  for (const auto& item : object.value().items()) {
    if (std::find(known.begin(), known.end(), item.key()) == known.end()) {
      return Error(ErrorCode::malformed_input,
                   concat(object.path(), ": unknown member \"", printable(item.key()), "\""));
    }
  }
  return {};
}

Result<CollateralKind> read_kind(const json::Node& object) {
  constexpr std::array kKinds = {CollateralKind::tcb_info,  CollateralKind::qe_identity, CollateralKind::root_crl,
                                 CollateralKind::pck_crl,   CollateralKind::amd_chain,   CollateralKind::amd_crl,
                                 CollateralKind::nitro_crl, CollateralKind::rim,         CollateralKind::ocsp,
                                 CollateralKind::jwks};
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, object.member("kind"));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string());
  for (const CollateralKind kind : kKinds) {
    if (text == to_string(kind)) {
      return kind;
    }
  }
  return node.wrong("tcb_info, qe_identity, root_crl, pck_crl, amd_chain, amd_crl, nitro_crl, rim, ocsp or jwks");
}

Result<Bytes> read_base64(const json::Node& node, std::size_t max) {
  TENZRO_ASSIGN_OR_RETURN(const std::string text, node.string(max / 3 * 4 + 4));
  auto bytes = from_base64(text);
  if (!bytes) {
    return std::move(bytes).error().with_context(node.path());
  }
  if (bytes->empty()) {
    return node.wrong("base64 of at least one byte");
  }
  return bytes;
}

Result<void> check_key_set(const json::Node& node, ByteView body) {
  auto parsed = nvidia::parse_key_set(body);
  if (!parsed) {
    return std::move(parsed).error().with_context(node.path());
  }
  return {};
}

/// The body has the form that its kind says; who signed it is for the verifier.
Result<void> check_body(const json::Node& node, CollateralKind kind, ByteView body) {
  switch (kind) {
    case CollateralKind::root_crl:
    case CollateralKind::pck_crl:
    case CollateralKind::amd_crl:
    case CollateralKind::nitro_crl:
      return recognise_der(body) == DerForm::crl ? Result<void>() : node.wrong("a DER revocation list");
    case CollateralKind::amd_chain:
      return recognise_der(body) == DerForm::certificate ? Result<void>() : node.wrong("a DER certificate");
    case CollateralKind::ocsp:
      return recognise_der(body) == DerForm::ocsp_response ? Result<void>() : node.wrong("a DER OCSP response");
    case CollateralKind::jwks:
      return check_key_set(node, body);
    case CollateralKind::unknown:
    case CollateralKind::tcb_info:
    case CollateralKind::qe_identity:
    case CollateralKind::rim:
      break;
  }
  auto checked = kind == CollateralKind::rim ? check_rim(body) : check_pcs_document(kind, body);
  if (!checked) {
    return std::move(checked).error().with_context(node.path());
  }
  return checked;
}

Result<CollateralDocument> read_document(const json::Node& object, std::string_view source) {
  TENZRO_RETURN_IF_ERROR(demand_members(object, {"kind", "body", "issuer_chain", "source", "fetched_at"}));
  CollateralDocument out;
  TENZRO_ASSIGN_OR_RETURN(out.kind, read_kind(object));
  TENZRO_ASSIGN_OR_RETURN(const json::Node body, object.member("body"));
  TENZRO_ASSIGN_OR_RETURN(out.body, read_base64(body, kMaxCollateralDocument));
  if (out.body.size() > kMaxCollateralDocument) {
    return body.wrong(concat("base64 of at most ", kMaxCollateralDocument, " bytes"));
  }
  TENZRO_RETURN_IF_ERROR(check_body(body, out.kind, out.body));
  TENZRO_ASSIGN_OR_RETURN(const auto chain, object.optional_member("issuer_chain"));
  if (chain) {
    TENZRO_ASSIGN_OR_RETURN(const auto elements, chain->array(kMaxIssuerChain));
    for (const json::Node& element : elements) {
      TENZRO_ASSIGN_OR_RETURN(Bytes certificate, read_base64(element, kMaxCertificateSize));
      if (recognise_der(certificate) != DerForm::certificate) {
        return element.wrong("a DER certificate");
      }
      out.issuer_chain.push_back(std::move(certificate));
    }
  }
  out.source = source;
  out.from_bundle = true;
  TENZRO_ASSIGN_OR_RETURN(const auto origin, object.optional_member("source"));
  if (origin) {
    TENZRO_ASSIGN_OR_RETURN(const std::string url, origin->string());
    out.source = source.empty() ? url : concat(source, " (from ", url, ")");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto fetched_at, object.optional_member("fetched_at"));
  if (fetched_at) {
    TENZRO_RETURN_IF_ERROR(fetched_at->time());
  }
  return out;
}

}  // namespace

bool looks_like_bundle(const json::Value& value) {
  if (!value.is_object()) {
    return false;
  }
  const auto format = value.find("format");
  return format != value.end() && format->is_string() && *format == kFormat;
}

Result<Contents> parse_bundle_value(const json::Value& value, std::string_view source) {
  const json::Node root(value, "bundle");
  TENZRO_RETURN_IF_ERROR(demand_members(root, {"format", "documents"}));
  TENZRO_ASSIGN_OR_RETURN(const json::Node format, root.member("format"));
  if (!looks_like_bundle(value)) {
    return format.wrong("\"tenzro-collateral/1\"");
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node documents, root.member("documents"));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, documents.array(kMaxDocuments));
  Contents out;
  out.form = "collateral_bundle";
  for (const json::Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(CollateralDocument document, read_document(element, source));
    out.documents.push_back(std::move(document));
  }
  return out;
}

Result<Contents> parse_bundle(ByteView input, std::string_view source) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(input, {.max_size = kMaxCollateralFile}));
  return parse_bundle_value(value, source);
}

std::string bundle_to_json(const std::vector<CollateralDocument>& documents, std::optional<UtcTime> fetched_at) {
  json::Output list = json::Output::array();
  for (const CollateralDocument& document : documents) {
    json::Output entry = {{"kind", to_string(document.kind)}, {"body", to_base64(document.body)}};
    if (!document.issuer_chain.empty()) {
      json::Output chain = json::Output::array();
      for (const Bytes& certificate : document.issuer_chain) {
        chain.push_back(to_base64(certificate));
      }
      entry["issuer_chain"] = std::move(chain);
    }
    if (!document.source.empty()) {
      entry["source"] = document.source;
    }
    if (fetched_at) {
      entry["fetched_at"] = to_rfc3339(*fetched_at);
    }
    list.push_back(std::move(entry));
  }
  const json::Output root = {{"format", kFormat}, {"documents", std::move(list)}};
  // File names need not be UTF-8.
  return root.dump(-1, ' ', false, json::Output::error_handler_t::replace);
}

}  // namespace tenzro::tee::collateral
