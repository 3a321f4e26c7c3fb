// SPDX-License-Identifier: Apache-2.0
// One certificate behind a DER-strict front end: parsed once, immutable, shared.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/ecdsa.hpp"
#include "crypto/openssl_handles.hpp"
#include "crypto/rsa.hpp"
#include "formats/der_fields.hpp"
#include "tenzro/tee/certificates.hpp"

namespace tenzro::tee::x509 {

inline constexpr std::size_t kMaxCertificateSize = std::size_t{16} << 10;

class Certificate;
using CertificatePtr = std::shared_ptr<const Certificate>;

enum class SignatureAlgorithm : std::uint8_t {
  other = 0,
  ecdsa_sha256,
  ecdsa_sha384,
  rsa_pss_sha384,    ///< MGF1 with SHA-384 and a salt of 48 bytes, nothing else
  rsa_pkcs1_sha256,  ///< named so that the profile can refuse it by name
};
enum class KeyKind : std::uint8_t { other = 0, ec_p256, ec_p384, rsa };

/// Bits of the key usage extension (RFC 5280, 4.2.1.3), the first octet lowest.
namespace key_usage {
inline constexpr std::uint32_t kDigitalSignature = 0x80;
inline constexpr std::uint32_t kKeyCertSign = 0x04;
inline constexpr std::uint32_t kCrlSign = 0x02;
}  // namespace key_usage

using der::Extension;

/// Threads: const members may be called from several threads at once.
class Certificate {
 public:
  Certificate(const Certificate&) = delete;  // its views are of its own bytes
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate();

  /// Exactly one certificate in DER (one that OpenSSL must read re-encodes to the same bytes), at most 16 KiB; X.509
  /// version 3; serial not negative and at most 20 bytes; inner and outer algorithm equal; no extension twice.
  /// malformed_input names the rule otherwise.
  static Result<CertificatePtr> parse(ByteView der);

  ByteView der() const noexcept { return der_; }
  const ByteArray<32>& sha256() const noexcept { return sha256_; }  ///< over der()
  ByteView serial() const noexcept { return serial_; }              ///< INTEGER content octets, minimal, not negative
  ByteView issuer() const noexcept { return issuer_; }              ///< the whole Name, DER
  ByteView subject() const noexcept { return subject_; }
  UtcTime not_before() const noexcept { return not_before_; }
  UtcTime not_after() const noexcept { return not_after_; }
  const std::string& common_name() const noexcept {
    return common_name_;
  }  ///< of the subject; empty unless exactly one
  const std::string& organization() const noexcept {
    return organization_;
  }  ///< of the subject; empty unless exactly one
  SignatureAlgorithm signature_algorithm() const noexcept { return signature_algorithm_; }
  KeyKind key_kind() const noexcept { return key_kind_; }
  int key_bits() const noexcept { return key_bits_; }
  const std::vector<Extension>& extensions() const noexcept { return extensions_; }
  const Extension* extension(std::string_view oid) const noexcept;  ///< null when absent
  /// Empty unless the key is EC on P-256 or P-384.
  const std::optional<crypto::EcPublicKey>& ec_key() const noexcept { return ec_key_; }
  /// Empty unless the key is RSA of 2048 to 8192 bits.
  const std::optional<crypto::RsaPublicKey>& rsa_key() const noexcept { return rsa_key_; }
  ByteView public_key_bytes() const noexcept {
    return public_key_;
  }  ///< content of subjectPublicKey: what key hashes cover
  ByteView public_key_info() const noexcept { return public_key_info_; }  ///< SubjectPublicKeyInfo, whole
  ByteView signed_bytes() const noexcept { return signed_bytes_; }        ///< tbsCertificate, whole
  ByteView signature() const noexcept { return signature_; }              ///< as its algorithm encodes it
  bool is_ca() const noexcept { return ca_; }                             ///< basic constraints with cA true
  const std::optional<std::uint32_t>& path_length() const noexcept { return path_length_; }
  /// Bits of key_usage; empty when the extension is absent.
  const std::optional<std::uint32_t>& key_usage() const noexcept { return key_usage_; }
  /// True when our own reader understood all of it (plain_profile.hpp). The two identifiers, empty when absent, and
  /// openssl() made on demand are only for such ones.
  bool is_plain() const noexcept { return plain_; }
  ByteView subject_key_id() const noexcept { return subject_key_id_; }
  ByteView authority_key_id() const noexcept { return authority_key_id_; }
  bool self_issued() const noexcept;  ///< subject and issuer are the same bytes
  CertificateInfo info() const;
  /// OpenSSL's view, owned by this object; OpenSSL caches inside it under its own lock. Made by the first call when the
  /// certificate is plain. Null when OpenSSL has no memory for it, or does not read what we read; the next call tries
  /// again.
  X509* openssl() const;

 private:
  Certificate() = default;
  Result<void> read_own();
  Result<void> read_plain();
  Result<void> read_by_openssl();

  Bytes der_;
  mutable std::atomic<X509*> handle_{nullptr};
  ByteArray<32> sha256_{};
  ByteView signed_bytes_, signature_, serial_, issuer_, subject_, public_key_, public_key_info_;  // views into der_
  UtcTime not_before_{}, not_after_{};
  std::string common_name_, organization_;
  SignatureAlgorithm signature_algorithm_ = SignatureAlgorithm::other;
  KeyKind key_kind_ = KeyKind::other;
  int key_bits_ = 0;
  std::vector<Extension> extensions_;
  std::optional<crypto::EcPublicKey> ec_key_;
  std::optional<crypto::RsaPublicKey> rsa_key_;
  bool ca_ = false, plain_ = false;
  std::optional<std::uint32_t> path_length_, key_usage_;
  ByteView subject_key_id_, authority_key_id_;
  std::string subject_text_, issuer_text_;  // of a plain one
};

}  // namespace tenzro::tee::x509
