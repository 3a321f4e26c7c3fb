// SPDX-License-Identifier: Apache-2.0
// Every case of the NVIDIA manifest gets the verdict that it states. (Manifests that stand alone: nvidia_rim_test.cpp.)
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "crypto/digest.hpp"
#include "support/nvidia_case.hpp"
#include "tenzro/tee/certificates.hpp"

namespace tenzro::tee::test {
namespace {

/// The codes that stand for the manifest's wordings.
const std::map<std::string, Codes>& expected_codes() {
  static const std::map<std::string, Codes> codes = {
      {"gpu-hopper-550.90.07-full", {}},
      {"gpu-hopper-550.90.07-late", {"certificate_expired"}},
      {"gpu-hopper-550.90.07-early", {"certificate_not_yet_valid"}},
      {"gpu-hopper-535.86.09-mismatch", {"firmware_id_missing", "rim_digest_mismatch"}},
      {"switch-ls10-full", {}},
      {"switch-ls10-bad-signature", {"report_signature_invalid"}},
      {"gpu-blackwell-575.32", {}},
      {"gpu-hopper-535.86.09-report", {}},
      {"gpu-hopper-bad-signature", {"report_signature_invalid"}},
  };
  return codes;
}

void expect_claims(const NvidiaClaims& claims, const nlohmann::json& expected) {
  const auto expect_text = [&](const char* member, const std::string& actual) {
    if (expected.contains(member)) {
      EXPECT_EQ(actual, expected[member].get<std::string>()) << member;
    }
  };
  expect_text("request_nonce", to_hex(claims.nonce.value));
  expect_text("driver", claims.driver_version);
  expect_text("vbios", claims.vbios_version);
  expect_text("project", claims.project);
  expect_text("project_sku", claims.project_sku);
  expect_text("chip_sku", claims.chip_sku);
  expect_text("fwid", to_hex(claims.fwid));
  expect_text("ueid_decimal", claims.ueid);
  expect_text("switch_pdi", claims.pdi);
  if (expected.contains("hwmodel_cn")) {
    const std::string name = expected["hwmodel_cn"];
    EXPECT_EQ(claims.hwmodel, name.starts_with("LS_10") ? "LS10" : name.substr(0, name.find(' ')));
  }
  if (expected.value("protected_pcie", "") == "0xaa") {
    EXPECT_EQ(claims.mode, "ppcie");
  }
}

const Check* find_check(const VerificationResult& verdict, std::string_view id) {
  const auto found = std::ranges::find(verdict.checks(), id, &Check::id);
  return found == verdict.checks().end() ? nullptr : &*found;
}

/// A policy for GPUs is met by no switch alone.
Codes under_policy(Codes codes, bool switches_alone) {
  if (switches_alone) {
    codes.insert("device_evidence_missing");
  }
  return codes;
}

class NvidiaLocal : public testing::TestWithParam<std::string> {
 protected:
  VerificationResult judge(const VerifyOptions& options) const {
    return AttestationVerifier(nvidia_collateral(one_)).verify(report_, options);
  }
  const nlohmann::json one_ = nvidia_case(GetParam());
  const AttestationReport report_ = nvidia_report(one_["report"]);
  const Codes codes_ = expected_codes().at(GetParam());
};

using NvidiaFull = NvidiaLocal;

TEST_P(NvidiaFull, GivesTheStatedVerdict) {
  const VerificationResult verdict = judge(nvidia_options(one_).revocation(Revocation::off));
  EXPECT_EQ(codes_of(verdict.failures()), codes_) << text_of(verdict.failures());
  EXPECT_EQ(verdict.valid(), codes_.empty());
  EXPECT_TRUE(verdict.signature_verified());
  EXPECT_TRUE(codes_of(verdict.warnings()).contains("revocation_not_checked"));
  EXPECT_TRUE(codes_of(verdict.warnings()).contains("gpu_platform_unknown"));
  EXPECT_TRUE(codes_of(verdict.warnings()).contains("replay_not_ruled_out"));
  EXPECT_FALSE(verdict.freshness_verified());
  ASSERT_EQ(verdict.devices().size(), 1U);
  if (one_.contains("expected")) {
    expect_claims(nvidia_claims_of(verdict), one_["expected"]);
  }
  if (!codes_.empty()) {
    return;
  }
  EXPECT_EQ(nvidia_claims_of(verdict).measurements, MeasurementResult::match);
  const Check* const measurements = find_check(verdict, "measurements");
  ASSERT_NE(measurements, nullptr);
  const auto& expected = one_["expected"];
  EXPECT_EQ(measurements->actual, std::to_string(expected["golden_compared"].get<int>()) + " compared, " +
                                      std::to_string(expected.contains("golden_skipped") ? 1 : 0) + " skipped");
  for (const auto& [check, id] : {std::pair("rim.driver", "driver_rim_id"), std::pair("rim.vbios", "vbios_rim_id"),
                                  std::pair("rim.vbios", "bios_rim_id")}) {
    if (expected.contains(id)) {
      ASSERT_NE(find_check(verdict, check), nullptr);
      EXPECT_EQ(find_check(verdict, check)->expected, expected[id].get<std::string>());
    }
  }
}

TEST_P(NvidiaFull, LacksOcspAnswersByDefault) {
  const VerificationResult verdict = judge(nvidia_options(one_));
  EXPECT_FALSE(verdict.valid());
  EXPECT_FALSE(verdict.certificate_chain_verified());
  Codes expected = codes_;
  expected.insert("revocation_missing");
  EXPECT_EQ(codes_of(verdict.failures()), expected) << text_of(verdict.failures());
}

INSTANTIATE_TEST_SUITE_P(Cases, NvidiaFull, testing::ValuesIn(nvidia_ids({"gpu-local-full", "switch-local-full"})),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
                           return name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NvidiaFull);

using NvidiaReport = NvidiaLocal;

TEST_P(NvidiaReport, GivesTheStatedVerdict) {
  const VerificationResult verdict = judge(nvidia_options(one_).with_policy(nvidia_without_manifests()));
  EXPECT_EQ(codes_of(verdict.failures()), under_policy(codes_, one_["kind"] == "switch-report"))
      << text_of(verdict.failures());
  EXPECT_EQ(verdict.valid(), codes_.empty());
  EXPECT_EQ(verdict.signature_verified(), codes_.empty());
  if (one_.contains("expected") && codes_.empty()) {
    expect_claims(nvidia_claims_of(verdict), one_["expected"]);
    EXPECT_TRUE(codes_of(verdict.warnings()).contains("measurements_not_compared"));
    EXPECT_EQ(nvidia_claims_of(verdict).measurements, MeasurementResult::not_compared);
  }
}

TEST_P(NvidiaReport, LacksManifestsByDefault) {
  const VerificationResult verdict = judge(nvidia_options(one_).revocation(Revocation::off));
  EXPECT_FALSE(verdict.valid());
  if (codes_.empty()) {
    EXPECT_TRUE(verdict.signature_verified() && verdict.certificate_chain_verified());
    EXPECT_TRUE(codes_of(verdict.failures()).contains("collateral_missing")) << text_of(verdict.failures());
  } else {
    EXPECT_EQ(codes_of(verdict.failures()), codes_);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, NvidiaReport, testing::ValuesIn(nvidia_ids({"gpu-report", "switch-report"})),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
                           return name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NvidiaReport);

class NvidiaEvidence : public testing::TestWithParam<std::string> {
 protected:
  const nlohmann::json one_ = nvidia_case(GetParam());
  const AttestationReport report_ = nvidia_report(one_["file"]);
  const AttestationVerifier verifier_{no_collateral()};
};

TEST_P(NvidiaEvidence, GivesTheStatedVerdict) {
  const EvidenceNonce nonce = nonce_of(one_["nonce"]);
  const VerificationResult verdict =
      verifier_.verify(report_, nvidia_options(one_).expect_nonce(nonce).with_policy(nvidia_without_manifests()));
  const bool switches_alone = one_["file"].get<std::string>().find("switch") != std::string::npos;
  EXPECT_EQ(codes_of(verdict.failures()), under_policy({}, switches_alone)) << text_of(verdict.failures());
  EXPECT_TRUE(verdict.signature_verified() && verdict.certificate_chain_verified() && verdict.platform_verified());
  EXPECT_EQ(verdict.nonce_verified(), std::optional(true));
  const auto& devices = one_["devices"];
  ASSERT_EQ(verdict.devices().size(), devices.size());
  for (std::size_t i = 0; i < devices.size(); ++i) {
    EXPECT_TRUE(verdict.devices()[i].valid());
    expect_claims(nvidia_claims_of(verdict.devices()[i]), devices[i]);
  }
  ASSERT_EQ(verdict.verified().has_value(), !switches_alone);
  if (!switches_alone) {
    EXPECT_EQ(verdict.verified()->devices().size(), devices.size());
  }
}

// ATTACK(V1)
TEST_P(NvidiaEvidence, AnswersNoOtherNonce) {
  std::string other = one_["nonce"];
  other.back() = other.back() == '0' ? '1' : '0';
  const VerificationResult verdict = verifier_.verify(
      report_, nvidia_options(one_).expect_nonce(nonce_of(other)).with_policy(nvidia_without_manifests()));
  EXPECT_TRUE(codes_of(verdict.failures()).contains("nonce_mismatch")) << text_of(verdict.failures());
  EXPECT_EQ(verdict.nonce_verified(), std::optional(false));
  EXPECT_FALSE(verdict.verified());
}

TEST_P(NvidiaEvidence, LacksManifestsAndOcspAnswersByDefault) {
  const VerificationResult verdict = verifier_.verify(report_, nvidia_options(one_));
  EXPECT_EQ(codes_of(verdict.failures()), (Codes{"collateral_missing", "revocation_missing"}))
      << text_of(verdict.failures());
  EXPECT_TRUE(verdict.signature_verified());
}

INSTANTIATE_TEST_SUITE_P(Cases, NvidiaEvidence, testing::ValuesIn(nvidia_ids({"evidence-json"})),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
                           return name;
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NvidiaEvidence);

// --- Protected PCIe: eight GPUs and four switches.

nlohmann::json whole_machine() {
  nlohmann::json out = read_vector_json("nvidia/evidence/ppcie-8gpu.json");
  for (const auto& one : read_vector_json("nvidia/evidence/ppcie-4switch.json")) {
    out.push_back(one);
  }
  return out;
}

VerificationResult judge_machine(const nlohmann::json& devices, VerifyOptions options) {
  const std::string text = devices.dump();
  const auto report = parse_report(view(text));
  EXPECT_TRUE(report);
  return AttestationVerifier(no_collateral())
      .verify(*report,
              std::move(options.at(*from_rfc3339("2026-03-01T00:00:00Z")).with_policy(nvidia_without_manifests())));
}

VerificationResult judge_machine(const nlohmann::json& devices) {
  return judge_machine(devices, VerifyOptions::unbound_replay_possible());
}

TEST(NvidiaTopology, HoldsForAWholeMachine) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  const VerificationResult verdict = judge_machine(whole_machine());
  EXPECT_TRUE(verdict.valid()) << text_of(verdict.failures());
  EXPECT_EQ(verdict.devices().size(), 12U);
  ASSERT_NE(find_check(verdict, "topology"), nullptr);
  EXPECT_EQ(find_check(verdict, "topology")->actual, "8 GPUs, 4 switches");
  EXPECT_FALSE(codes_of(verdict.warnings()).contains("switch_evidence_missing"));
}

// ATTACK(V2)
TEST(NvidiaTopology, FailsWhenAnyOneIsMissing) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  const nlohmann::json all = whole_machine();
  for (std::size_t i = 0; i < all.size(); ++i) {
    nlohmann::json rest = all;
    rest.erase(i);
    const VerificationResult verdict = judge_machine(rest);
    EXPECT_EQ(codes_of(verdict.failures()), Codes{"topology_mismatch"}) << i << text_of(verdict.failures());
  }
}

// ATTACK(V2)
TEST(NvidiaTopology, TakesNoDeviceTwice) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  const nlohmann::json all = whole_machine();
  for (const std::size_t i : {0U, 11U}) {
    nlohmann::json doubled = all;
    doubled.push_back(all[i]);
    EXPECT_TRUE(codes_of(judge_machine(doubled).failures()).contains("device_duplicated")) << i;
    nlohmann::json replaced = all;
    replaced[i == 0 ? 1 : 10] = all[i];
    EXPECT_TRUE(codes_of(judge_machine(replaced).failures()).contains("device_duplicated")) << i;
  }
}

// ATTACK(V2)
TEST(NvidiaTopology, TakesNoReportUnderAnotherDevicesCertificates) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  nlohmann::json swapped = whole_machine();
  std::swap(swapped[0]["certificate"], swapped[1]["certificate"]);
  EXPECT_TRUE(codes_of(judge_machine(swapped).failures()).contains("report_signature_invalid"));
  nlohmann::json renamed = whole_machine();
  renamed[0]["arch"] = "BLACKWELL";
  EXPECT_TRUE(codes_of(judge_machine(renamed).failures()).contains("device_kind_mismatch"));
  renamed = whole_machine();
  renamed[0]["arch"] = "LS10";
  EXPECT_TRUE(codes_of(judge_machine(renamed).failures()).contains("device_kind_mismatch"));
}

TEST(NvidiaTopology, OneFailedDeviceFailsTheWhole) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  nlohmann::json all = read_vector_json("nvidia/evidence/ppcie-8gpu.json");
  Bytes report = *from_base64(all[5]["evidence"].get<std::string>());
  report.back() ^= 1U;
  all[5]["evidence"] = to_base64(report);
  const VerificationResult verdict = judge_machine(all);
  EXPECT_EQ(codes_of(verdict.failures()), Codes{"report_signature_invalid"}) << text_of(verdict.failures());
  EXPECT_TRUE(verdict.failures().front().message.starts_with("GPU-5: "));
  EXPECT_FALSE(verdict.signature_verified());
  for (std::size_t i = 0; i < verdict.devices().size(); ++i) {
    EXPECT_EQ(verdict.devices()[i].valid(), i != 5);
  }
}

TEST(NvidiaTopology, SwitchesAndCountAreForThePolicy) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  PolicyRules rules = nvidia_without_manifests().rules();
  rules.devices.nvidia_gpu->nvswitch = NvSwitchRule::require;
  rules.devices.nvidia_gpu->count = 8;
  const AttestationReport gpus = nvidia_report("evidence/ppcie-8gpu.json");
  const AttestationVerifier verifier(no_collateral());
  const auto judge = [&](const AttestationReport& report) {
    return codes_of(verifier
                        .verify(report, VerifyOptions::unbound_replay_possible()
                                            .at(*from_rfc3339("2026-03-01T00:00:00Z"))
                                            .with_policy(*Policy::from_rules(rules)))
                        .failures());
  };
  const std::string whole = whole_machine().dump();
  EXPECT_EQ(judge(*parse_report(view(whole))), Codes{});
  EXPECT_EQ(judge(gpus), Codes{"switch_evidence_missing"});
  rules.devices.nvidia_gpu->count = 7;
  EXPECT_EQ(judge(*parse_report(view(whole))), Codes{"device_count_not_allowed"});
}

// --- Chains.

class NvidiaChain : public testing::TestWithParam<std::string> {};

TEST_P(NvidiaChain, GivesTheStatedVerdict) {
  const nlohmann::json one = nvidia_case(GetParam());
  const bool good = one["result"].get<std::string>().starts_with("PASS");
  const auto chain = read_certificates(nvidia_file(one["chain"]));
  ASSERT_TRUE(chain);
  const ChainResult result =
      verify_certificate_chain(*chain, Platform::nvidia_gpu, *from_rfc3339("2026-03-01T00:00:00Z"));
  EXPECT_EQ(result.valid(), good) << text_of(result.failures());
  // The same beside a report, which no such chain signed.
  AttestationReport report = nvidia_report("gpu-hopper-550.90.07/report.hex.txt");
  report.certificate_chain = *chain;
  const VerificationResult verdict =
      AttestationVerifier(no_collateral()).verify(report, nvidia_options(one).with_policy(nvidia_without_manifests()));
  EXPECT_EQ(verdict.valid(), good) << text_of(verdict.failures());
  EXPECT_EQ(verdict.certificate_chain_verified(), good);
  if (!good) {
    EXPECT_EQ(verdict.failures().front().check, "chain") << text_of(verdict.failures());
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, NvidiaChain, testing::ValuesIn(nvidia_ids({"gpu-cert-chain"})), [](const auto& tested) {
  std::string name = tested.param;
  std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NvidiaChain);

// --- Tokens of NVIDIA's service.

class NvidiaTokens : public testing::TestWithParam<std::string> {
 protected:
  VerificationResult judge(const VerifyOptions& options) const {
    return AttestationVerifier(nvidia_collateral(one_)).verify(nvidia_report(one_["response"]), options);
  }
  const nlohmann::json one_ = nvidia_case(GetParam());
};

TEST_P(NvidiaTokens, GivesTheStatedVerdict) {
  const bool good = one_["overall"];
  nlohmann::json at = one_;
  if (!at.contains("valid_at_epoch")) {
    at["valid_at_epoch"] = one_["iat"].get<std::int64_t>() + 60;
  }
  const VerificationResult verdict = judge(nvidia_options(at).expect_nonce(nonce_of(one_["nonce"])));
  EXPECT_EQ(verdict.valid(), good) << text_of(verdict.failures());
  EXPECT_TRUE(verdict.signature_verified());
  EXPECT_TRUE(verdict.certificate_chain_verified());
  ASSERT_EQ(verdict.devices().size(), one_["devices"].size());
  if (good) {
    EXPECT_TRUE(verdict.freshness_verified());
    EXPECT_EQ(verdict.nonce_verified(), std::optional(true));
    std::size_t i = 0;
    for (const auto& expected : one_["devices"]) {
      const NvidiaClaims& claims = nvidia_claims_of(verdict.devices()[i++]);
      EXPECT_EQ(claims.hwmodel, expected["hwmodel"].get<std::string>());
      EXPECT_EQ(claims.ueid, expected["ueid"].get<std::string>());
      EXPECT_EQ(claims.driver_version, expected["x-nvidia-gpu-driver-version"].get<std::string>());
      EXPECT_EQ(claims.vbios_version, expected["x-nvidia-gpu-vbios-version"].get<std::string>());
      EXPECT_EQ(claims.measurements, MeasurementResult::match);
    }
    EXPECT_EQ(verdict.valid_until(), UtcTime(std::chrono::seconds(one_["exp"].get<std::int64_t>())));
  } else {
    EXPECT_TRUE(codes_of(verdict.failures()).contains("nras_device_failed")) << text_of(verdict.failures());
  }
}

TEST_P(NvidiaTokens, AreNothingAfterTheirEnd) {
  const UtcTime end(std::chrono::seconds(one_["exp"].get<std::int64_t>()));
  const VerificationResult verdict = judge(VerifyOptions::unbound_replay_possible().at(end));
  EXPECT_FALSE(verdict.valid());
  EXPECT_TRUE(codes_of(verdict.failures()).contains("token_expired")) << text_of(verdict.failures());
}

TEST_P(NvidiaTokens, NeedAKeySet) {
  nlohmann::json without = one_;
  without.erase("jwks");
  const VerificationResult verdict =
      AttestationVerifier(nvidia_collateral(without))
          .verify(nvidia_report(one_["response"]), VerifyOptions::unbound_replay_possible());
  EXPECT_EQ(codes_of(verdict.failures()), Codes{"collateral_missing"}) << text_of(verdict.failures());
}

INSTANTIATE_TEST_SUITE_P(Cases, NvidiaTokens, testing::ValuesIn(nvidia_ids({"nras-v3"})), [](const auto& tested) {
  std::string name = tested.param;
  std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NvidiaTokens);

/// The bytes of a member's value, as they stand in the text.
std::string_view value_of(std::string_view text, std::string_view member) {
  std::size_t at = text.find(std::string("\"") + std::string(member) + "\":") + member.size() + 3;
  at = text.find('{', at);
  int depth = 0;
  for (std::size_t i = at;; ++i) {
    depth += text.at(i) == '{' ? 1 : text[i] == '}' ? -1 : 0;
    if (depth == 0) {
      return text.substr(at, i + 1 - at);
    }
  }
}

TEST(NvidiaBinding, ACpuReportSignsTheHashOfTheEvidence) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  const nlohmann::json one = nvidia_case("binding-tinfoil-v3");
  const Bytes file = nvidia_file(one["file"]);
  const std::string text(file.begin(), file.end());
  const nlohmann::json document = nlohmann::json::parse(text);
  const std::string_view gpu = value_of(text, "gpu");
  const auto& data = document["report_data"];
  EXPECT_EQ(to_hex(crypto::sha256(view(gpu))), data["gpu_evidence_hash"].get<std::string>());

  Bytes bound;
  for (const char* member : {"tls_key_fp", "hpke_key", "nonce", "gpu_evidence_hash"}) {
    const Bytes part = *from_hex(data[member].get<std::string>());
    bound.insert(bound.end(), part.begin(), part.end());
  }
  Bytes expected(64);
  std::ranges::copy(crypto::sha256(bound), expected.begin());
  const Bytes quote = *from_base64(document["cpu"]["report"].get<std::string>());
  const auto cpu = parse_report(quote);
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->report_data_hex, to_hex(expected));

  const auto devices = parse_report(view(gpu));
  ASSERT_TRUE(devices) << devices.error().message();
  const VerificationResult verdict = AttestationVerifier(no_collateral())
                                         .verify(*devices, VerifyOptions::bound_to_nonce(nonce_of(data["nonce"]))
                                                               .at(*from_rfc3339("2026-06-29T00:00:00Z"))
                                                               .with_policy(nvidia_without_manifests()));
  EXPECT_TRUE(verdict.valid()) << text_of(verdict.failures());
}

TEST(NvidiaManifest, HasNoCaseThatNobodyJudges) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors";
  }
  const std::set<std::string> kinds = {
      "gpu-local-full", "switch-local-full", "gpu-report", "switch-report",   "evidence-json",
      "ppcie-topology", "gpu-cert-chain",    "nras-v3",    "cpu-gpu-binding", "rim"};
  for (const nlohmann::json& one : nvidia_cases()) {
    EXPECT_TRUE(kinds.contains(one["kind"])) << one["id"];
  }
}

}  // namespace
}  // namespace tenzro::tee::test
