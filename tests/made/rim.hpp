// SPDX-License-Identifier: Apache-2.0
// Reference manifests made for a test, written in their canonical form: what is signed needs no XML library.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "crypto/digest.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// One Resource.
struct MadeGolden {
  int index = 0;
  bool active = true;
  std::vector<Bytes> alternatives;  ///< 48 bytes each in a good manifest
};

/// A good manifest unless a member says otherwise.
struct MadeRim {
  std::string product = "GH100", edition = "GPU", version = "550.90.07";
  std::vector<MadeGolden> golden = {{0, false, {Bytes(48)}}, {1, true, {Bytes(48, 0x11), Bytes(48, 0x12)}}};
  std::vector<Bytes> chain;  ///< DER, leaf first
  /// r || s over SHA-384 of what it is given.
  std::function<Bytes(ByteView)> sign;

  static constexpr const char* kSwid = "http://standards.iso.org/iso/19770/-2/2015/schema.xsd";
  static constexpr const char* kTcg =
      "https://trustedcomputinggroup.org/resource/tcg-reference-integrity-manifest-rim-information-model/";
  static constexpr const char* kHash = "http://www.w3.org/2001/04/xmlenc#sha384";
  static constexpr const char* kDsig = "http://www.w3.org/2000/09/xmldsig#";
  static constexpr const char* kEnd = "</SoftwareIdentity>";

  static std::string attribute(const std::string& name, const std::string& value) {
    return " " + name + "=\"" + value + "\"";
  }

  static std::string resource(const MadeGolden& one) {
    const std::string index = std::to_string(one.index);
    std::string out = "<ns0:Resource" + attribute("active", one.active ? "True" : "False") +
                      attribute("alternatives", std::to_string(one.alternatives.size())) + attribute("index", index) +
                      attribute("name", "Measurement_" + index) + attribute("size", "48") +
                      attribute("type", "Measurement");
    for (std::size_t i = 0; i < one.alternatives.size(); ++i) {
      out += attribute("ns2:Hash" + std::to_string(i), to_hex(one.alternatives[i]));
    }
    return out + "></ns0:Resource>\n";
  }

  /// Everything but the signature, which stands before kEnd.
  std::string content() const {
    std::string out = "<SoftwareIdentity" + attribute("xmlns", kSwid) + attribute("xmlns:ns0", kSwid) +
                      attribute("xmlns:ns2", kHash) + attribute("corpus", "false") + attribute("name", product) +
                      attribute("tagId", to_hex(Bytes(48, 0x7a))) + attribute("version", "1.0") + ">\n";
    out +=
        "<ns0:Entity" + attribute("name", "NVIDIA Corporation") + attribute("role", "tagCreator") + "></ns0:Entity>\n";
    out += "<ns0:Meta" + attribute("xmlns:ns1", kTcg) + attribute("PayloadType", "direct") +
           attribute("colloquialVersion", version) + attribute("edition", edition) + attribute("product", product) +
           attribute("revision", "r1") + attribute("ns1:FirmwareManufacturerId", "5703") + "></ns0:Meta>\n";
    out += "<ns0:Payload>\n";
    for (const MadeGolden& one : golden) {
      out += resource(one);
    }
    return out + "</ns0:Payload>\n" + kEnd;
  }

  /// Canonical, with the namespaces of everything that stands around it.
  static std::string signed_info(const std::string& signed_content) {
    const Bytes bytes(signed_content.begin(), signed_content.end());
    const auto method = [](const std::string& name, const std::string& algorithm) {
      return "<ds:" + name + attribute("Algorithm", algorithm) + "></ds:" + name + ">";
    };
    const std::string canonical = "http://www.w3.org/2006/12/xml-c14n11";
    const std::string more = "http://www.w3.org/2001/04/xmldsig-more#";
    return "<ds:SignedInfo" + attribute("xmlns", kSwid) + attribute("xmlns:ds", kDsig) + attribute("xmlns:ns0", kSwid) +
           attribute("xmlns:ns2", kHash) + ">" + method("CanonicalizationMethod", canonical) +
           method("SignatureMethod", more + "ecdsa-sha384") + "<ds:Reference URI=\"\"><ds:Transforms>" +
           method("Transform", std::string(kDsig) + "enveloped-signature") + method("Transform", canonical) +
           "</ds:Transforms>" + method("DigestMethod", more + "sha384") + "<ds:DigestValue>" +
           to_base64(crypto::sha384(bytes)) + "</ds:DigestValue></ds:Reference></ds:SignedInfo>";
  }

  std::string key_info() const {
    std::string out = "<ds:KeyInfo><ds:X509Data>";
    for (const Bytes& certificate : chain) {
      const std::string base64 = to_base64(certificate);
      out += "<ds:X509Certificate>";
      for (std::size_t i = 0; i < base64.size(); i += 64) {
        out += base64.substr(i, 64) + "\n";
      }
      out += "</ds:X509Certificate>";
    }
    return out + "</ds:X509Data></ds:KeyInfo>";
  }

  std::string signature() const {
    const std::string info = signed_info(content());
    const Bytes bytes(info.begin(), info.end());
    return "<ds:Signature" + attribute("xmlns:ds", kDsig) + ">" + info + "<ds:SignatureValue>" +
           to_base64(sign ? sign(bytes) : Bytes(96, 0x01)) + "</ds:SignatureValue>" + key_info() + "</ds:Signature>";
  }

  std::string text() const {
    std::string out = content();
    return out.insert(out.size() - std::string(kEnd).size(), signature());
  }
  Bytes bytes() const {
    const std::string out = text();
    return Bytes(out.begin(), out.end());
  }
};

}  // namespace tenzro::tee::test
