// SPDX-License-Identifier: Apache-2.0
// A document of a service with what must be known to remember it: whose it is, how new, until when, and whether it is
// signed.
#pragma once
#include <memory>

#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::online {

/// Immutable once made.
struct FetchedDocument {
  CollateralDocument document;
  UtcTime fetched_at{};
  UtcTime issued{}, next_update{};
  Bytes number;       ///< evaluation data number or CRL number, big-endian, without leading zeros
  bool fits = false;  ///< it is of the FMSPC, identity or issuer that the request names

  /// Issued by then (another clock may be two minutes ahead) and not expired.
  bool is_current(UtcTime now) const;
};
using FetchedPtr = std::shared_ptr<const FetchedDocument>;

/// malformed_input when the body is no document of its kind, or has no end of validity.
Result<FetchedDocument> examine(CollateralDocument document, UtcTime fetched_at, const CollateralRequest& request);

/// True when it is signed under the request's root, by whom it must be; dates aside. The verifier judges it all the
/// same: this only keeps forgeries from taking the place of what is good.
bool is_genuine(const FetchedDocument& fetched, const CollateralRequest& request);

/// a < b as numbers.
bool lower(const Bytes& a, const Bytes& b);

}  // namespace tenzro::tee::online
