// SPDX-License-Identifier: Apache-2.0
// Strictness here costs only time: what is not recognised goes to OpenSSL. What is recognised must mean the same to
// both, which a differential test shows over genuine chains and their mutations.
#include "x509/plain_profile.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "x509/asn1_parts.hpp"

namespace tenzro::tee::x509 {

namespace {

/// Of Intel's PCK certificates, of AMD's VCEK and VLEK ones, and of NVIDIA's devices (TCG DICE); not critical, and
/// OpenSSL does not look into them.
constexpr std::string_view kSgxExtension = "1.2.840.113741.1.13.1";
constexpr std::string_view kAmdExtensions = "1.3.6.1.4.1.3704.1.";
constexpr std::string_view kCompositeDeviceId = "2.23.133.5.4.1";
constexpr std::string_view kDiceTcbInfo = "2.23.133.5.4.1.1";
/// DMTF DSP0274: a device's name as another name of the subject. In no place is it compared with anything.
constexpr std::string_view kDmtfDeviceInfo = "1.3.6.1.4.1.412.274.1";
constexpr std::uint8_t kUniformResourceIdentifier = 0x86;
constexpr std::uint64_t kMaxPathLength = 255;

/// The content of the one element that an extension's value consists of; nothing when it is another one.
std::optional<ByteView> only(ByteView value, std::uint8_t tag) {
  const auto element = der::single("extension", value);
  if (!element || element->tag != tag) {
    return std::nullopt;
  }
  return element->content;
}

bool read_basic_constraints(ByteView value, PlainExtensions& out) {
  const auto content = only(value, der::kSequence);
  if (!content) {
    return false;
  }
  der::Reader in("basicConstraints", *content);
  if (in.at_end()) {
    return true;  // cA DEFAULT FALSE
  }
  // FALSE is the default, which DER leaves out.
  const auto ca = in.boolean_value("cA");
  if (!ca || *ca != der::Boolean::yes) {
    return false;
  }
  out.ca = true;
  if (!in.at_end()) {
    const auto length = in.unsigned_integer("pathLenConstraint", kMaxPathLength);
    if (!length) {
      return false;
    }
    out.path_length = static_cast<std::uint32_t>(*length);
  }
  return in.at_end();
}

/// At least one bit is set, no octet follows the last one that has any, and unused bits are clear. Zero bits after the
/// last one that is set, which DER drops, are in AMD's intermediates.
bool read_key_usage(ByteView value, PlainExtensions& out) {
  const auto content = only(value, der::kBitString);
  constexpr std::size_t kMaxOctets = 3;  // the count of unused bits and nine bits
  if (!content || content->size() < 2 || content->size() > kMaxOctets) {
    return false;
  }
  const unsigned unused = content->front();
  const std::uint8_t last = content->back();
  constexpr std::uint8_t kDecipherOnly = 0x80;  // the ninth bit, alone in its octet
  if (content->size() == kMaxOctets && last != kDecipherOnly) {
    return false;
  }
  if (unused > 7 || last == 0 || (last & ((1U << unused) - 1)) != 0) {
    return false;
  }
  out.key_usage = (*content)[1] | (content->size() == kMaxOctets ? std::uint32_t{last} << 8 : 0U);
  return true;
}

/// Nothing where the identifier is of another form.
bool take_key_id(const std::optional<ByteView>& key_id, ByteView& out) {
  out = key_id.value_or(ByteView());
  return key_id.has_value();
}

bool is_plain_text(ByteView text) {
  return std::ranges::all_of(text, [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
}

/// Any number of points that each name one place by URI, and nothing else of what a point can hold.
bool is_plain_distribution_points(ByteView value) {
  const auto content = only(value, der::kSequence);
  if (!content || content->empty()) {
    return false;
  }
  der::Reader points("cRLDistributionPoints", *content);
  while (!points.at_end()) {
    const auto point = points.next("point", der::kSequence);
    const auto name = point ? only(point->content, der::kContext0) : std::nullopt;
    const auto full_name = name ? only(*name, der::kContext0) : std::nullopt;
    const auto uri = full_name ? only(*full_name, kUniformResourceIdentifier) : std::nullopt;
    if (!uri || !is_plain_text(*uri)) {
      return false;
    }
  }
  return true;
}

/// Any number of places (an OCSP responder, the issuer's certificate), each by URI.
bool is_plain_information_access(ByteView value) {
  const auto content = only(value, der::kSequence);
  if (!content || content->empty()) {
    return false;
  }
  der::Reader places("authorityInfoAccess", *content);
  while (!places.at_end()) {
    const auto place = places.next("place", der::kSequence);
    if (!place) {
      return false;
    }
    der::Reader in("place", place->content);
    const auto method = in.oid("method");
    const auto uri = method ? in.next("uri", kUniformResourceIdentifier) : Result<der::Element>(method.error());
    if (!uri || !in.at_end() || !is_plain_text(uri->content)) {
      return false;
    }
  }
  return true;
}

/// One other name, of the kind that devices have, as text.
bool is_plain_device_info(ByteView value) {
  const auto names = only(value, der::kSequence);
  const auto name = names ? only(*names, der::kContext0) : std::nullopt;
  if (!name) {
    return false;
  }
  der::Reader in("otherName", *name);
  const auto type = in.oid("type-id");
  const auto tagged = type ? in.next("value", der::kContext0) : Result<der::Element>(type.error());
  const auto text = tagged ? only(tagged->content, der::kUtf8String) : std::nullopt;
  return type && *type == kDmtfDeviceInfo && text && !text->empty() && in.at_end() && is_plain_text(*text);
}

bool read_extension(const Extension& extension, PlainExtensions& out) {
  if (extension.oid == oid::kBasicConstraints) {
    return read_basic_constraints(extension.value, out);
  }
  if (extension.oid == oid::kKeyUsage) {
    return read_key_usage(extension.value, out);
  }
  if (extension.critical) {
    return false;
  }
  if (extension.oid == oid::kSubjectKeyId) {
    return take_key_id(read_subject_key_id(extension.value), out.subject_key_id);
  }
  if (extension.oid == oid::kAuthorityKeyId) {
    return take_key_id(read_authority_key_id(extension.value), out.authority_key_id);
  }
  if (extension.oid == oid::kCrlDistributionPoints) {
    return is_plain_distribution_points(extension.value);
  }
  if (extension.oid == oid::kAuthorityInfoAccess) {
    return is_plain_information_access(extension.value);
  }
  if (extension.oid == oid::kSubjectAltName) {
    return is_plain_device_info(extension.value);
  }
  return extension.oid == kSgxExtension || extension.oid.starts_with(kAmdExtensions) ||
         extension.oid == kCompositeDeviceId || extension.oid == kDiceTcbInfo;
}

struct AttributeName {
  ByteArray<3> oid;  ///< content octets
  std::string_view text;
};
constexpr std::array<AttributeName, 7> kAttributeNames = {{{{0x55, 0x04, 0x03}, "CN"},
                                                           {{0x55, 0x04, 0x05}, "serialNumber"},
                                                           {{0x55, 0x04, 0x06}, "C"},
                                                           {{0x55, 0x04, 0x07}, "L"},
                                                           {{0x55, 0x04, 0x08}, "ST"},
                                                           {{0x55, 0x04, 0x0a}, "O"},
                                                           {{0x55, 0x04, 0x0b}, "OU"}}};

/// Characters that stand for themselves wherever they stand, except that a space may be neither first nor last.
bool is_never_escaped(std::uint8_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '-' ||
         c == '.' || c == '(' || c == ')' || c == ':' || c == '/' || c == '_';
}

/// "CN=Intel SGX Root CA" of one RelativeDistinguishedName.
std::optional<std::string> plain_attribute_text(ByteView set_content) {
  const auto pair = only(set_content, der::kSequence);
  if (!pair) {
    return std::nullopt;
  }
  der::Reader in("attribute", *pair);
  const auto type = in.next("type", der::kOid);
  const auto value = in.next("value");
  if (!type || !value || !in.at_end() || (value->tag != der::kUtf8String && value->tag != der::kPrintableString)) {
    return std::nullopt;
  }
  const auto* const name = std::ranges::find_if(
      kAttributeNames, [&](const AttributeName& known) { return std::ranges::equal(known.oid, type->content); });
  const ByteView text = value->content;
  if (name == kAttributeNames.end() || text.empty() || text.front() == ' ' || text.back() == ' ' ||
      !std::ranges::all_of(text, is_never_escaped)) {
    return std::nullopt;
  }
  std::string out(name->text);
  out.push_back('=');
  out.append(text.begin(), text.end());
  return out;
}

}  // namespace

std::optional<PlainExtensions> read_plain_extensions(const std::vector<Extension>& extensions) {
  PlainExtensions out;
  for (const Extension& extension : extensions) {
    if (!read_extension(extension, out)) {
      return std::nullopt;
    }
  }
  return out;
}

std::optional<std::string> plain_name_text(ByteView name) {
  const auto content = only(name, der::kSequence);
  if (!content || content->empty()) {
    return std::nullopt;
  }
  std::string out;
  der::Reader in("name", *content);
  while (!in.at_end()) {
    const auto set = in.next("rdn", der::kSet);
    auto attribute = set ? plain_attribute_text(set->content) : std::nullopt;
    if (!attribute) {
      return std::nullopt;
    }
    if (!out.empty()) {
      attribute->append(",").append(out);
    }
    out = *std::move(attribute);
  }
  return out;
}

}  // namespace tenzro::tee::x509
