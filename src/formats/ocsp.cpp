// SPDX-License-Identifier: Apache-2.0
// RFC 6960, 4.1.1 and 4.2.1, and the nonce of RFC 9654.
#include "formats/ocsp.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>

#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/der_fields.hpp"

namespace tenzro::tee::ocsp {

namespace {

constexpr std::string_view kWhat = "ocsp response";
constexpr std::string_view kBasicResponse = "1.3.6.1.5.5.7.48.1.1";
constexpr std::string_view kNonce = "1.3.6.1.5.5.7.48.1.2";
constexpr std::string_view kSha1 = "1.3.14.3.2.26";
constexpr std::string_view kSha256 = "2.16.840.1.101.3.4.2.1";
constexpr std::string_view kSha384 = "2.16.840.1.101.3.4.2.2";

// Tags of the choices: IMPLICIT NULL or SEQUENCE.
constexpr std::uint8_t kGood = 0x80;
constexpr std::uint8_t kRevoked = 0xa1;
constexpr std::uint8_t kUnknown = 0x82;

Error malformed(std::string_view field, std::string_view problem) {
  return Error(ErrorCode::malformed_input, concat(kWhat, ".", field, ": ", problem));
}

Result<UtcTime> read_generalized_time(der::Reader& in, std::string_view field) {
  if (in.peek() != der::kGeneralizedTime) {
    return malformed(field, "expected a GeneralizedTime");
  }
  return der::read_time(in, field);
}

ResponseStatus status_of(std::uint64_t number) {
  constexpr std::array kByNumber = {ResponseStatus::successful,     ResponseStatus::malformed_request,
                                    ResponseStatus::internal_error, ResponseStatus::try_later,
                                    ResponseStatus::unknown,        ResponseStatus::signature_required,
                                    ResponseStatus::unauthorized};
  return number < kByNumber.size() ? kByNumber.at(static_cast<std::size_t>(number)) : ResponseStatus::unknown;
}

/// The hash that an AlgorithmIdentifier names; its parameters are NULL or absent, which mean the same (RFC 4055, 2.1).
Result<IdHash> read_id_hash(der::Reader& in) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader algorithm, in.enter("hashAlgorithm", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(const std::string name, algorithm.oid("hashAlgorithm"));
  const IdHash found = name == kSha1     ? IdHash::sha1
                       : name == kSha256 ? IdHash::sha256
                       : name == kSha384 ? IdHash::sha384
                                         : IdHash::unknown;
  if (found != IdHash::unknown) {
    if (!algorithm.at_end()) {
      TENZRO_RETURN_IF_ERROR(algorithm.next("hashAlgorithm", der::kNull));
    }
    TENZRO_RETURN_IF_ERROR(algorithm.expect_end());
  }
  return found;
}

std::size_t size_of(IdHash hash) {
  switch (hash) {
    case IdHash::unknown:
      break;
    case IdHash::sha1:
      return 20;
    case IdHash::sha256:
      return 32;
    case IdHash::sha384:
      return 48;
  }
  return 0;
}

Result<CertificateId> read_id(der::Reader& answer) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, answer.enter("certID", der::kSequence));
  CertificateId out;
  TENZRO_ASSIGN_OR_RETURN(out.hash, read_id_hash(in));
  TENZRO_ASSIGN_OR_RETURN(out.issuer_name_hash, in.octet_string("issuerNameHash"));
  TENZRO_ASSIGN_OR_RETURN(out.issuer_key_hash, in.octet_string("issuerKeyHash"));
  const std::size_t size = size_of(out.hash);
  if (size != 0 && (out.issuer_name_hash.size() != size || out.issuer_key_hash.size() != size)) {
    return malformed("certID", concat("hashes of another size than ", size, " bytes"));
  }
  TENZRO_ASSIGN_OR_RETURN(out.serial, in.integer_bytes("serialNumber"));
  if ((out.serial.front() & 0x80) != 0 || out.serial.size() > kMaxSerial) {
    return malformed("serialNumber", "negative, or of more than 20 bytes");
  }
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return out;
}

bool same(const CertificateId& a, const CertificateId& b) {
  return a.hash == b.hash && std::ranges::equal(a.serial, b.serial) &&
         std::ranges::equal(a.issuer_name_hash, b.issuer_name_hash) &&
         std::ranges::equal(a.issuer_key_hash, b.issuer_key_hash);
}

Result<void> read_revocation(ByteView content, SingleResponse& out) {
  constexpr std::uint64_t kLastReason = 10;
  constexpr std::uint64_t kUnusedReason = 7;
  der::Reader in("revoked", content);
  TENZRO_ASSIGN_OR_RETURN(out.revoked_at, read_generalized_time(in, "revocationTime"));
  if (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, in.enter("revocationReason", der::kContext0));
    TENZRO_ASSIGN_OR_RETURN(const std::uint64_t reason, wrapper.enumerated("revocationReason", kLastReason));
    TENZRO_RETURN_IF_ERROR(wrapper.expect_end());
    if (reason == kUnusedReason) {
      return malformed("revocationReason", "7, which means nothing");
    }
    out.reason = static_cast<std::uint8_t>(reason);
  }
  return in.expect_end();
}

Result<void> read_status(der::Reader& in, SingleResponse& out) {
  TENZRO_ASSIGN_OR_RETURN(const der::Element choice, in.next("certStatus"));
  if (choice.tag == kRevoked) {
    out.status = AnswerStatus::revoked;
    return read_revocation(choice.content, out);
  }
  if ((choice.tag != kGood && choice.tag != kUnknown) || !choice.content.empty()) {
    return malformed("certStatus", "neither good, revoked nor unknown");
  }
  out.status = choice.tag == kGood ? AnswerStatus::good : AnswerStatus::unknown;
  return {};
}

/// What stands in [1]: none of it may be critical, unless it is the one that is looked for.
Result<std::vector<der::Extension>> read_wrapped_extensions(der::Reader& in, std::string_view field,
                                                            std::string_view known) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, in.enter(field, der::kContext1));
  TENZRO_ASSIGN_OR_RETURN(auto extensions, der::read_extensions(wrapper, field));
  TENZRO_RETURN_IF_ERROR(wrapper.expect_end());
  for (const der::Extension& extension : extensions) {
    if (extension.critical && extension.oid != known) {
      return malformed(field, concat("unknown critical extension ", extension.oid));
    }
  }
  return extensions;
}

Result<SingleResponse> read_answer(der::Reader& list) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, list.enter("singleResponse", der::kSequence));
  SingleResponse out;
  TENZRO_ASSIGN_OR_RETURN(out.id, read_id(in));
  TENZRO_RETURN_IF_ERROR(read_status(in, out));
  TENZRO_ASSIGN_OR_RETURN(out.this_update, read_generalized_time(in, "thisUpdate"));
  if (in.peek() == der::kContext0) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, in.enter("nextUpdate", der::kContext0));
    TENZRO_ASSIGN_OR_RETURN(out.next_update, read_generalized_time(wrapper, "nextUpdate"));
    TENZRO_RETURN_IF_ERROR(wrapper.expect_end());
  }
  if (!in.at_end()) {
    TENZRO_RETURN_IF_ERROR(read_wrapped_extensions(in, "singleExtensions", {}));
  }
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return out;
}

Result<void> read_responder(der::Reader& in, Response& out) {
  if (in.peek() == der::kContext1) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, in.enter("byName", der::kContext1));
    TENZRO_ASSIGN_OR_RETURN(const der::Element name, wrapper.next("byName", der::kSequence));
    out.responder_name = name.whole;
    return wrapper.expect_end();
  }
  TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, in.enter("byKey", der::kContext2));
  TENZRO_ASSIGN_OR_RETURN(out.responder_key_hash, wrapper.octet_string("byKey"));
  if (out.responder_key_hash.size() != kKeyHashSize) {
    return malformed("byKey", concat(out.responder_key_hash.size(), " bytes, expected 20"));
  }
  return wrapper.expect_end();
}

Result<void> read_nonce(const std::vector<der::Extension>& extensions, Response& out) {
  const der::Extension* nonce = der::find_extension(extensions, kNonce);
  if (nonce == nullptr) {
    return {};
  }
  der::Reader in("nonce", nonce->value);
  TENZRO_ASSIGN_OR_RETURN(out.nonce, in.octet_string("nonce"));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  if (out.nonce->empty() || out.nonce->size() > kMaxNonce) {
    return malformed("nonce", concat(out.nonce->size(), " bytes, expected 1 to ", kMaxNonce));
  }
  return {};
}

Result<void> read_signed_part(ByteView content, Response& out) {
  der::Reader in("tbsResponseData", content);
  // A version, [0], would be the default one, which DER leaves out, or one that does not exist.
  TENZRO_RETURN_IF_ERROR(read_responder(in, out));
  TENZRO_ASSIGN_OR_RETURN(out.produced_at, read_generalized_time(in, "producedAt"));
  TENZRO_ASSIGN_OR_RETURN(der::Reader list, in.enter("responses", der::kSequence));
  while (!list.at_end()) {
    if (out.answers.size() == kMaxAnswers) {
      return malformed("responses", concat("more than ", kMaxAnswers, " answers"));
    }
    TENZRO_ASSIGN_OR_RETURN(SingleResponse answer, read_answer(list));
    if (std::ranges::any_of(out.answers, [&](const SingleResponse& one) { return same(one.id, answer.id); })) {
      return malformed("responses", "two answers about one certificate");
    }
    out.answers.push_back(answer);
  }
  if (out.answers.empty()) {
    return malformed("responses", "no answer");
  }
  if (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(const auto extensions, read_wrapped_extensions(in, "responseExtensions", kNonce));
    TENZRO_RETURN_IF_ERROR(read_nonce(extensions, out));
  }
  return in.expect_end();
}

Result<void> read_certificates(der::Reader& basic, Response& out) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, basic.enter("certs", der::kContext0));
  TENZRO_ASSIGN_OR_RETURN(der::Reader list, wrapper.enter("certs", der::kSequence));
  TENZRO_RETURN_IF_ERROR(wrapper.expect_end());
  while (!list.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(const der::Element certificate, list.next("certs", der::kSequence));
    if (certificate.whole.size() > kMaxCertificateSize || out.certificates.size() == kMaxCertificates) {
      return malformed("certs", concat("more than ", kMaxCertificates, " certificates, or one of more than ",
                                       kMaxCertificateSize, " bytes"));
    }
    out.certificates.push_back(certificate.whole);
  }
  return {};
}

Result<void> read_basic_response(ByteView der, Response& out) {
  TENZRO_RETURN_IF_ERROR(der::check_der(kWhat, der));
  der::Reader outer(kWhat, der);
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, outer.enter("basicResponse", der::kSequence));
  TENZRO_RETURN_IF_ERROR(outer.expect_end());
  TENZRO_ASSIGN_OR_RETURN(const der::Element signed_part, in.next("tbsResponseData", der::kSequence));
  out.signed_bytes = signed_part.whole;
  TENZRO_RETURN_IF_ERROR(read_signed_part(signed_part.content, out));
  TENZRO_ASSIGN_OR_RETURN(const der::Element algorithm, in.next("signatureAlgorithm", der::kSequence));
  out.signature_algorithm = algorithm.whole;
  TENZRO_ASSIGN_OR_RETURN(out.signature, der::read_whole_bit_string(in, "signature"));
  if (!in.at_end()) {
    TENZRO_RETURN_IF_ERROR(read_certificates(in, out));
  }
  return in.expect_end();
}

// --- Writing

Bytes joined(std::initializer_list<ByteView> parts) {
  Bytes out;
  for (const ByteView part : parts) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

/// content: below 64 KiB.
Bytes element(std::uint8_t tag, ByteView content) {
  constexpr std::size_t kShort = 0x80;
  Bytes out = {tag};
  const auto high = static_cast<std::uint8_t>(content.size() >> 8U);
  const auto low = static_cast<std::uint8_t>(content.size());
  if (content.size() >= kShort) {
    out.push_back(high == 0 ? 0x81 : 0x82);
  }
  if (high != 0) {
    out.push_back(high);
  }
  out.push_back(low);
  out.insert(out.end(), content.begin(), content.end());
  return out;
}
Bytes element(std::uint8_t tag, std::initializer_list<ByteView> parts) { return element(tag, joined(parts)); }

ByteView oid_element(IdHash hash) {
  static constexpr std::array<std::uint8_t, 7> kSha1Oid = {0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a};
  static constexpr std::array<std::uint8_t, 11> kSha256Oid = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                              0x65, 0x03, 0x04, 0x02, 0x01};
  static constexpr std::array<std::uint8_t, 11> kSha384Oid = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                              0x65, 0x03, 0x04, 0x02, 0x02};
  switch (hash) {
    case IdHash::sha1:
      return kSha1Oid;
    case IdHash::sha256:
      return kSha256Oid;
    case IdHash::sha384:
    case IdHash::unknown:
      break;
  }
  return kSha384Oid;
}

}  // namespace

std::string_view to_string(ResponseStatus status) noexcept {
  switch (status) {
    case ResponseStatus::unknown:
      break;
    case ResponseStatus::successful:
      return "successful";
    case ResponseStatus::malformed_request:
      return "malformedRequest";
    case ResponseStatus::internal_error:
      return "internalError";
    case ResponseStatus::try_later:
      return "tryLater";
    case ResponseStatus::signature_required:
      return "sigRequired";
    case ResponseStatus::unauthorized:
      return "unauthorized";
  }
  return "unknown";
}

std::string_view reason_name(std::uint8_t reason) noexcept {
  constexpr std::array<std::string_view, 11> kNames = {
      "unspecified",     "keyCompromise", "cACompromise",  "affiliationChanged", "superseded",  "cessationOfOperation",
      "certificateHold", "reason 7",      "removeFromCRL", "privilegeWithdrawn", "aACompromise"};
  return reason < kNames.size() ? kNames.at(reason) : std::string_view("unknown reason");
}

Result<Response> parse_response(ByteView der) {
  if (der.size() > kMaxResponse) {
    return Error(ErrorCode::malformed_input,
                 concat(kWhat, ": ", der.size(), " bytes, at most ", kMaxResponse, " are read"));
  }
  Response out;
  der::Reader whole(kWhat, der);
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, whole.enter("response", der::kSequence));
  TENZRO_RETURN_IF_ERROR(whole.expect_end());
  constexpr std::uint64_t kMaxStatus = 6;
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t status, in.enumerated("responseStatus", kMaxStatus));
  out.status = status_of(status);
  if (out.status == ResponseStatus::unknown) {
    return malformed("responseStatus", concat(status, ", which means nothing"));
  }
  if (out.status != ResponseStatus::successful) {
    TENZRO_RETURN_IF_ERROR(in.expect_end());
    return out;
  }
  TENZRO_ASSIGN_OR_RETURN(der::Reader wrapper, in.enter("responseBytes", der::kContext0));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  TENZRO_ASSIGN_OR_RETURN(der::Reader bytes, wrapper.enter("responseBytes", der::kSequence));
  TENZRO_RETURN_IF_ERROR(wrapper.expect_end());
  TENZRO_ASSIGN_OR_RETURN(const std::string type, bytes.oid("responseType"));
  if (type != kBasicResponse) {
    return malformed("responseType", concat(type, ", expected ", kBasicResponse));
  }
  TENZRO_ASSIGN_OR_RETURN(const ByteView basic, bytes.octet_string("response"));
  TENZRO_RETURN_IF_ERROR(bytes.expect_end());
  TENZRO_RETURN_IF_ERROR(read_basic_response(basic, out));
  return out;
}

bool looks_like_response(ByteView der) {
  der::Reader whole(kWhat, der);
  const auto outer = whole.next("response", der::kSequence);
  return outer && whole.at_end() && der::Reader(kWhat, outer->content).peek() == der::kEnumerated;
}

Bytes make_request(const CertificateId& id, ByteView nonce) {
  static constexpr std::array<std::uint8_t, 2> kNull = {der::kNull, 0x00};
  static constexpr std::array<std::uint8_t, 3> kTrue = {der::kBoolean, 0x01, 0xff};
  static constexpr std::array<std::uint8_t, 11> kNonceOid = {0x06, 0x09, 0x2b, 0x06, 0x01, 0x05,
                                                             0x05, 0x07, 0x30, 0x01, 0x02};
  const Bytes algorithm = element(der::kSequence, {oid_element(id.hash), kNull});
  const Bytes certificate_id =
      element(der::kSequence, {algorithm, element(der::kOctetString, id.issuer_name_hash),
                               element(der::kOctetString, id.issuer_key_hash), element(der::kInteger, id.serial)});
  const Bytes list = element(der::kSequence, element(der::kSequence, certificate_id));
  if (nonce.empty()) {
    return element(der::kSequence, element(der::kSequence, list));
  }
  const Bytes value = element(der::kOctetString, element(der::kOctetString, nonce));
  const Bytes extension = element(der::kSequence, {kNonceOid, kTrue, value});
  const Bytes extensions = element(der::kContext2, element(der::kSequence, extension));
  return element(der::kSequence, element(der::kSequence, {list, extensions}));
}

}  // namespace tenzro::tee::ocsp
