// SPDX-License-Identifier: Apache-2.0
// Where vendor collateral (TCB info, identities, revocation lists) comes from.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/finding.hpp"
#include "tenzro/tee/platform.hpp"

namespace tenzro::tee {

/// The kinds of document that a verifier asks for.
enum class CollateralKind : std::uint8_t {
  unknown = 0,
  tcb_info,     ///< Intel TCB info v3: {"tcbInfo":{...},"signature":"..."}
  qe_identity,  ///< Intel enclave identity v2: {"enclaveIdentity":{...},"signature":"..."}
  root_crl,     ///< Intel SGX Root CA's revocation list, DER
  pck_crl       ///< revocation list of the CA that issued the PCK certificate, DER
};
/// "tcb_info", "qe_identity", "root_crl", "pck_crl"; "unknown" for unknown.
std::string_view to_string(CollateralKind kind) noexcept;

/// Which document is wanted. It is a hint for sources that must ask a service; a source may return more than fits.
struct CollateralRequest {
  CollateralKind kind = CollateralKind::unknown;
  Platform platform = Platform::unknown;  ///< intel_tdx or intel_sgx: the flavour of TCB info and QE identity
  ByteArray<6> fmspc{};                   ///< tcb_info only
  std::string ca;                         ///< pck_crl only: "platform" or "processor"
};

/// One document as it was received. Nothing in it is trusted: the verifier checks signature, dates and fit.
struct CollateralDocument {
  CollateralKind kind = CollateralKind::unknown;
  Bytes body;                       ///< the exact bytes, in the form that its kind names
  std::vector<Bytes> issuer_chain;  ///< DER, signer first, root optional; may be empty
  bool from_dcap_json = false;      ///< a member of a DCAP collateral JSON: documents given by themselves replace it
  std::string source;               ///< file name or URL, for messages
};

/// Where documents come from. A source offers candidates; the verifier alone decides which of them fits and is good.
/// Threads: all members may be called from several threads at once.
class CollateralSource {
 public:
  virtual ~CollateralSource() = default;
  /// Every document of the wanted kind that this source has, in no particular order; empty when it has none.
  /// collateral_unreachable when a service did not answer.
  virtual Result<std::vector<CollateralDocument>> find(const CollateralRequest& request) = 0;
  /// DER certificates, any of which may have signed a document that has no issuer chain of its own.
  virtual std::vector<Bytes> loose_certificates() const { return {}; }
  /// What the caller should know of this source (files that were skipped); copied into every verdict's warnings.
  virtual std::vector<Finding> warnings() const { return {}; }

 protected:
  CollateralSource() = default;
  CollateralSource(const CollateralSource&) = default;
  CollateralSource& operator=(const CollateralSource&) = default;
};

/// The largest document that is read, in bytes, and the largest file, which may hold several.
inline constexpr std::size_t kMaxCollateralDocument = std::size_t{4} << 20;
inline constexpr std::size_t kMaxCollateralFile = std::size_t{8} << 20;

/// Files, and folders of files (not recursive), read at once and kept apart per document. Recognised by content: the
/// DCAP collateral JSON, bare PCS documents, issuer chains (PEM, or percent-encoded as in a PCS header), our own
/// "tenzro-collateral/1" bundle, PEM or DER certificates and CRLs (CRLs also as hex or base64).
/// A named file that is unreadable, broken or of no known form: malformed_input or io_failure. In a folder such a file
/// is skipped with the warning collateral_ignored.
Result<std::shared_ptr<CollateralSource>> offline_collateral(
    const std::vector<std::filesystem::path>& files_or_folders);
/// A source that has nothing: what evidence encloses must suffice.
std::shared_ptr<CollateralSource> no_collateral();

}  // namespace tenzro::tee
