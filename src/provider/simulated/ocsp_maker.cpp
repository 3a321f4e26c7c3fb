// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/ocsp_maker.hpp"

#include <openssl/ocsp.h>

#include "provider/simulated/ensure.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
using BasicResponsePtr = crypto::Handle<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using ResponsePtr = crypto::Handle<OCSP_RESPONSE, OCSP_RESPONSE_free>;
using CertificateIdPtr = crypto::Handle<OCSP_CERTID, OCSP_CERTID_free>;

time_t seconds(UtcTime time) { return static_cast<time_t>(time.time_since_epoch().count()); }

/// OCSP knows no other form of time (RFC 6960 section 4.2.2.1).
crypto::Asn1TimePtr generalized(UtcTime time) {
  crypto::Asn1TimePtr out(ASN1_GENERALIZEDTIME_set(nullptr, seconds(time)));
  ensure(out != nullptr, "a time could not be encoded");
  return out;
}
}  // namespace

Bytes make_ocsp_response(const OcspSpec& spec, const Identity& issuer) {
  const crypto::X509Ptr certificate = decode_certificate(spec.certificate);
  const crypto::X509Ptr issued_by = decode_certificate(issuer.certificate);
  const CertificateIdPtr id(OCSP_cert_to_id(EVP_sha384(), certificate.get(), issued_by.get()));
  const BasicResponsePtr basic(OCSP_BASICRESP_new());
  ensure(
      id != nullptr && basic != nullptr &&
          OCSP_basic_add1_status(basic.get(), id.get(), V_OCSP_CERTSTATUS_GOOD, 0, nullptr,
                                 generalized(spec.this_update).get(), generalized(spec.next_update).get()) != nullptr,
      "an OCSP answer could not be filled");
  // Signing would set the time of this moment; OpenSSL has no setter for another, and gives out its own object as
  // const.
  auto* const produced_at = const_cast<ASN1_GENERALIZEDTIME*>(OCSP_resp_get0_produced_at(basic.get()));
  ensure(ASN1_GENERALIZEDTIME_set(produced_at, seconds(spec.this_update)) != nullptr, "a time could not be set");
  ensure(OCSP_basic_sign(basic.get(), issued_by.get(), issuer.key.get(), EVP_sha384(), nullptr,
                         OCSP_NOTIME | OCSP_NOCERTS) == 1,
         "an OCSP answer could not be signed");
  const ResponsePtr response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  ensure(response != nullptr, "an OCSP response could not be made");
  return encoded(response.get(), i2d_OCSP_RESPONSE);
}

}  // namespace tenzro::tee::simulated
