// SPDX-License-Identifier: Apache-2.0
// Every entry of the SEV-SNP manifest gets the verdict that it states.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <string>

#include "evidence/snp/certificate_extensions.hpp"
#include "evidence/snp/claims.hpp"
#include "formats/pem.hpp"
#include "support/snp_case.hpp"
#include "verify/snp/report_checks.hpp"
#include "verify/snp/rules.hpp"
#include "x509/asn1_parts.hpp"
#include "x509/chain_checker.hpp"

namespace tenzro::tee::test {
namespace {

using Codes = std::set<std::string>;

std::int64_t unix_time(const nlohmann::json& one) { return one["verify_at_unix"].get<std::int64_t>(); }

/// True when the failures are exactly one code, and that one stands for the manifest's wording or an alternative.
void expect_codes(const VerificationResult& verdict, const nlohmann::json& one, const std::string& wording) {
  EXPECT_FALSE(verdict.valid());
  Codes allowed = snp_codes().at(wording);
  for (const auto& other : one.value("also_acceptable", std::vector<std::string>{})) {
    const Codes& more = snp_codes().at(other);
    allowed.insert(more.begin(), more.end());
  }
  const Codes found = codes_of(verdict.failures());
  EXPECT_EQ(found.size(), 1U) << text_of(verdict.failures());
  for (const std::string& code : found) {
    EXPECT_TRUE(allowed.contains(code)) << wording << "\n" << text_of(verdict.failures());
  }
}

class SnpManifest : public testing::TestWithParam<std::string> {
 protected:
  const nlohmann::json one_ = snp_entry("cases", GetParam());
  const AttestationReport report_ = snp_report_of(snp_evidence(one_));
  const std::string product_ = one_["product"];
};

TEST_P(SnpManifest, GivesTheStatedVerdict) {
  const AttestationVerifier verifier = snp_verifier(snp_certificates(one_));
  const VerificationResult verdict = verifier.verify(report_, snp_options(unix_time(one_)));
  if (one_.value("parse_only", false)) {
    EXPECT_EQ(codes_of(verdict.failures()), Codes{"collateral_missing"}) << text_of(verdict.failures());
    return;
  }
  const std::string expected = one_["expected_default_policy"];
  if (expected == "OK") {
    EXPECT_TRUE(verdict.valid()) << text_of(verdict.failures());
    EXPECT_TRUE(verdict.platform_verified() && verdict.signature_verified() && verdict.certificate_chain_verified());
    EXPECT_FALSE(verdict.freshness_verified());
    EXPECT_TRUE(codes_of(verdict.warnings()).contains("replay_not_ruled_out"));
    EXPECT_TRUE(codes_of(verdict.warnings()).contains("revocation_not_checked"));
  } else {
    expect_codes(verdict, one_, expected);
  }
  EXPECT_EQ(verdict.signature_verified(), one_["signature_and_chain_verified_with_openssl"].get<bool>());
  if (one_.contains("expected_when_policy_allows_it")) {
    const VerificationResult allowed =
        verifier.verify(report_, snp_options(unix_time(one_)).with_policy(snp_allowing_policy()));
    EXPECT_TRUE(allowed.valid()) << text_of(allowed.failures());
    EXPECT_EQ(allowed.policy_verified(), true);
  }
}

// The default: what the manifest supplies no current list for is not enough.
TEST_P(SnpManifest, DemandsARevocationListByDefault) {
  if (one_.value("parse_only", false) || one_["expected_default_policy"] == "REPORT_SIGNATURE") {
    return;
  }
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(time_at(unix_time(one_))).with_policy(snp_allowing_policy(Revocation::require));
  const VerificationResult without = snp_verifier(snp_certificates(one_)).verify(report_, options);
  EXPECT_EQ(codes_of(without.failures()), Codes{"revocation_missing"}) << text_of(without.failures());
  EXPECT_FALSE(without.certificate_chain_verified());

  const VerificationResult with = snp_verifier(snp_certificates(one_), {product_}).verify(report_, options);
  if (one_["id"] == "s04") {
    // AMD keeps another list for VLEK chains, and the manifest has none.
    EXPECT_EQ(codes_of(with.failures()), Codes{"revocation_missing"}) << text_of(with.failures());
    return;
  }
  EXPECT_TRUE(with.valid()) << text_of(with.failures());
  EXPECT_TRUE(with.certificate_chain_verified());
  ASSERT_EQ(with.collateral().size(), 1U);
  EXPECT_EQ(with.collateral()[0].kind, CollateralKind::amd_crl);
  EXPECT_EQ(with.valid_until(), with.collateral()[0].next_update);
}

TEST_P(SnpManifest, IsFreshOnlyWhenBoundAndCurrent) {
  if (one_["expected_default_policy"] != "OK" || one_.contains("hcl")) {
    return;
  }
  const Bytes report = snp_report(one_);
  const auto data = ReportData::from_caller_data(ByteView(report).subspan(0x50, 64));
  if (!data) {
    return;  // all zero: nothing that anybody could ask for
  }
  const AttestationVerifier verifier = snp_verifier(snp_certificates(one_), {product_});
  VerifyOptions options = VerifyOptions::bound_to_caller_data(*data).at(time_at(unix_time(one_)));
  const VerificationResult bound = verifier.verify(report_, options);
  EXPECT_TRUE(bound.valid() && bound.freshness_verified()) << text_of(bound.failures());
  EXPECT_EQ(bound.user_data_verified(), true);
  EXPECT_TRUE(bound.verified().has_value());
  const VerificationResult unchecked = verifier.verify(report_, options.revocation(Revocation::off));
  EXPECT_TRUE(unchecked.valid());
  EXPECT_FALSE(unchecked.freshness_verified());

  const VerificationResult other =
      verifier.verify(report_, VerifyOptions::bound_to(Challenge::random()).at(time_at(unix_time(one_))));
  EXPECT_EQ(codes_of(other.failures()), Codes{"user_data_mismatch"});
  EXPECT_EQ(other.user_data_verified(), false);
}

TEST_P(SnpManifest, ReportsTheStatedFields) {
  const VerificationResult verdict = snp_verifier(snp_certificates(one_)).verify(report_, snp_options(unix_time(one_)));
  const nlohmann::json json = nlohmann::json::parse(to_json(verdict));
  const auto& claims = json["claims"];
  const auto& fields = one_["fields"];
  EXPECT_EQ(json["platform"], "amd-sev-snp");
  EXPECT_EQ(claims["report_version"], fields["version"]);
  for (const char* name : {"guest_svn", "vmpl", "family_id", "image_id", "current_tcb", "reported_tcb", "committed_tcb",
                           "launch_tcb", "measurement", "host_data", "id_key_digest", "author_key_digest", "report_id",
                           "report_id_ma", "chip_id", "report_data"}) {
    EXPECT_EQ(claims[name], fields[name]) << name;
  }
  for (const char* name : {"policy", "platform_info"}) {
    EXPECT_EQ("0x" + claims[name].get<std::string>(), fields[name].get<std::string>()) << name;
  }
  EXPECT_EQ(claims["debug"], one_["id"] == "s01");
  EXPECT_EQ(claims["signing_key"], one_["id"] == "s04" ? "vlek" : "vcek");
  std::string product = claims["product"];
  std::ranges::transform(product, product.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  EXPECT_EQ(product, product_);
  if (fields.contains("current_version")) {
    EXPECT_EQ(json["firmware_version"], fields["current_version"]);
  }
}

INSTANTIATE_TEST_SUITE_P(Real, SnpManifest, testing::ValuesIn(snp_ids("cases")),
                         [](const auto& one) { return one.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SnpManifest);

// --- Certificates by themselves.
class SnpCertificate : public testing::TestWithParam<std::string> {};

TEST_P(SnpCertificate, ChainsAsStated) {
  const nlohmann::json one = snp_entry("certificate_cases", GetParam());
  const Bytes der = certificates_in(read_vector("sev-snp/" + one["file"].get<std::string>())).front();
  const auto leaf = x509::Certificate::parse(der).value();
  const bool vlek = leaf->common_name() == "SEV-VLEK";
  const std::string product = one["product"];
  const Bytes intermediate =
      certificates_in(read_vector("sev-snp/roots/" + product + (vlek ? "_asvk.der" : "_ask.pem"))).front();
  const ChainResult result = verify_certificate_chain(
      {der, intermediate}, Platform::amd_sev_snp, vlek ? ChainRole::vlek : ChainRole::vcek, time_at(unix_time(one)));
  const std::string expected = one["expected_chain"];
  if (expected == "OK") {
    EXPECT_TRUE(result.valid()) << text_of(result.failures());
  } else {
    ASSERT_EQ(result.failures().size(), 1U) << text_of(result.failures());
    EXPECT_TRUE(snp_codes().at(expected).contains(result.failures()[0].code)) << text_of(result.failures());
  }

  std::vector<snp::NamedExtension> named;
  for (const x509::Extension& extension : leaf->extensions()) {
    named.push_back({extension.oid, extension.value});
  }
  std::string name = product;
  name[0] = static_cast<char>(std::toupper(name[0]));
  const auto read = snp::read_leaf_extensions(named, snp::parse_product(name).value(), vlek);
  ASSERT_TRUE(read.has_value()) << read.error().message();
  EXPECT_EQ(read->product, snp::parse_product(name));
  const auto& raw = one["amd_extensions_raw_hex"];
  const auto level = [&](const char* oid) {
    return raw.contains(oid) ? from_hex(raw[oid].get<std::string>())->back() : 0;
  };
  EXPECT_EQ(read->tcb.bootloader, level("0301"));
  EXPECT_EQ(read->tcb.tee, level("0302"));
  EXPECT_EQ(read->tcb.snp, level("0303"));
  EXPECT_EQ(read->tcb.microcode, level("0308"));
  EXPECT_EQ(read->tcb.fmc.has_value(), raw.contains("0309"));
  if (raw.contains("04")) {
    const std::string hex = raw["04"];
    EXPECT_TRUE(hex.ends_with(to_hex(read->hwid.value())));
  }
  EXPECT_EQ(read->csp_id.has_value(), raw.contains("05"));
}

INSTANTIATE_TEST_SUITE_P(Real, SnpCertificate, testing::ValuesIn(snp_ids("certificate_cases")),
                         [](const auto& one) { return one.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SnpCertificate);

// --- Alterations.
class SnpMutation : public testing::TestWithParam<std::string> {};

void edit(Bytes& bytes, const nlohmann::json& edits) {
  for (const auto& one : edits) {
    if (one.contains("truncate_to")) {
      bytes.resize(one["truncate_to"].get<std::size_t>());
    } else if (one.contains("append")) {
      const Bytes more = from_hex(one["append"].get<std::string>()).value();
      bytes.insert(bytes.end(), more.begin(), more.end());
    } else if (one.contains("xor")) {
      bytes.at(one["offset"].get<std::size_t>()) ^= static_cast<std::uint8_t>(one["xor"].get<unsigned>());
    } else {
      const Bytes set = from_hex(one["set"].get<std::string>()).value();
      std::ranges::copy(set, bytes.begin() + one["offset"].get<std::ptrdiff_t>());
    }
  }
}

TEST_P(SnpMutation, IsRefusedAsStated) {
  const nlohmann::json one = snp_entry("mutations", GetParam());
  const nlohmann::json base = snp_entry("cases", one["base"]);
  const nlohmann::json over = one.value("override", nlohmann::json::object());
  Bytes bytes = snp_report(base);
  edit(bytes, one["edits"]);
  const nlohmann::json leaf_of = over.contains("leaf") ? snp_entry("cases", over["leaf"]) : base;
  std::vector<std::string> lists;
  VerifyOptions options = snp_options(over.value("verify_at_unix", unix_time(base)));
  if (over.contains("crl") || one["expected"] == "CRL_STALE") {
    lists = {over.value("crl", base["product"].get<std::string>())};
    options.revocation(Revocation::require);
  }
  options.with_policy(snp_allowing_policy());
  const VerificationResult verdict =
      snp_verifier(snp_certificates(leaf_of), lists).verify(snp_report_of(bytes), options);
  if (one["expected"] == "OK") {
    EXPECT_TRUE(verdict.valid()) << text_of(verdict.failures());
    return;
  }
  expect_codes(verdict, one, one["expected"]);
}

INSTANTIATE_TEST_SUITE_P(Real, SnpMutation, testing::ValuesIn(snp_ids("mutations")),
                         [](const auto& one) { return one.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SnpMutation);

// --- Chains of another project, under its own root that bears AMD's names.
class SnpImpostor : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const nlohmann::json input = read_vector_json("sev-snp/synthetic/" + GetParam() + "/input.json");
    leaf_ = lenient_base64(input["vcek_der_b64"]);
    ask_ = pem_of(input["ask_pem"]);
    root_ = pem_of(input["amd_root_ca_pem"]);
    report_ = inflated(lenient_base64(input["attestation_doc_b64"]));
  }
  static Bytes pem_of(const std::string& text) { return certificates_in(Bytes(text.begin(), text.end())).front(); }
  /// These reports travel as gzip.
  static Bytes inflated(const Bytes& gzip) {
    Bytes out(snp::kReportSize);
    z_stream stream{};
    stream.next_in = const_cast<Bytef*>(gzip.data());
    stream.avail_in = static_cast<uInt>(gzip.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    constexpr int kGzip = 15 + 16;
    EXPECT_EQ(inflateInit2(&stream, kGzip), Z_OK);
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    EXPECT_EQ(inflateEnd(&stream), Z_OK);
    return out;
  }

  const nlohmann::json one_ = snp_entry("synthetic_cases", GetParam());
  Bytes leaf_, ask_, root_, report_;
};

// ATTACK(X1), ATTACK(X2): the chain as it came, its root included.
TEST_P(SnpImpostor, IsRefusedUnderThePinnedRoots) {
  ASSERT_EQ(one_["expected_with_pinned_amd_roots"], "CHAIN");
  AttestationReport report = snp_report_of(report_);
  report.certificate_chain = {leaf_, ask_, root_};
  expect_codes(snp_verifier({}).verify(report, snp_options(unix_time(one_))), one_, "CHAIN");
  // Without the root the intermediate's issuer is AMD's, which never signed it.
  report.certificate_chain = {leaf_, ask_};
  expect_codes(snp_verifier({}).verify(report, snp_options(unix_time(one_))), one_, "CHAIN");
  // And with AMD's own intermediate of that name the leaf is not signed.
  expect_codes(snp_verifier({leaf_}).verify(snp_report_of(report_), snp_options(unix_time(one_))), one_, "CHAIN");
}

// Its issuers have neither key usage nor key identifiers, which RFC 5280 demands of every CA and genuine AMD chains
// have: our path rules refuse it under its own root, too, and for nothing else.
TEST_P(SnpImpostor, LacksUnderItsOwnRootWhatEveryIssuerMustHave) {
  AttestationReport report = snp_report_of(report_);
  report.certificate_chain = {leaf_, ask_, root_};
  const VerificationResult verdict =
      snp_verifier({}).verify(report, snp_options(unix_time(one_)).replace_trust_anchors({root_}));
  EXPECT_EQ(codes_of(verdict.failures()), (Codes{"issuer_not_ca", "key_id_missing"})) << text_of(verdict.failures());
}

// What comes after the chain, by itself.
TEST_P(SnpImpostor, IsJudgedAsStatedBehindItsChain) {
  const snp::Report report = snp::parse_report(report_).value();
  VerdictBuilder verdict(time_at(unix_time(one_)));
  Memory memory{MemoryLimits{}};
  Recollection recall(memory);
  Question question;
  question.recall = &recall;
  question.moment.at = time_at(unix_time(one_));
  std::vector<x509::CertificatePtr> issuers;
  const auto product = snp::product_of(report.cpu_id().value());
  EXPECT_TRUE(snp::judge_constants(report, verdict));
  const auto leaf = snp::choose_leaf(report, product, {x509::Certificate::parse(leaf_).value()},
                                     x509::AnchorSet::pinned(), question, issuers, verdict);
  ASSERT_TRUE(leaf.has_value());
  EXPECT_TRUE(snp::judge_signing_key(report, *leaf, verdict));
  EXPECT_EQ(snp::judge_product(product, *leaf, verdict), product);
  EXPECT_TRUE(snp::judge_report_signature(*leaf, verdict));
  EXPECT_NE(snp::judge_leaf_binding(report, *leaf, *product, verdict), nullptr);
  snp::judge_policy_constants(report, verdict);
  snp::PlatformTcb tcb{*product,
                       snp::silicon_line_of(report.cpu_id().value()),
                       snp::read_tcb(report.reported_tcb(), *product),
                       snp::read_tcb(report.committed_tcb(), *product),
                       snp::read_tcb(report.current_tcb(), *product),
                       snp::read_tcb(report.launch_tcb(), *product)};
  const snp::TcbAssessment assessment = snp::assess_tcb(tcb);
  // Its platform info is nobody's: the policy of the input does not ask for it.
  SnpRules rules;
  rules.platform_info.alias_check_complete = BitRule::any;
  std::move(snp::appraise(snp::snp_claims(report), {tcb, assessment, false, false, {}}, rules, "default"))
      .report_to(verdict);
  const VerificationResult result = std::move(verdict).finish(false, false);
  Codes found = codes_of(result.failures());
  found.erase("verification_incomplete");
  const std::string expected = one_["expected_with_root_in_input"];
  EXPECT_EQ(found, expected == "OK" ? Codes{} : snp_codes().at(expected)) << text_of(result.failures());
}

INSTANTIATE_TEST_SUITE_P(Real, SnpImpostor, testing::ValuesIn(snp_ids("synthetic_cases")), [](const auto& one) {
  std::string name = one.param;
  std::ranges::replace(name, '-', '_');
  return name;
});
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SnpImpostor);

// --- Azure guests.
nlohmann::json tpm_quote_of(const nlohmann::json& one) {
  const bool same_file = one["quote"] == "same file";
  const std::string file = same_file ? one["hcl"] : one["quote"];
  if (file.ends_with(".json")) {
    const nlohmann::json json = read_vector_json("sev-snp/" + file);
    return same_file ? (json.contains("tpm_quote") ? json["tpm_quote"] : json["quote"]) : json;
  }
  // Message and signature by themselves; the registers are another quote's.
  nlohmann::json out = read_vector_json("sev-snp/s10_azure_hcl_v2/tpm-quote-v1.json");
  out["message"] = to_hex(read_vector("sev-snp/s10_azure_hcl_v2/tpm-quote.msg"));
  out["signature"] = to_hex(read_vector("sev-snp/s10_azure_hcl_v2/tpm-quote.sig"));
  return out;
}

TEST(SnpAzure, QuotesAreJudgedAsStated) {
  for (const nlohmann::json& one : snp_entries("azure_vtpm_quotes")) {
    SCOPED_TRACE(one.dump());
    const std::string hcl = one["hcl"];
    nlohmann::json base;
    for (const nlohmann::json& candidate : snp_entries("cases")) {
      base = candidate["files"][0] == hcl ? candidate : base;
    }
    AttestationReport report = snp_report_of(snp_evidence(base));
    const std::string quote = tpm_quote_of(one).dump();
    report.tpm_quote.assign(quote.begin(), quote.end());
    const Bytes challenge = from_hex(one["extra_data_hex"].get<std::string>()).value();
    VerifyOptions options = VerifyOptions::bound_to_caller_data(ReportData::from_caller_data(challenge).value());
    options.at(time_at(unix_time(base))).accept_paravisor();
    const AttestationVerifier verifier = snp_verifier(snp_certificates(base), {base["product"]});
    const VerificationResult verdict = verifier.verify(report, options);
    if (!one["signature_ok"].get<bool>()) {
      EXPECT_EQ(codes_of(verdict.failures()), Codes{"tpm_quote_signature_invalid"}) << text_of(verdict.failures());
      continue;
    }
    EXPECT_TRUE(verdict.valid() && verdict.freshness_verified()) << text_of(verdict.failures());
    const auto& claims = std::get<SnpClaims>(*verdict.claims_for_display());
    ASSERT_TRUE(claims.azure.has_value());
    EXPECT_EQ(to_hex(claims.azure->runtime_data_sha256), base["hcl"]["sha256_of_runtime_claims"].get<std::string>());
    EXPECT_EQ(claims.azure->vtpm_pcrs.size(), 24U);
    // Without the quote nothing answers the challenge.
    report.tpm_quote.clear();
    const VerificationResult without = verifier.verify(report, options);
    EXPECT_EQ(codes_of(without.failures()), Codes{"user_data_mismatch"});
    EXPECT_TRUE(codes_of(without.warnings()).contains("vtpm_quote_missing"));
  }
}

TEST(SnpManifestSet, IsJudgedWhole) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  EXPECT_EQ(snp_entries("cases").size(), 16U);
  EXPECT_EQ(snp_entries("certificate_cases").size(), 5U);
  EXPECT_EQ(snp_entries("synthetic_cases").size(), 6U);
  EXPECT_EQ(snp_entries("mutations").size(), 22U);
  EXPECT_EQ(snp_entries("azure_vtpm_quotes").size(), 4U);
  // The table knows the manifest's whole vocabulary.
  for (const auto& [wording, meaning] : snp_manifest()["result_codes"].items()) {
    EXPECT_TRUE(wording == "OK" || snp_codes().contains(wording)) << wording;
  }
}

}  // namespace
}  // namespace tenzro::tee::test
