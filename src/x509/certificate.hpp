// SPDX-License-Identifier: Apache-2.0
// One certificate behind a DER-strict front end: parsed once, immutable, shared.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/ecdsa.hpp"
#include "crypto/openssl_handles.hpp"
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

struct Extension {
  std::string oid;  ///< dotted decimal
  bool critical = false;
  ByteView value;  ///< content of extnValue, a view into the certificate's DER
};

/// Threads: const members may be called from several threads at once.
class Certificate {
 public:
  /// Exactly one DER certificate, at most 16 KiB, that re-encodes to the same bytes; X.509 version 3; serial not
  /// negative and at most 20 bytes; inner and outer algorithm equal; no extension twice. malformed_input names the rule
  /// otherwise.
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
  bool self_issued() const noexcept;  ///< subject and issuer are the same bytes
  CertificateInfo info() const;
  /// OpenSSL's view, owned by this object. OpenSSL caches inside it under its own lock.
  X509* openssl() const noexcept { return handle_.get(); }

 private:
  Certificate() = default;
  Bytes der_;
  crypto::X509Ptr handle_;
  ByteArray<32> sha256_{};
  ByteView serial_, issuer_, subject_;
  UtcTime not_before_{}, not_after_{};
  std::string common_name_, organization_;
  SignatureAlgorithm signature_algorithm_ = SignatureAlgorithm::other;
  KeyKind key_kind_ = KeyKind::other;
  int key_bits_ = 0;
  std::vector<Extension> extensions_;
  std::optional<crypto::EcPublicKey> ec_key_;
};

}  // namespace tenzro::tee::x509
