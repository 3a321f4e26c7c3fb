// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/nras_tokens.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/ecdsa.hpp"
#include "formats/jwt.hpp"
#include "verify/signed_age.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::string_view kAlgorithm = "ES384";
constexpr std::string_view kOverall = "the token over all devices";
constexpr std::size_t kShownText = 300;

using Findings = std::vector<Finding>;

void add(Findings& out, std::string_view check, std::string_view code, std::string message) {
  out.push_back({std::string(check), std::string(code), std::move(message)});
}

/// What every token of one answer is held against.
struct Bench {
  const FindTokenKey& find_key;
  const NrasQuestion& question;
};

/// The key that the token names, when its signature holds under it. The claims are not looked at before that.
std::optional<FoundTokenKey> judge_signature(const jwt::Token& token, std::string_view who, const Bench& bench,
                                             Findings& failures) {
  if (token.algorithm != kAlgorithm) {
    add(failures, "signature", "token_algorithm_not_allowed",
        concat(who, ": is signed with \"", printable(token.algorithm), "\", only ", kAlgorithm, " is accepted"));
    return std::nullopt;
  }
  auto found = token.key_id.empty() ? std::nullopt : bench.find_key(token.key_id);
  if (!found) {
    add(failures, "signature", "token_key_unknown",
        concat(who, ": no key set at hand has the key \"", printable(token.key_id, 128), "\""));
    return std::nullopt;
  }
  const auto key = crypto::EcPublicKey::from_point(crypto::Curve::p384, found->key.x_y);
  if (!key || !key->verify(crypto::Hash::sha384, as_bytes(token.signing_input), token.signature)) {
    add(failures, "signature", "token_signature_invalid",
        concat(who, ": is not signed by the key \"", printable(token.key_id, 128), "\": its bytes were altered"));
    return std::nullopt;
  }
  return found;
}

bool judge_key(const FoundTokenKey& found, UtcTime signed_at, std::string_view who, const Bench& bench,
               Findings& failures) {
  const auto& certificates = found.key.certificates;
  const x509::AnchorSet* const own = bench.question.own_anchors;
  x509::CertificatePtr own_issuer;
  if (own != nullptr) {
    own_issuer = certificates.size() < 2
                     ? nullptr
                     : own->find_root(Platform::nvidia_gpu, ChainRole::evidence_signer, certificates[1]);
    if (own_issuer == nullptr) {
      add(failures, "chain", "anchor_set_mixed",
          concat(who, ": its key does not stand under the roots that this judgement stands under"));
      return false;
    }
  }
  auto problem = x509::judge_token_signer({found.key.x_y, certificates, found.source, own_issuer.get()}, signed_at);
  if (problem) {
    add(failures, problem->check, problem->code, concat(who, ": ", problem->message));
    return false;
  }
  return true;
}

void judge_time(const CommonClaims& claims, std::string_view who, const NrasQuestion& question, Findings& failures) {
  const x509::Moment& moment = question.moment;
  if (moment.at >= claims.expires) {
    add(failures, "freshness", "token_expired",
        concat(who, ": expired at ", to_rfc3339(claims.expires), ", judged at ", to_rfc3339(moment.at)));
  }
  const UtcTime begins = std::max(claims.issued_at, claims.not_before.value_or(claims.issued_at));
  if (begins > moment.at + moment.skew) {
    add(failures, "freshness", "token_not_yet_valid",
        concat(who, ": is valid from ", to_rfc3339(begins), ", judged at ", to_rfc3339(moment.at)));
  }
  if (!is_young_enough(claims.issued_at, moment, question.max_age)) {
    Finding old = too_old(claims.issued_at, moment.at, question.max_age);
    old.message = concat(who, ": ", old.message);
    failures.push_back(std::move(old));
  }
}

void judge_common(const CommonClaims& claims, std::string_view who, const NrasQuestion& question, Findings& failures) {
  if (claims.issuer != question.issuer) {
    add(failures, "signature", "token_issuer_mismatch",
        concat(who, ": was issued by ", printable(claims.issuer), ", expected ", question.issuer));
  }
  if (claims.audience) {
    add(failures, "signature", "token_audience_mismatch",
        concat(who, ": is meant for ", printable(*claims.audience), ", and not for whoever holds it"));
  }
  judge_time(claims, who, question, failures);
  if (question.nonce && claims.eat_nonce && !crypto::equal_constant_time(*question.nonce, *claims.eat_nonce)) {
    add(failures, "nonce", "nonce_mismatch",
        concat(who, ": has the nonce ", to_hex(*claims.eat_nonce), ", expected ", to_hex(*question.nonce)));
  }
}

/// The claims of a token that a trusted key signed, and what is wrong with the part that all tokens have.
template <class Claims, class Parse>
std::optional<Claims> judge_token(std::string_view text, std::string_view who, const Bench& bench, Parse parse_claims,
                                  Findings& failures) {
  const auto token = jwt::parse(text);
  if (!token) {
    add(failures, "format", "token_malformed", concat(who, ": ", token.error().message()));
    return std::nullopt;
  }
  const auto key = judge_signature(*token, who, bench, failures);
  if (!key) {
    return std::nullopt;
  }
  Result<Claims> claims = parse_claims(token->payload);
  if (!claims) {
    add(failures, "format", "token_malformed", concat(who, ": ", claims.error().message()));
    return std::nullopt;
  }
  if (!judge_key(*key, claims->common.issued_at, who, bench, failures)) {
    return std::nullopt;
  }
  judge_common(claims->common, who, bench.question, failures);
  return *std::move(claims);
}

/// A warning's wording is nobody's promise: what names a device's own chain, or no manifest, is not forgiven.
bool is_of_manifest(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower >= 'a' && lower <= 'z') {
      word += lower;
      continue;
    }
    words.insert(std::exchange(word, {}));
  }
  words.insert(word);
  return words.contains("rim") && !words.contains("device") && !words.contains("report") && !words.contains("leaf") &&
         !words.contains("attestation");
}

/// Reason 6 of RFC 5280, however it is spelt: "certificateHold", "CERTIFICATE_HOLD", "certificate hold".
bool names_hold(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      letters.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (c >= 'a' && c <= 'z') {
      letters.push_back(c);
    }
  }
  return letters.find("certificatehold") != std::string::npos;
}

void judge_chain_claim(const ChainClaim& chain, const NrasQuestion& question, NrasDevice& device) {
  if (chain.status == "valid" && chain.ocsp == "good" && !chain.revocation_reason) {
    return;
  }
  // Of a manifest's signer alone: NVIDIA puts these on hold for drivers that it has not released, or has withdrawn.
  const bool on_hold = chain.name.find("-rim-") != std::string::npos && chain.ocsp == "revoked" &&
                       (chain.status == "valid" || chain.status == "revoked") && chain.revocation_reason &&
                       names_hold(*chain.revocation_reason);
  add(on_hold && question.allow_hold ? device.warnings : device.failures, "device", "nras_certificate_not_good",
      concat(device.name, ": ", printable(chain.name), " is ", printable(chain.status), ", its OCSP status ",
             printable(chain.ocsp),
             chain.revocation_reason ? concat(" (", printable(*chain.revocation_reason), ")") : std::string()));
}

void judge_device_state(const DeviceClaims& claims, const NrasQuestion& question, NrasDevice& device) {
  if (claims.debug_status != "disabled") {
    const bool allowed = question.allow_debug && claims.debug_status == "enabled";
    add(allowed ? device.warnings : device.failures, "device", "device_debug_enabled",
        concat(device.name, ": dbgstat is ", claims.debug_status ? printable(*claims.debug_status) : "not told",
               ", expected disabled"));
  }
  if (claims.secure_boot != true) {
    add(device.failures, "device", "secure_boot_off",
        concat(device.name, ": secboot is ", claims.secure_boot ? "false" : "not told", ", expected true"));
  }
  if (claims.warning) {
    const bool allowed = question.allow_hold && names_hold(*claims.warning) && is_of_manifest(*claims.warning);
    add(allowed ? device.warnings : device.failures, "device", "nras_warning",
        concat(device.name, ": the service warns: ", printable(*claims.warning, kShownText)));
  }
}

void judge_device_claims(const DeviceClaims& claims, const NrasQuestion& question, NrasDevice& device) {
  if (claims.error) {
    const ServiceError& error = *claims.error;
    add(device.failures, "device", "nras_device_failed",
        concat(device.name,
               ": the service could not judge it: ", error.code ? concat("error ", *error.code, " ") : std::string(),
               printable(error.message), ": ", printable(error.description, kShownText)));
    return;  // the other claims are not there
  }
  for (const std::string& name : claims.missing_claims) {
    add(device.failures, "device", "nras_claim_false", concat(device.name, ": ", printable(name), " is not told"));
  }
  for (const std::string& name : claims.false_claims) {
    add(device.failures, "device", "nras_claim_false", concat(device.name, ": ", printable(name, 160), " is false"));
  }
  if (claims.measurement_result != "success" || claims.mismatches != 0) {
    add(device.failures, "device", "nras_measurement_failed",
        concat(device.name, ": measres is ",
               claims.measurement_result ? printable(*claims.measurement_result) : "not told", ", ", claims.mismatches,
               " records differ"));
  }
  for (const ChainClaim& chain : claims.chains) {
    judge_chain_claim(chain, question, device);
  }
  judge_device_state(claims, question, device);
}

/// The token is one that the token over all devices names, byte for byte.
bool judge_digest(const OverallClaims& overall, const DeviceToken& token, NrasDevice& device) {
  const auto named = std::ranges::find(overall.submodules, token.name, &Submodule::name);
  if (named == overall.submodules.end()) {
    add(device.failures, "signature", "token_submodules_mismatch",
        concat(token.name, ": ", kOverall, " does not name this device"));
    return false;
  }
  if (crypto::sha256(as_bytes(token.token)) != named->sha256) {
    add(device.failures, "signature", "token_digest_mismatch",
        concat(token.name, ": its token is not the one that ", kOverall, " names"));
    return false;
  }
  return true;
}

NrasDevice judge_device(const DeviceToken& token, const OverallClaims& overall, const Bench& bench) {
  NrasDevice out{token.name, token.kind, {}, {}, {}};
  if (!judge_digest(overall, token, out)) {
    return out;  // whatever it says, it is not what was answered
  }
  if (bench.question.sent && bench.question.sent->kind != token.kind) {
    add(out.failures, "signature", "token_submodules_mismatch",
        concat(token.name, ": is of another kind than what was sent"));
  }
  out.claims = judge_token<DeviceClaims>(
      token.token, token.name, bench, [&](ByteView payload) { return parse_device_claims(payload, token.kind); },
      out.failures);
  if (!out.claims) {
    return out;
  }
  const auto& nonce = out.claims->common.eat_nonce;
  if (!bench.question.nonce && nonce && *nonce != *overall.common.eat_nonce) {
    add(out.failures, "nonce", "nonce_mismatch",
        concat(token.name, ": has the nonce ", to_hex(*nonce), ", ", kOverall, " has ",
               to_hex(*overall.common.eat_nonce)));
  }
  judge_device_claims(*out.claims, bench.question, out);
  return out;
}

/// Every device once: as many as were sent, as named, no two of one certificate.
void judge_set(const NrasAnswer& answer, const OverallClaims& overall, const NrasQuestion& question,
               NrasJudgement& out) {
  for (const Submodule& submodule : overall.submodules) {
    if (std::ranges::find(answer.devices, submodule.name, &DeviceToken::name) == answer.devices.end()) {
      add(out.failures, "device", "nras_device_token_missing",
          concat(kOverall, " names ", printable(submodule.name), ", whose own token is not there"));
    }
  }
  if (answer.devices.empty() && overall.submodules.empty()) {
    add(out.failures, "device", "nras_device_token_missing", concat(kOverall, " names no device"));
  }
  if (question.sent && question.sent->count != answer.devices.size()) {
    add(out.failures, "signature", "token_submodules_mismatch",
        concat("the answer is about ", answer.devices.size(), " devices, ", question.sent->count, " were sent"));
  }
  for (auto one = out.devices.begin(); one != out.devices.end(); ++one) {
    const auto same = std::find_if(out.devices.begin(), one, [&](const NrasDevice& other) {
      return one->claims && other.claims && !one->claims->ueid.empty() && one->claims->ueid == other.claims->ueid;
    });
    if (same != one) {
      add(one->failures, "device", "device_duplicated", concat(one->name, ": is the same device as ", same->name));
    }
  }
}

void limit(const CommonClaims& claims, const NrasQuestion& question, NrasJudgement& out) {
  out.signed_at = std::min(out.signed_at, claims.issued_at);
  out.valid_until =
      std::min({out.valid_until, claims.expires, young_until(claims.issued_at, question.moment, question.max_age)});
}

}  // namespace

bool NrasJudgement::valid() const noexcept {
  const auto is_good = [](const NrasDevice& device) { return device.claims && device.failures.empty(); };
  return judged_to_the_end_ && failures.empty() && !devices.empty() && std::ranges::all_of(devices, is_good);
}

NrasJudgement judge_nras_answer(const NrasAnswer& answer, const FindTokenKey& find_key, const NrasQuestion& question) {
  const Bench bench{find_key, question};
  NrasJudgement out;
  const auto overall = judge_token<OverallClaims>(answer.overall, kOverall, bench, parse_overall_claims, out.failures);
  if (!overall) {
    return out;
  }
  out.nonce = overall->common.eat_nonce;
  out.signed_at = overall->common.issued_at;
  out.valid_until = overall->common.expires;
  limit(overall->common, question, out);
  for (const DeviceToken& token : answer.devices) {
    out.devices.push_back(judge_device(token, *overall, bench));
    if (const auto& claims = out.devices.back().claims) {
      limit(claims->common, question, out);
    }
  }
  judge_set(answer, *overall, question, out);
  if (!overall->result) {
    add(out.failures, "device", "nras_overall_failed", concat(kOverall, " says that not all of them are good"));
  }
  out.judged_to_the_end_ = true;
  return out;
}

}  // namespace tenzro::tee::nvidia
