// SPDX-License-Identifier: Apache-2.0
// The roots that a verdict may rest on: exactly one set per verdict.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

/// Immutable. Compared by DER, never by name.
/// Threads: const members may be called from several threads at once.
class AnchorSet {
 public:
  /// The vendor roots compiled into the library.
  static const AnchorSet& pinned();
  /// The simulated vendor roots, which prove nothing; null in a build without simulation.
  static const AnchorSet* simulated();
  /// A caller's own roots, for every platform and role. invalid_argument when one is no certificate, or is a
  /// simulated root: its key is public, and accepting it has a permission of its own. Their
  /// self-signatures are checked with each chain.
  /// read: how each is read.
  static Result<AnchorSet> custom(const std::vector<Bytes>& der,
                                  const std::function<Result<CertificatePtr>(ByteView)>& read = Certificate::parse);

  TrustAnchors kind() const noexcept { return kind_; }
  /// A digest of the kind and of all roots in order: two sets with the same id trust the same.
  const ByteArray<32>& id() const noexcept { return id_; }
  /// The roots for a platform and role. Empty when this set has none: then nothing is trusted.
  std::span<const CertificatePtr> roots(Platform platform, ChainRole role) const noexcept;
  /// True when der is byte-equal to one of the roots for the platform and role.
  bool has_root(Platform platform, ChainRole role, ByteView der) const noexcept;
  /// The root whose DER this is, so that it need not be parsed again; null when it is none of them.
  CertificatePtr find_root(Platform platform, ChainRole role, ByteView der) const noexcept;

 private:
  struct Entry {
    Platform platform = Platform::unknown;
    ChainRole role{};
    std::vector<CertificatePtr> roots;
  };
  friend class AnchorSetBuilder;
  explicit AnchorSet(TrustAnchors kind) : kind_(kind) {}
  void seal();
  bool has_root_of_any(ByteView der) const noexcept;  ///< of whatever platform and role; not for custom sets
  TrustAnchors kind_;
  ByteArray<32> id_{};
  std::vector<Entry> entries_;           // pinned, simulated
  std::vector<CertificatePtr> for_all_;  // custom
};

}  // namespace tenzro::tee::x509
