// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/remote.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "formats/pem.hpp"
#include "verify/admission.hpp"
#include "verify/denials.hpp"
#include "verify/nvidia/key_finder.hpp"
#include "verify/nvidia/nras_request.hpp"
#include "verify/nvidia/nras_tokens.hpp"
#include "verify/nvidia/rules.hpp"
#include "verify/nvidia/versions.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kDefault;
using demanded_by::kVendor;

constexpr std::string_view kId = "nras";

/// The service that the caller configured, whose tokens are taken; else NVIDIA's own.
std::string issuer_of(const Question& question) {
  for (const CollateralSource* source : question.sources) {
    if (const std::string issuer = source->token_issuer(); !issuer.empty()) {
      return issuer;
    }
  }
  return std::string(kNrasIssuer);
}

NrasQuestion question_for(const Question& question, const NvidiaDeviceRules& rules, const x509::AnchorSet& anchors) {
  NrasQuestion out;
  out.moment = question.moment;
  out.max_age = question.max_age;
  out.issuer = issuer_of(question);
  out.allow_hold = rules.allow_certificate_hold;
  out.allow_debug = rules.allow_debug;
  out.own_anchors = anchors.kind() == TrustAnchors::pinned ? nullptr : &anchors;
  return out;
}

/// The answer, judged. Findings about it as a whole are in the verdict.
NrasJudgement judge_text(ByteView text, const NrasQuestion& asked, const Question& question, VerdictBuilder& verdict) {
  const auto answer = parse_nras_answer(text);
  if (!answer) {
    verdict.fail(
        kId, kVendor,
        {"format", answer.error().code() == ErrorCode::unsupported ? "unsupported_evidence" : "malformed_evidence",
         answer.error().message()});
    return {};
  }
  if (answer->devices.empty()) {
    verdict.fail(kId, kVendor,
                 {"device", "nras_device_token_missing",
                  "a token without those of the devices that it names says nothing of any: give the service's whole "
                  "answer"});
    return {};
  }
  KeyFinder keys(question, verdict);
  NrasJudgement out = judge_nras_answer(*answer, [&keys](std::string_view key_id) { return keys.find(key_id); }, asked);
  for (const Finding& failure : out.failures) {
    const bool no_keys = failure.code == "token_key_unknown" && keys.had_none();
    verdict.fail(kId, kVendor, no_keys ? keys.why_none() : failure);
  }
  for (const Finding& warning : out.warnings) {
    verdict.warn(warning);
  }
  for (const auto& [check, id] : {std::pair("signature", "token_signature"), std::pair("chain", "token_key"),
                                  std::pair("freshness", "token_time"), std::pair("nonce", "token_nonce")}) {
    const auto fails = [&](const NrasDevice& device) {
      return std::ranges::find(device.failures, check, &Finding::check) != device.failures.end();
    };
    if (!out.devices.empty() && !verdict.has_failure_in(check, 0) && std::ranges::none_of(out.devices, fails)) {
      verdict.pass(id, kVendor);
    }
  }
  return out;
}

/// Of a device that the service could not judge, nothing is known.
void take_claims(const DeviceClaims& from, NvidiaClaims& to) {
  if (from.measurement_result && !from.error) {
    to.measurements = *from.measurement_result == "success" ? MeasurementResult::match : MeasurementResult::mismatch;
  }
  to.secure_boot = from.secure_boot;
  to.debug = from.debug_status ? std::optional(*from.debug_status != "disabled") : std::nullopt;
}

NvidiaClaims claims_of(const NrasDevice& device, const std::optional<ByteArray<32>>& nonce) {
  NvidiaClaims out;
  out.device_type = device.kind == RemoteDevices::gpus ? "gpu" : "nvswitch";
  out.verified_by = "nras";
  if (nonce) {
    out.nonce.value.assign(nonce->begin(), nonce->end());
  }
  if (device.claims) {
    out.hwmodel = device.claims->hwmodel;
    out.ueid = device.claims->ueid;
    out.driver_version = device.claims->driver_version;
    out.vbios_version = device.claims->vbios_version;
    take_claims(*device.claims, out);
  }
  return out;
}

/// The messages begin with the device's name, which the verdict on several devices says already.
Finding without_name(Finding finding, const std::string& name) {
  const std::string prefix = concat(name, ": ");
  if (finding.message.starts_with(prefix)) {
    finding.message.erase(0, prefix.size());
  }
  return finding;
}

void add_findings(const NrasDevice& token, VerdictBuilder& verdict) {
  for (const Finding& failure : token.failures) {
    verdict.fail(kId, kVendor, without_name(failure, token.name));
  }
  for (const Finding& warning : token.warnings) {
    verdict.warn(without_name(warning, token.name));
  }
  if (token.failures.empty() && token.claims) {
    verdict.pass(kId, kVendor, {}, "NVIDIA's service found the device good");
  }
}

// --- Devices that were sent.

/// The devices of one request.
struct Group {
  Architecture architecture{};
  std::vector<DeviceEvidence> evidence{};
  std::vector<JudgedDevice*> judged{};
};

Architecture architecture_of(const Device& device, const NvidiaClaims& claims) {
  if (device.architecture) {
    return *device.architecture;
  }
  return claims.device_type == "nvswitch"   ? Architecture::ls10
         : claims.hwmodel.starts_with("GH") ? Architecture::hopper
                                            : Architecture::blackwell;
}

DeviceEvidence evidence_of(const Device& device, const JudgedDevice& judged, Architecture architecture) {
  DeviceEvidence out;
  out.architecture = architecture;
  std::ranges::copy(judged.claims.nonce.value, out.nonce.begin());
  out.report = device.report;
  for (const x509::CertificatePtr& certificate : device.chain) {
    const std::string text = pem::encode("CERTIFICATE", certificate->der());
    out.certificate_chain.insert(out.certificate_chain.end(), text.begin(), text.end());
  }
  return out;
}

std::vector<Group> group_by_architecture(const std::vector<Device>& devices, std::vector<JudgedDevice>& judged) {
  std::vector<Group> out;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (judged[i].verdict.failure_count() > 0 || !judged[i].known) {
      continue;
    }
    const Architecture architecture = architecture_of(devices[i], judged[i].claims);
    auto group = std::ranges::find(out, architecture, &Group::architecture);
    if (group == out.end()) {
      group = out.insert(out.end(), Group{architecture});
    }
    group->evidence.push_back(evidence_of(devices[i], judged[i], architecture));
    group->judged.push_back(&judged[i]);
  }
  return out;
}

RemoteDevices kind_of(const Group& group) {
  return group.architecture == Architecture::ls10 ? RemoteDevices::switches : RemoteDevices::gpus;
}

struct ServiceAnswer {
  Bytes text;
  std::string issuer;  ///< who signs the answers of the service that was asked
};

/// What says more of why there is no answer.
int weight(ErrorCode code) {
  return code == ErrorCode::collateral_missing ? 0 : code == ErrorCode::unsupported ? 1 : 2;
}

/// The first source that answers decides. A service without the newest version of its interface is asked by the one
/// before.
Result<ServiceAnswer> ask(const Group& group, const DeviceCircumstances& with) {
  Error failure(ErrorCode::collateral_missing, "no source asks NVIDIA's remote attestation service");
  for (CollateralSource* source : with.question.sources) {
    for (const unsigned version : {4U, 3U}) {
      const std::string body = nras_request(group.architecture, group.evidence.front().nonce, group.evidence, version);
      auto answer = source->appraise_remotely({kind_of(group), version, body, with.rules.allow_certificate_hold});
      if (answer) {
        return ServiceAnswer{*std::move(answer), source->token_issuer()};
      }
      const bool is_older = answer.error().code() == ErrorCode::unsupported;
      if (weight(answer.error().code()) > weight(failure.code())) {
        failure = std::move(answer).error();
      }
      if (!is_older) {
        break;
      }
    }
  }
  return failure;
}

/// The token is about this very device: nothing but its claims says so. Certificates write a switch's chip as LS_10.
bool is_about(const DeviceClaims& token, const NvidiaClaims& device) {
  std::string model = token.hwmodel;
  std::erase(model, '_');
  return token.ueid == device.ueid && model == device.hwmodel && token.driver_version == device.driver_version &&
         token.vbios_version == device.vbios_version;
}

/// Nothing stopped the judgement of an answer without saying so.
bool is_complete(const NrasJudgement& judgement) {
  return judgement.valid() || !judgement.failures.empty() ||
         std::ranges::any_of(judgement.devices, [](const NrasDevice& device) { return !device.failures.empty(); });
}

void take_token(const NrasDevice& token, const NrasJudgement& judgement, JudgedDevice& device) {
  VerdictBuilder& verdict = device.verdict;
  add_findings(token, verdict);
  if (token.claims && !token.claims->error && !is_about(*token.claims, device.claims)) {
    verdict.fail(kId, kVendor,
                 {"device", "nras_device_mismatch",
                  concat("the service's token is about the device ", printable(token.claims->ueid), " (",
                         printable(token.claims->hwmodel), "), the evidence is of ", device.claims.ueid, " (",
                         device.claims.hwmodel, ")")},
                 device.claims.ueid, token.claims->ueid);
  }
  if (token.claims) {
    take_claims(*token.claims, device.claims);
  }
  device.to_the_end = is_complete(judgement);
  if (verdict.failure_count() > 0 || device.shared->failure_count() > 0 || !token.claims) {
    return;
  }
  verdict.mark_chain_verified();
  verdict.limit_valid_until(judgement.valid_until);
  device.current = true;
}

void judge_group(Group& group, const DeviceCircumstances& with) {
  const auto answer = ask(group, with);
  if (!answer) {
    const bool has_none = answer.error().code() == ErrorCode::collateral_missing;
    for (JudgedDevice* device : group.judged) {
      device->verdict.fail(
          kId, kDefault,
          {"device", has_none ? "collateral_missing" : "collateral_unreachable",
           concat("NVIDIA's remote attestation service did not judge the device (", answer.error().message(),
                  "): let it be asked, judge locally, or give its stored answer as the evidence")});
    }
    return;
  }
  NrasQuestion asked = question_for(with.question, with.rules, with.anchors);
  asked.nonce = group.evidence.front().nonce;
  if (!answer->issuer.empty()) {
    asked.issuer = answer->issuer;
  }
  asked.sent = SentDevices{kind_of(group), group.judged.size()};
  const auto whole = std::make_shared<VerdictBuilder>(with.question.moment.at);
  const NrasJudgement judgement = judge_text(answer->text, asked, with.question, *whole);
  for (std::size_t i = 0; i < group.judged.size(); ++i) {
    group.judged[i]->shared = whole;
    if (judgement.devices.size() == group.judged.size()) {
      take_token(judgement.devices[i], judgement, *group.judged[i]);
    }
  }
}

// --- An answer as evidence.

JudgedDevice judge_token(const NrasDevice& token, const NrasJudgement& judgement,
                         const std::shared_ptr<const VerdictBuilder>& whole, const DeviceCircumstances& with) {
  JudgedDevice out{token.name, VerdictBuilder(with.question.moment.at)};
  VerdictBuilder& verdict = out.verdict;
  verdict.set_platform(Platform::nvidia_gpu);
  verdict.set_anchors(with.anchors.kind());
  out.shared = whole;
  out.claims = claims_of(token, judgement.nonce);
  verdict.set_firmware_version(out.claims.vbios_version);
  verdict.set_claims(out.claims);
  add_findings(token, verdict);
  const auto fails = [&](std::initializer_list<std::string_view> checks) {
    return std::ranges::any_of(checks, [&](std::string_view check) {
      return verdict.has_failure_in(check, 0) || whole->has_failure_in(check, 0);
    });
  };
  if (!token.claims) {
    return out;
  }
  if (!fails({"format", "signature"})) {
    verdict.mark_signature_verified();
  }
  if (!fails({"format", "signature", "chain"})) {
    verdict.mark_chain_verified();
  }
  if (!fails({"format", "signature", "chain", "device"})) {
    verdict.mark_platform_verified();
  }
  verdict.limit_valid_until(std::min(judgement.valid_until, with.question.moment.at + kLongestLife));
  if (token.claims->version == "2.0") {
    verdict.warn({"device", "nras_claims_incomplete",
                  "claims of version 2.0 say nothing of the firmware that made the device's key, nor of single "
                  "certificates"});
  }
  judge_device_rules(out.claims, with.rules, verdict);
  const bool matched = judge_nonce(out.claims.nonce.value, with.question, verdict);
  if (matched && !fails({"freshness"})) {
    verdict.mark_freshness_verified();  // the tokens say when they were signed
  }
  out.to_the_end = is_complete(judgement);
  return out;
}

}  // namespace

void judge_remotely(const std::vector<Device>& devices, const DeviceCircumstances& with,
                    std::vector<JudgedDevice>& judged) {
  if (with.anchors.kind() == TrustAnchors::simulated) {
    for (JudgedDevice& device : judged) {
      device.verdict.fail(
          kId, kDefault,
          {"chain", "anchor_set_mixed", "NVIDIA's service judges no simulated evidence: judge it locally"});
    }
    return;
  }
  std::vector<Group> groups = group_by_architecture(devices, judged);
  for (Group& group : groups) {
    judge_group(group, with);
  }
}

std::vector<JudgedDevice> judge_answer(ByteView answer, const DeviceCircumstances& with, VerdictBuilder& verdict) {
  const auto whole = std::make_shared<VerdictBuilder>(with.question.moment.at);
  const NrasJudgement judgement =
      judge_text(answer, question_for(with.question, with.rules, with.anchors), with.question, *whole);
  std::vector<JudgedDevice> out;
  out.reserve(judgement.devices.size());
  for (const NrasDevice& token : judgement.devices) {
    out.push_back(judge_token(token, judgement, whole, with));
  }
  if (out.empty()) {
    verdict.absorb(*whole, {});
  }
  return out;
}

}  // namespace tenzro::tee::nvidia
