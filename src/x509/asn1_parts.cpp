// SPDX-License-Identifier: Apache-2.0
// The parts of X.509 (RFC 5280, RFC 4055, RFC 5758) in DER and nothing looser.
#include "x509/asn1_parts.hpp"

#include <algorithm>
#include <chrono>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::x509 {

namespace {

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxExtensions = 64;
constexpr std::uint8_t kConstructed = 0x20;

/// What DER asks of the content of a primitive element.
Result<void> check_primitive(std::string_view what, const der::Element& element) {
  switch (element.tag) {
    case der::kBoolean: {
      TENZRO_RETURN_IF_ERROR(der::Reader(what, element.whole).boolean_value("boolean"));
      return {};
    }
    case der::kInteger: {
      TENZRO_RETURN_IF_ERROR(der::Reader(what, element.whole).integer_bytes("integer"));
      return {};
    }
    case der::kOid:
      // Arcs may be larger than 64 bits (2.25 UUIDs), so only their form is looked at here.
      if (element.content.empty() || (element.content.back() & 0x80) != 0) {
        return malformed(what, "an object identifier that ends inside an arc");
      }
      for (std::size_t i = 0; i < element.content.size(); ++i) {
        const bool arc_begins = i == 0 || (element.content[i - 1] & 0x80) == 0;
        if (arc_begins && element.content[i] == 0x80) {
          return malformed(what, "an object identifier with a needless leading 80");
        }
      }
      return {};
    case der::kNull:
      if (!element.content.empty()) {
        return malformed(what, "a NULL with content");
      }
      return {};
    case der::kBitString: {
      if (element.content.empty() || element.content[0] > 7) {
        return malformed(what, "a bit string without its bit count");
      }
      const unsigned unused = element.content[0];
      const bool stray =
          unused != 0 && (element.content.size() == 1 || (element.content.back() & ((1U << unused) - 1)) != 0);
      if (stray) {
        return malformed(what, "a bit string with stray bits");
      }
      return {};
    }
    default:
      return {};
  }
}

/// DER sorts the elements of a SET OF by their encodings (X.690, 11.6).
Result<void> check_set_order(std::string_view what, ByteView content) {
  der::Reader in(what, content);
  ByteView previous;
  while (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(const der::Element element, in.next("set"));
    if (std::ranges::lexicographical_compare(element.whole, previous)) {
      return malformed(what, "a set out of order");
    }
    previous = element.whole;
  }
  return {};
}

bool two_digits(ByteView text, std::size_t at, unsigned& out) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (!digit(at) || !digit(at + 1)) {
    return false;
  }
  out = static_cast<unsigned>(text[at] - '0') * 10 + static_cast<unsigned>(text[at + 1] - '0');
  return true;
}

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

}  // namespace

Error malformed(std::string_view what, std::string_view problem) {
  return Error(ErrorCode::malformed_input, concat(what, ": ", problem));
}

Result<void> check_der(std::string_view what, ByteView in) {
  std::vector<der::Reader> open;
  open.emplace_back(what, in);
  while (!open.empty()) {
    if (open.back().at_end()) {
      open.pop_back();
      continue;
    }
    TENZRO_ASSIGN_OR_RETURN(const der::Element element, open.back().next({}));
    if ((element.tag & kConstructed) == 0) {
      TENZRO_RETURN_IF_ERROR(check_primitive(what, element));
      continue;
    }
    if (open.size() > kMaxDepth) {
      return malformed(what, "nested more than 16 levels deep");
    }
    if (element.tag == der::kSet) {
      TENZRO_RETURN_IF_ERROR(check_set_order(what, element.content));
    }
    open.emplace_back(what, element.content);
  }
  return {};
}

Result<UtcTime> read_time(der::Reader& in, std::string_view field) {
  const bool general = in.peek() == der::kGeneralizedTime;
  TENZRO_ASSIGN_OR_RETURN(const der::Element element, in.next(field, general ? der::kGeneralizedTime : der::kUtcTime));
  const ByteView text = element.content;
  const std::size_t year_digits = general ? 4 : 2;
  unsigned century = 0, years = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool shaped = text.size() == year_digits + 11 && text.back() == 'Z' &&
                      (!general || two_digits(text, 0, century)) && two_digits(text, year_digits - 2, years) &&
                      two_digits(text, year_digits, month) && two_digits(text, year_digits + 2, day) &&
                      two_digits(text, year_digits + 4, hour) && two_digits(text, year_digits + 6, minute) &&
                      two_digits(text, year_digits + 8, second);
  if (!shaped) {
    return malformed(field, "a time must have seconds, end in Z and have no fraction");
  }
  // Two-digit years from 50 on are of the twentieth century.
  if (!general) {
    century = years >= 50 ? 19 : 20;
  }
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(century * 100 + years)),
                                         std::chrono::month(month), std::chrono::day(day));
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return malformed(field, "no such date or time of day");
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

Result<ByteView> read_whole_bit_string(der::Reader& in, std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const der::Element element, in.next(field, der::kBitString));
  if (element.content.empty() || element.content[0] != 0) {
    return malformed(field, "a bit string of whole bytes is expected");
  }
  return element.content.subspan(1);
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

Result<std::vector<Extension>> read_extensions(der::Reader& in, std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader list, in.enter(field, der::kSequence));
  if (list.at_end()) {
    return malformed(field, "an empty list of extensions");
  }
  std::vector<Extension> out;
  while (!list.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader item, list.enter(field, der::kSequence));
    Extension extension;
    TENZRO_ASSIGN_OR_RETURN(extension.oid, item.oid(field));
    if (item.peek() == der::kBoolean) {
      TENZRO_ASSIGN_OR_RETURN(const auto critical, item.boolean_value(field));
      // FALSE is the default and DER leaves defaults out.
      if (critical != der::Boolean::yes) {
        return malformed(field, concat(extension.oid, ": critical FALSE written out"));
      }
      extension.critical = true;
    }
    TENZRO_ASSIGN_OR_RETURN(extension.value, item.octet_string(field));
    TENZRO_RETURN_IF_ERROR(item.expect_end());
    if (out.size() == kMaxExtensions) {
      return malformed(field, "more than 64 extensions");
    }
    if (find_extension(out, extension.oid) != nullptr) {
      return malformed(field, concat(extension.oid, " twice"));
    }
    out.push_back(std::move(extension));
  }
  return out;
}

const Extension* find_extension(const std::vector<Extension>& extensions, std::string_view wanted) noexcept {
  const auto found = std::ranges::find(extensions, wanted, &Extension::oid);
  return found == extensions.end() ? nullptr : &*found;
}

}  // namespace tenzro::tee::x509
