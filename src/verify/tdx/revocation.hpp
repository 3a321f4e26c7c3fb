// SPDX-License-Identifier: Apache-2.0
// Are any of the certificates withdrawn?
#pragma once
#include <string_view>

#include "verify/revocation_list.hpp"
#include "verify/tdx/collateral.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::tdx {

/// The lists of Intel's root and of the CA that issued the PCK certificate. Null: not asked for, or missing, or not
/// good; the verdict says which.
struct RevocationLists {
  x509::RevocationListPtr root, pck;
};

/// Finds and judges both lists, and looks the PCK chain up in them.
RevocationLists judge_revocation(const Question& question, const CollateralNeeds& needs, const x509::AnchorSet& anchors,
                                 DocumentFinder& finder, VerdictBuilder& verdict);

}  // namespace tenzro::tee::tdx
