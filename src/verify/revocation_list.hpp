// SPDX-License-Identifier: Apache-2.0
// Finding one revocation list, judging it, and looking certificates up in it.
#pragma once
#include <optional>
#include <string_view>

#include "verify/document_finder.hpp"
#include "x509/anchor_set.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee {

/// The list of one issuer.
struct ListNeeded {
  const Wording& wording;
  const x509::Certificate& issuer;
  Platform platform = Platform::unknown;
  const x509::AnchorSet& anchors;  ///< those of the evidence
  DocumentKind<x509::RevocationList> kind;
};

/// Who said that no list is to be looked at: a word for Check::source.
std::string_view switched_off_by(const Question& question);

/// Lists that bear the issuer's name.
DocumentKind<x509::RevocationList> lists_of(const x509::Certificate& issuer);

using ChosenList = std::optional<ChosenDocument<x509::RevocationList>>;
/// The list that decides, when it is good: signature, dates, scope, and the age that the policy allows. Otherwise
/// nothing, and the reason goes to the verdict.
ChosenList judge_list(const ListNeeded& needed, const Question& question, DocumentFinder& finder,
                      VerdictBuilder& verdict);

/// Looks one certificate up. Without a list nothing is recorded: its absence has been dealt with.
/// id: which certificate, for Check::id; what: the same in words.
void judge_not_revoked(const x509::RevocationListPtr& list, const x509::Certificate& certificate, std::string_view id,
                       std::string_view what, VerdictBuilder& verdict);

}  // namespace tenzro::tee
