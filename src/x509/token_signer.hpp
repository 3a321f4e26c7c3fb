// SPDX-License-Identifier: Apache-2.0
// The keys that NVIDIA's remote attestation service signs tokens with, and what vouches for one of them.
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "tenzro/tee/finding.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

/// Who says that a key set is the service's.
enum class KeySource : std::uint8_t {
  anybody = 0,  ///< it came in a bundle or with the evidence: only what the pinned issuer signed counts
  verifier      ///< a file of the verifying caller, or fetched by us from the configured service over https
};

/// One key of a key set, as it stands there.
struct TokenSigner {
  std::span<const std::uint8_t, 96> x_y;  ///< the point on P-384
  std::span<const Bytes> certificates;    ///< "x5c", DER: the key's own first, then its issuer; may be empty
  KeySource source = KeySource::anybody;
  /// A root of the caller's own that stands in place of the pinned issuer; null: there is none. Whatever the source,
  /// the certificate must then be signed by it, and not with RSASSA-PKCS1-v1_5.
  const Certificate* own_issuer = nullptr;
};

/// NVIDIA's intermediate that the service's keys are certified under: RSA with 2048 bits, which nothing else that this
/// library believes may have. It vouches for token keys and for nothing else: it is no anchor and completes no chain.
const Certificate& pinned_token_issuer();

/// Empty when the key may be believed for a token signed then; else why not, with the check "chain":
/// token_key_not_trusted. From anybody: the second certificate is the pinned issuer byte for byte, valid then; it
/// signed the first (RSASSA-PKCS1-v1_5 with SHA-256), which is no CA, may sign and bears the service's name. From the
/// verifier: what stands there is believed. Wherever it came from, a first certificate that is there must be of this
/// very key and valid then.
/// Threads: may be called from several threads at once.
std::optional<Finding> judge_token_signer(const TokenSigner& signer, UtcTime signed_at);

}  // namespace tenzro::tee::x509
