// SPDX-License-Identifier: Apache-2.0
// X.509 path checks to the pinned vendor roots.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/finding.hpp"
#include "tenzro/tee/platform.hpp"

namespace tenzro::tee {

/// What a certificate says of itself, for display.
struct CertificateInfo {
  std::string subject;  ///< RFC 4514 text
  std::string issuer;   ///< RFC 4514 text
  UtcTime not_before{};
  UtcTime not_after{};
  ByteArray<32> sha256{};  ///< over the DER
};

/// The outcome of a path check: valid only when nothing failed and the chain ends in a pinned root.
/// Threads: const members may be called from several threads at once.
class [[nodiscard("an unread chain result is no check")]] ChainResult {
 public:
  bool valid() const noexcept { return failures_.empty() && anchored_; }
  const std::vector<CertificateInfo>& certificates() const noexcept {
    return certificates_;
  }  ///< leaf first, anchor last
  const std::vector<Finding>& failures() const noexcept { return failures_; }

 private:
  friend class ChainChecker;
  std::vector<CertificateInfo> certificates_;
  std::vector<Finding> failures_;
  bool anchored_ = false;  ///< starts false: an empty or half-built result is not valid
};

/// Which roots a verdict rests on: one set for evidence, collateral and revocation lists alike.
enum class TrustAnchors : std::uint8_t { pinned, custom, simulated };
std::string_view to_string(TrustAnchors anchors) noexcept;  ///< "pinned", "custom", "simulated"

/// What a chain is for. Each role has its own profile and anchor; a chain that is good for one is refused for another.
enum class ChainRole : std::uint8_t {
  evidence_signer = 1,  ///< PCK (Intel), VCEK or VLEK (AMD), document leaf (Nitro), device leaf (NVIDIA)
  vcek,                 ///< AMD: exactly this one of the two
  vlek,                 ///< AMD: exactly this one of the two
  tcb_signer,           ///< Intel: TCB info and QE identity
  rim_signer            ///< NVIDIA: reference manifests
};

/// Full RFC 5280 path check of DER certificates, leaf first, to the roots pinned for platform and role. Anything the
/// profile demands (names, extensions, key sizes, signature algorithms, length) is checked too. A root in the input is
/// never an anchor: that always comes from the pinned set. Where the format carries a root (TDX quote, Nitro cabundle)
/// it must be there and byte-equal to the anchor (root_mismatch otherwise); elsewhere it may be absent. No network;
/// revocation lists come in through the verifier. A platform and role that has no profile is refused
/// (chain_profile_unknown). Threads: may be called from several threads at once.
ChainResult verify_certificate_chain(const std::vector<Bytes>& chain, Platform platform, ChainRole role, UtcTime at);
/// The same for the evidence signer.
ChainResult verify_certificate_chain(const std::vector<Bytes>& chain, Platform platform, UtcTime at);
/// The same for the evidence signer, judged now with 120 s of clock skew on notBefore.
ChainResult verify_certificate_chain(const std::vector<Bytes>& chain, Platform platform);

}  // namespace tenzro::tee
