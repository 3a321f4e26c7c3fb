// SPDX-License-Identifier: Apache-2.0
// The collateral JSON of DCAP tools: nine texts, two of which are signed JSON documents quoted byte for byte.
#include "collateral/documents.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::collateral {

namespace {

Result<std::string> text_member(const json::Node& root, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const json::Node node, root.member(name));
  return node.string(kMaxCollateralDocument);
}

Result<std::vector<Bytes>> chain_member(const json::Node& root, std::string_view name) {
  TENZRO_ASSIGN_OR_RETURN(const std::string text, text_member(root, name));
  auto chain = read_issuer_chain(text);
  if (!chain) {
    return std::move(chain).error().with_context(name);
  }
  return chain;
}

/// The names that one signed document has, here and in Intel's own response.
struct SignedMember {
  CollateralKind kind;
  std::string_view body, signature, chain;
  std::string_view response_member;
};
constexpr SignedMember kTcbInfo = {CollateralKind::tcb_info, "tcb_info", "tcb_info_signature", "tcb_info_issuer_chain",
                                   "tcbInfo"};
constexpr SignedMember kQeIdentity = {CollateralKind::qe_identity, "qe_identity", "qe_identity_signature",
                                      "qe_identity_issuer_chain", "enclaveIdentity"};

/// Wraps the quoted bytes as Intel serves them. They are placed as they are: the signature covers exactly them.
Result<void> add_signed(const json::Node& root, const SignedMember& names, std::string_view source, Contents& out) {
  TENZRO_ASSIGN_OR_RETURN(const std::string quoted, text_member(root, names.body));
  // By itself first: placed in the response below, text that is no JSON could still make it one.
  const auto parsed = json::parse(as_bytes(quoted));
  if (!parsed) {
    return Error(parsed.error()).with_context(names.body);
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node signature, root.member(names.signature));
  TENZRO_ASSIGN_OR_RETURN(const auto signature_bytes, signature.hex<64>());
  const std::string text =
      concat("{\"", names.response_member, "\":", trimmed(quoted), ",\"signature\":\"", to_hex(signature_bytes), "\"}");
  CollateralDocument document;
  document.kind = names.kind;
  document.body.assign(text.begin(), text.end());
  auto checked = check_pcs_document(names.kind, document.body);
  if (!checked) {
    return std::move(checked).error().with_context(names.body);
  }
  TENZRO_ASSIGN_OR_RETURN(document.issuer_chain, chain_member(root, names.chain));
  document.from_dcap_json = true;
  document.source = source;
  out.documents.push_back(std::move(document));
  return {};
}

Result<void> add_list(const json::Node& root, std::string_view name, CollateralKind kind, std::string_view source,
                      Contents& out) {
  TENZRO_ASSIGN_OR_RETURN(const std::string text, text_member(root, name));
  auto der = read_crl_text(text);
  if (!der) {
    return std::move(der).error().with_context(name);
  }
  auto added = add_crl(*std::move(der), source, out);
  if (!added) {
    return std::move(added).error().with_context(name);
  }
  out.documents.back().from_dcap_json = true;
  if (out.documents.back().kind == kind) {
    return {};
  }
  return Error(ErrorCode::malformed_input,
               concat(name, ": holds a ", to_string(out.documents.back().kind), ", expected a ", to_string(kind)));
}

}  // namespace

bool looks_like_dcap_json(const json::Value& value) {
  return value.is_object() && (value.contains("tcb_info") || value.contains("qe_identity") ||
                               value.contains("pck_crl") || value.contains("root_ca_crl"));
}

Result<Contents> parse_dcap_json(const json::Value& value, std::string_view source) {
  const json::Node root(value, "collateral");
  Contents out;
  out.form = "dcap_collateral";
  TENZRO_RETURN_IF_ERROR(add_signed(root, kTcbInfo, source, out));
  TENZRO_RETURN_IF_ERROR(add_signed(root, kQeIdentity, source, out));
  TENZRO_RETURN_IF_ERROR(add_list(root, "root_ca_crl", CollateralKind::root_crl, source, out));
  TENZRO_RETURN_IF_ERROR(add_list(root, "pck_crl", CollateralKind::pck_crl, source, out));
  // Not needed to judge the list: its issuer is the intermediate of the quote's own chain.
  if (root.has("pck_crl_issuer_chain")) {
    TENZRO_ASSIGN_OR_RETURN(out.documents.back().issuer_chain, chain_member(root, "pck_crl_issuer_chain"));
  }
  // Single files that replace a member have no chain of their own: what came here serves them too.
  for (const CollateralDocument& document : out.documents) {
    for (const Bytes& certificate : document.issuer_chain) {
      TENZRO_RETURN_IF_ERROR(add_certificate(certificate, out));
    }
  }
  if (root.has("pck_certificate_chain")) {
    TENZRO_ASSIGN_OR_RETURN(auto chain, chain_member(root, "pck_certificate_chain"));
    for (Bytes& certificate : chain) {
      TENZRO_RETURN_IF_ERROR(add_certificate(std::move(certificate), out));
    }
  }
  return out;
}

}  // namespace tenzro::tee::collateral
