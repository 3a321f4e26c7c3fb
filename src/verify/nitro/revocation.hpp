// SPDX-License-Identifier: Apache-2.0
// Revocation lists of AWS's CAs, where somebody supplies them.
#pragma once
#include <span>

#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/anchor_set.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::nitro {

/// AWS asks verifiers to go without lists, so none is needed by default; one that is there must be good (issuer,
/// signature, dates, scope), and every certificate of the chain that its issuer issued is looked up in it. Where the
/// caller demands lists, there must be one of every CA that issued a certificate with a distribution point: of the root
/// for the regional CA, of the regional CA for the zonal one. Those below have none.
/// chain: good up to its root, leaf first. False when a list is missing or bad, or names one of the certificates; the
/// reasons go to the verdict. Checks are numbered by the certificates' places: nitro_crl.4 is the list that the fifth
/// signed.
bool judge_revocation(std::span<const x509::CertificatePtr> chain, Platform platform, const x509::AnchorSet& anchors,
                      const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee::nitro
