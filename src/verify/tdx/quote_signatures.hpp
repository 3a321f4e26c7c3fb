// SPDX-License-Identifier: Apache-2.0
// What a quote proves by itself: its constants, its three signatures' inner two, and its binding.
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::tdx {

// Each records its checks and reasons in the verdict; false or empty when it failed.

/// Attestation key type and QE vendor.
bool judge_constants(const Quote& quote, VerdictBuilder& verdict);
/// The attestation key's signature over header and body, and that key's binding to the QE report.
bool judge_quote_signature(const Quote& quote, VerdictBuilder& verdict);
/// Certification data: a PCK chain of exactly three certificates, leaf first. A root that is one of known_roots is
/// taken from there and not parsed again.
std::optional<std::vector<x509::CertificatePtr>> read_pck_chain(const Quote& quote,
                                                                std::span<const x509::CertificatePtr> known_roots,
                                                                Recollection& recall, VerdictBuilder& verdict);
/// The PCK key's signature over the QE report.
bool judge_qe_report_signature(const Quote& quote, const x509::Certificate& leaf, x509::SignatureChecks& checks,
                               VerdictBuilder& verdict);
/// The platform's identity and SVNs, from the leaf.
std::optional<PckExtension> read_pck_extension(const x509::Certificate& leaf, const x509::Certificate& intermediate,
                                               VerdictBuilder& verdict);

}  // namespace tenzro::tee::tdx
