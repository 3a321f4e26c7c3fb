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
  if (!key || !key->verify_pkcs1(crypto::Hash::sha256, quote->message, quote->signature)) {
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

}  // namespace

std::optional<AzureGuest> judge_azure_guest(const AzureEvidence& evidence, ByteView report_data,
                                            VerdictBuilder& verdict) {
  const crypto::Digest digest = crypto::digest(hash_of(evidence.hash), evidence.runtime_claims);
  if (!stands_in(digest, report_data)) {
    verdict.fail("runtime_data", kVendor,
                 {"platform", "runtime_data_mismatch",
                  "the report data is not the hash of the runtime data, which are another machine's or altered"},
                 to_hex(digest.view()), to_hex(report_data));
    return std::nullopt;
  }
  const auto claims = azure::parse_runtime_claims(evidence.runtime_claims);
  if (!claims) {
    verdict.fail("runtime_data", kVendor, {"format", "runtime_data_malformed", claims.error().message()});
    return std::nullopt;
  }
  verdict.pass("runtime_data", kVendor, to_hex(digest.view()), to_hex(digest.view()));
  AzureGuest out;
  out.claims.runtime_data_sha256 = crypto::sha256(evidence.runtime_claims);
  out.claims.runtime_data.assign(evidence.runtime_claims.begin(), evidence.runtime_claims.end());
  out.user_data = claims->user_data;
  if (evidence.tpm_quote.empty()) {
    verdict.warn(
        {"platform", "vtpm_quote_missing",
         "without a vTPM quote this says only that Azure's paravisor runs, and nothing of the guest above it"});
    return out;
  }
  if (!judge_quote(evidence.tpm_quote, *claims, out, verdict)) {
    return std::nullopt;
  }
  return out;
}

bool answers(const AzureGuest& guest, const ReportData& expected) {
  const bool in_claims = guest.user_data && crypto::equal_constant_time(*guest.user_data, expected.bytes());
  const bool in_quote = !guest.extra_data.empty() && (crypto::equal_constant_time(guest.extra_data, expected.raw()) ||
                                                      crypto::equal_constant_time(guest.extra_data, expected.bytes()));
  return in_claims || in_quote;
}

}  // namespace tenzro::tee
