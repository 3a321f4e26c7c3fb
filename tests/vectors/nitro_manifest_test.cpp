// SPDX-License-Identifier: Apache-2.0
// Every Nitro document gets the verdict that its manifest states.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "crypto/digest.hpp"
#include "evidence/nitro/document.hpp"
#include "support/nitro_case.hpp"

namespace tenzro::tee::test {
namespace {

std::set<std::string> distinct_codes(const VerificationResult& verdict) {
  std::set<std::string> out;
  for (const Finding& failure : verdict.failures()) {
    out.insert(failure.code);
  }
  return out;
}

std::string told(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += finding.check + "/" + finding.code + ": " + finding.message + "\n";
  }
  return out;
}

bool has_code(const std::vector<Finding>& findings, std::string_view code) {
  return std::ranges::any_of(findings, [code](const Finding& finding) { return finding.code == code; });
}

/// From the manifest's stage to our code; where a stage has several reasons, from the entry's id.
std::set<std::string> expected_codes(const nlohmann::json& one) {
  static const std::map<std::string, std::set<std::string>> kByStage = {
      {"cbor", {"malformed_evidence"}},     {"cose", {"malformed_evidence"}},
      {"syntax", {"malformed_evidence"}},   {"signature", {"document_signature_invalid"}},
      {"time", {"certificate_expired"}},    {"policy", {"nonce_mismatch"}},
      {"chain", {"certificate_malformed"}},
  };
  static const std::map<std::string, std::set<std::string>> kById = {
      // Well-formed, but of an algorithm or digest that is not judged.
      {"synthetic-cose-alg-es512", {"unsupported_evidence"}},
      {"synthetic-cose-alg-text", {"unsupported_evidence"}},
      {"synthetic-cose-alg-unprotected2", {"unsupported_evidence"}},
      {"synthetic-cose-alg-both", {"unsupported_evidence"}},
      {"synthetic-cose-crit", {"unsupported_evidence"}},
      {"synthetic-cose-prot-trailing", {"unsupported_evidence"}},
      {"synthetic-syntax-digest-sha256", {"unsupported_evidence"}},
      {"synthetic-syntax-digest-lowercase", {"unsupported_evidence"}},
      // Fine for what it is, which is not what was asked for.
      {"synthetic-kind-enclave-as-tpm", {"platform_mismatch"}},
      {"synthetic-chain-evil-same-name", {"root_mismatch"}},
      {"synthetic-chain-no-root", {"root_mismatch"}},
      {"synthetic-chain-pinned-root-prepended", {"certificate_order"}},
      {"synthetic-chain-missing-zonal", {"certificate_order"}},
      {"synthetic-chain-leaf-as-issuer", {"issuer_not_ca"}},
      {"synthetic-chain-zonal-no-certsign", {"issuer_not_ca"}},
      {"synthetic-chain-pathlen", {"path_length_exceeded"}},
      {"synthetic-chain-instance-as-leaf", {"leaf_is_ca", "leaf_key_usage"}},
      {"synthetic-chain-leaf-no-digitalsignature", {"leaf_key_usage"}},
      {"synthetic-chain-leaf-p256", {"key_not_allowed"}},
      {"synthetic-chain-unknown-critical", {"unknown_critical_extension"}},
      {"mut-dstack-nsm-2025-12-25a-early", {"certificate_not_yet_valid"}},
      {"synthetic-time-leaf-not-yet", {"certificate_not_yet_valid"}},
      {"synthetic-time-stamp-outside-leaf", {"timestamp_outside_certificate"}},
      {"synthetic-time-stamp-seconds", {"timestamp_outside_certificate"}},
      {"dstack-dbg-2025-12-25", {"enclave_debug"}},
      {"evervault-2022-10-12-debug", {"enclave_debug"}},
  };
  const nlohmann::json& expected = one["expected"];
  if (expected["result"] == "accept") {
    return {};
  }
  const auto by_id = kById.find(one["id"].get<std::string>());
  return by_id != kById.end() ? by_id->second : kByStage.at(expected["stage"].get<std::string>());
}

class NitroManifest : public testing::TestWithParam<std::string> {};

TEST_P(NitroManifest, IsTheFileThatItsHashNames) {
  const nlohmann::json one = nitro_entry(GetParam());
  const Bytes file = nitro_file(one);
  EXPECT_EQ(file.size(), one["bytes"].get<std::size_t>());
  EXPECT_EQ(to_hex(crypto::sha256(file)), one["sha256"].get<std::string>());
}

TEST_P(NitroManifest, GivesTheStatedVerdict) {
  const nlohmann::json one = nitro_entry(GetParam());
  const std::string result = one["expected"]["result"];
  const VerificationResult verdict = judge_nitro(nitro_report(one), nitro_options(one));
  EXPECT_EQ(verdict.valid(), result == "accept") << told(verdict.failures());
  EXPECT_EQ(distinct_codes(verdict), expected_codes(one)) << told(verdict.failures());
  if (result == "accept") {
    EXPECT_TRUE(verdict.platform_verified() && verdict.signature_verified() && verdict.certificate_chain_verified());
    EXPECT_TRUE(verdict.freshness_verified()) << "a signed time that is young enough";
    const bool with_nonce = one.contains("expected_nonce") && one["expected_nonce"].is_string();
    EXPECT_EQ(has_code(verdict.warnings(), "replay_not_ruled_out"), !with_nonce);
    EXPECT_EQ(verdict.verified().has_value(), with_nonce);
    EXPECT_EQ(verdict.nonce_verified(), with_nonce ? std::optional(true) : std::nullopt);
  }
  if (result == "accept-if-debug-allowed") {
    const VerificationResult allowed = judge_nitro(nitro_report(one), accepting_nitro_options(one));
    EXPECT_TRUE(allowed.valid()) << told(allowed.failures());
    EXPECT_TRUE(has_code(allowed.warnings(), "enclave_debug"));
    EXPECT_EQ(allowed.policy_verified(), true);
  }
}

// Whatever the caller allows, what is no genuine document stays refused.
TEST_P(NitroManifest, YieldsToNoLeniency) {
  const nlohmann::json one = nitro_entry(GetParam());
  const std::string stage = one["expected"].value("stage", "");
  if (one["expected"]["result"] != "reject" || stage == "policy") {
    return;
  }
  VerifyOptions lenient = nitro_options(one);
  lenient.with_policy(nitro_debug_allowed()).revocation(Revocation::off).max_age(std::chrono::days{36'500});
  EXPECT_FALSE(judge_nitro(nitro_report(one), lenient).valid());
}

TEST_P(NitroManifest, ReportsTheStatedFields) {
  const nlohmann::json one = nitro_entry(GetParam());
  if (!one.contains("pcrs")) {
    return;  // made or altered ones: nothing stated
  }
  const VerificationResult verdict = judge_nitro(nitro_report(one), nitro_options(one));
  const auto json = nlohmann::json::parse(to_json(verdict));
  const auto& claims = json["claims"];
  EXPECT_EQ(json["platform"], is_nitro_tpm(one) ? "aws-nitro-tpm" : "aws-nitro");
  EXPECT_EQ(json["firmware_version"], "");
  EXPECT_TRUE(json["tcb"].is_null());
  EXPECT_EQ(claims["module_id"], one["module_id"]);
  EXPECT_EQ(claims["digest"], one.value("digest", "SHA384"));
  if (one.contains("timestamp")) {
    const std::string time = one["timestamp"];  // 2025-12-25T13:15:37.578000+00:00
    EXPECT_EQ(claims["timestamp"], time.substr(0, 23) + "Z");
  }
  EXPECT_EQ(claims[is_nitro_tpm(one) ? "nitrotpm_pcrs" : "pcrs"], one["pcrs"]);
  EXPECT_FALSE(claims.contains(is_nitro_tpm(one) ? "pcrs" : "nitrotpm_pcrs"));
  for (const char* field : {"public_key", "user_data", "nonce"}) {
    EXPECT_EQ(claims.at(field), one.at(field)) << field;
  }
  EXPECT_EQ(claims["debug"], one.value("debug_mode", false));
  if (verdict.signature_verified()) {
    EXPECT_EQ(json["certificates"].size(), one.value("certificate_count_in_cabundle", std::size_t{4}) + 1);
  }
}

// ATTACK(N9) ATTACK(N10): each field answers for itself only.
TEST_P(NitroManifest, BindsEachFieldToItsOwnExpectation) {
  const nlohmann::json one = nitro_entry(GetParam());
  if (!one.contains("pcrs") || one["expected"]["result"] == "reject") {
    return;
  }
  const AttestationReport report = nitro_report(one);
  const auto field = [&](const char* name) {
    return one[name].is_string() ? *from_hex(one[name].get<std::string>()) : Bytes();
  };
  const auto judged = [&](VerifyOptions options) {
    options.at(nitro_time(one));
    if (one["root"] == "roots/test_root.pem") {
      options.replace_trust_anchors(nitro_test_roots());
    }
    return judge_nitro(report, options);
  };
  const Bytes user_data = field("user_data"), nonce = field("nonce"), public_key = field("public_key");
  for (const Bytes& value : {user_data, nonce, public_key, Bytes(32, 0x77)}) {
    if (const auto data = ReportData::from_caller_data(value)) {
      const VerificationResult verdict = judged(VerifyOptions::bound_to_caller_data(*data));
      EXPECT_EQ(verdict.user_data_verified(), !user_data.empty() && value == user_data);
      EXPECT_EQ(has_code(verdict.failures(), "user_data_mismatch"), value != user_data);
    }
    if (const auto expected = EvidenceNonce::from_caller_data(value)) {
      const VerificationResult verdict = judged(VerifyOptions::bound_to_nonce(*expected));
      EXPECT_EQ(verdict.nonce_verified(), value == nonce);
      EXPECT_EQ(has_code(verdict.failures(), "nonce_mismatch"), value != nonce);
    }
    VerifyOptions options = VerifyOptions::unbound_replay_possible();
    options.expect_public_key(value);
    EXPECT_EQ(has_code(judged(options).failures(), "public_key_mismatch"), public_key.empty() || value != public_key);
  }
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace_if(name, [](char c) { return c == '-' || c == '_'; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Real, NitroManifest, testing::ValuesIn(nitro_document_ids()), name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(NitroManifest);

class NitroManifestSet : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
  }
};

TEST_F(NitroManifestSet, IsJudgedWhole) {
  std::map<std::string, std::size_t> kinds;
  for (const nlohmann::json& one : nitro_entries("")) {
    ++kinds[one["kind"].get<std::string>()];
  }
  // What is no document is judged by the test below and by nitro_cbor_test and nitro_cose_test.
  const std::map<std::string, std::size_t> known = {
      {"trust-anchor", 1},         {"nitro-enclave-document", 106},     {"nitro-nitrotpm-document", 3},
      {"sig-structure", 1},        {"kms-ciphertext-for-recipient", 1}, {"cose-sign1", 8},
      {"cbor-well-formed-set", 1}, {"cbor-malformed-set", 1},           {"cbor-profile-set", 1}};
  EXPECT_EQ(kinds, known);
}

TEST_F(NitroManifestSet, NamesThePinnedRoot) {
  const nlohmann::json one = nitro_entry("aws-root-g1");
  const Bytes root = read_certificates(nitro_file(one)).value().front();
  EXPECT_EQ(to_hex(crypto::sha256(root)), one["der_sha256"].get<std::string>());
  // The same bytes in a document are what the pinned set accepts it by.
  const Bytes evidence = nitro_file(nitro_entry("base-2024-11-30"));
  const nitro::Document document = nitro::parse_document(evidence).value();
  EXPECT_TRUE(std::ranges::equal(document.cabundle().front(), root));
}

TEST_F(NitroManifestSet, SignsTheStatedSigStructure) {
  const Bytes stated = nitro_file(nitro_entry("base-2024-11-30-sigstructure"));
  const Bytes evidence = nitro_file(nitro_entry("base-2024-11-30"));
  const nitro::Document document = nitro::parse_document(evidence).value();
  const cose::SigStructureHead head(document.envelope.payload.size());
  Bytes built(head.view().begin(), head.view().end());
  built.insert(built.end(), document.envelope.payload.begin(), document.envelope.payload.end());
  EXPECT_EQ(to_hex(built), to_hex(stated));
}

// A document and its tagged form are one document.
TEST_F(NitroManifestSet, TakesEveryDocumentTaggedToo) {
  for (const nlohmann::json& one : accepted_nitro_documents()) {
    AttestationReport report = nitro_report(one);
    const bool tagged = report.evidence.front() == 0xd2;
    if (tagged) {
      report.evidence.erase(report.evidence.begin());
    } else {
      report.evidence.insert(report.evidence.begin(), 0xd2);
    }
    EXPECT_TRUE(judge_nitro(report, accepting_nitro_options(one)).valid()) << one["id"];
  }
}

// ATTACK(N11): the kinds never stand for each other.
TEST_F(NitroManifestSet, AcceptsNoTpmThatWasNotAskedFor) {
  for (const nlohmann::json& one : accepted_nitro_documents()) {
    SCOPED_TRACE(one["id"].get<std::string>());
    VerifyOptions options = nitro_options(one);
    const bool tpm = is_nitro_tpm(one);
    options.require_platform(tpm ? Platform::aws_nitro : Platform::aws_nitro_tpm);
    EXPECT_TRUE(has_code(judge_nitro(nitro_report(one), options).failures(), "platform_mismatch"));
    VerifyOptions unnamed = VerifyOptions::unbound_replay_possible();
    unnamed.at(nitro_time(one));
    const VerificationResult verdict = judge_nitro(nitro_report(one), unnamed);
    EXPECT_EQ(has_code(verdict.failures(), "platform_not_accepted"), tpm);
  }
}

// ATTACK(X2) ATTACK(X4): evidence under foreign roots.
TEST_F(NitroManifestSet, AcceptsNothingUnderForeignRoots) {
  const std::vector<Bytes> aws = *read_certificates(read_vector("nitro/roots/aws_nitro_enclaves_root_g1.pem"));
  std::vector<std::vector<Bytes>> foreign = {{}, nitro_test_roots(), aws};
  for (const char* file :
       {"tdx/roots/intel_sgx_root_ca.der", "tdx/roots/Intel_SGX_Provisioning_Certification_RootCA.cer"}) {
    if (std::filesystem::exists(vectors_dir() / file)) {
      foreign.push_back(*read_certificates(read_vector(file)));
    }
  }
  for (const nlohmann::json& one : accepted_nitro_documents()) {
    for (const std::vector<Bytes>& roots : foreign) {
      const bool own = one["root"] == "roots/test_root.pem" ? roots == nitro_test_roots() : roots == aws;
      VerifyOptions options = accepting_nitro_options(one);
      options.replace_trust_anchors(roots);
      const VerificationResult verdict = judge_nitro(nitro_report(one), options);
      EXPECT_EQ(verdict.valid(), own) << one["id"];
      EXPECT_EQ(verdict.trust_anchors(), TrustAnchors::custom);
      EXPECT_TRUE(own || has_code(verdict.failures(), "root_mismatch") ||
                  has_code(verdict.failures(), "untrusted_root"))
          << one["id"] << told(verdict.failures());
    }
  }
  for (const nlohmann::json& one : accepted_nitro_documents()) {
    if (one["root"] == "roots/test_root.pem") {
      VerifyOptions pinned = VerifyOptions::unbound_replay_possible();
      pinned.at(nitro_time(one)).require_platform(is_nitro_tpm(one) ? Platform::aws_nitro_tpm : Platform::aws_nitro);
      EXPECT_TRUE(has_code(judge_nitro(nitro_report(one), pinned).failures(), "root_mismatch")) << one["id"];
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::test
