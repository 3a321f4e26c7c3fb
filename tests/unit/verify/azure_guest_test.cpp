// SPDX-License-Identifier: Apache-2.0
// Azure guests: what the report data vouch for, and what the vTPM vouches for in turn.
#include "verify/azure_guest.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>

#include <nlohmann/json.hpp>

#include "made/snp_platform.hpp"

namespace tenzro::tee::test {
namespace {

using Codes = std::set<std::string>;

/// A vTPM with a key of its own, and the claims that name it.
struct Vtpm {
  crypto::PkeyPtr key = rsa_key(2048);
  std::array<ByteArray<32>, 24> pcrs = [] {
    std::array<ByteArray<32>, 24> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out.at(i).fill(static_cast<std::uint8_t>(i));
    }
    return out;
  }();
  static Vtpm& get() {
    static Vtpm vtpm;
    return vtpm;
  }

  static std::string base64url(ByteView bytes) {
    std::string out = to_base64(bytes);
    std::ranges::replace(out, '+', '-');
    std::ranges::replace(out, '/', '_');
    std::erase(out, '=');
    return out;
  }
  std::string claims(const Bytes& user_data = Bytes(64, 0xab)) const {
    BIGNUM* raw = nullptr;
    EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_RSA_N, &raw);
    const crypto::BignumPtr n(raw);
    Bytes modulus(static_cast<std::size_t>(BN_num_bytes(n.get())));
    BN_bn2bin(n.get(), modulus.data());
    return nlohmann::ordered_json{
        {"keys", {{{"kid", "HCLAkPub"}, {"kty", "RSA"}, {"e", "AQAB"}, {"n", base64url(modulus)}}}},
        {"vm-configuration", {{"secure-boot", true}}},
        {"user-data", to_hex(user_data)}}
        .dump();
  }
  nlohmann::json quote(MadeAttest attest = {}) const {
    Bytes all;
    nlohmann::json values = nlohmann::json::array();
    for (const ByteArray<32>& pcr : pcrs) {
      all.insert(all.end(), pcr.begin(), pcr.end());
      values.push_back(to_hex(pcr));
    }
    const auto digest = crypto::sha256(all);
    if (attest.digest == MadeAttest{}.digest) {
      attest.digest.assign(digest.begin(), digest.end());
    }
    const Bytes message = attest.bytes();
    const crypto::MdCtxPtr context(EVP_MD_CTX_new());
    Bytes signature(256);
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()), 1);
    return {{"message", to_hex(message)}, {"signature", to_hex(signature)}, {"pcrs", values}};
  }
};

Bytes bytes_of(const nlohmann::json& value) {
  const std::string text = value.dump();
  return {text.begin(), text.end()};
}
Bytes report_data_of(const std::string& claims) {
  const auto digest = crypto::sha256(ByteView(reinterpret_cast<const std::uint8_t*>(claims.data()), claims.size()));
  Bytes out(digest.begin(), digest.end());
  out.resize(64);
  return out;
}

struct Case {
  std::string claims = Vtpm::get().claims();
  Bytes report_data = report_data_of(claims);
  std::optional<nlohmann::json> quote = Vtpm::get().quote();
  AttestationReport report{};
  AzureEvidence evidence{};
  VerdictBuilder verdict{kNow};

  AzureOutcome judge() {
    if (report.runtime_data.empty()) {
      report.runtime_data.assign(claims.begin(), claims.end());
    }
    if (quote) {
      report.tpm_quote = bytes_of(*quote);
    }
    evidence.report_data = report_data;
    return judge_azure_guest(report, evidence, verdict);
  }
  Codes failures() { return codes_in(std::move(verdict).finish(false, false).failures()); }
};
void expect_refused(Case one, const char* code) {
  EXPECT_TRUE(one.judge().refused) << code;
  EXPECT_EQ(one.failures(), Codes{code});
}

TEST(AzureGuest, IsVouchedForByReportDataAndVtpm) {
  Case one;
  const AzureOutcome outcome = one.judge();
  ASSERT_TRUE(outcome.guest.has_value());
  EXPECT_EQ(outcome.guest->claims.runtime_data, one.claims);
  EXPECT_EQ(outcome.guest->claims.vtpm_pcrs.at(7), Bytes(32, 7));
  EXPECT_TRUE(answers(*outcome.guest, ReportData::from_caller_data(MadeAttest{}.extra_data).value()));
  EXPECT_FALSE(answers(*outcome.guest, ReportData::from_caller_data(Bytes{'c', 'h', 'a', 'l', 'l'}).value()));
  EXPECT_FALSE(answers(*outcome.guest, ReportData::from_caller_data(Bytes(64, 0xab)).value()))
      << "the claims are new, the quote may be old";
}

TEST(AzureGuest, IsNoneWithoutRuntimeData) {
  VerdictBuilder verdict(kNow);
  const AzureOutcome outcome = judge_azure_guest({}, {}, verdict);
  EXPECT_FALSE(outcome.guest.has_value() || outcome.refused);
}

TEST(AzureGuest, NeedsItsQuoteToSayAnythingOfTheGuest) {
  Case one;
  one.quote.reset();
  const AzureOutcome outcome = one.judge();
  ASSERT_TRUE(outcome.guest.has_value());
  EXPECT_TRUE(outcome.guest->claims.vtpm_pcrs.empty());
  EXPECT_TRUE(answers(*outcome.guest, ReportData::from_caller_data(Bytes(64, 0xab)).value()));
  EXPECT_FALSE(answers(*outcome.guest, ReportData::from_caller_data(Bytes(63, 0xab)).value()));
  EXPECT_EQ(codes_in(std::move(one.verdict).finish(false, false).warnings()), Codes{"vtpm_quote_missing"});
}

TEST(AzureGuest, RefusesRuntimeDataThatTheHardwareDidNotSign) {
  Case altered;
  altered.claims[20] ^= 1;
  expect_refused(std::move(altered), "runtime_data_mismatch");
  Case tail;
  tail.report_data[63] = 1;
  expect_refused(std::move(tail), "runtime_data_mismatch");
  Case nothing;
  nothing.claims = "{}";
  nothing.report_data = report_data_of(nothing.claims);
  expect_refused(std::move(nothing), "runtime_data_malformed");
}

TEST(AzureGuest, RefusesAQuoteThatProvesNothing) {
  Case other_key;
  Vtpm other;
  other_key.quote = other.quote();
  expect_refused(std::move(other_key), "tpm_quote_signature_invalid");
  Case altered;
  altered.quote = Vtpm::get().quote();
  std::string message = (*altered.quote)["message"];
  message.back() = message.back() == '0' ? '1' : '0';
  (*altered.quote)["message"] = message;
  expect_refused(std::move(altered), "tpm_quote_signature_invalid");
  Case registers;
  (*registers.quote)["pcrs"][7] = to_hex(Bytes(32, 0xff));
  expect_refused(std::move(registers), "tpm_quote_digest_mismatch");
  Case partial;
  partial.quote = Vtpm::get().quote({.select = {0xff, 0xff, 0x7f}});
  expect_refused(std::move(partial), "tpm_quote_incomplete");
  Case broken;
  broken.quote = nlohmann::json::array();
  expect_refused(std::move(broken), "tpm_quote_malformed");
  Case no_message;
  (*no_message.quote)["message"] = "ff544347";
  expect_refused(std::move(no_message), "tpm_quote_malformed");
  Case small_key;
  Vtpm small;
  small.key = rsa_key(1024);
  small_key.claims = small.claims();
  small_key.report_data = report_data_of(small_key.claims);
  expect_refused(std::move(small_key), "tpm_quote_key_not_allowed");
}

TEST(AzureGuest, AnswersNothingWhereNothingWasSaid) {
  const ReportData expected = *ReportData::from_caller_data(Bytes(64, 0xab));
  AzureGuest guest;
  EXPECT_FALSE(answers(guest, expected)) << "claims without user data";
  guest.user_data.emplace().fill(0xab);
  EXPECT_TRUE(answers(guest, expected));
  guest.claims.vtpm_pcrs[0] = Bytes(32);
  EXPECT_FALSE(answers(guest, expected)) << "a quote without extra data";
}

// The report data vouch for the runtime data alone, and the blob around the report says otherwise.
TEST(AzureGuest, RefusesTheRightClaimsBesideABlobOfOthers) {
  Case one;
  MadeHclReport blob;
  const Bytes bytes = blob.bytes();
  one.evidence.blob = azure::parse_hcl_report(bytes).value();
  expect_refused(std::move(one), "runtime_data_mismatch");
}

TEST(AzureGuest, TakesABlobAsRuntimeData) {
  Case one;
  MadeHclReport blob;
  blob.claims = one.claims;
  one.report.runtime_data = blob.bytes();
  one.evidence.hardware_report = blob.hardware_report;
  EXPECT_TRUE(one.judge().guest.has_value());

  Case around_another;
  around_another.report.runtime_data = blob.bytes();
  const Bytes another = MadeSnpReport{.version = 2}.bytes();
  around_another.evidence.hardware_report = another;
  expect_refused(std::move(around_another), "runtime_data_mismatch");

  Case of_tdx;
  blob.kind = 4;
  blob.hardware_report.resize(1024);
  of_tdx.report.runtime_data = blob.bytes();
  expect_refused(std::move(of_tdx), "runtime_data_mismatch");

  Case broken;
  broken.report.runtime_data = blob.bytes();
  broken.report.runtime_data.resize(1300);
  expect_refused(std::move(broken), "runtime_data_malformed");
}

TEST(AzureGuest, RefusesRuntimeDataThatContradictTheEvidence) {
  Case one;
  MadeHclReport blob;
  blob.claims = one.claims;
  const Bytes bytes = blob.bytes();
  one.evidence.blob = azure::parse_hcl_report(bytes).value();
  EXPECT_TRUE(one.judge().guest.has_value());
  Case other;
  other.evidence.blob = azure::parse_hcl_report(bytes).value();
  const std::string claims = Vtpm::get().claims(Bytes(64, 0xcd));
  other.report.runtime_data.assign(claims.begin(), claims.end());
  expect_refused(std::move(other), "runtime_data_mismatch");
}

ByteArray<48> digest_of(std::uint8_t filling) {
  ByteArray<48> out{};
  out.fill(filling);
  return out;
}
constexpr std::uint8_t kMeasured = 0x44, kSigner = 0x66;  // of a made report

/// A report whose data are the hash of these claims, with everything that it takes to judge it.
struct GuestOnPlatform {
  MadeSnpPlatform platform;
  SnpCaller caller;

  GuestOnPlatform() : caller(platform.make()) {}
  AttestationReport report(const std::string& claims, const std::optional<nlohmann::json>& quote) const {
    Bytes bytes = platform.report.bytes();
    copy_at(bytes, snp_at::kReportData, report_data_of(claims));
    AttestationReport out;
    out.platform = Platform::amd_sev_snp;
    out.evidence = MadeSnpPlatform::sign(bytes);
    out.runtime_data.assign(claims.begin(), claims.end());
    if (quote) {
      out.tpm_quote = bytes_of(*quote);
    }
    return out;
  }
  void expect(const Bytes& user_data) {
    caller.options = VerifyOptions::bound_to_caller_data(ReportData::from_caller_data(user_data).value());
    caller.options.at(kNow).replace_trust_anchors({platform.root.der});
  }
};
nlohmann::json quote_for(const Bytes& challenge) {
  MadeAttest attest;
  attest.extra_data = challenge;
  return Vtpm::get().quote(attest);
}
SnpRules rules_for_vtpm() {
  SnpRules rules;
  rules.measurement = std::vector{digest_of(kMeasured)};
  rules.vtpm_pcrs[4] = {Bytes(32, 4)};
  rules.vtpm_pcrs[9] = {Bytes(32, 9)};
  return rules;
}

// The whole way, from a blob to the policy.
TEST(AzureGuest, IsJudgedWithItsReport) {
  GuestOnPlatform guest;
  const Bytes challenge(64, 0xab);
  AttestationReport report = guest.report(Vtpm::get().claims(), quote_for(challenge));
  MadeHclReport blob;
  blob.claims = Vtpm::get().claims();
  blob.hardware_report = report.evidence;
  report.evidence = blob.bytes();
  report.runtime_data.clear();
  guest.expect(challenge);
  guest.caller.options.accept_paravisor();
  const VerificationResult good = guest.caller.judge(report);
  EXPECT_TRUE(good.valid() && good.freshness_verified() && good.verified()) << words_in(good.failures());
  EXPECT_FALSE(codes_in(good.warnings()).contains("hardware_report_may_be_old"));

  guest.expect(challenge);
  const Policy policy = Policy::from_rules({.any_of = {rules_for_vtpm()}}).value();
  EXPECT_TRUE(policy.pins_code());
  guest.caller.options.with_policy(policy);
  EXPECT_TRUE(guest.caller.judge(report).valid());
  report.tpm_quote.clear();
  EXPECT_EQ(codes_in(guest.caller.judge(report).failures()), Codes{"vtpm_quote_missing"})
      << "who meets no entry learns nothing of what the entry lets pass";
  report.tpm_quote = bytes_of(quote_for(challenge));
  SnpRules other = rules_for_vtpm();
  other.vtpm_pcrs[9] = {Bytes(32, 4)};
  guest.caller.options.with_policy(Policy::from_rules({.any_of = {other}}).value());
  EXPECT_TRUE(codes_in(guest.caller.judge(report).failures()).contains("vtpm_pcr_not_allowed"));
}

// Some guest signs 32 bytes of the attacker's choice: the hash of claims that name a key of the attacker's, who then
// answers every challenge with it.
TEST(AzureGuest, DoesNotAnswerForAGuestThatSignedAChosenHash) {
  GuestOnPlatform guest;
  for (const Bytes& challenge : {Bytes(32, 0x01), Bytes(64, 0x02)}) {
    const AttestationReport forged = guest.report(Vtpm::get().claims(), quote_for(challenge));
    guest.expect(challenge);
    const VerificationResult unasked = guest.caller.judge(forged);
    EXPECT_EQ(codes_in(unasked.failures()), Codes{"paravisor_not_accepted"});
    EXPECT_FALSE(unasked.freshness_verified() || unasked.user_data_verified().value_or(true) || unasked.verified());

    SnpRules workload;
    workload.measurement = std::vector{digest_of(kMeasured)};
    workload.measurement_covers_workload = true;
    guest.caller.options.with_policy(Policy::from_rules({.any_of = {workload}}).value());
    EXPECT_EQ(codes_in(guest.caller.judge(forged).failures()), Codes{"paravisor_not_accepted"});
    guest.caller.options.accept_paravisor();
    EXPECT_EQ(codes_in(guest.caller.judge(forged).failures()), Codes{"paravisor_not_accepted"})
        << "the policy names a workload";
  }
}

// The guest was good once, and its quote was kept; now it is not, and writes the challenge into the claims.
TEST(AzureGuest, IsNotFreshByAnOldQuoteBesideNewClaims) {
  GuestOnPlatform guest;
  const Bytes challenge(64, 0x07);
  guest.expect(challenge);
  guest.caller.options.with_policy(Policy::from_rules({.any_of = {rules_for_vtpm()}}).value());
  const AttestationReport report = guest.report(Vtpm::get().claims(challenge), quote_for(Bytes(64, 0x06)));
  EXPECT_EQ(codes_in(guest.caller.judge(report).failures()), Codes{"user_data_mismatch"});
}

TEST(AzureGuest, WarnsThatTheHardwareReportMayBeOlderThanTheQuote) {
  GuestOnPlatform guest;
  const Bytes challenge(64, 0x07);
  guest.expect(challenge);
  guest.caller.options.accept_paravisor();
  const VerificationResult verdict =
      guest.caller.judge(guest.report(Vtpm::get().claims(Bytes(64, 0x06)), quote_for(challenge)));
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("hardware_report_may_be_old"));
}

// A vTPM is as good as the paravisor that runs it.
TEST(AzureGuest, NeedsItsParavisorPinnedBesideItsRegisters) {
  GuestOnPlatform guest;
  const Bytes challenge(64, 0x07);
  const AttestationReport report = guest.report(Vtpm::get().claims(challenge), quote_for(challenge));
  guest.expect(challenge);
  SnpRules registers;
  registers.vtpm_pcrs[4] = {Bytes(32, 4)};
  guest.caller.options.with_policy(Policy::from_rules({.any_of = {registers}}).value());
  EXPECT_TRUE(codes_in(guest.caller.judge(report).failures()).contains("paravisor_not_pinned"));

  SnpRules unsigned_one = registers;
  unsigned_one.id_key_digest = std::vector{ByteArray<48>{}};
  guest.caller.options.with_policy(Policy::from_rules({.any_of = {unsigned_one}}).value());
  EXPECT_TRUE(codes_in(guest.caller.judge(report).failures()).contains("paravisor_not_pinned"));

  SnpRules by_signer = registers;
  by_signer.id_key_digest = std::vector{digest_of(kSigner)};
  guest.caller.options.with_policy(Policy::from_rules({.any_of = {by_signer}}).value());
  EXPECT_TRUE(guest.caller.judge(report).valid());
}

TEST(AzureGuest, SaysThatAllRestsOnAParavisorThatNobodyPinned) {
  GuestOnPlatform guest;
  const Bytes challenge(64, 0x07);
  const AttestationReport report = guest.report(Vtpm::get().claims(challenge), quote_for(challenge));
  guest.expect(challenge);
  guest.caller.options.accept_paravisor();
  EXPECT_TRUE(codes_in(guest.caller.judge(report).warnings()).contains("paravisor_not_pinned"));
  guest.caller.options.with_policy(Policy::from_rules({.any_of = {rules_for_vtpm()}}).value());
  EXPECT_FALSE(codes_in(guest.caller.judge(report).warnings()).contains("paravisor_not_pinned"));
}

// The order of a policy's entries is nobody's business.
TEST(AzureGuest, IsJudgedByTheEntryThatIsAboutIt) {
  GuestOnPlatform guest;
  const Bytes challenge(64, 0x07);
  const AttestationReport report = guest.report(Vtpm::get().claims(challenge), quote_for(challenge));
  guest.expect(challenge);
  SnpRules any;
  any.product = std::vector<std::string>{"Genoa"};
  for (const bool first : {false, true}) {
    PolicyRules rules;
    rules.any_of =
        first ? std::vector<PlatformRules>{any, rules_for_vtpm()} : std::vector<PlatformRules>{rules_for_vtpm(), any};
    guest.caller.options.with_policy(Policy::from_rules(rules).value());
    EXPECT_TRUE(guest.caller.judge(report).valid()) << first;
  }
}

// Else a report over made-up claims would pass for the workload's.
TEST(AzureGuest, IsNoWorkloadInOneEntry) {
  const auto refused = [](const SnpRules& rules) { return !Policy::from_rules({.any_of = {rules}}); };
  SnpRules rules = rules_for_vtpm();
  EXPECT_FALSE(refused(rules));
  rules.measurement_covers_workload = true;
  EXPECT_TRUE(refused(rules));
  rules.measurement_covers_workload = false;
  rules.host_data = std::vector{ByteArray<32>{1}};
  EXPECT_TRUE(refused(rules));
  TdxRules td;
  td.mr_td = std::vector{digest_of(1)};
  td.vtpm_pcrs[4] = {Bytes(32, 4)};
  EXPECT_TRUE(Policy::from_rules({.any_of = {td}}).has_value());
  td.event_log.emplace();
  td.event_log->push_back({});
  EXPECT_FALSE(Policy::from_rules({.any_of = {td}}).has_value());
}

}  // namespace
}  // namespace tenzro::tee::test
