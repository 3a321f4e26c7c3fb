// SPDX-License-Identifier: Apache-2.0
// OCSP (RFC 6960, 3.2 and 4.2.2) by our own code, beside OpenSSL's: its OCSP_basic_verify looks at no dates and at no
// certificate id, takes any anchor for a responder when a flag says so, and makes objects for each judgement that cost
// more than the signature.
#include "x509/ocsp.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "x509/asn1_parts.hpp"
#include "x509/path_checker.hpp"
#include "x509/signature_checks.hpp"

namespace tenzro::tee::x509 {

namespace {

constexpr std::string_view kOcspSigning = "1.3.6.1.5.5.7.3.9";
constexpr std::string_view kNoCheck = "1.3.6.1.5.5.7.48.1.5";

Finding refusal(std::string_view code, std::string message) {
  return {"revocation", std::string(code), std::move(message)};
}

std::string name_of(const Certificate& certificate) {
  return concat("\"", printable(certificate.common_name(), 64), "\"");
}

bool same_bytes(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

crypto::Digest id_digest(ocsp::IdHash hash, ByteView data) {
  switch (hash) {
    case ocsp::IdHash::sha1: {
      const ByteArray<20> value = crypto::sha1_of_identifier(data);
      crypto::Digest out;
      std::ranges::copy(value, out.bytes.begin());
      out.size = value.size();
      return out;
    }
    case ocsp::IdHash::sha256:
      return crypto::digest(crypto::Hash::sha256, data);
    case ocsp::IdHash::sha384:
      return crypto::digest(crypto::Hash::sha384, data);
    case ocsp::IdHash::unknown:
      break;
  }
  return {};
}

bool is_about(const ocsp::CertificateId& id, const Certificate& certificate, const Certificate& issuer) {
  return id.hash != ocsp::IdHash::unknown && same_bytes(id.serial, certificate.serial()) &&
         same_bytes(id.issuer_name_hash, id_digest(id.hash, issuer.subject()).view()) &&
         same_bytes(id.issuer_key_hash, id_digest(id.hash, issuer.public_key_bytes()).view());
}

/// The algorithms that responses are signed with, each with the key that it takes.
bool key_fits(SignatureAlgorithm algorithm, KeyKind key) {
  return (algorithm == SignatureAlgorithm::ecdsa_sha256 && key == KeyKind::ec_p256) ||
         (algorithm == SignatureAlgorithm::ecdsa_sha384 && key == KeyKind::ec_p384);
}

bool allows_ocsp_signing(const Certificate& certificate) {
  const Extension* usages = certificate.extension(oid::kExtendedKeyUsage);
  if (usages == nullptr) {
    return false;
  }
  der::Reader outer("extKeyUsage", usages->value);
  auto in = outer.enter("extKeyUsage", der::kSequence);
  bool found = false;
  while (in && !in->at_end()) {
    const auto usage = in->oid("extKeyUsage");
    if (!usage) {
      return false;
    }
    found = found || *usage == kOcspSigning;
  }
  return outer.at_end() && found;
}

/// Why a certificate may not speak for its issuer, whoever that is; empty when it may.
std::string_view defect(const Certificate& delegate) {
  if (delegate.is_ca()) {
    return "is a CA";
  }
  if (!allows_ocsp_signing(delegate)) {
    return "is not for OCSP signing";
  }
  if (const auto& usage = delegate.key_usage();
      usage && ((*usage & key_usage::kDigitalSignature) == 0 || (*usage & key_usage::kKeyCertSign) != 0)) {
    return "has a key usage that does not allow it";
  }
  const auto is_known = [](const Extension& extension) {
    return extension.oid == oid::kBasicConstraints || extension.oid == oid::kKeyUsage ||
           extension.oid == oid::kExtendedKeyUsage || extension.oid == kNoCheck;
  };
  if (std::ranges::any_of(delegate.extensions(),
                          [&](const Extension& extension) { return extension.critical && !is_known(extension); })) {
    return "has an unknown critical extension";
  }
  return {};
}

/// Whether the issuer itself signed it. The issuer's name and key usage were judged with the chain; a CA whose key may
/// issue could issue itself a delegate, so it needs no further permission to answer by itself.
bool is_issued_by(const Certificate& delegate, const Certificate& issuer, SignatureChecks& checks) {
  return same_bytes(delegate.issuer(), issuer.subject()) && issuer.is_ca() &&
         (issuer.key_usage().value_or(0) & key_usage::kKeyCertSign) != 0 &&
         key_fits(delegate.signature_algorithm(), issuer.key_kind()) &&
         checks.check(signed_thing::kCertificate, issuer, delegate.signature_algorithm(),
                      {delegate.sha256(), delegate.signed_bytes(), delegate.signature()});
}

/// Who signed a response, as far as it can be told.
struct Signer {
  std::optional<Finding> failure;
  CertificatePtr delegate{};  ///< null: the issuer
};

/// The question who signed, and the parts of a response that it needs.
struct SignerQuestion {
  const ocsp::Response& response;
  SignatureAlgorithm algorithm = SignatureAlgorithm::other;
  const ByteArray<32>& sha256;
  const Certificate& issuer;
  SignatureChecks& checks;
  const CertificateReader& read;
  const Moment* moment = nullptr;  ///< of the delegate's validity; null: dates aside
};

bool is_named(const ocsp::Response& response, const Certificate& certificate) {
  return response.responder_key_hash.empty()
             ? same_bytes(response.responder_name, certificate.subject())
             : same_bytes(response.responder_key_hash, crypto::sha1_of_identifier(certificate.public_key_bytes()));
}

/// Why this certificate may not speak for the issuer; nothing when it may.
std::optional<Finding> delegate_finding(const SignerQuestion& of, const Certificate& delegate) {
  if (const std::string_view problem = defect(delegate); !problem.empty()) {
    return refusal("ocsp_signer_not_allowed", concat("its responder ", name_of(delegate), " ", problem));
  }
  if (!is_issued_by(delegate, of.issuer, of.checks)) {
    return refusal("ocsp_signer_not_allowed",
                   concat("its responder ", name_of(delegate), " is not certified by ", name_of(of.issuer)));
  }
  if (of.moment != nullptr &&
      (delegate.not_before() > of.moment->at + of.moment->skew || of.moment->at >= delegate.not_after())) {
    return refusal("ocsp_signer_not_allowed",
                   concat("the certificate of its responder ", name_of(delegate), " is valid from ",
                          to_rfc3339(delegate.not_before()), " until ", to_rfc3339(delegate.not_after()),
                          ", judged at ", to_rfc3339(of.moment->at)));
  }
  return std::nullopt;
}

std::optional<Finding> signature_finding(const SignerQuestion& of, const Certificate& signer) {
  if (!key_fits(of.algorithm, signer.key_kind())) {
    return refusal(
        "ocsp_signature_algorithm",
        concat("it is signed with an algorithm that is not allowed, or does not go with the key of ", name_of(signer)));
  }
  if (!of.checks.check(signed_thing::kOcspResponse, signer, of.algorithm,
                       {of.sha256, of.response.signed_bytes, of.response.signature})) {
    return refusal("ocsp_signature_invalid", concat("it is not signed by the key of ", name_of(signer)));
  }
  return std::nullopt;
}

/// The first of those whom the response names that may sign and did; else why the first of them does not count.
Signer find_signer(const SignerQuestion& of) {
  std::optional<Finding> first;
  const auto note = [&first](Finding why) {
    if (!first) {
      first = std::move(why);
    }
  };
  if (is_named(of.response, of.issuer)) {
    auto failure = signature_finding(of, of.issuer);
    if (!failure) {
      return {};
    }
    note(*std::move(failure));
  }
  for (const ByteView der : of.response.certificates) {
    const auto certificate = of.read(der);
    if (!certificate) {
      note(refusal("ocsp_signer_not_allowed",
                   concat("a certificate in it cannot be read: ", certificate.error().message())));
      continue;
    }
    if (!is_named(of.response, **certificate)) {
      continue;
    }
    auto failure = delegate_finding(of, **certificate);
    if (!failure) {
      failure = signature_finding(of, **certificate);
    }
    if (!failure) {
      return {std::nullopt, *certificate};
    }
    note(*std::move(failure));
  }
  note(refusal("ocsp_signer_not_allowed",
               concat("its responder is neither ", name_of(of.issuer), " nor one whose certificate is in it")));
  return {std::move(first)};
}

void check_dates(const ocsp::SingleResponse& answer, UtcTime produced_at, UtcTime at, std::chrono::seconds skew,
                 std::vector<Finding>& out) {
  const UtcTime latest = at + std::max(skew, std::chrono::seconds{0});
  for (const auto& [what, time] : {std::pair{"valid from ", answer.this_update}, {"made at ", produced_at}}) {
    if (time > latest) {
      out.push_back(refusal("collateral_not_yet_valid",
                            concat("it is ", what, to_rfc3339(time), ", judged at ", to_rfc3339(at))));
      break;
    }
  }
  if (!answer.next_update) {
    out.push_back(
        refusal("ocsp_no_next_update", "it does not say when there will be a newer one, so it would never expire"));
  } else if (at >= *answer.next_update) {
    out.push_back(refusal("collateral_expired", concat("it was to be replaced at ", to_rfc3339(*answer.next_update),
                                                       ", judged at ", to_rfc3339(at))));
  }
}

}  // namespace

std::string_view to_string(CertificateStatus status) noexcept {
  switch (status) {
    case CertificateStatus::unknown:
      break;
    case CertificateStatus::good:
      return "good";
    case CertificateStatus::revoked:
      return "revoked";
    case CertificateStatus::on_hold:
      return "on_hold";
  }
  return "unknown";
}

std::optional<Finding> OcspJudgement::status_finding(const Certificate& certificate) const {
  const std::string since = concat(revoked_at ? concat(" since ", to_rfc3339(*revoked_at)) : std::string(),
                                   reason.empty() ? std::string() : concat(" (", reason, ")"));
  const std::string who = concat(name_of(certificate), ", serial ", to_hex(certificate.serial()), ",");
  switch (status) {
    case CertificateStatus::good:
      return std::nullopt;
    case CertificateStatus::revoked:
      return refusal("certificate_revoked", concat(who, " is revoked", since));
    case CertificateStatus::on_hold:
      return refusal("certificate_on_hold", concat(who, " is on hold", since));
    case CertificateStatus::unknown:
      break;
  }
  return refusal("certificate_status_unknown", concat(who, " is unknown to its issuer's responder"));
}

Result<OcspResponsePtr> OcspResponse::parse(ByteView der) {
  if (der.size() > ocsp::kMaxResponse) {
    return malformed("ocsp response", concat(der.size(), " bytes, at most ", ocsp::kMaxResponse, " are read"));
  }
  const std::shared_ptr<OcspResponse> out(new OcspResponse());
  out->der_.assign(der.begin(), der.end());
  TENZRO_ASSIGN_OR_RETURN(out->response_, ocsp::parse_response(out->der_));
  if (out->status() == ocsp::ResponseStatus::successful) {
    TENZRO_ASSIGN_OR_RETURN(out->signature_algorithm_, read_signature_algorithm(out->response_.signature_algorithm));
  }
  out->sha256_ = crypto::sha256(out->der_);
  return OcspResponsePtr(out);
}

std::string OcspResponse::responder() const {
  if (!response_.responder_key_hash.empty()) {
    return concat("key ", to_hex(response_.responder_key_hash));
  }
  const auto name =
      response_.responder_name.empty() ? Result<NameParts>(NameParts{}) : read_name(response_.responder_name);
  return name ? name->common_name : std::string();
}

bool OcspResponse::names_serial(ByteView serial) const {
  return std::ranges::any_of(answers(),
                             [&](const ocsp::SingleResponse& one) { return same_bytes(one.id.serial, serial); });
}

const ocsp::SingleResponse* OcspResponse::answer_about(const Certificate& certificate,
                                                       const Certificate& issuer) const {
  const ocsp::SingleResponse* found = nullptr;
  for (const ocsp::SingleResponse& answer : answers()) {
    if (!is_about(answer.id, certificate, issuer)) {
      continue;
    }
    if (found != nullptr) {
      return nullptr;  // by two hashes: two answers where one is wanted
    }
    found = &answer;
  }
  return found;
}

std::vector<Finding> OcspResponse::check_signature(const Certificate& issuer, SignatureChecks* checks) const {
  if (status() != ocsp::ResponseStatus::successful) {
    return {refusal("ocsp_unsuccessful", concat("the responder answers ", ocsp::to_string(status())))};
  }
  SignatureChecks unremembered;
  const CertificateReader read = &Certificate::parse;
  auto failure =
      find_signer({response_, signature_algorithm_, sha256_, issuer, checks == nullptr ? unremembered : *checks, read})
          .failure;
  return failure ? std::vector<Finding>{*std::move(failure)} : std::vector<Finding>{};
}

OcspJudgement OcspResponse::judge(const Certificate& certificate, const Certificate& issuer, UtcTime at,
                                  std::chrono::seconds skew, SignatureChecks* checks,
                                  const CertificateReader& read) const {
  OcspJudgement out;
  if (status() != ocsp::ResponseStatus::successful) {
    out.failures.push_back(refusal("ocsp_unsuccessful", concat("the responder answers ", ocsp::to_string(status()))));
    return out;
  }
  const ocsp::SingleResponse* answer = answer_about(certificate, issuer);
  if (answer == nullptr) {
    out.failures.push_back(
        refusal("ocsp_wrong_certificate", concat("it has no one answer about ", name_of(certificate), ", serial ",
                                                 to_hex(certificate.serial()), ", of the issuer ", name_of(issuer))));
  }
  SignatureChecks unremembered;
  const CertificateReader parse = &Certificate::parse;
  const Moment moment{at, std::max(skew, std::chrono::seconds{0})};
  Signer signer = find_signer({response_, signature_algorithm_, sha256_, issuer,
                               checks == nullptr ? unremembered : *checks, read ? read : parse, &moment});
  if (signer.failure) {
    out.failures.push_back(*std::move(signer.failure));
  } else if (signer.delegate && same_bytes(signer.delegate->der(), certificate.der())) {
    out.failures.push_back(refusal("ocsp_signer_not_allowed", concat(name_of(certificate), " vouches for itself")));
  }
  out.delegate = std::move(signer.delegate);
  if (answer == nullptr) {
    return out;
  }
  check_dates(*answer, produced_at(), at, skew, out.failures);
  out.revoked_at = answer->revoked_at;
  if (answer->reason) {
    out.reason = ocsp::reason_name(*answer->reason);
  }
  switch (answer->status) {
    case ocsp::AnswerStatus::unknown:
      break;
    case ocsp::AnswerStatus::good:
      out.status = CertificateStatus::good;
      break;
    case ocsp::AnswerStatus::revoked:
      out.status = answer->reason == ocsp::kCertificateHold ? CertificateStatus::on_hold : CertificateStatus::revoked;
      break;
  }
  return out;
}

Bytes ocsp_request(const Certificate& certificate, const Certificate& issuer, ByteView nonce) {
  const ByteArray<48> name = crypto::sha384(issuer.subject());
  const ByteArray<48> key = crypto::sha384(issuer.public_key_bytes());
  return ocsp::make_request({ocsp::IdHash::sha384, name, key, certificate.serial()}, nonce);
}

}  // namespace tenzro::tee::x509
