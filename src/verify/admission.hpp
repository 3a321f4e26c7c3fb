// SPDX-License-Identifier: Apache-2.0
// What is asked of evidence of every platform beside its own checks: is it of the kind that was wanted, which roots
// does it stand under, and does the envelope say the same of it.
#pragma once
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "tenzro/tee/report.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee {

/// The platform is the one that the envelope and the caller name, and one that is accepted only by name was named.
/// what: the evidence in words, for that refusal ("an SGX enclave").
void judge_wanted_platform(Platform platform, std::string_view what, const AttestationReport& report,
                           const Question& question, VerdictBuilder& verdict);

/// What the envelope may carry beside the evidence.
enum class Enclosure : std::uint8_t { event_log, runtime_data, tpm_quote, device_evidence };
/// Anything that the envelope carries and this platform's judge does not look at is refused. A vTPM quote is judged by
/// means of runtime data: a judge that has none, and would look at them, is to leave the quote out of looked_at; the
/// refusal then says what it lacks.
void judge_enclosures(std::initializer_list<Enclosure> looked_at, const AttestationReport& report,
                      VerdictBuilder& verdict);

/// The roots of every set that this evidence may stand under, so that one in a chain need not be parsed again.
std::vector<x509::CertificatePtr> known_roots(const Question& question, Platform platform);

/// Custom roots where the caller gave some; else whichever compiled-in set this root, DER, belongs to.
const x509::AnchorSet& choose_anchors(const Question& question, Platform platform, ByteView root);

/// True when caller and policy allow simulated evidence.
bool is_simulation_accepted(const Question& question);
/// Simulated evidence passes where caller and policy allow it, and says so of itself.
void judge_simulation(const AttestationReport& report, const Question& question, const x509::AnchorSet& anchors,
                      VerdictBuilder& verdict);

/// What the envelope says of the chain must be what the evidence says. chain: leaf first. False when it is not.
bool judge_envelope_chain(const AttestationReport& report, std::span<const x509::CertificatePtr> chain,
                          VerdictBuilder& verdict);

/// The path check of the evidence's own chain, leaf first; id names it among the checks. False when it does not hold.
bool judge_chain(std::string_view id, std::span<const x509::CertificatePtr> chain, Platform platform,
                 const x509::AnchorSet& anchors, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee
