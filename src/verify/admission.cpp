// SPDX-License-Identifier: Apache-2.0
#include "verify/admission.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "verify/policy_entries.hpp"
#include "x509/chain_checker.hpp"

namespace tenzro::tee {

using demanded_by::kCaller;
using demanded_by::kDefault;
using demanded_by::kPolicy;
using demanded_by::kVendor;

namespace {

/// The caller or an entry of the policy names this platform.
bool is_asked_for(Platform platform, const Question& question) {
  return question.required_platform == platform ||
         (question.policy != nullptr &&
          std::ranges::any_of(question.policy->any_of,
                              [platform](const PlatformRules& entry) { return platform_of(entry) == platform; }));
}

}  // namespace

void judge_wanted_platform(Platform platform, std::string_view what, const AttestationReport& report,
                           const Question& question, VerdictBuilder& verdict) {
  const std::string is(to_string(platform));
  if (report.platform != Platform::unknown && report.platform != platform) {
    verdict.fail("platform", kVendor,
                 {"platform", "platform_mismatch",
                  concat("the envelope says ", to_string(report.platform), ", its evidence is ", is)},
                 std::string(to_string(report.platform)), is);
  }
  if (question.required_platform && *question.required_platform != platform) {
    verdict.fail("platform", kCaller,
                 {"platform", "platform_mismatch",
                  concat("the evidence is ", is, ", ", to_string(*question.required_platform), " was asked for")},
                 std::string(to_string(*question.required_platform)), is);
  }
  const bool by_name_only = platform == Platform::intel_sgx || platform == Platform::aws_nitro_tpm;
  if (by_name_only && !is_asked_for(platform, question)) {
    verdict.fail("platform", kDefault,
                 {"platform", "platform_not_accepted", concat("this is ", what, ", which nobody asked for by name")},
                 {}, is);
  }
}

void judge_enclosures(std::initializer_list<Enclosure> looked_at, const AttestationReport& report,
                      VerdictBuilder& verdict) {
  struct Member {
    Enclosure which;
    std::string_view name, check;
    const Bytes& bytes;
  };
  for (const Member& member :
       {Member{Enclosure::event_log, "event_log", "event_log", report.event_log},
        Member{Enclosure::runtime_data, "runtime_data", "platform", report.runtime_data},
        Member{Enclosure::tpm_quote, "tpm_quote", "platform", report.tpm_quote},
        Member{Enclosure::device_evidence, "device_evidence", "device", report.device_evidence}}) {
    const auto is_looked_at = [&](Enclosure which) {
      return std::find(looked_at.begin(), looked_at.end(), which) != looked_at.end();
    };
    if (member.bytes.empty() || is_looked_at(member.which)) {
      continue;
    }
    if (member.which == Enclosure::tpm_quote && is_looked_at(Enclosure::runtime_data)) {
      verdict.fail(member.name, kVendor,
                   {std::string(member.check), "runtime_data_missing",
                    "the vTPM quote came without the runtime data that name the key it is signed with"});
      continue;
    }
    verdict.fail(member.name, kDefault,
                 {std::string(member.check), concat(member.name, "_not_supported"),
                  concat("the envelope carries ", member.name, ", which this version cannot judge")});
  }
}

std::vector<x509::CertificatePtr> known_roots(const Question& question, Platform platform) {
  std::vector<x509::CertificatePtr> out;
  for (const x509::AnchorSet* set :
       {question.custom_anchors, &x509::AnchorSet::pinned(), x509::AnchorSet::simulated()}) {
    if (set == nullptr) {
      continue;
    }
    const auto roots = set->roots(platform, ChainRole::evidence_signer);
    out.insert(out.end(), roots.begin(), roots.end());
  }
  return out;
}

const x509::AnchorSet& choose_anchors(const Question& question, Platform platform, ByteView root) {
  if (question.custom_anchors != nullptr) {
    return *question.custom_anchors;
  }
  const x509::AnchorSet* simulated = x509::AnchorSet::simulated();
  if (simulated != nullptr && simulated->has_root(platform, ChainRole::evidence_signer, root)) {
    return *simulated;
  }
  return x509::AnchorSet::pinned();
}

bool is_simulation_accepted(const Question& question) {
  return question.accept_simulated && (question.policy == nullptr || question.policy->allow_simulated);
}

void judge_simulation(const AttestationReport& report, const Question& question, const x509::AnchorSet& anchors,
                      VerdictBuilder& verdict) {
  const bool simulated = anchors.kind() == TrustAnchors::simulated;
  if (report.simulated && !simulated) {
    verdict.fail(
        "simulated", kVendor,
        {"platform", "simulated_mismatch", "the envelope says that its evidence is simulated, which it is not"}, "true",
        "false");
  }
  if (!simulated) {
    return;
  }
  if (!question.accept_simulated) {
    verdict.fail("simulated", kDefault,
                 {"platform", "simulated_not_accepted", "this evidence is simulated and proves nothing"}, "false",
                 "true");
  } else if (question.policy != nullptr && !question.policy->allow_simulated) {
    verdict.fail("simulated", kPolicy,
                 {"policy", "simulated_not_accepted",
                  "this evidence is simulated and the policy refuses that (allow_simulated)"},
                 "false", "true");
  } else {
    verdict.pass("simulated", kCaller, "allowed", "true");
    verdict.warn({"platform", "simulated", "this evidence is SIMULATED: it proves nothing about any machine"});
  }
}

bool judge_envelope_chain(const AttestationReport& report, std::span<const x509::CertificatePtr> chain,
                          VerdictBuilder& verdict) {
  if (report.certificate_chain.empty() ||
      std::ranges::equal(report.certificate_chain, chain,
                         [](const Bytes& der, const x509::CertificatePtr& certificate) {
                           return std::ranges::equal(der, certificate->der());
                         })) {
    return true;
  }
  verdict.fail("certificate_chain", kVendor,
               {"chain", "certificate_chain_mismatch", "the envelope's certificate chain is not that of its evidence"});
  return false;
}

bool judge_chain(std::string_view id, std::span<const x509::CertificatePtr> chain, Platform platform,
                 const x509::AnchorSet& anchors, const Question& question, VerdictBuilder& verdict) {
  const ChainResult result = ChainChecker::check(chain, platform, ChainRole::evidence_signer, anchors, question.moment,
                                                 &question.recall->checks());
  verdict.set_certificates(result.certificates());
  for (const Finding& failure : result.failures()) {
    verdict.fail(id, kVendor, failure);
  }
  if (!result.valid()) {
    if (result.failures().empty()) {
      verdict.fail(id, kVendor, {"chain", "untrusted_root", "the chain does not end in a trusted root"});
    }
    return false;
  }
  verdict.pass(id, kVendor, {}, concat("ends in a ", to_string(anchors.kind()), " root"));
  for (const x509::CertificatePtr& certificate : chain) {
    question.recall->learn(certificate);
  }
  return true;
}

}  // namespace tenzro::tee
