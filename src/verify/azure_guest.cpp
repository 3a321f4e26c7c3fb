// SPDX-License-Identifier: Apache-2.0
#include "verify/azure_guest.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/rsa.hpp"
#include "evidence/tpm_quote.hpp"

namespace tenzro::tee {

namespace {

using demanded_by::kVendor;

crypto::Hash hash_of(azure::ClaimsHash hash) {
  switch (hash) {
    case azure::ClaimsHash::sha256:
      return crypto::Hash::sha256;
    case azure::ClaimsHash::sha384:
      return crypto::Hash::sha384;
    case azure::ClaimsHash::sha512:
      return crypto::Hash::sha512;
  }
  return crypto::Hash::sha512;
}

/// The hash at the front and nothing but zeros behind it.
bool stands_in(const crypto::Digest& digest, ByteView report_data) {
  return digest.size <= report_data.size() &&
         crypto::equal_constant_time(digest.view(), report_data.first(digest.size)) &&
         std::ranges::all_of(report_data.subspan(digest.size), [](std::uint8_t byte) { return byte == 0; });
}

bool digest_matches(const azure::TpmQuote& quote, const azure::TpmAttest& attest) {
  Bytes all;
  for (const ByteArray<32>& pcr : quote.pcrs) {
    all.insert(all.end(), pcr.begin(), pcr.end());
  }
  return std::ranges::equal(crypto::sha256(all), attest.pcr_digest);
}

/// Adds what the quote proves. False, with the reason in the verdict, when it proves nothing.
bool judge_quote(ByteView text, const azure::RuntimeClaims& claims, AzureGuest& out, VerdictBuilder& verdict) {
  constexpr std::string_view kId = "tpm_quote";
  const auto quote = azure::parse_tpm_quote(text);
  if (!quote) {
    verdict.fail(kId, kVendor, {"format", "tpm_quote_malformed", quote.error().message()});
    return false;
  }
  const auto attest = azure::parse_tpm_attest(quote->message);
  if (!attest) {
    verdict.fail(kId, kVendor, {"format", "tpm_quote_malformed", attest.error().message()});
    return false;
  }
  const auto key = crypto::RsaPublicKey::from_numbers(claims.ak_modulus, claims.ak_exponent);
  if (!key) {
    verdict.fail(kId, kVendor,
                 {"signature", "tpm_quote_key_not_allowed",
                  concat("the vTPM's key (HCLAkPub) may not sign: ", key.error().message())});
    return false;
  }
  if (!key->verify_pkcs1(crypto::Hash::sha256, quote->message, quote->signature)) {
    verdict.fail(kId, kVendor,
                 {"signature", "tpm_quote_signature_invalid",
                  "the vTPM quote is not signed by the key that the runtime claims name (HCLAkPub)"});
    return false;
  }
  if (attest->pcr_mask != azure::kAllPcrs) {
    verdict.fail(kId, kVendor,
                 {"platform", "tpm_quote_incomplete", "the vTPM quote leaves registers out; all 24 are demanded"});
    return false;
  }
  if (!digest_matches(*quote, *attest)) {
    verdict.fail(kId, kVendor,
                 {"platform", "tpm_quote_digest_mismatch", "the registers given are not those that the vTPM signed"});
    return false;
  }
  for (unsigned i = 0; i < quote->pcrs.size(); ++i) {
    out.claims.vtpm_pcrs[i] = Bytes(quote->pcrs.at(i).begin(), quote->pcrs.at(i).end());
  }
  out.extra_data.assign(attest->extra_data.begin(), attest->extra_data.end());
  verdict.pass(kId, kVendor, {}, concat("24 registers, signed by the vTPM"));
  return true;
}

bool refuse_data(std::string code, std::string message, VerdictBuilder& verdict) {
  verdict.fail("runtime_data", kVendor, {"platform", std::move(code), std::move(message)});
  return false;
}

/// Exactly the hashed bytes, and with what.
struct HashedClaims {
  ByteView json;
  azure::ClaimsHash hash = azure::ClaimsHash::sha256;
};

/// Nothing in out when there are none. False when they contradict one another.
bool find_claims(const AttestationReport& report, const AzureEvidence& evidence, std::optional<HashedClaims>& out,
                 VerdictBuilder& verdict) {
  if (evidence.blob) {
    out = HashedClaims{evidence.blob->runtime_claims, evidence.blob->hash};
  }
  if (report.runtime_data.empty()) {
    return true;
  }
  HashedClaims given{report.runtime_data, out ? out->hash : azure::ClaimsHash::sha256};
  if (azure::looks_like_hcl_report(report.runtime_data)) {
    const auto blob = azure::parse_hcl_report(report.runtime_data);
    if (!blob) {
      return refuse_data("runtime_data_malformed", blob.error().message(), verdict);
    }
    const bool around_this =
        evidence.hardware_report.empty() || std::ranges::equal(blob->hardware_report, evidence.hardware_report);
    if (blob->kind != evidence.kind || !around_this) {
      return refuse_data("runtime_data_mismatch", "the runtime data are around another hardware report", verdict);
    }
    given = {blob->runtime_claims, blob->hash};
  }
  if (out && (out->hash != given.hash || !std::ranges::equal(out->json, given.json))) {
    return refuse_data("runtime_data_mismatch", "the runtime data are not those that the evidence encloses", verdict);
  }
  out = given;
  return true;
}

}  // namespace

AzureOutcome judge_azure_guest(const AttestationReport& report, const AzureEvidence& evidence,
                               VerdictBuilder& verdict) {
  AzureOutcome refused{std::nullopt, true};
  std::optional<HashedClaims> found;
  if (!find_claims(report, evidence, found, verdict)) {
    return refused;
  }
  if (!found) {
    return {};
  }
  const crypto::Digest digest = crypto::digest(hash_of(found->hash), found->json);
  if (!stands_in(digest, evidence.report_data)) {
    verdict.fail("runtime_data", kVendor,
                 {"platform", "runtime_data_mismatch",
                  "the report data is not the hash of the runtime data, which are another machine's or altered"},
                 to_hex(digest.view()), to_hex(evidence.report_data));
    return refused;
  }
  const auto claims = azure::parse_runtime_claims(found->json);
  if (!claims) {
    refuse_data("runtime_data_malformed", claims.error().message(), verdict);
    return refused;
  }
  verdict.pass("runtime_data", kVendor, to_hex(digest.view()), to_hex(digest.view()));
  AzureGuest out;
  out.claims.runtime_data_sha256 = crypto::sha256(found->json);
  out.claims.runtime_data.assign(found->json.begin(), found->json.end());
  out.user_data = claims->user_data;
  if (report.tpm_quote.empty()) {
    verdict.warn(
        {"platform", "vtpm_quote_missing",
         "without a vTPM quote this says only that Azure's paravisor runs, and nothing of the guest above it"});
    return {std::move(out), false};
  }
  if (!judge_quote(report.tpm_quote, *claims, out, verdict)) {
    return refused;
  }
  return {std::move(out), false};
}

bool answers(const AzureGuest& guest, const ReportData& expected) {
  if (guest.claims.vtpm_pcrs.empty()) {
    return guest.user_data && crypto::equal_constant_time(*guest.user_data, expected.bytes());
  }
  return !guest.extra_data.empty() && (crypto::equal_constant_time(guest.extra_data, expected.raw()) ||
                                       crypto::equal_constant_time(guest.extra_data, expected.bytes()));
}

namespace {

/// Why what was expected is not there.
void refuse_user_data(ByteView report_data, const AzureOutcome& azure, bool may_answer, const std::string& expected,
                      VerdictBuilder& verdict) {
  if (azure.guest && !may_answer) {
    verdict.fail("user_data", demanded_by::kCaller,
                 {"user_data", "paravisor_not_accepted",
                  "the report data is the hash of runtime claims, and nobody said that a paravisor may answer for its "
                  "guest: anybody can make up such claims"},
                 expected, to_hex(report_data));
    return;
  }
  const std::string_view what = !azure.guest                            ? "the report data is"
                                : azure.guest->claims.vtpm_pcrs.empty() ? "the user data of the runtime claims is"
                                                                        : "what the vTPM's quote answers is";
  const std::string actual = !azure.guest                             ? to_hex(report_data)
                             : !azure.guest->claims.vtpm_pcrs.empty() ? to_hex(azure.guest->extra_data)
                             : azure.guest->user_data                 ? to_hex(*azure.guest->user_data)
                                                                      : std::string("none");
  verdict.fail("user_data", demanded_by::kCaller,
               {"user_data", "user_data_mismatch",
                concat(what, " not what was expected: this evidence answers another challenge")},
               expected, actual);
}

}  // namespace

void judge_user_data(ByteView report_data, const AzureOutcome& azure, const ParavisorStanding& paravisor,
                     const Question& question, bool all_current, VerdictBuilder& verdict) {
  if (azure.guest && !paravisor.pinned) {
    verdict.warn({"platform", "paravisor_not_pinned",
                  "this rests on a paravisor that no policy entry pins: what its vTPM says proves something only where "
                  "the measurement is known to be a paravisor's"});
  }
  if (!question.expected) {
    verdict.warn({"freshness", "replay_not_ruled_out",
                  "nothing was given to compare the report data with: this evidence may be old, or somebody else's"});
    return;
  }
  if (azure.refused || (azure.guest && paravisor.policy_missed)) {
    verdict.set_user_data_verified(false);
    verdict.skip("user_data", demanded_by::kCaller,
                 azure.refused
                     ? "the runtime data or the vTPM's quote were refused"
                     : "the evidence meets no entry of the policy, which could say whether a paravisor may answer");
    return;
  }
  const std::string expected = to_hex(question.expected->bytes());
  const bool good = azure.guest ? paravisor.may_answer && answers(*azure.guest, *question.expected)
                                : crypto::equal_constant_time(question.expected->bytes(), report_data);
  verdict.set_user_data_verified(good);
  if (good) {
    verdict.pass("user_data", demanded_by::kCaller, expected, expected);
    if (azure.guest &&
        !(azure.guest->user_data && std::ranges::equal(*azure.guest->user_data, question.expected->bytes()))) {
      verdict.warn({"freshness", "hardware_report_may_be_old",
                    "the vTPM answers the challenge, and the hardware report may be of an earlier start of this guest: "
                    "its TCB and measurement may have been others since"});
    }
    if (all_current) {
      verdict.mark_freshness_verified();
    }
    return;
  }
  refuse_user_data(report_data, azure, paravisor.may_answer, expected, verdict);
}

}  // namespace tenzro::tee
