// SPDX-License-Identifier: Apache-2.0
// What each vendor's chain looks like: its length, its algorithms and the names in it.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "tenzro/tee/certificates.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::x509 {

struct ChainProfile {
  Platform platform;
  ChainRole role;
  SignatureSuite suite;
  std::size_t min_length, max_length;  ///< certificates in the path, anchor included
  bool carries_root;                   ///< the evidence format carries the root, so it must be there
  std::size_t key_ids_from;  ///< those from this place in the path on must have key identifiers, the leaf its issuer's
  /// Empty when the names are those of this kind of chain; else what is wrong. path: leaf first, without the anchor.
  /// anchor: the root that the path ends in.
  std::optional<std::string> (*name_problem)(std::span<const CertificatePtr> path, const Certificate& anchor);
};

/// Null when this platform has no chain of this role.
const ChainProfile* find_profile(Platform platform, ChainRole role) noexcept;

}  // namespace tenzro::tee::x509
