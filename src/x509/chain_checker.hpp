// SPDX-License-Identifier: Apache-2.0
// Vendor chains: the profile of each platform and role on top of path validation.
#pragma once
#include <span>

#include "tenzro/tee/certificates.hpp"
#include "x509/anchor_set.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee {

/// Judges a supplied chain against the profile of its platform and role. Makes the only ChainResults there are.
class ChainChecker {
 public:
  /// chain: leaf first, in order; every certificate must be used, each once. Findings have check "chain":
  /// chain_profile_unknown, chain_length, root_mismatch (the format carries a root and this one is not the anchor),
  /// untrusted_root, certificate_name, certificate_order, certificate_expired, certificate_not_yet_valid,
  /// certificate_signature_invalid, signature_algorithm_not_allowed, key_not_allowed, unknown_critical_extension,
  /// issuer_not_ca, leaf_is_ca, leaf_key_usage, path_length_exceeded, name_constraints, ...
  /// checks: null: no signature is remembered.
  static ChainResult check(std::span<const x509::CertificatePtr> chain, Platform platform, ChainRole role,
                           const x509::AnchorSet& anchors, const x509::Moment& moment,
                           x509::SignatureChecks* checks = nullptr);
  /// The same for DER; what cannot be parsed is certificate_malformed.
  static ChainResult check(const std::vector<Bytes>& chain, Platform platform, ChainRole role,
                           const x509::AnchorSet& anchors, const x509::Moment& moment);
};

}  // namespace tenzro::tee
