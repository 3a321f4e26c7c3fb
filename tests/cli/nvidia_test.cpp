// SPDX-License-Identifier: Apache-2.0
// `tenzro verify` and `inspect` on real evidence of NVIDIA's GPUs and switches, and on answers of its service.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "cli/contract.hpp"
#include "cli/golden.hpp"
#include "support/nvidia_vectors.hpp"
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::test {
namespace {

using Arguments = std::vector<std::string>;
using Codes = std::set<std::string>;

const std::string kAt = "2026-03-01T00:00:00Z";       // within the Hopper case's window
const std::string kTokenAt = "2026-06-29T02:09:03Z";  // a minute after the tokens were signed
const std::string kEightAt = "2026-06-29T02:07:34Z";
const std::string kNonce = "931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb";
const std::string kTokenNonce = "080c405ce6789e1761445180029523df3ae49576043f7f0868413a38e5e9a84e";
const std::string kHopper = "gpu-hopper-550.90.07/";

const Keys kNvidiaClaimKeys = {"nonce",          "device_type",   "hwmodel",     "ueid",         "pdi",
                               "driver_version", "vbios_version", "project",     "project_sku",  "chip_sku",
                               "mode",           "fwid",          "verified_by", "measurements", "secure_boot",
                               "cc_feature",     "dev_tools",     "debug"};

std::string file(const std::string& relative) { return (vectors_dir() / "nvidia" / relative).string(); }

std::string text_of(const std::string& relative) {
  const Bytes bytes = read_vector("nvidia/" + relative);
  return {bytes.begin(), bytes.end()};
}

Arguments operator+(Arguments left, const Arguments& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

class CliNvidia : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
  }

  static Arguments chain() { return {"--collateral", file(kHopper + "chain.pem")}; }
  static Arguments manifests() {
    return {"--collateral", file(kHopper + "driver-rim.xml"), "--collateral", file(kHopper + "vbios-rim.xml")};
  }
  static Arguments no_revocation() { return {"--revocation", "off"}; }
  static std::string report() { return file(kHopper + "report.hex.txt"); }
  static Arguments key_set(const std::string& folder) {
    return {"--collateral", file("nras/" + folder + "/jwks.json")};
  }
  static std::string answer(const std::string& folder) { return file("nras/" + folder + "/response.json"); }
  /// Eight GPUs and their four switches.
  std::string whole_machine() const {
    nlohmann::json all = read_vector_json("nvidia/evidence/ppcie-8gpu.json");
    for (const auto& one : read_vector_json("nvidia/evidence/ppcie-4switch.json")) {
      all.push_back(one);
    }
    return scratch.write("machine.json", all.dump());
  }

  static Outcome verify(const Arguments& more, const std::string& at = kAt) {
    return run_tenzro(Arguments{"verify", "--offline", "--json", "--at", at} + more);
  }
  static Outcome verify_text(const Arguments& more, const std::string& at = kAt) {
    return run_tenzro(Arguments{"verify", "--offline", "--at", at} + more);
  }
  /// With chain and manifests, revocation off.
  static Outcome verify_hopper(const Arguments& more, const std::string& at = kAt) {
    return verify(chain() + manifests() + no_revocation() + more, at);
  }
  static void expect_verdict(const Outcome& outcome, int exit_code, const Codes& failures) {
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.err, "");
    const Json verdict = outcome.json();
    expect_contract(verdict);
    EXPECT_EQ(verdict["platform"], "nvidia-gpu");
    EXPECT_EQ(codes_in(verdict, "failures"), failures) << outcome.out;
  }

  Scratch scratch;
};

TEST_F(CliNvidia, AReportWithChainAndManifestsPasses) {
  const Outcome outcome = verify_hopper({report()});
  expect_verdict(outcome, 0, {});
  const Json verdict = outcome.json();
  for (const char* flag : {"platform_verified", "signature_verified", "certificate_chain_verified"}) {
    EXPECT_EQ(verdict[flag], true) << flag;
  }
  EXPECT_EQ(verdict["freshness_verified"], false);
  for (const char* flag : {"user_data_verified", "nonce_verified", "policy_verified", "tcb", "policy"}) {
    EXPECT_TRUE(verdict[flag].is_null()) << flag;
  }
  EXPECT_EQ(verdict["firmware_version"], "96.00.9F.00.01");
  EXPECT_EQ(verdict["trust_anchors"], "pinned");
  EXPECT_EQ(verdict["valid_until"], "2026-03-02T00:00:00Z");  // a day: the manifests' signers last longer
  EXPECT_EQ(verdict["certificates"].size(), 5U);
  ASSERT_EQ(verdict["collateral"].size(), 2U);
  EXPECT_EQ(verdict["collateral"][0]["kind"], "rim");
  EXPECT_EQ(codes_in(verdict, "warnings"),
            (Codes{"gpu_platform_unknown", "replay_not_ruled_out", "revocation_not_checked"}));
  ASSERT_EQ(verdict["devices"].size(), 1U);
  for (const Json& claims : {verdict["claims"], verdict["devices"][0]["claims"]}) {
    EXPECT_EQ(keys(claims), kNvidiaClaimKeys);
    EXPECT_EQ(claims["nonce"], kNonce);
    EXPECT_EQ(claims["hwmodel"], "GH100");
    EXPECT_EQ(claims["driver_version"], "550.90.07");
    EXPECT_EQ(claims["measurements"], "match");
    EXPECT_EQ(claims["verified_by"], "local");
  }
}

TEST_F(CliNvidia, AReportIsTakenInEveryForm) {
  const std::string expected = verify_hopper({report()}).out;
  const Bytes bytes = nvidia_hex(kHopper + "report.hex.txt");
  EXPECT_EQ(verify_hopper({scratch.write("raw", bytes)}).out, expected);
  EXPECT_EQ(verify_hopper({scratch.write("hex", to_hex(bytes))}).out, expected);
  EXPECT_EQ(verify_hopper({scratch.write("base64", to_base64(bytes) + "\n")}).out, expected);
  const Outcome piped = run(
      {.arguments = Arguments{"verify", "--offline", "--json", "--at", kAt} + chain() + manifests() + no_revocation(),
       .stdin_bytes = bytes});
  EXPECT_EQ(piped.out, expected);
  AttestationReport envelope = parse_report(bytes).value();
  EXPECT_EQ(verify_hopper({scratch.write("envelope", to_json(envelope))}).out, expected);
  // With its chain, which then need not be given.
  envelope.certificate_chain = read_certificates(read_vector("nvidia/" + kHopper + "chain.pem")).value();
  const std::string chained = scratch.write("chained", to_json(envelope));
  expect_verdict(verify(manifests() + no_revocation() + Arguments{chained}), 0, {});
}

TEST_F(CliNvidia, EvidenceOfOneDeviceAsItsToolsWriteIt) {
  // The Hopper report again, which has its manifests, with its chain beside it.
  nlohmann::json device = {{"arch", "HOPPER"},
                           {"nonce", kNonce},
                           {"evidence", to_base64(nvidia_hex(kHopper + "report.hex.txt"))},
                           {"certificate", to_base64(read_vector("nvidia/" + kHopper + "chain.pem"))}};
  const nlohmann::json list = nlohmann::json::array({device});
  const std::string bare = scratch.write("bare.json", list.dump());
  const Outcome outcome = verify(manifests() + no_revocation() + Arguments{"--nonce-hex", kNonce, bare});
  expect_verdict(outcome, 0, {});
  EXPECT_EQ(outcome.json()["nonce_verified"], true);
  const std::string wrapped = scratch.write("wrapped.json", nlohmann::json{{"evidences", list}}.dump(1));
  EXPECT_EQ(verify(manifests() + no_revocation() + Arguments{"--nonce-hex", kNonce, wrapped}).out, outcome.out);
  // As base64, and in an envelope.
  const std::string base64 = scratch.write("base64", to_base64(view(list.dump())));
  EXPECT_EQ(verify(manifests() + no_revocation() + Arguments{"--nonce-hex", kNonce, base64}).out, outcome.out);
  AttestationReport envelope = parse_report(view(list.dump())).value();
  const std::string enveloped = scratch.write("envelope.json", to_json(envelope));
  EXPECT_EQ(verify(manifests() + no_revocation() + Arguments{"--nonce-hex", kNonce, enveloped}).out, outcome.out);
  // One chain too many: whose is it?
  envelope.certificate_chain = read_certificates(read_vector("nvidia/" + kHopper + "chain.pem")).value();
  expect_verdict(verify({scratch.write("twice.json", to_json(envelope))}), 1, {"certificate_chain_mismatch"});
}

TEST_F(CliNvidia, EvidenceOfManyDevicesIsJudgedDeviceByDevice) {
  nlohmann::json wrapped;
  wrapped["evidences"] = read_vector_json("nvidia/evidence/ppcie-8gpu.json");
  for (const auto& [path, devices, switches] :
       {std::tuple(file("evidence/hopper-590.12-single.json"), 1U, false),
        std::tuple(file("evidence/hopper-590.12-multi4.json"), 4U, false),
        std::tuple(file("evidence/ppcie-8gpu.json"), 8U, false),
        std::tuple(scratch.write("wrapped.json", wrapped.dump()), 8U, false), std::tuple(whole_machine(), 12U, true)}) {
    SCOPED_TRACE(path);
    const Outcome outcome = verify(no_revocation() + Arguments{path});
    expect_verdict(outcome, 4, {"collateral_missing"});
    const Json verdict = outcome.json();
    EXPECT_EQ(verdict["signature_verified"], true);
    EXPECT_EQ(verdict["certificate_chain_verified"], true);
    ASSERT_EQ(verdict["devices"].size(), devices);
    EXPECT_EQ(codes_in(verdict, "warnings").contains("switch_evidence_missing"), !switches);
    for (const Json& device : verdict["devices"]) {
      EXPECT_EQ(keys(device["claims"]), kNvidiaClaimKeys);
      EXPECT_EQ(device["claims"]["measurements"], "not_compared");
      EXPECT_EQ(codes_in(device, "failures"), Codes{"collateral_missing"});
    }
    // A message for each missing manifest of each device: two of a GPU, one of a switch.
    EXPECT_EQ(verdict["failures"].size(), switches ? 8U * 2 + 4 : devices * 2);
  }
}

TEST_F(CliNvidia, ASwitchesReportPasses) {
  const std::string folder = "switch-ls10-96.10.55/";
  const Arguments given =
      Arguments{"--collateral", file(folder + "chain.pem"), "--collateral", file(folder + "bios-rim.xml")} +
      no_revocation();
  const Outcome outcome = verify(given + Arguments{file(folder + "report.hex.txt")}, "2026-11-22T00:00:00Z");
  expect_verdict(outcome, 0, {});
  EXPECT_EQ(outcome.json()["claims"]["device_type"], "nvswitch");
  expect_verdict(verify(given + Arguments{file(folder + "report-invalid-signature.hex.txt")}, "2026-11-22T00:00:00Z"),
                 1, {"report_signature_invalid"});
}

// ATTACK(V1)
TEST_F(CliNvidia, TheNonceIsTheOneGiven) {
  const Outcome right = verify_hopper({"--nonce-hex", kNonce, report()});
  expect_verdict(right, 0, {});
  EXPECT_EQ(right.json()["nonce_verified"], true);
  EXPECT_FALSE(codes_in(right.json(), "warnings").contains("replay_not_ruled_out"));
  std::string other = kNonce;
  other.back() = 'a';
  const Outcome wrong = verify_hopper({"--nonce-hex", other, report()});
  expect_verdict(wrong, 1, {"nonce_mismatch"});
  EXPECT_EQ(wrong.json()["nonce_verified"], false);
  EXPECT_EQ(wrong.json()["failures"][0]["check"], "nonce");
  // User data stand for the nonce that is their hash.
  const Outcome unbound = verify_hopper({"--user-data", "hello", report()});
  expect_verdict(unbound, 1, {"user_data_mismatch"});
  EXPECT_EQ(unbound.json()["user_data_verified"], false);
  EXPECT_TRUE(unbound.json()["nonce_verified"].is_null());
}

TEST_F(CliNvidia, WhatMakesNoSenseIsAUsageError) {
  const std::string one_byte_more = kNonce + "00";
  for (const auto& [more, said] :
       {std::pair(Arguments{"--nonce-hex", kNonce, "--user-data", "hello"}, "a GPU answers one nonce"),
        {Arguments{"--nonce-hex", kNonce, "--user-data-hex", "01"}, "a GPU answers one nonce"},
        {Arguments{"--nonce-hex", "00"}, "has 32 bytes, 1 are given"},
        {Arguments{"--nonce-hex", one_byte_more}, "has 32 bytes, 33 are given"},
        {Arguments{"--nonce-hex", "0"}, "--nonce-hex: "},
        {Arguments{"--gpu-verifier", "x"}, "\"x\" is none of local and nras"},
        {Arguments{"--gpu-verifier", ""}, "\"\" is none of local and nras"}}) {
    const Outcome outcome = verify_hopper(more + Arguments{report()});
    EXPECT_EQ(outcome.exit_code, 2) << more[1] << outcome.out;
    EXPECT_EQ(outcome.json()["error"]["code"], "invalid_argument");
    EXPECT_TRUE(contains(outcome.err, said)) << outcome.err;
    expect_one_clear_line(outcome.err);
  }
}

TEST_F(CliNvidia, WhatIsMissingIsNoRejection) {
  // The chain, and after it manifests and OCSP responses.
  const Outcome nothing = verify({report()});
  expect_verdict(nothing, 4, {"collateral_missing"});
  EXPECT_EQ(nothing.json()["failures"][0]["check"], "chain");
  EXPECT_EQ(nothing.json()["signature_verified"], false);
  const Outcome no_manifests = verify(chain() + Arguments{report()});
  expect_verdict(no_manifests, 4, {"collateral_missing", "revocation_missing"});
  const Outcome unrevoked = verify(chain() + no_revocation() + Arguments{report()});
  expect_verdict(unrevoked, 4, {"collateral_missing"});
  ASSERT_EQ(unrevoked.json()["failures"].size(), 2U);
  EXPECT_TRUE(contains(unrevoked.json()["failures"][0]["message"], "NV_GPU_DRIVER_GH100_550.90.07"));
  EXPECT_TRUE(contains(unrevoked.json()["failures"][1]["message"], "NV_GPU_VBIOS_1010_0200_882_96009F0001"));
  // With all else there, only what nobody stores.
  const Outcome no_responses = verify(chain() + manifests() + Arguments{report()});
  expect_verdict(no_responses, 4, {"revocation_missing"});
  EXPECT_EQ(no_responses.json()["certificate_chain_verified"], false);
  const Outcome lenient = verify(chain() + manifests() + Arguments{"--revocation", "if-available", report()});
  expect_verdict(lenient, 0, {});
  EXPECT_TRUE(codes_in(lenient.json(), "warnings").contains("revocation_missing"));
}

TEST_F(CliNvidia, AFolderOfEverythingIsCollateral) {
  const Outcome outcome = verify(Arguments{"--collateral", file(kHopper)} + no_revocation() + Arguments{report()});
  expect_verdict(outcome, 0, {});
  EXPECT_EQ(outcome.json()["collateral"].size(), 2U);
}

TEST_F(CliNvidia, TheServiceIsNotAskedOffline) {
  const Outcome lone = verify(chain() + manifests() + Arguments{"--gpu-verifier", "nras", report()});
  expect_verdict(lone, 4, {"collateral_missing"});
  EXPECT_TRUE(contains(lone.json()["failures"][0]["message"], "remote attestation service"));
  const Outcome eight = verify({"--gpu-verifier", "nras", file("evidence/ppcie-8gpu.json")});
  expect_verdict(eight, 4, {"collateral_missing"});
  EXPECT_EQ(eight.json()["devices"].size(), 8U);
  EXPECT_EQ(verify_hopper({"--gpu-verifier", "local", report()}).out, verify_hopper({report()}).out);
}

// ATTACK(V5) ATTACK(V6)
TEST_F(CliNvidia, AlteredEvidenceAndManifestsAreRejected) {
  Bytes flipped = nvidia_hex(kHopper + "report.hex.txt");
  flipped.back() ^= 1U;
  expect_verdict(verify_hopper({scratch.write("signature", flipped)}), 1, {"report_signature_invalid"});
  flipped = nvidia_hex(kHopper + "report.hex.txt");
  flipped[4] ^= 1U;  // of the nonce
  expect_verdict(verify_hopper({scratch.write("nonce", flipped)}), 1, {"report_signature_invalid"});
  const Outcome altered = verify(chain() + no_revocation() +
                                 Arguments{"--collateral", file("derived/driver-rim-altered-measurement.xml"),
                                           "--collateral", file(kHopper + "vbios-rim.xml"), report()});
  expect_verdict(altered, 1, {"rim_digest_mismatch"});
  expect_verdict(verify_hopper({report()}, "2026-06-30T00:00:00Z"), 1, {"certificate_expired"});
  expect_verdict(verify_hopper({"--platform", "intel-tdx", report()}), 1, {"platform_mismatch"});
  expect_verdict(verify_hopper({"--trust-anchor", file("rims/incorrect_rim_root.crt"), report()}), 1,
                 {"untrusted_root"});
}

TEST_F(CliNvidia, BrokenEvidenceIsRejectedAndUnknownTextUnreadable) {
  std::string cut = text_of("evidence/ppcie-8gpu.json");
  cut.resize(cut.size() / 2);
  expect_verdict(verify({scratch.write("cut.json", cut)}), 1, {"malformed_evidence"});
  std::string token = text_of("nras/one-gpu-pass/response.json");
  token.resize(token.size() - 2);
  expect_verdict(verify(key_set("one-gpu-pass") + Arguments{scratch.write("cut-answer.json", token)}, kTokenAt), 1,
                 {"malformed_evidence"});
  const Outcome unknown = verify({scratch.write("unknown.json", R"([["EAT","eyJ"],{}])")});
  EXPECT_EQ(unknown.exit_code, 3);
  expect_one_clear_line(unknown.err);
  const Outcome nonsense = verify({"--collateral", scratch.write("nonsense", "this is no manifest"), report()});
  EXPECT_EQ(nonsense.exit_code, 3);
  expect_one_clear_line(nonsense.err);
}

// --- Answers of the service.

// ATTACK(V7)
TEST_F(CliNvidia, AnAnswerIsGoodForAnHour) {
  const Arguments given = key_set("one-gpu-pass") + Arguments{"--nonce-hex", kTokenNonce, answer("one-gpu-pass")};
  const Outcome outcome = verify(given, kTokenAt);
  expect_verdict(outcome, 0, {});
  const Json verdict = outcome.json();
  EXPECT_EQ(verdict["freshness_verified"], true);
  EXPECT_EQ(verdict["nonce_verified"], true);
  EXPECT_EQ(verdict["valid_until"], "2026-06-29T03:08:03Z");
  EXPECT_EQ(verdict["collateral"][0]["kind"], "jwks");
  ASSERT_EQ(verdict["devices"].size(), 1U);
  EXPECT_EQ(keys(verdict["claims"]), kNvidiaClaimKeys);
  EXPECT_EQ(verdict["claims"]["verified_by"], "nras");
  EXPECT_EQ(verify(given + Arguments{"--gpu-verifier", "nras"}, kTokenAt).out, outcome.out);
  expect_verdict(verify(given, "2026-06-29T03:08:03Z"), 1, {"token_expired"});
  expect_verdict(verify(given, "2026-06-29T02:00:00Z"), 1, {"token_not_yet_valid"});
  expect_verdict(verify(given + Arguments{"--max-age", "59"}, kTokenAt), 1, {"evidence_too_old"});
  AttestationReport envelope = parse_report(read_vector("nvidia/nras/one-gpu-pass/response.json")).value();
  EXPECT_EQ(verify(key_set("one-gpu-pass") +
                       Arguments{"--nonce-hex", kTokenNonce, scratch.write("envelope", to_json(envelope))},
                   kTokenAt)
                .out,
            outcome.out);
}

TEST_F(CliNvidia, AnAnswerNeedsItsKeySetAndEveryToken) {
  const Outcome no_keys = verify({answer("one-gpu-pass")}, kTokenAt);
  expect_verdict(no_keys, 4, {"collateral_missing"});
  EXPECT_EQ(no_keys.json()["failures"][0]["check"], "signature");
  std::string other = kTokenNonce;
  other.front() = '1';
  expect_verdict(verify(key_set("one-gpu-pass") + Arguments{"--nonce-hex", other, answer("one-gpu-pass")}, kTokenAt), 1,
                 {"nonce_mismatch"});
  const nlohmann::json bundle = read_vector_json("nvidia/nras/one-gpu-pass/response.json");
  const std::string overall = scratch.write("overall.jwt", bundle[0][1].get<std::string>() + "\n");
  expect_verdict(verify(key_set("one-gpu-pass") + Arguments{overall}, kTokenAt), 1, {"nras_device_token_missing"});
}

TEST_F(CliNvidia, AnAnswerThatSaysNoIsRejected) {
  const Outcome outcome = verify(key_set("eight-gpu-nonce-mismatch") + Arguments{answer("eight-gpu-nonce-mismatch")},
                                 "2026-06-10T01:50:28Z");
  expect_verdict(outcome, 1, {"nras_device_failed", "nras_overall_failed"});
  EXPECT_EQ(outcome.json()["devices"].size(), 8U);
}

// --- For people.

TEST_F(CliNvidia, TextOfOneDevice) {
  const Arguments given = chain() + manifests() + no_revocation();
  const Outcome good = verify_text(given + Arguments{report()});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_TRUE(good.out.starts_with("PASSED  nvidia-gpu\n")) << good.out;
  for (const std::string part :
       {"\n  gpu_platform_unknown (platform): ", "\n  pass      report_signature\n",
        "\n  skipped   ocsp\n          why:         revocation is switched off\n", "\n  driver_version: 550.90.07\n",
        "\n  measurements: match\n", "\n  Good until        2026-03-02T00:00:00Z\n"}) {
    EXPECT_TRUE(contains(good.out, part)) << part << " is not in\n" << good.out;
  }
  EXPECT_FALSE(contains(good.out, "\nDevices\n"));
  // Verbose says more, but no names without a value.
  const Outcome verbose = verify_text(given + Arguments{"-v", report()});
  EXPECT_TRUE(contains(verbose.out, "\n  verified_by: local\n"));
  EXPECT_FALSE(contains(verbose.out, "  mode:")) << verbose.out;
  EXPECT_FALSE(contains(verbose.out, ": \n")) << verbose.out;
  EXPECT_EQ(verify_text({"-q", report()}).out, "FAILED  nvidia-gpu  collateral_missing\n");
}

TEST_F(CliNvidia, TextOfTwelveDevicesSaysThingsOnce) {
  const Arguments given = no_revocation() + Arguments{whole_machine()};
  const Outcome outcome = verify_text(given);
  EXPECT_EQ(outcome.exit_code, 4) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("FAILED  nvidia-gpu  collateral_missing and 2 more\n")) << outcome.out;
  for (const std::string part :
       {"\n  collateral_missing (device): GPU-0 to GPU-7: no driver reference manifest for NV_GPU_DRIVER_",
        "\n  collateral_missing (device): GPU-0 to GPU-7: no VBIOS reference manifest for NV_GPU_VBIOS_",
        "\n  collateral_missing (device): SWITCH-0 to SWITCH-3: no BIOS reference manifest for NV_SWITCH_BIOS_",
        "\n  FAIL      GPU-0 to GPU-7: rim.driver\n", "\n  FAIL      SWITCH-0 to SWITCH-3: rim.vbios\n",
        "\n  skipped   GPU-0 to GPU-7, SWITCH-0 to SWITCH-3: ocsp\n",
        "\nDevices\n  GPU-0      FAILED  GH100  driver 590.12", "\n  SWITCH-3   FAILED  LS10  VBIOS 96.10.73.00.01"}) {
    EXPECT_TRUE(contains(outcome.out, part)) << part << " is not in\n" << outcome.out;
  }
  EXPECT_EQ(count_of(outcome.out, "\n  collateral_missing ("), 3U);
  // What is not the same of all stays apart: each device has a certificate of its own, and shares the others.
  const Outcome revocation = verify_text({whole_machine()});
  EXPECT_EQ(count_of(revocation.out, "\n  revocation_missing (revocation): GPU-"), 8U + 2) << revocation.out;
  EXPECT_TRUE(
      contains(revocation.out, "(revocation): GPU-0 to GPU-7: no OCSP response about the device's certificate 2"));
  EXPECT_TRUE(contains(revocation.out, "(revocation): GPU-0 to GPU-7, SWITCH-0 to SWITCH-3: no OCSP response about"));
  EXPECT_FALSE(contains(verify_text(given + Arguments{"-v"}).out, ": \n"));
}

TEST_F(CliNvidia, TextNamesTheDevicesThatDiffer) {
  nlohmann::json all = read_vector_json("nvidia/evidence/ppcie-8gpu.json");
  for (const std::size_t i : {1U, 2U, 5U}) {
    Bytes evidence = *from_base64(all[i]["evidence"].get<std::string>());
    evidence.back() ^= 1U;
    all[i]["evidence"] = to_base64(evidence);
  }
  const Outcome outcome = verify_text(no_revocation() + Arguments{scratch.write("some.json", all.dump())});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(contains(outcome.out, "\n  report_signature_invalid (signature): GPU-1, GPU-2, GPU-5: ")) << outcome.out;
  EXPECT_EQ(count_of(outcome.out, "\n  report_signature_invalid ("), 1U);
}

TEST_F(CliNvidia, TextHasNoHeadingWithNothingUnderIt) {
  const Outcome outcome = verify_text(key_set("one-gpu-pass") + Arguments{answer("one-gpu-pass")}, kTokenAt);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_FALSE(contains(outcome.out, "\nChecks\n\n")) << outcome.out;
  const Outcome eight = verify_text(key_set("eight-gpu-pass") + Arguments{answer("eight-gpu-pass")}, kEightAt);
  EXPECT_EQ(eight.exit_code, 0) << eight.out;
  EXPECT_FALSE(contains(eight.out, "\nChecks\n\n")) << eight.out;
}

// --- inspect.

TEST_F(CliNvidia, InspectionOfARealReportStaysAsItWas) {
  const Outcome outcome = run_tenzro({"inspect", report(), "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["kind"], "spdm_report");
  expect_golden("inspect_nvidia_hopper.json", outcome.out);
}

TEST_F(CliNvidia, InspectReadsEveryForm) {
  const nlohmann::json bundle = read_vector_json("nvidia/nras/one-gpu-pass/response.json");
  const AttestationReport enveloped = parse_report(read_vector("nvidia/nras/one-gpu-pass/response.json")).value();
  for (const auto& [path, kind] :
       {std::pair(report(), "spdm_report"), std::pair(file("evidence/ppcie-8gpu.json"), "device_evidence"),
        std::pair(whole_machine(), "device_evidence"), std::pair(file(kHopper + "chain.pem"), "certificates"),
        std::pair(file(kHopper + "driver-rim.xml"), "rim"), std::pair(file("nras/one-gpu-pass/jwks.json"), "jwks"),
        std::pair(answer("one-gpu-pass"), "nras_answer"), std::pair(answer("eight-gpu-nonce-mismatch"), "nras_answer"),
        std::pair(scratch.write("overall.jwt", bundle[0][1].get<std::string>()), "token"),
        std::pair(scratch.write("device.jwt", bundle[1]["GPU-0"].get<std::string>() + "\n"), "token"),
        std::pair(scratch.write("envelope.json", to_json(enveloped)), "report")}) {
    SCOPED_TRACE(path);
    const Outcome outcome = run_tenzro({"inspect", path, "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const Json document = outcome.json();
    EXPECT_EQ(document["kind"], kind);
    EXPECT_EQ(document["verified"], false);
    EXPECT_FALSE(contains(outcome.out, "\"error\":")) << outcome.out;
    EXPECT_TRUE(run_tenzro({"inspect", path}).out.starts_with(std::string(kind) + " (decoded, not verified)\n"));
  }
}

TEST_F(CliNvidia, InspectShowsTokensAsTheyStand) {
  const Outcome outcome = run_tenzro({"inspect", answer("one-gpu-pass")});
  for (const std::string part :
       {"nras_answer (decoded, not verified)\noverall:\n  header:\n    alg: ES384\n    kid: nv-eat-kid-prod-",
        "\n  submodules: GPU-0\n", "\n    x-nvidia-overall-att-result: yes\n", "\ndevices:\n  GPU-0:\n    header:\n",
        "\n      hwmodel: GH100"}) {
    EXPECT_TRUE(contains(outcome.out, part)) << part << " is not in\n" << outcome.out;
  }
  std::string token = read_vector_json("nvidia/nras/one-gpu-pass/response.json")[0][1];
  token.pop_back();
  const Outcome cut = run_tenzro({"inspect", scratch.write("cut.jwt", token + "!")});
  EXPECT_EQ(cut.exit_code, 3) << cut.out;
  expect_one_clear_line(cut.err);
}

}  // namespace
}  // namespace tenzro::tee::test
