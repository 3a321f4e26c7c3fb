// SPDX-License-Identifier: Apache-2.0
// From a VCEK or VLEK certificate to AMD's root, and the revocation list of that path.
#pragma once
#include <optional>
#include <vector>

#include "verify/question.hpp"
#include "verify/snp/evidence.hpp"
#include "verify/snp/leaf.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::snp {

/// A path that holds.
struct Chain {
  x509::CertificatePtr intermediate, root;
};

/// Custom roots where the caller gave some; else the compiled-in set that the enclosed root belongs to.
const x509::AnchorSet& anchors_for(const Evidence& evidence, const Question& question);

/// Leaf, ASK or ASVK, and the anchor of the leaf's product. The intermediate may have come with the evidence or from
/// any source; AMD's own are known. A root that came with the evidence must be the anchor, and every certificate that
/// came with it must be one of the three. Reasons go to the verdict.
std::optional<Chain> judge_chain(const Evidence& evidence, const Leaf& leaf,
                                 const std::vector<x509::CertificatePtr>& issuers, const x509::AnchorSet& anchors,
                                 const Question& question, VerdictBuilder& verdict);

/// The outcome of looking for revocations.
struct RevocationOutcome {
  bool list_judged = false;  ///< there was a good list, and not of the sender's choice
};
/// Finds and judges the list of the leaf's path, and looks the chain up in it.
RevocationOutcome judge_revocation(const Evidence& evidence, const Leaf& leaf, const Chain& chain,
                                   const x509::AnchorSet& anchors, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee::snp
