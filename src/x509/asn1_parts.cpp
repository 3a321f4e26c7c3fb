// SPDX-License-Identifier: Apache-2.0
// The parts of X.509 (RFC 5280, RFC 4055, RFC 5758) in DER and nothing looser.
#include "x509/asn1_parts.hpp"

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::x509 {

namespace {

/// An AlgorithmIdentifier whose parameters are NULL or absent, with this object identifier (RFC 4055, 2.1).
Result<void> expect_plain_algorithm(der::Reader& in, std::string_view field, std::string_view wanted) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader algorithm, in.enter(field, der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(const std::string found, algorithm.oid(field));
  if (found != wanted) {
    return malformed(field, concat("algorithm ", found, ", expected ", wanted));
  }
  if (!algorithm.at_end()) {
    TENZRO_RETURN_IF_ERROR(algorithm.next(field, der::kNull));
  }
  return algorithm.expect_end();
}

/// SHA-384, MGF1 with SHA-384, salt of 48 bytes. AMD writes the default trailer field out, which is not DER but
/// genuine.
Result<void> expect_pss_sha384(der::Reader& parameters) {
  constexpr std::string_view kSha384 = "2.16.840.1.101.3.4.2.2";
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, parameters.enter("pss", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(der::Reader hash, in.enter("pss.hash", der::kContext0));
  TENZRO_RETURN_IF_ERROR(expect_plain_algorithm(hash, "pss.hash", kSha384));
  TENZRO_RETURN_IF_ERROR(hash.expect_end());
  TENZRO_ASSIGN_OR_RETURN(der::Reader mask, in.enter("pss.mask", der::kContext1));
  TENZRO_ASSIGN_OR_RETURN(der::Reader mask_algorithm, mask.enter("pss.mask", der::kSequence));
  TENZRO_RETURN_IF_ERROR(mask.expect_end());
  TENZRO_ASSIGN_OR_RETURN(const std::string mask_oid, mask_algorithm.oid("pss.mask"));
  if (mask_oid != "1.2.840.113549.1.1.8") {
    return malformed("pss.mask", "not MGF1");
  }
  TENZRO_RETURN_IF_ERROR(expect_plain_algorithm(mask_algorithm, "pss.mask.hash", kSha384));
  TENZRO_RETURN_IF_ERROR(mask_algorithm.expect_end());
  TENZRO_ASSIGN_OR_RETURN(der::Reader salt, in.enter("pss.salt", der::kContext2));
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t salt_size, salt.unsigned_integer("pss.salt", 255));
  TENZRO_RETURN_IF_ERROR(salt.expect_end());
  if (salt_size != 48) {
    return malformed("pss.salt", "not 48 bytes");
  }
  if (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader trailer, in.enter("pss.trailer", der::kContext3));
    TENZRO_ASSIGN_OR_RETURN(const std::uint64_t value, trailer.unsigned_integer("pss.trailer", 255));
    TENZRO_RETURN_IF_ERROR(trailer.expect_end());
    if (value != 1) {
      return malformed("pss.trailer", "not 1");
    }
  }
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return parameters.expect_end();
}

/// Sets out to the text, or empties it when the name has this attribute twice or in another string type.
void take_attribute(std::string& out, bool& seen, const der::Element& value) {
  const bool readable = value.tag == der::kUtf8String || value.tag == der::kPrintableString;
  out = !seen && readable ? std::string(value.content.begin(), value.content.end()) : std::string();
  seen = true;
}

constexpr std::uint8_t kKeyIdentifier = 0x80;  // [0], primitive
constexpr std::size_t kMaxKeyIdSize = 64;

/// The content of the one element that the bytes are; nothing when they are another one.
std::optional<ByteView> only(ByteView value, std::uint8_t tag) {
  const auto element = der::single("extension", value);
  return element && element->tag == tag ? std::optional(element->content) : std::nullopt;
}

std::optional<ByteView> of_possible_size(std::optional<ByteView> key_id) {
  return key_id && !key_id->empty() && key_id->size() <= kMaxKeyIdSize ? key_id : std::nullopt;
}

}  // namespace

std::optional<ByteView> read_subject_key_id(ByteView extension) {
  return of_possible_size(only(extension, der::kOctetString));
}

std::optional<ByteView> read_authority_key_id(ByteView extension) {
  const auto content = only(extension, der::kSequence);
  return of_possible_size(content ? only(*content, kKeyIdentifier) : std::nullopt);
}

bool has_key_id(ByteView authority_key_id) {
  const auto content = only(authority_key_id, der::kSequence);
  return content && der::Reader("authorityKeyIdentifier", *content).next("keyIdentifier", kKeyIdentifier).has_value();
}

Error malformed(std::string_view what, std::string_view problem) {
  return Error(ErrorCode::malformed_input, concat(what, ": ", problem));
}

Result<SignatureAlgorithm> read_signature_algorithm(ByteView algorithm) {
  der::Reader outer("signatureAlgorithm", algorithm);
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, outer.enter("signatureAlgorithm", der::kSequence));
  TENZRO_RETURN_IF_ERROR(outer.expect_end());
  TENZRO_ASSIGN_OR_RETURN(const std::string name, in.oid("signatureAlgorithm"));
  // ECDSA has no parameters at all (RFC 5758, 3.2); PKCS#1 has NULL (RFC 4055, 5).
  if (name == "1.2.840.10045.4.3.2") {
    return in.at_end() ? SignatureAlgorithm::ecdsa_sha256 : SignatureAlgorithm::other;
  }
  if (name == "1.2.840.10045.4.3.3") {
    return in.at_end() ? SignatureAlgorithm::ecdsa_sha384 : SignatureAlgorithm::other;
  }
  if (name == "1.2.840.113549.1.1.10") {
    return expect_pss_sha384(in) ? SignatureAlgorithm::rsa_pss_sha384 : SignatureAlgorithm::other;
  }
  if (name == "1.2.840.113549.1.1.11") {
    const bool null_parameters = in.next("parameters", der::kNull).has_value() && in.at_end();
    return null_parameters ? SignatureAlgorithm::rsa_pkcs1_sha256 : SignatureAlgorithm::other;
  }
  return SignatureAlgorithm::other;
}

Result<NameParts> read_name(ByteView name) {
  NameParts out;
  bool has_common_name = false, has_organization = false;
  der::Reader outer("name", name);
  TENZRO_ASSIGN_OR_RETURN(der::Reader in, outer.enter("name", der::kSequence));
  TENZRO_RETURN_IF_ERROR(outer.expect_end());
  while (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader set, in.enter("name", der::kSet));
    if (set.at_end()) {
      return malformed("name", "an empty set");
    }
    while (!set.at_end()) {
      TENZRO_ASSIGN_OR_RETURN(der::Reader attribute, set.enter("name", der::kSequence));
      TENZRO_ASSIGN_OR_RETURN(const std::string type, attribute.oid("name"));
      TENZRO_ASSIGN_OR_RETURN(const der::Element value, attribute.next("name"));
      TENZRO_RETURN_IF_ERROR(attribute.expect_end());
      if (type == "2.5.4.3") {
        take_attribute(out.common_name, has_common_name, value);
      }
      if (type == "2.5.4.10") {
        take_attribute(out.organization, has_organization, value);
      }
    }
  }
  return out;
}

}  // namespace tenzro::tee::x509
