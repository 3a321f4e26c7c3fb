// SPDX-License-Identifier: Apache-2.0
// Certificates and revocation lists, decoded.
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "inspect/amd_extensions.hpp"
#include "inspect/describe.hpp"
#include "inspect/extension_names.hpp"
#include "inspect/pck.hpp"
#include "x509/certificate.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

std::string_view name_of(x509::SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case x509::SignatureAlgorithm::other:
      return "other";
    case x509::SignatureAlgorithm::ecdsa_sha256:
      return "ecdsa-sha256";
    case x509::SignatureAlgorithm::ecdsa_sha384:
      return "ecdsa-sha384";
    case x509::SignatureAlgorithm::rsa_pss_sha384:
      return "rsa-pss-sha384";
    case x509::SignatureAlgorithm::rsa_pkcs1_sha256:
      return "rsa-pkcs1-sha256";
  }
  return "other";
}

std::string key_of(const x509::Certificate& certificate) {
  switch (certificate.key_kind()) {
    case x509::KeyKind::ec_p256:
      return "ec-p256";
    case x509::KeyKind::ec_p384:
      return "ec-p384";
    case x509::KeyKind::rsa:
      return concat("rsa-", certificate.key_bits());
    case x509::KeyKind::other:
      break;
  }
  return concat("other, ", certificate.key_bits(), " bits");
}

Json extensions_of(const x509::Certificate& certificate) {
  Json list = Json::array();
  for (const x509::Extension& extension : certificate.extensions()) {
    Json shown = {{"oid", extension.oid}};
    if (const std::string_view name = extension_name(extension.oid); !name.empty()) {
      shown["name"] = name;
    }
    shown["critical"] = extension.critical;
    if (Json value = amd_extension_value(extension); !value.is_null()) {
      shown["value"] = std::move(value);
    }
    list.push_back(std::move(shown));
  }
  return list;
}

}  // namespace

Json undecoded(const Error& error) { return {{"error", error.message()}}; }

Json describe_certificate(ByteView der) {
  const auto parsed = x509::Certificate::parse(der);
  if (!parsed) {
    Json out = undecoded(parsed.error());
    out["size"] = der.size();
    out["sha256"] = to_hex(crypto::sha256(der));
    return out;
  }
  const x509::Certificate& certificate = **parsed;
  const CertificateInfo info = certificate.info();
  Json out = Json::object();
  out["subject"] = info.subject;
  out["issuer"] = info.issuer;
  out["serial"] = to_hex(certificate.serial());
  out["not_before"] = to_rfc3339(info.not_before);
  out["not_after"] = to_rfc3339(info.not_after);
  out["key"] = key_of(certificate);
  out["signature_algorithm"] = name_of(certificate.signature_algorithm());
  out["sha256"] = to_hex(info.sha256);
  out["extensions"] = extensions_of(certificate);
  if (const x509::Extension* sgx = certificate.extension(tdx::kSgxExtensionOid); sgx != nullptr) {
    const auto pck = read_pck_extension(sgx->value);
    out["sgx_extension"] = pck ? describe_pck(*pck) : undecoded(pck.error());
  }
  return out;
}

Json describe_certificates(const std::vector<Bytes>& chain) {
  Json list = Json::array();
  for (const Bytes& der : chain) {
    list.push_back(describe_certificate(der));
  }
  return list;
}

Result<Json> describe_crl(ByteView der) {
  TENZRO_ASSIGN_OR_RETURN(const x509::RevocationListPtr crl, x509::RevocationList::parse(der));
  Json out = Json::object();
  out["issuer_common_name"] = crl->issuer_common_name();
  out["this_update"] = to_rfc3339(crl->this_update());
  out["next_update"] = crl->next_update() ? Json(to_rfc3339(*crl->next_update())) : Json();
  out["number"] = crl->number() ? Json(to_hex(*crl->number())) : Json();
  out["sha256"] = to_hex(crl->sha256());
  out["revoked_count"] = crl->revoked_count();
  Json serials = Json::array();
  for (const Bytes& serial : crl->revoked_serials()) {
    serials.push_back(to_hex(serial));
  }
  out["revoked_serials"] = std::move(serials);
  return out;
}

}  // namespace tenzro::tee::inspect_detail
