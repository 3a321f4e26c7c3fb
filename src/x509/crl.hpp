// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists: complete ones only, judged against the certificate that issued them.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "tenzro/tee/finding.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

inline constexpr std::size_t kMaxCrlSize = std::size_t{4} << 20;

class RevocationList;
class SignatureChecks;
using RevocationListPtr = std::shared_ptr<const RevocationList>;

/// A parsed list. Immutable.
/// Threads: const members may be called from several threads at once.
class RevocationList {
 public:
  RevocationList(const RevocationList&) = delete;  // its views are of its own bytes
  RevocationList& operator=(const RevocationList&) = delete;

  /// Exactly one DER CertificateList, version 2, that re-encodes to the same bytes. malformed_input otherwise.
  static Result<RevocationListPtr> parse(ByteView der);

  ByteView der() const noexcept { return der_; }
  const ByteArray<32>& sha256() const noexcept { return sha256_; }
  ByteView issuer() const noexcept { return issuer_; }  ///< the whole Name, DER
  const std::string& issuer_common_name() const noexcept { return issuer_common_name_; }
  UtcTime this_update() const noexcept { return this_update_; }
  const std::optional<UtcTime>& next_update() const noexcept { return next_update_; }
  const std::optional<Bytes>& number() const noexcept { return number_; }  ///< cRLNumber, big-endian, minimal
  std::size_t revoked_count() const noexcept { return revoked_.size(); }
  const std::vector<Bytes>& revoked_serials() const noexcept { return revoked_; }  ///< sorted, without leading zeros
  /// True when the list names this serial, whatever the reason. Leading zeros make no difference.
  bool revokes(ByteView serial) const;

  /// Everything that must hold before revokes() means anything: issuer name and signature of `issuer`, which must be
  /// allowed to sign lists (cRLSign); dates (nextUpdate demanded); cRLNumber present; an authority key id that is
  /// `issuer`'s key id; no delta, indirect or partial list, no unknown critical extension. Findings have check
  /// "revocation" and codes crl_...; out of date: collateral_expired and collateral_not_yet_valid. checks: null:
  /// nothing is remembered.
  std::vector<Finding> check(const Certificate& issuer, UtcTime at, std::chrono::seconds skew,
                             SignatureChecks* checks = nullptr) const;
  /// Of all that, only whether `issuer` signed this list and may.
  std::vector<Finding> check_signature(const Certificate& issuer, SignatureChecks* checks = nullptr) const;

 private:
  RevocationList() = default;
  bool names_key_of(const Certificate& issuer) const;
  std::vector<Finding> check_dates(UtcTime at, std::chrono::seconds skew) const;
  Bytes der_;
  ByteArray<32> sha256_{};
  ByteView issuer_, signed_bytes_, signature_;  // views into der_
  SignatureAlgorithm signature_algorithm_ = SignatureAlgorithm::other;
  std::string issuer_common_name_;
  UtcTime this_update_{};
  std::optional<UtcTime> next_update_;
  std::optional<Bytes> number_;
  std::vector<Bytes> revoked_;
  std::optional<ByteView> authority_key_id_;  // a view into der_
  std::vector<Finding> refusals_;             // found while parsing: scope and critical extensions
};

}  // namespace tenzro::tee::x509
