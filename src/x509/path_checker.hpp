// SPDX-License-Identifier: Apache-2.0
// RFC 5280 path validation: OpenSSL's, with the settings and the further rules that make it strict.
#pragma once
#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "tenzro/tee/finding.hpp"
#include "x509/certificate.hpp"
#include "x509/crl.hpp"
#include "x509/signature_checks.hpp"

namespace tenzro::tee::x509 {

/// Which signature and key algorithms a chain may use.
enum class SignatureSuite : std::uint8_t {
  ecdsa_p256_sha256,  ///< Intel
  ecdsa_p384_sha384,  ///< NVIDIA, AWS
  rsa_pss_sha384,     ///< AMD issuers: RSA of at least 3072 bits; P-384 leaf keys
  any_strong  ///< P-256 or P-384 with SHA-256/384, RSA-PSS or PKCS#1 of at least 3072 bits: for chains of no vendor
};

/// How far another machine's clock may run ahead of ours, where we judge at our own now.
inline constexpr std::chrono::seconds kClockSkew{120};

/// When a chain is judged.
struct Moment {
  UtcTime at{};
  std::chrono::seconds skew{0};  ///< tolerated on notBefore and thisUpdate only
};

struct PathQuestion {
  CertificatePtr leaf;
  std::vector<CertificatePtr> untrusted;    ///< in any order
  std::span<const CertificatePtr> anchors;  ///< self-signed roots; empty: nothing is trusted
  bool check_anchor_signature = false;      ///< caller-supplied anchors: their self-signature is checked too
  Moment moment;
  SignatureSuite suite = SignatureSuite::any_strong;
  std::size_t max_intermediates = 6;
  std::size_t key_ids_from =
      1;  ///< those from this place in the path on must have key identifiers, the leaf its issuer's
  std::optional<std::vector<RevocationListPtr>> revocation_lists;  ///< set: every issuer's list is demanded
  SignatureChecks* checks = nullptr;                               ///< null: nothing is remembered
};

struct PathAnswer {
  std::vector<CertificatePtr> path;  ///< leaf first, anchor last; as far as it could be built
  std::vector<Finding> failures;     ///< check "chain" (or "revocation"); empty only when everything held
  bool anchored = false;             ///< path ends in one of the anchors
};

/// Takes the straight path where there is one (straight_path.hpp), else OpenSSL's; our own rules hold for both. Never
/// throws, never touches the network or the default trust store.
PathAnswer check_path(const PathQuestion& question);

}  // namespace tenzro::tee::x509
