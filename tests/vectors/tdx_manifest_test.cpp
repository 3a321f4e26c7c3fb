// SPDX-License-Identifier: Apache-2.0
// Every real TDX and SGX quote gets the verdict that its manifest states.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "collateral/intel/tcb_info.hpp"
#include "evidence/tdx/claims.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "evidence/tdx/quote.hpp"
#include "formats/pem.hpp"
#include "support/tdx_case.hpp"
#include "verify/tdx/tcb_evaluation.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::test {
namespace {

class TdxManifest : public testing::TestWithParam<std::string> {};

std::string code_of_reason(std::string reason) {
  std::replace(reason.begin(), reason.end(), '-', '_');
  return reason;
}

std::set<std::string> distinct_codes(const VerificationResult& verdict) {
  std::set<std::string> out;
  for (const Finding& failure : verdict.failures()) {
    out.insert(failure.code);
  }
  return out;
}

/// The manifest's reason, and what else is the matter with some of these quotes.
std::set<std::string> expected_codes(const nlohmann::json& one) {
  static const std::map<std::string, std::set<std::string>> kBesides = {
      {"v5-servicetd-uptodate-90c06f", {"mr_service_td_not_allowed"}},
      {"v5-servicetd-outdated-by-newer-collateral", {"mr_service_td_not_allowed"}},
      {"v5-no-matching-level-90c06f", {}},
      {"v4-tdx03-no-collateral", {"revocation_missing"}},
      {"v3-sgx-processor-ca-2", {"enclave_debug"}}};
  std::set<std::string> out;
  const auto besides = kBesides.find(one["id"].get<std::string>());
  if (besides != kBesides.end()) {
    out = besides->second;
  }
  if (one["expect"].contains("reason")) {
    out.insert(code_of_reason(one["expect"]["reason"]));
  }
  return out;
}

TEST_P(TdxManifest, GivesTheStatedVerdict) {
  const nlohmann::json one = tdx_case(GetParam());
  const AttestationVerifier verifier = verifier_for(one);
  const AttestationReport report = report_of(one);
  const VerificationResult verdict = verifier.verify(report, options_for(one));
  const auto& expect = one["expect"];
  const std::string result = expect["result"];

  if (result == "accept") {
    EXPECT_TRUE(verdict.valid()) << codes(verdict.failures());
    EXPECT_TRUE(verdict.platform_verified() && verdict.signature_verified() && verdict.certificate_chain_verified());
    EXPECT_TRUE(has_code(verdict.warnings(), "replay_not_ruled_out"));
  } else {
    EXPECT_FALSE(verdict.valid());
  }
  if (result != "accept") {
    EXPECT_EQ(distinct_codes(verdict), expected_codes(one)) << codes(verdict.failures());
  }
  if (expect.contains("tcb_status")) {
    ASSERT_TRUE(verdict.tcb().has_value()) << codes(verdict.failures());
    EXPECT_EQ(to_string(verdict.tcb()->status), expect["tcb_status"].get<std::string>());
  }
  if (result == "reject-by-default-policy" || result == "policy") {
    if (result == "policy") {
      EXPECT_EQ(verdict.failures().size(), 1U) << codes(verdict.failures());
      EXPECT_TRUE(has_code(verdict.failures(), "mr_service_td_not_allowed"));
    }
    const VerificationResult allowed = verifier.verify(report, options_for(one).with_policy(allowing_policy(one)));
    EXPECT_TRUE(allowed.valid()) << codes(allowed.failures());
    EXPECT_EQ(allowed.policy_verified(), true);
    if (result != "policy") {
      EXPECT_TRUE(has_code(allowed.warnings(), code_of_reason(expect["reason"])));
    }
  }
  if (result == "reject" && !expect.contains("at")) {
    // No policy helps: neither one that lists the status nor switching revocation off.
    VerifyOptions lenient = options_for(one).revocation(Revocation::off);
    if (!one["expect"].value("tcb_status", "").empty() && one["expect"]["tcb_status"] != "NotSupported") {
      lenient.with_policy(allowing_policy(one));
    }
    EXPECT_FALSE(verifier.verify(report, lenient).valid());
  }
}

TEST_P(TdxManifest, ReportsTheComputedTcb) {
  const nlohmann::json one = tdx_case(GetParam());
  if (!one.contains("computed") || !one.contains("verification_time")) {
    return;  // nothing stated, or judged at a time when the collateral does not apply
  }
  const auto& computed = one["computed"];
  const VerificationResult verdict = verifier_for(one).verify(report_of(one), options_for(one));
  ASSERT_TRUE(verdict.tcb().has_value());
  const TcbVerdict& tcb = *verdict.tcb();
  EXPECT_EQ(to_string(tcb.status), computed["tcb_status"].get<std::string>());
  EXPECT_EQ(to_string(tcb.launch_status.value_or(TcbStatus::unknown)), computed["launch_status"].get<std::string>());
  if (computed.contains("current_status")) {
    EXPECT_EQ(to_string(tcb.current_status.value_or(TcbStatus::unknown)),
              computed["current_status"].get<std::string>());
  } else {
    EXPECT_FALSE(tcb.current_status.has_value());
  }
  if (computed["tcb_date"].is_null()) {
    EXPECT_FALSE(tcb.date.has_value());
  } else {
    ASSERT_TRUE(tcb.date.has_value());
    EXPECT_EQ(to_rfc3339(*tcb.date), computed["tcb_date"].get<std::string>());
  }
  EXPECT_EQ(tcb.advisory_ids, computed["advisory_ids"].get<std::vector<std::string>>());
  EXPECT_EQ(tcb.evaluation_data_number, computed["tcb_evaluation_data_number"].get<std::uint32_t>());
  ASSERT_TRUE(tcb.collateral_expires.has_value());
  EXPECT_EQ(to_rfc3339(*tcb.collateral_expires), one["collateral_valid_until"].get<std::string>());
}

std::string text_of(const std::optional<TcbStatus>& status) {
  return std::string(to_string(status.value_or(TcbStatus::unknown)));
}

/// The first document of the kind that this parser reads and the quote needs.
template <class T, class Parse, class Fits>
T document_of(const nlohmann::json& one, CollateralKind kind, Parse parse, Fits fits) {
  const auto source = *offline_collateral(collateral_of(one));
  const auto documents = *source->find({kind, Platform::intel_tdx, {}, {}});
  std::optional<T> out;
  for (const CollateralDocumentPtr& document : documents) {
    const auto parsed = parse(document->body);
    // A file by itself replaces a member of a DCAP JSON.
    if (parsed && fits(*parsed) && (!out || !document->from_dcap_json)) {
      out = *parsed;
    }
  }
  EXPECT_TRUE(out.has_value());
  return out.value_or(T{});
}

// The parts that the status is made of, which no verdict shows.
TEST_P(TdxManifest, MatchesTheComputedParts) {
  const nlohmann::json one = tdx_case(GetParam());
  if (!one.contains("computed") || !one["computed"].contains("platform_tcb_status")) {
    return;  // no level matches, or nothing stated
  }
  const auto& computed = one["computed"];
  const Bytes evidence = report_of(one).evidence;
  const auto quote = *tdx::parse_quote(evidence);
  const bool tdx = quote.is_tdx();
  const auto chain = *pem::split_quote_chain(quote.certification_data);
  const auto leaf = *x509::Certificate::parse(chain[0].der);
  const auto pck = *tdx::parse_pck_extension(leaf->extension(tdx::kSgxExtensionOid)->value,
                                             one["fields"]["pck_issuer"] == "Intel SGX PCK Platform CA");
  const auto info = document_of<intel::TcbInfo>(one, CollateralKind::tcb_info, intel::parse_tcb_info,
                                                [&](const auto& it) { return it.tdx == tdx && it.fmspc == pck.fmspc; });
  const auto identity = document_of<intel::QeIdentity>(one, CollateralKind::qe_identity, intel::parse_qe_identity,
                                                       [&](const auto& it) { return it.id == (tdx ? "TD_QE" : "QE"); });
  tdx::PlatformSvns svns{pck.tcb_components, pck.pce_svn, tdx::read_qe_report(quote).isv_svn, {}, {}};
  if (tdx) {
    svns.tee_tcb_svn = tdx::read_td_report(quote).tee_tcb_svn;
  }
  const tdx::TcbEvaluation launch = tdx::assess_tcb(svns, info, identity).launch;
  EXPECT_EQ(to_string(launch.platform_status), computed["platform_tcb_status"].get<std::string>());
  EXPECT_EQ(text_of(launch.qe_status), computed["qe_status"].get<std::string>());
  EXPECT_EQ(launch.module_status.has_value(), !computed["tdx_module_status"].is_null());
  if (launch.module_status) {
    EXPECT_EQ(text_of(launch.module_status), computed["tdx_module_status"].get<std::string>());
  }
}

TEST_P(TdxManifest, ReportsTheStatedFields) {
  const nlohmann::json one = tdx_case(GetParam());
  const auto& fields = one["fields"];
  const VerificationResult verdict = verifier_for(one).verify(report_of(one), options_for(one));
  ASSERT_TRUE(verdict.claims_for_display().has_value());
  const auto json = nlohmann::json::parse(to_json(verdict));
  const auto& claims = json["claims"];
  const auto equal = [&](const char* claim, const char* field) {
    if (!fields.contains(field)) {
      EXPECT_FALSE(claims.contains(claim)) << claim;
      return;
    }
    EXPECT_EQ(claims[claim], fields[field]) << claim;
  };
  if (!is_sgx(one)) {
    EXPECT_EQ(json["platform"], "intel-tdx");
    equal("quote_version", "version");
    equal("tee_tcb_svn", "tee_tcb_svn");
    equal("tee_tcb_svn2", "tee_tcb_svn2");
    equal("mr_seam", "mrseam");
    equal("mr_signer_seam", "mrsignerseam");
    equal("seam_attributes", "seamattr");
    equal("td_attributes", "tdattr");
    equal("xfam", "xfam");
    equal("mr_td", "mrtd");
    equal("mr_config_id", "mrconfigid");
    equal("mr_owner", "mrowner");
    equal("mr_owner_config", "mrownerconfig");
    equal("mr_service_td", "mrservicetd");
    equal("rtmr0", "rtmr0");
    equal("rtmr1", "rtmr1");
    equal("rtmr2", "rtmr2");
    equal("rtmr3", "rtmr3");
    equal("report_data", "reportdata");
    equal("qe_vendor_id", "qe_vendor_id");
    equal("trailing_bytes", "trailing_bytes");
  } else {
    EXPECT_EQ(json["platform"], "intel-sgx");
    const auto& sgx = fields["sgx_report"];
    EXPECT_EQ(claims["mr_enclave"], sgx["mrenclave"]);
    EXPECT_EQ(claims["mr_signer"], sgx["mrsigner"]);
    EXPECT_EQ(claims["isv_prod_id"], sgx["prodid"]);
    EXPECT_EQ(claims["isv_svn"], sgx["isvsvn"]);
    EXPECT_EQ(claims["attributes"], sgx["attr"]);
    EXPECT_EQ(claims["misc_select"], sgx["misc"]);
    EXPECT_EQ(claims["cpu_svn"], sgx["cpusvn"]);
    EXPECT_EQ(claims["report_data"], sgx["rd"]);
    EXPECT_EQ(json["firmware_version"], std::to_string(fields["qe_report"]["isvsvn"].get<int>()));
  }
  equal("fmspc", "fmspc");
  if (!is_sgx(one)) {
    equal("pce_id", "pceid");
  }
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Real, TdxManifest, testing::ValuesIn(tdx_case_ids()), name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TdxManifest);

TEST(TdxManifestSet, IsJudgedWhole) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const auto& manifest = vector_manifest("tdx/manifest.json");
  std::size_t quotes = 0, logs = 0;
  for (const auto& one : manifest["cases"]) {
    ++(one.contains("quote") ? quotes : logs);
  }
  EXPECT_EQ(tdx_cases().size(), quotes);
  EXPECT_EQ(quotes + logs, manifest["cases"].size());
  EXPECT_GE(quotes, 17U);
}

// A folder of everything: of the documents that fit, the current ones decide.
TEST(TdxManifestSet, JudgesAlikeOnAFolderOfAllCollateral) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const AttestationVerifier verifier(
      *offline_collateral({vectors_dir() / "tdx/collateral", vectors_dir() / "tdx/roots"}));
  for (const nlohmann::json& one : tdx_cases()) {
    if (!one.contains("verification_time")) {
      continue;
    }
    SCOPED_TRACE(one["id"].get<std::string>());
    const VerificationResult verdict = verifier.verify(report_of(one), options_for(one));
    EXPECT_EQ(distinct_codes(verdict), expected_codes(one)) << codes(verdict.failures());
    EXPECT_TRUE(has_code(verdict.warnings(), "collateral_ignored"));
  }
}

// ATTACK(T15): an SGX quote where no platform is named.
TEST(TdxManifestSet, AcceptsNoEnclaveThatWasNotAskedFor) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  int enclaves = 0;
  for (const nlohmann::json& one : tdx_cases()) {
    if (!is_sgx(one)) {
      continue;
    }
    SCOPED_TRACE(one["id"].get<std::string>());
    VerifyOptions options = VerifyOptions::unbound_replay_possible();
    options.at(time_of(one));
    const VerificationResult verdict = verifier_for(one).verify(report_of(one), options);
    EXPECT_FALSE(verdict.valid());
    EXPECT_TRUE(has_code(verdict.failures(), "platform_not_accepted"));
    ++enclaves;
  }
  EXPECT_GT(enclaves, 0);
}

}  // namespace
}  // namespace tenzro::tee::test
