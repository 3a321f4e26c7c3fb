// SPDX-License-Identifier: Apache-2.0
// How NVIDIA's services are asked, and what their answers must be before anybody looks into them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "formats/ocsp.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::online::nvidia {

// The longest answers, in bytes.
inline constexpr std::size_t kMaxManifestAnswer = std::size_t{2} << 20;  ///< a manifest in base64
inline constexpr std::size_t kMaxManifest = std::size_t{1} << 20;
inline constexpr std::size_t kMaxKeys = std::size_t{1} << 20;
inline constexpr std::size_t kMaxAppraisal = std::size_t{1} << 20;

/// 1 to 128 letters, digits, '_', '.' and '-', the first a letter: what may stand in a URL. The parts of an id come
/// from evidence.
bool is_rim_id(std::string_view id) noexcept;

/// True for what may stand in an Authorization line: printable ASCII without spaces, at most 4096 characters.
bool is_service_key(std::string_view key) noexcept;

/// The XML of the manifest from the service's JSON. malformed_input: another id than this one, or a sha256 that is not
/// the manifest's. Its signature is the verifier's to check.
Result<Bytes> read_manifest(ByteView answer, std::string_view rim_id);

/// The ids of the keys of a JSON Web Key Set. malformed_input for anything else.
Result<std::vector<std::string>> key_ids(ByteView key_set);

/// One question to an OCSP responder, with a nonce of its own unless the mode says off.
class OcspExchange {
 public:
  /// malformed_input: one of the request's certificates cannot be read.
  static Result<OcspExchange> about(const CollateralRequest& request, OcspNonce mode);
  ByteView question() const noexcept { return question_; }  ///< OCSPRequest, DER
  /// malformed_input unless the answer is an OCSPResponse that is unsuccessful, or has one answer about the certificate
  /// of this issuer and echoes the nonce as the mode wants it. Who signed it is the verifier's to judge.
  Result<void> check(ByteView answer, const CollateralRequest& request) const;

 private:
  OcspExchange() = default;
  Bytes question_, nonce_;
  OcspNonce mode_ = OcspNonce::require;
};

}  // namespace tenzro::tee::online::nvidia
