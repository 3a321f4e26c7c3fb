// SPDX-License-Identifier: Apache-2.0
// Revocation lists as Intel's are: version 2, with a number and an authority key id.
#include <openssl/obj_mac.h>

#include "provider/simulated/der_writer.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/intel_hierarchy.hpp"
#include "provider/simulated/x509_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
using RevokedPtr = crypto::Handle<X509_REVOKED, X509_REVOKED_free>;

void add(X509_CRL* list, std::string_view oid, bool critical, ByteView value) {
  ensure(X509_CRL_add_ext(list, extension(oid, critical, value).get(), -1) == 1, "an extension could not be added");
}

void add_entry(X509_CRL* list, const Bytes& serial, const CrlSpec& spec) {
  RevokedPtr entry(X509_REVOKED_new());
  ensure(entry != nullptr && X509_REVOKED_set_serialNumber(entry.get(), asn1_integer(serial).get()) == 1 &&
             X509_REVOKED_set_revocationDate(entry.get(), asn1_time(spec.this_update).get()) == 1,
         "a revoked entry could not be filled");
  if (spec.reason) {
    const Bytes reason = der::enumerated(static_cast<std::uint8_t>(*spec.reason));
    ensure(X509_REVOKED_add_ext(entry.get(), extension("2.5.29.21", false, reason).get(), -1) == 1,
           "a reason could not be added");
  }
  ensure(X509_CRL_add0_revoked(list, entry.get()) == 1, "a revoked entry could not be added");
  entry.release();  // NOLINT(bugprone-unused-return-value): the list owns it now
}

void add_extensions(X509_CRL* list, const CrlSpec& spec, ByteView issuer_key_id) {
  if (spec.with_number) {
    add(list, "2.5.29.20", false, der::unsigned_integer(spec.number));
  }
  if (spec.with_authority_key_id) {
    add(list, "2.5.29.35", false, authority_key_id(issuer_key_id));
  }
  if (spec.delta) {  // deltaCRLIndicator (RFC 5280 section 5.2.4)
    add(list, "2.5.29.27", true, der::unsigned_integer(spec.number));
  }
  if (spec.indirect) {  // issuingDistributionPoint { [4] indirectCRL TRUE } (RFC 5280 section 5.2.5)
    add(list, "2.5.29.28", true, der::sequence({der::element(0x84, Bytes{0xff})}));
  }
  if (spec.unknown_critical_extension) {
    add(list, kUnknownExtensionOid, true, der::sequence({}));
  }
}
}  // namespace

Bytes make_crl(const CrlSpec& spec, const Identity& issuer) {
  const crypto::X509Ptr issuer_certificate = decode_certificate(issuer.certificate);
  const crypto::CrlPtr list(X509_CRL_new());
  X509_CRL* const out = list.get();
  ensure(out != nullptr && X509_CRL_set_version(out, X509_CRL_VERSION_2) == 1 &&
             X509_CRL_set_issuer_name(out, X509_get_subject_name(issuer_certificate.get())) == 1 &&
             X509_CRL_set1_lastUpdate(out, asn1_time(spec.this_update).get()) == 1 &&
             (!spec.next_update || X509_CRL_set1_nextUpdate(out, asn1_time(*spec.next_update).get()) == 1),
         "a revocation list could not be filled");
  for (const Bytes& serial : spec.revoked_serials) {
    add_entry(out, serial, spec);
  }
  add_extensions(out, spec, key_id_of(issuer_certificate.get()));
  sign_with(out, issuer.key.get(), spec.signature_hash);
  return encoded(out, i2d_X509_CRL);
}

}  // namespace tenzro::tee::simulated
