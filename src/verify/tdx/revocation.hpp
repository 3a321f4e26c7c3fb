// SPDX-License-Identifier: Apache-2.0
// Are any of the certificates withdrawn?
#pragma once
#include <string_view>

#include "verify/tdx/collateral.hpp"
#include "verify/tdx/document_desk.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::tdx {

/// The lists of Intel's root and of the CA that issued the PCK certificate. Null: not asked for, or missing, or not
/// good; the verdict says which.
struct RevocationLists {
  x509::RevocationListPtr root, pck;
};

/// Finds and judges both lists, and looks the PCK chain up in them.
RevocationLists judge_revocation(const Question& question, const CollateralNeeds& needs, const x509::AnchorSet& anchors,
                                 DocumentDesk& desk, VerdictBuilder& verdict);

/// Looks one certificate up. Without a list nothing is recorded: its absence has been dealt with.
/// id: which certificate, for Check::id; what: the same in words.
void judge_not_revoked(const x509::RevocationListPtr& list, const x509::Certificate& certificate, std::string_view id,
                       std::string_view what, VerdictBuilder& verdict);

}  // namespace tenzro::tee::tdx
