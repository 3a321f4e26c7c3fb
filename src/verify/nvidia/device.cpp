// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/device.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "binding/formulas.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "verify/admission.hpp"
#include "verify/nvidia/measurements.hpp"
#include "verify/nvidia/revocation.hpp"
#include "verify/nvidia/rules.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kCaller;
using demanded_by::kDefault;
using demanded_by::kPolicy;
using demanded_by::kVendor;

void refuse_format(const Error& error, VerdictBuilder& verdict) {
  verdict.fail("format", kVendor,
               {"format", error.code() == ErrorCode::unsupported ? "unsupported_evidence" : "malformed_evidence",
                error.message()});
}

/// The nonce that the sender wrote beside the report is the report's.
void judge_claimed_nonce(const Device& device, const Report& report, VerdictBuilder& verdict) {
  if (!device.nonce || std::ranges::equal(*device.nonce, report.nonce())) {
    return;
  }
  verdict.fail("evidence_nonce", kVendor,
               {"device", "evidence_nonce_mismatch",
                "the evidence says that it answers one nonce, and its report answers another"},
               to_hex(*device.nonce), to_hex(report.nonce()));
}

KnownDevice known_device(const Device& device, const Identity& identity, const JudgedDevice& judged) {
  KnownDevice out;
  out.name = device.name;
  out.kind = identity.name.kind;
  out.pdi = identity.pdi;
  out.key_sha256 = device.chain.front()->sha256();
  std::ranges::copy(judged.claims.nonce.value, out.nonce.begin());
  out.mode = judged.claims.mode;
  return out;
}

/// Measurements beside the manifests of what the report says is installed.
bool judge_reference_values(const Report& report, const DeviceCircumstances& with, JudgedDevice& judged) {
  VerdictBuilder& verdict = judged.verdict;
  const auto chip_info = report.opaque().text(OpaqueType::chip_info);
  const auto needs = chip_info ? manifests_needed(judged.claims, chip_info->value_or(""))
                               : Result<std::vector<ManifestNeed>>(chip_info.error());
  if (!needs) {
    verdict.fail("rim", kVendor, {"device", "device_field_malformed", needs.error().message()});
    return false;
  }
  std::vector<RimPtr> found;  // keeps them
  std::vector<AuthenticManifest> manifests;
  for (const ManifestNeed& need : *needs) {
    auto [manifest, current] = with.manifests.find(need, verdict);
    judged.current = judged.current && current;
    if (manifest) {
      manifests.push_back({need, *manifest});
      found.push_back(std::move(manifest));
    }
  }
  // What is there must match, whatever else is missing.
  const bool all = manifests.size() == needs->size();
  if (!manifests.empty()) {
    judged.claims.measurements = judge_measurements(report, judged.claims, manifests, all, with.rules, verdict);
    if (judged.claims.measurements != MeasurementResult::not_compared) {
      judged.claims.secure_boot = judged.claims.measurements == MeasurementResult::match;
    }
    if (judged.claims.measurements == MeasurementResult::match) {
      judged.claims.debug = false;
      return true;
    }
  }
  if (all || judged.claims.measurements == MeasurementResult::mismatch) {
    return false;
  }
  if (with.rules.uncovered_measurements == UncoveredMeasurements::refuse) {
    verdict.fail("measurements.uncovered", kPolicy,
                 {"policy", "rule_not_applicable",
                  "the policy refuses measurements that no manifest lists, and not all manifests are here"});
  }
  verdict.skip("measurements", with.rules.require_rim ? kDefault : kPolicy, "not all manifests were found good");
  if (!with.rules.require_rim) {
    verdict.warn({"device", "measurements_not_compared",
                  "not all of the device's measurements were compared: it may run any firmware or driver"});
  }
  return !with.rules.require_rim;
}

}  // namespace

bool judge_nonce(ByteView nonce, const Question& question, VerdictBuilder& verdict) {
  const auto compare = [&](std::string_view check, std::string_view code, ByteView wanted, std::string_view what) {
    const bool good = crypto::equal_constant_time(wanted, nonce);
    if (good) {
      verdict.pass(check, kCaller, to_hex(wanted), to_hex(nonce));
    } else {
      verdict.fail(check, kCaller,
                   {std::string(check), std::string(code),
                    concat("the nonce of the evidence is not ", what, ": it answers somebody else",
                           wanted.size() == nonce.size() || nonce.empty()
                               ? std::string()
                               : concat(" (a device's nonce has ", nonce.size(), " bytes, the expected one ",
                                        wanted.size(), ")"))},
                   to_hex(wanted), to_hex(nonce));
    }
    return good;
  };
  bool good = true;
  if (question.expected) {
    const bool same = compare("user_data", "user_data_mismatch", binding::nvidia_nonce(question.expected->bytes()),
                              "the one of the expected user data");
    verdict.set_user_data_verified(same);
    good = good && same;
  }
  if (question.expected_nonce) {
    const bool same = compare("nonce", "nonce_mismatch", question.expected_nonce->bytes(), "the expected one");
    verdict.set_nonce_verified(same);
    good = good && same;
  }
  return good;
}

JudgedDevice judge_device(const Device& device, const DeviceCircumstances& with) {
  JudgedDevice out{device.name, VerdictBuilder(with.question.moment.at)};
  VerdictBuilder& verdict = out.verdict;
  verdict.set_platform(Platform::nvidia_gpu);
  verdict.set_anchors(with.anchors.kind());
  verdict.limit_valid_until(with.question.moment.at + kLongestLife);
  judge_simulation(with.report, with.question, with.anchors, verdict);
  const auto report = parse_report(device.report);
  if (!report) {
    refuse_format(report.error(), verdict);
    return out;
  }
  auto claims = nvidia_claims(*report);
  if (!claims) {
    refuse_format(claims.error(), verdict);
    return out;
  }
  out.claims = *std::move(claims);
  out.claims.verified_by = with.verifier == GpuVerifier::local ? "local" : "nras";
  verdict.set_firmware_version(out.claims.vbios_version);
  judge_claimed_nonce(device, *report, verdict);
  const auto identity = judge_identity(device, *report, with.anchors, with.question, verdict);
  if (!identity) {
    return out;
  }
  out.claims.hwmodel = identity->name.chip;
  out.claims.pdi = to_hex(identity->pdi);
  out.claims.ueid = decimal(device.chain.front()->serial());
  out.known = known_device(device, *identity, out);
  auto peers = peers_of(*report, identity->name.kind);
  if (!peers) {
    refuse_format(peers.error(), verdict);
    return out;
  }
  out.known->peers = *std::move(peers);
  out.known->locked = is_locked(*report);
  judge_firmware_id(device, out.claims, with.rules, verdict);
  const bool genuine = !verdict.has_failure_in("device", 0) && !verdict.has_failure_in("platform", 0);
  if (with.verifier == GpuVerifier::nras) {
    if (genuine) {
      verdict.mark_platform_verified();
    }
    return out;  // the rest is for judge_remotely
  }
  out.current =
      judge_device_revocation({device.chain, ChainRole::evidence_signer, with.anchors}, with.question, verdict);
  out.to_the_end = judge_reference_values(*report, with, out);
  if (genuine && out.claims.measurements != MeasurementResult::mismatch) {
    verdict.mark_platform_verified();
  }
  if (!verdict.has_failure_in("revocation", 0) && !verdict.has_failure_in("chain", 0)) {
    verdict.mark_chain_verified();
  }
  return out;
}

void finish_device(const DeviceCircumstances& with, JudgedDevice& judged) {
  VerdictBuilder& verdict = judged.verdict;
  verdict.set_claims(judged.claims);
  if (!judged.known) {
    return;
  }
  judge_device_rules(judged.claims, with.rules, verdict);
  const bool matched = judge_nonce(judged.claims.nonce.value, with.question, verdict);
  if (matched && with.question.wants_binding() && judged.current) {
    verdict.mark_freshness_verified();
  }
}

}  // namespace tenzro::tee::nvidia
