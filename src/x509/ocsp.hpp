// SPDX-License-Identifier: Apache-2.0
// OCSP responses, judged against the certificate that issued the one in question.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/ocsp.hpp"
#include "tenzro/tee/finding.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

class OcspResponse;
class SignatureChecks;
using OcspResponsePtr = std::shared_ptr<const OcspResponse>;
using CertificateReader = std::function<Result<CertificatePtr>(ByteView der)>;

/// What an issuer says of a certificate. on_hold: revoked for the time being (certificateHold).
enum class CertificateStatus : std::uint8_t { unknown = 0, good, revoked, on_hold };
std::string_view to_string(CertificateStatus status) noexcept;  ///< "unknown", "good", "revoked", "on_hold"

/// What a response says of one certificate, and whether that counts.
struct OcspJudgement {
  /// Check "revocation". Empty: the issuer, or somebody it lets speak for it, says `status`, now.
  std::vector<Finding> failures;
  CertificateStatus status = CertificateStatus::unknown;
  std::optional<UtcTime> revoked_at{};  ///< of revoked and on_hold
  std::string_view reason{};            ///< as RFC 5280 names it; empty where none is given
  CertificatePtr delegate{};            ///< who signed; null: the issuer itself, or nobody who may

  /// What the status means for a caller who wants it good; nothing when it is. certificate_revoked,
  /// certificate_on_hold, certificate_status_unknown.
  std::optional<Finding> status_finding(const Certificate& certificate) const;
};

/// A parsed response. Immutable.
/// Threads: const members may be called from several threads at once.
class OcspResponse {
 public:
  OcspResponse(const OcspResponse&) = delete;  // its views are of its own bytes
  OcspResponse& operator=(const OcspResponse&) = delete;

  /// Exactly one DER OCSPResponse, as ocsp::parse_response; one whose status is not successful too. malformed_input
  /// otherwise.
  static Result<OcspResponsePtr> parse(ByteView der);

  ByteView der() const noexcept { return der_; }
  const ByteArray<32>& sha256() const noexcept { return sha256_; }  ///< over der()
  ocsp::ResponseStatus status() const noexcept { return response_.status; }
  const std::vector<ocsp::SingleResponse>& answers() const noexcept { return response_.answers; }
  UtcTime produced_at() const noexcept { return response_.produced_at; }
  const std::optional<ByteView>& nonce() const noexcept { return response_.nonce; }
  const std::vector<ByteView>& certificates() const noexcept { return response_.certificates; }  ///< DER, unread
  std::string responder() const;  ///< for display: "CN of its name", or "key " and the hash of its key

  /// True when one of its answers bears this serial number, whoever issued it.
  bool names_serial(ByteView serial) const;
  /// The answer about this certificate of this issuer, by the issuer's name and key under the answer's hash, and by the
  /// serial number. Null when there is none, or more than one.
  const ocsp::SingleResponse* answer_about(const Certificate& certificate, const Certificate& issuer) const;

  /// Everything that must hold before the status means anything. The response is successful (ocsp_unsuccessful); it has
  /// one answer about the certificate (ocsp_wrong_certificate); its signer is the issuer, or one of its certificates
  /// that the issuer signed, for OCSP signing, no CA, valid now (ocsp_signer_not_allowed); ECDSA with P-256 and SHA-256
  /// or P-384 and SHA-384 (ocsp_signature_algorithm) over all of it (ocsp_signature_invalid); thisUpdate and producedAt
  /// are not ahead (collateral_not_yet_valid), nextUpdate is there (ocsp_no_next_update) and ahead
  /// (collateral_expired).
  /// issuer: of the certificate, and judged to be one. at, skew: skew is tolerated on thisUpdate, producedAt and the
  /// delegate's notBefore. checks: null: nothing is remembered. read: for the delegate; empty: Certificate::parse.
  OcspJudgement judge(const Certificate& certificate, const Certificate& issuer, UtcTime at, std::chrono::seconds skew,
                      SignatureChecks* checks = nullptr, const CertificateReader& read = {}) const;
  /// Of all that, only whether the issuer, or a delegate of it, signed this; dates aside.
  std::vector<Finding> check_signature(const Certificate& issuer, SignatureChecks* checks = nullptr) const;

 private:
  OcspResponse() = default;

  Bytes der_;
  ByteArray<32> sha256_{};
  ocsp::Response response_;  // of views into der_
  SignatureAlgorithm signature_algorithm_ = SignatureAlgorithm::other;
};

/// The request that asks for the status of a certificate: identified by SHA-384, with this nonce, none when empty.
Bytes ocsp_request(const Certificate& certificate, const Certificate& issuer, ByteView nonce);

}  // namespace tenzro::tee::x509
