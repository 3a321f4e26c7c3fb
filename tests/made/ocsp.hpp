// SPDX-License-Identifier: Apache-2.0
// OCSP responses made by OpenSSL for a test, with every defect a test may ask for.
#pragma once
#include <openssl/ocsp.h>

#include <ctime>
#include <optional>
#include <utility>
#include <vector>

#include "crypto/openssl_handles.hpp"
#include "made/openssl_calls.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

using OcspBasicPtr = crypto::Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using OcspResponsePtr = crypto::Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using OcspIdPtr = crypto::Handle<OCSP_CERTID, OCSP_CERTID_free>;

/// An extension of an answer or of a whole response. value: DER.
struct MadeOcspExtension {
  const char* oid;
  Bytes value;
  bool critical = false;
};

/// One answer about one certificate. certificate, issuer: DER.
struct MadeOcspAnswer {
  Bytes certificate;
  Bytes issuer;
  int status = V_OCSP_CERTSTATUS_GOOD;
  UtcTime this_update{};
  std::optional<UtcTime> next_update{};
  std::optional<UtcTime> revoked_at{};  ///< empty: this_update
  std::optional<int> reason{};
  const EVP_MD* id_hash = EVP_sha384();
  std::vector<MadeOcspExtension> extensions{};
};

/// A whole response. key: of signer, who is the issuer or a delegate.
struct MadeOcsp {
  std::vector<MadeOcspAnswer> answers;
  EVP_PKEY* key = nullptr;
  Bytes signer;  ///< certificate, DER
  UtcTime produced_at{};
  bool responder_by_key = false;
  bool embeds_signer = false;
  std::vector<Bytes> embedded{};  ///< further certificates
  std::vector<MadeOcspExtension> extensions{};
  const EVP_MD* digest = EVP_sha384();
};

namespace made_ocsp_detail {

inline crypto::Asn1TimePtr generalized(UtcTime time) {
  crypto::Asn1TimePtr out(ASN1_GENERALIZEDTIME_set(nullptr, static_cast<std::time_t>(time.time_since_epoch().count())));
  need(out != nullptr, "ASN1_GENERALIZEDTIME_set");
  return out;
}

inline crypto::ExtensionPtr extension_of(const MadeOcspExtension& spec) {
  const crypto::Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(spec.oid, 1));
  const crypto::Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), spec.value.data(), static_cast<int>(spec.value.size()));
  crypto::ExtensionPtr out(X509_EXTENSION_create_by_OBJ(nullptr, object.get(), spec.critical ? 1 : 0, value.get()));
  need(out != nullptr, "X509_EXTENSION_create_by_OBJ");
  return out;
}

inline void add_answer(OCSP_BASICRESP* basic, const MadeOcspAnswer& spec) {
  const crypto::X509Ptr certificate = openssl_certificate(spec.certificate), issuer = openssl_certificate(spec.issuer);
  const OcspIdPtr id(OCSP_cert_to_id(spec.id_hash, certificate.get(), issuer.get()));
  const auto revoked_at = generalized(spec.revoked_at.value_or(spec.this_update));
  const auto this_update = generalized(spec.this_update);
  const auto next_update = spec.next_update ? generalized(*spec.next_update) : nullptr;
  OCSP_SINGLERESP* single = OCSP_basic_add1_status(
      basic, id.get(), spec.status, spec.reason.value_or(OCSP_REVOKED_STATUS_NOSTATUS),
      spec.status == V_OCSP_CERTSTATUS_REVOKED ? revoked_at.get() : nullptr, this_update.get(), next_update.get());
  need(single != nullptr, "OCSP_basic_add1_status");
  for (const MadeOcspExtension& extension : spec.extensions) {
    need(OCSP_SINGLERESP_add_ext(single, extension_of(extension).get(), -1) == 1, "OCSP_SINGLERESP_add_ext");
  }
}

}  // namespace made_ocsp_detail

/// The extension that answers a nonce.
inline MadeOcspExtension ocsp_nonce(ByteView nonce, bool critical = false) {
  Bytes value = {0x04, static_cast<std::uint8_t>(nonce.size())};
  value.insert(value.end(), nonce.begin(), nonce.end());
  return {"1.3.6.1.5.5.7.48.1.2", std::move(value), critical};
}

/// DER of a successful response.
inline Bytes made_ocsp_response(const MadeOcsp& spec) {
  using namespace made_ocsp_detail;
  const OcspBasicPtr basic(OCSP_BASICRESP_new());
  for (const MadeOcspAnswer& answer : spec.answers) {
    add_answer(basic.get(), answer);
  }
  for (const MadeOcspExtension& extension : spec.extensions) {
    need(OCSP_BASICRESP_add_ext(basic.get(), extension_of(extension).get(), -1) == 1, "OCSP_BASICRESP_add_ext");
  }
  const auto* produced_at = OCSP_resp_get0_produced_at(basic.get());
  need(ASN1_GENERALIZEDTIME_set(const_cast<ASN1_GENERALIZEDTIME*>(produced_at),
                                static_cast<std::time_t>(spec.produced_at.time_since_epoch().count())) != nullptr,
       "producedAt");
  const crypto::X509Ptr signer = openssl_certificate(spec.signer);
  unsigned long flags = OCSP_NOTIME | OCSP_NOCERTS;
  if (spec.responder_by_key) {
    flags |= OCSP_RESPID_KEY;
  }
  if (spec.embeds_signer) {
    need(OCSP_basic_add1_cert(basic.get(), signer.get()) == 1, "OCSP_basic_add1_cert");
  }
  for (const Bytes& der : spec.embedded) {
    need(OCSP_basic_add1_cert(basic.get(), openssl_certificate(der).get()) == 1, "OCSP_basic_add1_cert");
  }
  need(OCSP_basic_sign(basic.get(), signer.get(), spec.key, spec.digest, nullptr, flags) == 1, "OCSP_basic_sign");
  const OcspResponsePtr response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  need(response != nullptr, "OCSP_response_create");
  return der_of(response.get(), i2d_OCSP_RESPONSE);
}

/// DER of a response that says no more than this status (OCSP_RESPONSE_STATUS_TRYLATER and the like).
inline Bytes made_ocsp_refusal(int status) {
  const OcspResponsePtr response(OCSP_response_create(status, nullptr));
  need(response != nullptr, "OCSP_response_create");
  return der_of(response.get(), i2d_OCSP_RESPONSE);
}

}  // namespace tenzro::tee::test
