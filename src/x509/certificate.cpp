// SPDX-License-Identifier: Apache-2.0
// Certificates (RFC 5280, 4.1): our own strict reading first, OpenSSL's after it where ours does not suffice.
#include "x509/certificate.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "x509/asn1_parts.hpp"
#include "x509/plain_profile.hpp"

namespace tenzro::tee::x509 {

namespace {

constexpr std::string_view kWhat = "certificate";
// RFC 5280, 4.1.2.2: 20 octets of value. One more, 00, keeps the number positive when the first bit is set.
constexpr std::size_t kMaxSerialSize = 20;

/// OpenSSL's reading of bytes that we found to be DER; it must take all of them and write the same ones.
Result<crypto::X509Ptr> read_with_openssl(ByteView der) {
  ERR_clear_error();
  const unsigned char* at = der.data();
  crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!out) {
    return Error(ErrorCode::malformed_input, std::move(crypto::openssl_error(kWhat)).message());
  }
  unsigned char* written = nullptr;
  const int size = std::max(i2d_X509(out.get(), &written), 0);
  const crypto::OpensslMemory owner(written);
  const bool same = std::ranges::equal(der, ByteView(written, static_cast<std::size_t>(size)));
  if (!same) {
    crypto::forget_errors();
    return malformed(kWhat, "does not re-encode to the same bytes");
  }
  // Makes OpenSSL read the extensions that it knows, once, while nobody else holds this certificate.
  if (X509_check_purpose(out.get(), -1, 0) != 1) {
    crypto::forget_errors();
    return malformed(kWhat, "its extensions are malformed or contradict one another");
  }
  return out;
}

struct SubjectKey {
  KeyKind kind = KeyKind::other;
  ByteView bytes;  ///< content of subjectPublicKey
};

/// EC keys by curve name only: explicit parameters have broken implementations (CVE-2022-0778, CVE-2020-0601), so they
/// are refused before OpenSSL sees them.
Result<SubjectKey> read_subject_key(ByteView spki) {
  der::Reader outer("subjectPublicKeyInfo", spki);
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, outer.enter("subjectPublicKeyInfo", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(der::Reader algorithm, in.enter("algorithm", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(const std::string name, algorithm.oid("algorithm"));
  SubjectKey out;
  TENZRO_ASSIGN_OR_RETURN(out.bytes, read_whole_bit_string(in, "subjectPublicKey"));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  if (name == "1.2.840.113549.1.1.1") {
    const bool null_parameters = algorithm.next("parameters", der::kNull).has_value() && algorithm.at_end();
    out.kind = null_parameters ? KeyKind::rsa : KeyKind::other;
    return out;
  }
  if (name != "1.2.840.10045.2.1") {
    return out;
  }
  if (algorithm.peek() != der::kOid) {
    return malformed(kWhat, "elliptic curve given by parameters, expected a named curve");
  }
  TENZRO_ASSIGN_OR_RETURN(const std::string curve, algorithm.oid("curve"));
  TENZRO_RETURN_IF_ERROR(algorithm.expect_end());
  if (curve == "1.2.840.10045.3.1.7") {
    out.kind = KeyKind::ec_p256;
  }
  if (curve == "1.3.132.0.34") {
    out.kind = KeyKind::ec_p384;
  }
  return out;
}

/// The coordinates of a point as RFC 5480 writes it, uncompressed; empty for every other key.
ByteView uncompressed_point(const SubjectKey& key) {
  constexpr std::uint8_t kUncompressed = 0x04;
  const std::size_t coordinates = key.kind == KeyKind::ec_p256   ? 2 * crypto::coordinate_size(crypto::Curve::p256)
                                  : key.kind == KeyKind::ec_p384 ? 2 * crypto::coordinate_size(crypto::Curve::p384)
                                                                 : 0;
  const bool is_one = coordinates != 0 && key.bytes.size() == 1 + coordinates && key.bytes.front() == kUncompressed;
  return is_one ? key.bytes.subspan(1) : ByteView();
}

std::string name_text(const X509_NAME* name) {
  ERR_clear_error();
  const crypto::BioPtr out(crypto::fetched(BIO_new(BIO_s_mem())));
  if (X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    crypto::forget_errors();
    return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

Result<CertificatePtr> Certificate::parse(ByteView der) {
  if (der.size() > kMaxCertificateSize) {
    return malformed(kWhat, concat(der.size(), " bytes, at most ", kMaxCertificateSize, " are read"));
  }
  const std::shared_ptr<Certificate> out(new Certificate());
  out->der_.assign(der.begin(), der.end());
  TENZRO_RETURN_IF_ERROR(check_der(kWhat, out->der_));
  TENZRO_RETURN_IF_ERROR(out->read_own());
  TENZRO_RETURN_IF_ERROR(out->read_plain());
  if (!out->plain_) {
    TENZRO_RETURN_IF_ERROR(out->read_by_openssl());
  }
  out->sha256_ = crypto::sha256(out->der_);
  return CertificatePtr(out);
}

/// All that certificates have in common.
Result<void> Certificate::read_own() {
  TENZRO_ASSIGN_OR_RETURN(const der::Element whole, der::single(kWhat, der_));
  if (whole.tag != der::kSequence) {
    return malformed(kWhat, "not a SEQUENCE");
  }
  der::Reader outer(kWhat, whole.content);
  TENZRO_ASSIGN_OR_RETURN(const der::Element signed_part, outer.next("tbsCertificate", der::kSequence));
  signed_bytes_ = signed_part.whole;
  der::Reader tbs("tbsCertificate", signed_part.content);
  TENZRO_ASSIGN_OR_RETURN(const der::Element outer_algorithm, outer.next("signatureAlgorithm", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(signature_, read_whole_bit_string(outer, "signatureValue"));
  TENZRO_RETURN_IF_ERROR(outer.expect_end());
  if (tbs.peek() != der::kContext0) {
    return malformed(kWhat, "version 1, expected version 3");
  }
  TENZRO_ASSIGN_OR_RETURN(der::Reader version, tbs.enter("version", der::kContext0));
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t version_number, version.unsigned_integer("version", 255));
  TENZRO_RETURN_IF_ERROR(version.expect_end());
  if (version_number != 2) {
    return malformed(kWhat, concat("version ", version_number + 1, ", expected version 3"));
  }

  TENZRO_ASSIGN_OR_RETURN(serial_, tbs.integer_bytes("serialNumber"));
  if ((serial_[0] & 0x80) != 0) {
    return malformed(kWhat, "negative serial number");
  }
  const std::size_t sign_octets = serial_.size() > 1 && serial_[0] == 0 ? 1 : 0;
  if (serial_.size() - sign_octets > kMaxSerialSize) {
    return malformed(kWhat, "serial number of more than 20 bytes");
  }

  TENZRO_ASSIGN_OR_RETURN(const der::Element inner_algorithm, tbs.next("signature", der::kSequence));
  if (!std::ranges::equal(inner_algorithm.whole, outer_algorithm.whole)) {
    return malformed(kWhat, "the signed signature algorithm differs from the outer one");
  }
  TENZRO_ASSIGN_OR_RETURN(signature_algorithm_, read_signature_algorithm(outer_algorithm.whole));

  TENZRO_ASSIGN_OR_RETURN(const der::Element issuer, tbs.next("issuer", der::kSequence));
  TENZRO_RETURN_IF_ERROR(read_name(issuer.whole));
  issuer_ = issuer.whole;
  TENZRO_ASSIGN_OR_RETURN(der::Reader validity, tbs.enter("validity", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(not_before_, read_time(validity, "notBefore"));
  TENZRO_ASSIGN_OR_RETURN(not_after_, read_time(validity, "notAfter"));
  TENZRO_RETURN_IF_ERROR(validity.expect_end());
  TENZRO_ASSIGN_OR_RETURN(const der::Element subject, tbs.next("subject", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(NameParts parts, read_name(subject.whole));
  subject_ = subject.whole;
  common_name_ = std::move(parts.common_name);
  organization_ = std::move(parts.organization);

  TENZRO_ASSIGN_OR_RETURN(const der::Element key, tbs.next("subjectPublicKeyInfo", der::kSequence));
  public_key_info_ = key.whole;
  if (!tbs.at_end()) {
    // Unique identifiers ([1], [2]) have been discouraged since version 3; no vendor writes them.
    TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, tbs.enter("extensions", der::kContext3));
    TENZRO_ASSIGN_OR_RETURN(extensions_, read_extensions(wrapper, "extensions"));
    TENZRO_RETURN_IF_ERROR(wrapper.expect_end());
  }
  return tbs.expect_end();
}

/// Makes the certificate a plain one if it is. An error only where its key is malformed, or cannot be imported now.
Result<void> Certificate::read_plain() {
  TENZRO_ASSIGN_OR_RETURN(const SubjectKey key, read_subject_key(public_key_info_));
  key_kind_ = key.kind;
  public_key_ = key.bytes;
  const bool is_algorithm_ours = signature_algorithm_ == SignatureAlgorithm::ecdsa_sha256 ||
                                 signature_algorithm_ == SignatureAlgorithm::ecdsa_sha384 ||
                                 signature_algorithm_ == SignatureAlgorithm::rsa_pss_sha384;
  if (!is_algorithm_ours) {
    return {};
  }
  const auto extensions = read_plain_extensions(extensions_);
  auto subject = plain_name_text(subject_);
  auto issuer = plain_name_text(issuer_);
  if (!extensions || !subject || !issuer) {
    return {};
  }
  if (key.kind == KeyKind::rsa) {
    auto rsa = crypto::RsaPublicKey::from_spki(public_key_info_);
    if (!rsa) {
      return {};
    }
    rsa_key_ = *std::move(rsa);
    key_bits_ = rsa_key_->bits();
  } else {
    const ByteView point = uncompressed_point(key);
    if (point.empty()) {
      return {};
    }
    const crypto::Curve curve = key.kind == KeyKind::ec_p256 ? crypto::Curve::p256 : crypto::Curve::p384;
    TENZRO_ASSIGN_OR_RETURN(ec_key_, crypto::EcPublicKey::from_point(curve, point));
    key_bits_ = static_cast<int>(8 * crypto::coordinate_size(curve));
  }
  ca_ = extensions->ca;
  path_length_ = extensions->path_length;
  key_usage_ = extensions->key_usage;
  subject_key_id_ = extensions->subject_key_id;
  authority_key_id_ = extensions->authority_key_id;
  subject_text_ = *std::move(subject);
  issuer_text_ = *std::move(issuer);
  plain_ = true;
  return {};
}

Result<void> Certificate::read_by_openssl() {
  TENZRO_ASSIGN_OR_RETURN(crypto::X509Ptr read, read_with_openssl(der_));
  X509* const handle = read.release();
  handle_.store(handle, std::memory_order_release);
  crypto::PkeyPtr key(X509_get_pubkey(handle));
  if (!key) {
    crypto::forget_errors();
    return malformed(kWhat, "the public key cannot be decoded");
  }
  key_bits_ = EVP_PKEY_get_bits(key.get());
  if (key_kind_ == KeyKind::ec_p256 || key_kind_ == KeyKind::ec_p384) {
    TENZRO_ASSIGN_OR_RETURN(ec_key_, crypto::EcPublicKey::from_pkey(std::move(key)));
  } else if (key_kind_ == KeyKind::rsa) {
    // One of a size that nobody may sign with is left for the path's rules to name.
    if (auto rsa = crypto::RsaPublicKey::from_pkey(std::move(key))) {
      rsa_key_ = *std::move(rsa);
    }
  }
  ca_ = (X509_get_extension_flags(handle) & EXFLAG_CA) != 0;
  if (const long length = X509_get_pathlen(handle); length >= 0) {
    path_length_ = static_cast<std::uint32_t>(length);
  }
  if (extension(oid::kKeyUsage) != nullptr) {
    key_usage_ = X509_get_key_usage(handle);
  }
  return {};
}

Certificate::~Certificate() { X509_free(handle_.load(std::memory_order_acquire)); }

X509* Certificate::openssl() const {
  X509* handle = handle_.load(std::memory_order_acquire);
  if (handle != nullptr) {
    return handle;
  }
  auto read = read_with_openssl(der_);
  if (!read) {
    return nullptr;
  }
  if (handle_.compare_exchange_strong(handle, read->get(), std::memory_order_acq_rel)) {
    return read->release();
  }
  return handle;  // another thread was faster
}

const Extension* Certificate::extension(std::string_view oid) const noexcept {
  return find_extension(extensions_, oid);
}

bool Certificate::self_issued() const noexcept { return std::ranges::equal(subject_, issuer_); }

CertificateInfo Certificate::info() const {
  if (plain_) {
    return {subject_text_, issuer_text_, not_before_, not_after_, sha256_};
  }
  return {name_text(X509_get_subject_name(openssl())), name_text(X509_get_issuer_name(openssl())), not_before_,
          not_after_, sha256_};
}

}  // namespace tenzro::tee::x509
