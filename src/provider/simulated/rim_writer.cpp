// SPDX-License-Identifier: Apache-2.0
// Written as Canonical XML 1.1 would write it (attributes in order, no element closes itself), so that the bytes that
// are hashed and signed are those that stand here: no XML library takes part.
#include "provider/simulated/rim_writer.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "collateral/nvidia/rim_names.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "provider/simulated/ensure.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace nvidia::rim_names;

constexpr std::string_view kCompany = "NVIDIA Corporation";
constexpr std::size_t kMaxAlternatives = 10;  // with more, Hash10 would stand before Hash2
constexpr std::size_t kBase64Line = 64;

using Attribute = std::pair<std::string_view, std::string_view>;  // name, value

/// The caller gives attributes in canonical order: namespaces, then plain ones, then those of namespaces.
std::string open(std::string_view name, std::initializer_list<Attribute> attributes = {}) {
  std::string out = concat("<", name);
  for (const auto& [attribute, value] : attributes) {
    ensure(value.find_first_of("<>&\"\t\r\n") == std::string_view::npos, "a manifest's attribute would need an escape");
    out += concat(" ", attribute, "=\"", value, "\"");
  }
  return out + ">";
}

std::string close(std::string_view name) { return concat("</", name, ">"); }

std::string empty(std::string_view name, std::initializer_list<Attribute> attributes) {
  return open(name, attributes) + close(name);
}

std::string holding(std::string_view name, std::string_view content) {
  return concat(open(name), content, close(name));
}

std::string resource(std::size_t index, const nvidia::GoldenMeasurement* golden) {
  static const std::vector<ByteArray<nvidia::kGoldenSize>> kNothing(1);
  const auto& values = golden != nullptr ? golden->alternatives : kNothing;
  ensure(!values.empty() && values.size() <= kMaxAlternatives, "a manifest's index has 1 to 10 alternatives");
  std::string out = open("ns0:Resource", {{"active", golden != nullptr ? "True" : "False"},
                                          {"alternatives", concat(values.size())},
                                          {"index", concat(index)},
                                          {"name", concat("Measurement_", index)},
                                          {"size", concat(nvidia::kGoldenSize)},
                                          {"type", "Measurement"}});
  out.pop_back();
  for (std::size_t i = 0; i < values.size(); ++i) {
    out += concat(" ns2:Hash", i, "=\"", to_hex(values[i]), "\"");
  }
  return concat(out, ">", close("ns0:Resource"), "\n");
}

std::string payload(const RimParts& parts) {
  std::string out;
  for (std::size_t index = 0; index < nvidia::kGoldenIndices; ++index) {
    const auto golden = std::ranges::find(parts.active, index, &nvidia::GoldenMeasurement::index);
    out += resource(index, golden == parts.active.end() ? nullptr : &*golden);
  }
  return holding("ns0:Payload", concat("\n", out));
}

/// Everything but the signature and the end of the root.
std::string content(const RimParts& parts) {
  return concat(open(kRootName, {{"xmlns", kSwid},
                                 {"xmlns:ns0", kSwid},
                                 {"xmlns:ns2", kHash},
                                 {"corpus", "false"},
                                 {"name", parts.product},
                                 {"patch", "false"},
                                 {"supplemental", "false"},
                                 {"tagId", to_hex(parts.tag_id)},
                                 {"tagVersion", "0"},
                                 {"version", "1.0"}}),
                "\n", empty("ns0:Entity", {{"name", kCompany}, {"role", "softwareCreator tagCreator"}}), "\n",
                empty("ns0:Meta", {{"xmlns:ns1", kTcg},
                                   {"PayloadType", "direct"},
                                   {"colloquialVersion", parts.version},
                                   {"edition", parts.edition},
                                   {"product", parts.product},
                                   {"revision", "r1"},
                                   {"ns1:BindingSpec", "RIMIM"},
                                   {"ns1:BindingSpecVersion", "1.01"},
                                   {"ns1:FirmwareManufacturer", kCompany},
                                   {"ns1:FirmwareManufacturerId", kManufacturer},
                                   {"ns1:PlatformManufacturerId", kManufacturer},
                                   {"ns1:PlatformManufacturerStr", kCompany},
                                   {"ns1:PlatformModel", parts.product}}),
                "\n", payload(parts), "\n");
}

std::string method(std::string_view name, std::string_view algorithm) {
  return empty(name, {{"Algorithm", algorithm}});
}

/// What is signed: it bears the namespaces of all that stands around it.
std::string signed_info(std::string_view whole) {
  const std::string transforms =
      holding("ds:Transforms", concat(method("ds:Transform", kEnveloped), method("ds:Transform", kCanonicalXml11)));
  const std::string digest =
      concat(method("ds:DigestMethod", kSha384), holding("ds:DigestValue", to_base64(crypto::sha384(as_bytes(whole)))));
  return concat(
      open("ds:SignedInfo", {{"xmlns", kSwid}, {"xmlns:ds", kDsig}, {"xmlns:ns0", kSwid}, {"xmlns:ns2", kHash}}),
      method("ds:CanonicalizationMethod", kCanonicalXml11), method("ds:SignatureMethod", kEcdsaSha384),
      open("ds:Reference", {{"URI", ""}}), transforms, digest, close("ds:Reference"), close("ds:SignedInfo"));
}

std::string key_info(const std::vector<Bytes>& chain) {
  std::string certificates;
  for (const Bytes& certificate : chain) {
    const std::string base64 = to_base64(certificate);
    std::string lines;
    for (std::size_t i = 0; i < base64.size(); i += kBase64Line) {
      lines += concat(base64.substr(i, kBase64Line), "\n");
    }
    certificates += holding("ds:X509Certificate", lines);
  }
  return holding("ds:KeyInfo", holding("ds:X509Data", certificates));
}

}  // namespace

Bytes write_rim(const RimParts& parts, EVP_PKEY* signer) {
  const std::string end = close(kRootName);
  const std::string before = content(parts);
  const std::string info = signed_info(concat(before, end));
  const std::string signature = holding("ds:SignatureValue", to_base64(sign_p384(signer, as_bytes(info))));
  const std::string out = concat(before, open("ds:Signature", {{"xmlns:ds", kDsig}}), info, signature,
                                 key_info(parts.chain), close("ds:Signature"), end);
  return Bytes(out.begin(), out.end());
}

}  // namespace tenzro::tee::simulated
