// SPDX-License-Identifier: Apache-2.0
// OCSP (RFC 6960): responses read strictly, and the one request that we make. Nothing is verified here.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::ocsp {

inline constexpr std::size_t kMaxResponse = std::size_t{64} << 10;
inline constexpr std::size_t kMaxAnswers = 32;
inline constexpr std::size_t kMaxCertificates = 8;
inline constexpr std::size_t kMaxCertificateSize = std::size_t{16} << 10;
inline constexpr std::size_t kMaxNonce = 128;    ///< RFC 9654, 2.1
inline constexpr std::size_t kNonceSize = 32;    ///< of what we ask with
inline constexpr std::size_t kMaxSerial = 21;    ///< 20 octets and one that keeps the number positive
inline constexpr std::size_t kKeyHashSize = 20;  ///< of a responder named by its key: SHA-1

/// What the responder says of its answer as a whole. Nobody signs it.
enum class ResponseStatus : std::uint8_t {
  unknown = 0,
  successful,
  malformed_request,
  internal_error,
  try_later,
  signature_required,
  unauthorized
};
/// As RFC 6960 writes it: "successful", "malformedRequest", "internalError", "tryLater", "sigRequired", "unauthorized".
std::string_view to_string(ResponseStatus status) noexcept;

/// What a certificate's issuer is named by. unknown: any other algorithm, which never matches.
enum class IdHash : std::uint8_t { unknown = 0, sha1, sha256, sha384 };

/// Which certificate an answer is about.
struct CertificateId {
  IdHash hash = IdHash::unknown;
  ByteView issuer_name_hash;  ///< over the issuer's Name, DER; of the hash's size
  ByteView issuer_key_hash;   ///< over the content of the issuer's subjectPublicKey; of the hash's size
  ByteView serial;            ///< INTEGER content octets, minimal, not negative
};

enum class AnswerStatus : std::uint8_t { unknown = 0, good, revoked };

/// CRLReason (RFC 5280, 5.3.1) as it stands in an answer.
inline constexpr std::uint8_t kCertificateHold = 6;
/// "keyCompromise"; "reason 7" for a number that has no name.
std::string_view reason_name(std::uint8_t reason) noexcept;

struct SingleResponse {
  CertificateId id;
  AnswerStatus status = AnswerStatus::unknown;
  std::optional<UtcTime> revoked_at{};   ///< set exactly when revoked
  std::optional<std::uint8_t> reason{};  ///< of a revocation, where it is given
  UtcTime this_update{};
  std::optional<UtcTime> next_update{};
};

/// All views are into the bytes that were parsed.
struct Response {
  ResponseStatus status = ResponseStatus::unknown;
  // The rest is empty unless the status is successful.
  ByteView responder_name;      ///< the whole Name, DER; empty when it is named by its key
  ByteView responder_key_hash;  ///< 20 bytes; empty when it is named by its name
  UtcTime produced_at{};
  std::vector<SingleResponse> answers;  ///< 1 to 32, no two with the same id
  std::optional<ByteView> nonce;        ///< of the response as a whole, without its OCTET STRING; 1 to 128 bytes
  ByteView signed_bytes;                ///< tbsResponseData, whole
  ByteView signature_algorithm;         ///< AlgorithmIdentifier, whole
  ByteView signature;                   ///< as its algorithm encodes it
  std::vector<ByteView> certificates;   ///< 0 to 8, DER, whole; that they are SEQUENCEs is all that is known of them
};

/// Exactly one OCSPResponse in DER, of at most 64 KiB. malformed_input: another structure, bytes after it, a status
/// that does not go with what follows, another response type than id-pkix-ocsp-basic, an unknown critical extension,
/// one certificate answered about twice, or more of anything than the limits above.
Result<Response> parse_response(ByteView der);

/// True when this starts as an OCSPResponse does: a SEQUENCE whose first member is ENUMERATED.
bool looks_like_response(ByteView der);

/// An OCSPRequest about one certificate, with the nonce as a critical extension (a responder that would pass it over
/// cannot answer freshly, and NVIDIA's own tools ask so). nonce: 1 to 128 bytes; none when empty.
Bytes make_request(const CertificateId& id, ByteView nonce);

}  // namespace tenzro::tee::ocsp
