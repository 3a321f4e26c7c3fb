// SPDX-License-Identifier: Apache-2.0
// Source: genuine manifests of NVIDIA's RIM service; XML Signature Syntax and Processing 1.1; ISO/IEC 19770-2:2015.
#include "collateral/nvidia/rim.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include "collateral/nvidia/rim_names.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "formats/xml.hpp"

namespace tenzro::tee::nvidia {

namespace {

using namespace rim_names;

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxCertificateSize = std::size_t{16} << 10;
constexpr std::size_t kLookAhead = 1024;

using xml::Attribute;
using xml::Element;

Error malformed(std::string_view problem) {
  return Error(ErrorCode::malformed_input, concat("reference manifest: ", problem));
}
Error unsupported(std::string_view problem) {
  return Error(ErrorCode::unsupported, concat("reference manifest: ", problem));
}
std::string shown(const Element& element) { return printable(element.name(), 40); }

/// The child elements of one that may hold nothing else; white space stands between them.
Result<std::vector<Element>> only_elements(const Element& element) {
  if (!trimmed(element.text()).empty()) {
    return malformed(concat(shown(element), " holds text"));
  }
  return element.children();
}

Result<void> expect_empty(const Element& element) {
  TENZRO_ASSIGN_OR_RETURN(const auto children, only_elements(element));
  return children.empty() ? Result<void>() : malformed(concat(shown(element), " holds ", shown(children.front())));
}

/// Exactly these children of one namespace, in this order.
Result<std::vector<Element>> expect_children(const Element& element, std::span<const std::string_view> names) {
  TENZRO_ASSIGN_OR_RETURN(auto children, only_elements(element));
  const auto is = [](const Element& child, std::string_view name) { return child.is(kDsig, name); };
  if (!std::ranges::equal(children, names, is)) {
    std::string wanted;
    for (const std::string_view name : names) {
      wanted += concat(wanted.empty() ? "" : ", ", name);
    }
    return malformed(concat(shown(element), " must hold exactly ", wanted));
  }
  return children;
}

Result<void> expect_no_attributes(const Element& element) {
  return element.attributes().empty() ? Result<void>() : malformed(concat(shown(element), " has attributes"));
}

/// The text of an element that holds nothing else, as base64 with white space anywhere.
Result<Bytes> base64_in(const Element& element, std::size_t max) {
  TENZRO_RETURN_IF_ERROR(expect_no_attributes(element));
  if (!element.children().empty()) {
    return malformed(concat(shown(element), " holds elements"));
  }
  std::string digits = element.text();
  std::erase_if(digits, is_white_space);
  auto bytes = from_base64(digits);
  if (!bytes || bytes->empty() || bytes->size() > max) {
    return malformed(concat(shown(element), " is no base64 of 1 to ", max, " bytes"));
  }
  return bytes;
}

template <std::size_t N>
Result<ByteArray<N>> base64_of(const Element& element) {
  TENZRO_ASSIGN_OR_RETURN(const Bytes bytes, base64_in(element, N));
  if (bytes.size() != N) {
    return malformed(concat(shown(element), " has ", bytes.size(), " bytes, expected ", N));
  }
  ByteArray<N> out{};
  std::ranges::copy(bytes, out.begin());
  return out;
}

/// An element that says nothing but which algorithm is used, and that it is this one.
Result<void> expect_algorithm(const Element& element, std::string_view wanted) {
  const auto attributes = element.attributes();
  if (attributes.size() != 1 || attributes[0].name != "Algorithm" || !attributes[0].name_space.empty()) {
    return malformed(concat(shown(element), " must have the one attribute Algorithm"));
  }
  if (attributes[0].value != wanted) {
    return unsupported(
        concat(shown(element), " is \"", printable(attributes[0].value), "\", expected \"", wanted, "\""));
  }
  return expect_empty(element);
}

// --- the signature

/// One reference to the whole document, by the two transforms that leave nothing out but the signature itself.
Result<ByteArray<kGoldenSize>> read_reference(const Element& reference) {
  constexpr std::array<std::string_view, 3> kParts = {"Transforms", "DigestMethod", "DigestValue"};
  constexpr std::array<std::string_view, 2> kTransforms = {"Transform", "Transform"};
  const auto attributes = reference.attributes();
  if (attributes.size() != 1 || attributes[0].name != "URI" || !attributes[0].name_space.empty()) {
    return malformed("Reference must have the one attribute URI");
  }
  if (!attributes[0].value.empty()) {
    return unsupported("Reference is not to the whole document, whose URI is empty");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto parts, expect_children(reference, kParts));
  TENZRO_RETURN_IF_ERROR(expect_no_attributes(parts[0]));
  TENZRO_ASSIGN_OR_RETURN(const auto transforms, expect_children(parts[0], kTransforms));
  TENZRO_RETURN_IF_ERROR(expect_algorithm(transforms[0], kEnveloped));
  TENZRO_RETURN_IF_ERROR(expect_algorithm(transforms[1], kCanonicalXml11));
  TENZRO_RETURN_IF_ERROR(expect_algorithm(parts[1], kSha384));
  return base64_of<kGoldenSize>(parts[2]);
}

/// Gives back the digest that is signed.
Result<ByteArray<kGoldenSize>> read_signed_info(const Element& signed_info) {
  constexpr std::array<std::string_view, 3> kParts = {"CanonicalizationMethod", "SignatureMethod", "Reference"};
  TENZRO_RETURN_IF_ERROR(expect_no_attributes(signed_info));
  TENZRO_ASSIGN_OR_RETURN(const auto parts, expect_children(signed_info, kParts));
  TENZRO_RETURN_IF_ERROR(expect_algorithm(parts[0], kCanonicalXml11));
  TENZRO_RETURN_IF_ERROR(expect_algorithm(parts[1], kEcdsaSha384));
  return read_reference(parts[2]);
}

/// Certificates and nothing else: a key that stood here beside them would be one that nobody vouches for.
Result<std::vector<Bytes>> read_key_info(const Element& key_info) {
  TENZRO_RETURN_IF_ERROR(expect_no_attributes(key_info));
  TENZRO_ASSIGN_OR_RETURN(const auto ways, only_elements(key_info));
  if (ways.size() != 1 || !ways[0].is(kDsig, "X509Data")) {
    return unsupported("KeyInfo must name the key by one X509Data alone");
  }
  TENZRO_RETURN_IF_ERROR(expect_no_attributes(ways[0]));
  TENZRO_ASSIGN_OR_RETURN(const auto certificates, only_elements(ways[0]));
  if (certificates.empty() || certificates.size() > kMaxRimCertificates) {
    return malformed(concat("X509Data has ", certificates.size(), " elements, expected 1 to ", kMaxRimCertificates,
                            " certificates"));
  }
  std::vector<Bytes> out;
  for (const Element& certificate : certificates) {
    if (!certificate.is(kDsig, "X509Certificate")) {
      return unsupported(concat("X509Data holds ", shown(certificate), ", expected certificates alone"));
    }
    TENZRO_ASSIGN_OR_RETURN(Bytes der, base64_in(certificate, kMaxCertificateSize));
    out.push_back(std::move(der));
  }
  return out;
}

// --- the content

/// The attributes of one element, by name.
class Attributes {
 public:
  explicit Attributes(const Element& element) : element_(shown(element)), list_(element.attributes()) {}

  std::optional<std::string_view> find(std::string_view name_space, std::string_view name) const {
    const auto found = std::ranges::find_if(
        list_, [&](const Attribute& one) { return one.name == name && one.name_space == name_space; });
    return found == list_.end() ? std::nullopt : std::optional(found->value);
  }
  Result<std::string_view> get(std::string_view name, std::string_view name_space = {}) const {
    const auto value = find(name_space, name);
    return value ? Result<std::string_view>(*value) : malformed(concat(element_, " has no attribute ", name));
  }
  Result<void> expect(std::string_view name, std::string_view wanted, std::string_view name_space = {}) const {
    TENZRO_ASSIGN_OR_RETURN(const std::string_view value, get(name, name_space));
    return value == wanted
               ? Result<void>()
               : unsupported(concat(element_, ".", name, " is \"", printable(value), "\", expected \"", wanted, "\""));
  }
  /// A name that may stand in messages, file names and URLs.
  Result<std::string> name(std::string_view attribute) const {
    TENZRO_ASSIGN_OR_RETURN(const std::string_view value, get(attribute));
    constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (value.empty() || value.size() > kMaxName || value.find_first_not_of(kAllowed) != std::string_view::npos) {
      return malformed(concat(element_, ".", attribute, " is \"", printable(value), "\", expected 1 to ", kMaxName,
                              " letters, digits, '.', '_' and '-'"));
    }
    return std::string(value);
  }
  /// Decimal without sign or leading zeros.
  Result<std::size_t> number(std::string_view attribute, std::size_t min, std::size_t max) const {
    TENZRO_ASSIGN_OR_RETURN(const std::string_view text, get(attribute));
    std::size_t value = 0;
    const char* end = text.data() + text.size();
    const auto [at, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc() || at != end || value < min || value > max || std::to_string(value) != text) {
      return malformed(
          concat(element_, ".", attribute, " is \"", printable(text), "\", expected a number from ", min, " to ", max));
    }
    return value;
  }
  const std::vector<Attribute>& list() const noexcept { return list_; }

 private:
  std::string element_;
  std::vector<Attribute> list_;
};

Result<void> read_meta(const Element& meta, Rim& rim) {
  const Attributes attributes(meta);
  TENZRO_RETURN_IF_ERROR(expect_empty(meta));
  TENZRO_RETURN_IF_ERROR(attributes.expect("FirmwareManufacturerId", kManufacturer, kTcg));
  TENZRO_RETURN_IF_ERROR(attributes.expect("PayloadType", "direct"));
  TENZRO_ASSIGN_OR_RETURN(rim.product, attributes.name("product"));
  TENZRO_ASSIGN_OR_RETURN(rim.edition, attributes.name("edition"));
  TENZRO_ASSIGN_OR_RETURN(rim.version, attributes.name("colloquialVersion"));
  return {};
}

/// Its attributes are exactly those that are read here, the name, and as many hashes as it says that it has.
Result<std::vector<ByteArray<kGoldenSize>>> read_alternatives(const Attributes& attributes, std::string_view where) {
  constexpr std::array<std::string_view, 6> kKnown = {"type", "index", "active", "alternatives", "name", "size"};
  const auto is_hash = [](const Attribute& one) { return one.name_space == kHash; };
  for (const Attribute& one : attributes.list()) {
    const bool known = one.name_space.empty() && std::ranges::find(kKnown, one.name) != kKnown.end();
    if (!known && !is_hash(one)) {
      return malformed(concat(where, " has the unknown attribute ", printable(one.name, 40)));
    }
  }
  const auto hashes = static_cast<std::size_t>(std::ranges::count_if(attributes.list(), is_hash));
  TENZRO_ASSIGN_OR_RETURN(const std::size_t count, attributes.number("alternatives", 1, attributes.list().size()));
  if (count != hashes) {
    return malformed(concat(where, " says ", count, " alternatives and has ", hashes));
  }
  std::vector<ByteArray<kGoldenSize>> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto text = attributes.find(kHash, concat("Hash", i));
    const auto bytes = text ? from_hex(*text) : Result<Bytes>(malformed(""));
    if (!bytes || bytes->size() != kGoldenSize) {
      return malformed(concat(where, ".Hash", i, " is not there, or not ", 2 * kGoldenSize, " hex digits"));
    }
    std::ranges::copy(*bytes, out[i].begin());
  }
  return out;
}

Result<void> read_payload(const Element& payload, Rim& rim) {
  std::array<bool, kGoldenIndices> seen{};
  TENZRO_RETURN_IF_ERROR(expect_no_attributes(payload));
  TENZRO_ASSIGN_OR_RETURN(const auto resources, only_elements(payload));
  for (const Element& resource : resources) {
    if (!resource.is(kSwid, "Resource")) {
      return malformed(concat("Payload holds ", shown(resource), ", expected Resource elements alone"));
    }
    TENZRO_RETURN_IF_ERROR(expect_empty(resource));
    const Attributes attributes(resource);
    TENZRO_ASSIGN_OR_RETURN(const std::size_t index, attributes.number("index", 0, kGoldenIndices - 1));
    if (std::exchange(seen.at(index), true)) {
      return malformed(concat("index ", index, " stands there twice"));
    }
    TENZRO_RETURN_IF_ERROR(attributes.expect("type", "Measurement"));
    TENZRO_RETURN_IF_ERROR(attributes.number("size", kGoldenSize, kGoldenSize));
    TENZRO_ASSIGN_OR_RETURN(auto alternatives, read_alternatives(attributes, concat("Resource ", index)));
    TENZRO_ASSIGN_OR_RETURN(const std::string_view active, attributes.get("active"));
    if (active == "True") {
      rim.active.push_back({static_cast<std::uint8_t>(index), std::move(alternatives)});
    } else if (active != "False") {
      return malformed(concat("Resource ", index, ".active is \"", printable(active), "\", expected True or False"));
    }
  }
  if (rim.active.empty()) {
    return malformed("no Resource is active, so there is nothing to compare with");
  }
  std::ranges::sort(rim.active, {}, &GoldenMeasurement::index);
  return {};
}

/// The four children of the root, whatever their order.
struct Parts {
  Element entity, meta, payload, signature;
};

Result<Parts> read_root(const Element& root) {
  if (!root.is(kSwid, kRootName)) {
    return malformed("the root is no SoftwareIdentity of ISO/IEC 19770-2:2015");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto children, only_elements(root));
  const auto one = [&](std::string_view name_space, std::string_view name) -> Result<Element> {
    const auto is = [&](const Element& child) { return child.is(name_space, name); };
    const auto count = std::ranges::count_if(children, is);
    if (count != 1) {
      return malformed(concat("the root has ", count, " elements ", name, ", expected one"));
    }
    return *std::ranges::find_if(children, is);
  };
  TENZRO_ASSIGN_OR_RETURN(const Element entity, one(kSwid, "Entity"));
  TENZRO_ASSIGN_OR_RETURN(const Element meta, one(kSwid, "Meta"));
  TENZRO_ASSIGN_OR_RETURN(const Element payload, one(kSwid, "Payload"));
  TENZRO_ASSIGN_OR_RETURN(const Element signature, one(kDsig, "Signature"));
  if (children.size() != 4) {
    return malformed("the root holds more than Entity, Meta, Payload and Signature");
  }
  return Parts{entity, meta, payload, signature};
}

}  // namespace

bool looks_like_rim(ByteView bytes) noexcept {
  const std::string_view text = trimmed(as_text(bytes)).substr(0, kLookAhead);
  return text.starts_with('<') && text.find(kRootName) != std::string_view::npos;
}

Result<Rim> parse_rim(ByteView text) {
  constexpr std::array<std::string_view, 3> kSignatureParts = {"SignedInfo", "SignatureValue", "KeyInfo"};
  auto parsed = xml::Document::parse(text, {.max_size = kMaxRim});
  if (!parsed) {
    return std::move(parsed).error().with_context("reference manifest");
  }
  xml::Document& document = *parsed;
  TENZRO_ASSIGN_OR_RETURN(const Parts parts, read_root(document.root()));

  Rim out;
  TENZRO_RETURN_IF_ERROR(expect_no_attributes(parts.signature));
  TENZRO_ASSIGN_OR_RETURN(const auto signature, expect_children(parts.signature, kSignatureParts));
  TENZRO_ASSIGN_OR_RETURN(const auto digest, read_signed_info(signature[0]));
  TENZRO_ASSIGN_OR_RETURN(out.signature, base64_of<kRimSignatureSize>(signature[1]));
  TENZRO_ASSIGN_OR_RETURN(out.certificates, read_key_info(signature[2]));
  TENZRO_ASSIGN_OR_RETURN(out.signed_info, document.canonical(signature[0]));

  // What is left without the signature is what was signed, and what everything below is read from.
  document.remove(parts.signature);
  TENZRO_ASSIGN_OR_RETURN(const Bytes content, document.canonical());
  out.digest_matches = crypto::equal_constant_time(crypto::sha384(content), digest);
  TENZRO_RETURN_IF_ERROR(expect_empty(parts.entity));
  TENZRO_RETURN_IF_ERROR(read_meta(parts.meta, out));
  TENZRO_RETURN_IF_ERROR(read_payload(parts.payload, out));
  return out;
}

}  // namespace tenzro::tee::nvidia
