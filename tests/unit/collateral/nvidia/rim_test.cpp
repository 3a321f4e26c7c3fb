// SPDX-License-Identifier: Apache-2.0
#include "collateral/nvidia/rim.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "made/rim.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::MadeGolden;
using test::MadeRim;

MadeRim made() {
  MadeRim out;
  out.chain = {Bytes(400, 0x30), Bytes(401, 0x31), Bytes(402, 0x32)};
  return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  if (at == std::string::npos) {
    throw std::runtime_error("no " + what);
  }
  return text.replace(at, what.size(), by);
}

void expect_refused(const std::string& text, std::string_view part, ErrorCode code = ErrorCode::malformed_input) {
  const auto rim = parse_rim(test::view(text));
  ASSERT_FALSE(rim.has_value()) << part;
  EXPECT_EQ(rim.error().code(), code) << rim.error().message();
  EXPECT_TRUE(rim.error().message().starts_with("reference manifest: ")) << rim.error().message();
  EXPECT_NE(rim.error().message().find(part), std::string::npos) << rim.error().message();
  EXPECT_LT(rim.error().message().size(), 400U);
}
/// The good manifest with one place changed.
void expect_refused(const std::string& what, const std::string& by, std::string_view part,
                    ErrorCode code = ErrorCode::malformed_input) {
  SCOPED_TRACE(what + " -> " + by);
  expect_refused(replaced(made().text(), what, by), part, code);
}
void expect_unsupported(const std::string& what, const std::string& by, std::string_view part) {
  expect_refused(what, by, part, ErrorCode::unsupported);
}

TEST(Rim, IsReadWhole) {
  MadeRim spec = made();
  spec.product = "LS10";
  spec.edition = "SWITCH";
  spec.version = "96.10.55.00.01";
  spec.golden = {
      {63, true, {Bytes(48, 0xab)}}, {5, false, {Bytes(48)}}, {0, true, {Bytes(48), Bytes(48, 1), Bytes(48, 2)}}};
  const auto rim = parse_rim(spec.bytes());
  ASSERT_TRUE(rim.has_value()) << rim.error().message();
  EXPECT_EQ(rim->product, "LS10");
  EXPECT_EQ(rim->edition, "SWITCH");
  EXPECT_EQ(rim->version, "96.10.55.00.01");
  ASSERT_EQ(rim->active.size(), 2U) << "the inactive one counts for nothing";
  EXPECT_EQ(rim->active[0].index, 0);
  EXPECT_EQ(rim->active[0].alternatives.size(), 3U);
  EXPECT_EQ(to_hex(rim->active[0].alternatives[2]), to_hex(Bytes(48, 2)));
  EXPECT_EQ(rim->active[1].index, 63);
  EXPECT_EQ(rim->certificates, spec.chain);
  EXPECT_EQ(Bytes(rim->signature.begin(), rim->signature.end()), Bytes(96, 1));
}

// The maker writes canonical forms by hand; ours must be the same bytes.
TEST(Rim, CanonicalFormsAreThoseThatTheMakerWrote) {
  const MadeRim spec = made();
  const auto rim = parse_rim(spec.bytes()).value();
  EXPECT_TRUE(rim.digest_matches);
  EXPECT_EQ(std::string(rim.signed_info.begin(), rim.signed_info.end()), MadeRim::signed_info(spec.content()));
}

TEST(Rim, DigestCoversEverythingButTheSignature) {
  const auto matches = [](const std::string& what, const std::string& by) {
    const auto rim = parse_rim(test::view(replaced(made().text(), what, by)));
    EXPECT_TRUE(rim.has_value()) << by << ": " << (rim ? "" : rim.error().message());
    return rim && rim->digest_matches;
  };
  EXPECT_TRUE(matches("\n<ns0:Entity", "\r\n<ns0:Entity")) << "line ends are XML's";
  EXPECT_TRUE(matches("<ns0:Entity name=\"NVIDIA Corporation\" role=\"tagCreator\"></ns0:Entity>",
                      "<ns0:Entity  role='tagCreator'\n name='NVIDIA Corporation'/>"))
      << "the same element, written in another way";
  EXPECT_TRUE(matches("</ds:X509Data>", "\n</ds:X509Data>")) << "not signed";
  EXPECT_FALSE(matches("\n<ns0:Entity", "<ns0:Entity"));
  EXPECT_FALSE(matches("active=\"False\"", "active=\"True\""));
  EXPECT_FALSE(matches("1111", "1112"));
  EXPECT_FALSE(matches("NVIDIA Corporation", "NVIDIA corporation"));
  EXPECT_FALSE(matches("</SoftwareIdentity>", "\n</SoftwareIdentity>"));
  EXPECT_FALSE(matches("<ns0:Payload>", "<ns0:Payload xmlns:x=\"urn:x\">")) << "a namespace that nobody uses";
}

TEST(Rim, IsRecognisedByItsBeginning) {
  EXPECT_TRUE(looks_like_rim(made().bytes()));
  EXPECT_TRUE(looks_like_rim(test::view(" \r\n<?xml version='1.0'?><x:SoftwareIdentity")));
  EXPECT_FALSE(looks_like_rim(test::view("SoftwareIdentity")));
  EXPECT_FALSE(looks_like_rim(test::view("<r/>")));
  EXPECT_FALSE(looks_like_rim(test::view("<r>" + std::string(2000, ' ') + "SoftwareIdentity")));
  EXPECT_FALSE(looks_like_rim({}));
}

// ATTACK(V5)
TEST(Rim, RefusesWhatXmlCouldHideOrExpand) {
  const std::string good = made().text();
  expect_refused("<!DOCTYPE SoftwareIdentity [<!ENTITY x 'y'>]>" + good, "document types");
  expect_refused("<!DOCTYPE SoftwareIdentity SYSTEM \"http://127.0.0.1:1/x.dtd\">" + good, "document types");
  expect_refused("version=\"1.0\"", "version=\"&x;\"", "references");
  expect_refused("index=\"1\"", "index=\"&#49;\"", "references");
  expect_refused("index=\"1\"", "index=\"1<!-- -->\"", "comments");
  expect_refused("<ds:SignatureValue>", "<ds:SignatureValue><!-- -->", "comments");
  expect_refused("<ds:DigestValue>", "<ds:DigestValue><![CDATA[", "CDATA");
  expect_refused("<ns0:Payload>", "<ns0:Payload><?p ?>", "processing instructions");
  expect_refused("<?xml-stylesheet href='x'?>" + good, "processing instructions");
  expect_refused("<ns0:Payload>",
                 "<ns0:Payload><x:include xmlns:x=\"http://www.w3.org/2001/XInclude\" href=\"/etc/hostname\"/>",
                 "Payload holds include");
  expect_refused(good + std::string(kMaxRim, ' '), "at most 1048576");
}

// ATTACK(V5): the signed content moved, doubled or nested.
TEST(Rim, RefusesWrappedSignatures) {
  const MadeRim spec = made();
  const std::string content = spec.content(), signature = spec.signature();
  const std::string end = MadeRim::kEnd;
  const std::string open = content.substr(0, content.size() - end.size());
  expect_refused(open + "<wrapper>" + spec.text() + "</wrapper>" + end, "0 elements Signature");
  expect_refused(open + signature + "<wrapper>" + content + "</wrapper>" + end, "more than Entity");
  expect_refused(open + signature + signature + end, "2 elements Signature");
  expect_refused(open + "<ns0:Meta></ns0:Meta>" + signature + end, "2 elements Meta");
  expect_refused(open + "<ns0:Payload></ns0:Payload>" + signature + end, "2 elements Payload");
  expect_refused(content, "0 elements Signature");
  expect_refused("<root>" + spec.text() + "</root>", "no SoftwareIdentity");
  expect_refused(replaced(content, "</ns0:Payload>", signature + "</ns0:Payload>"), "0 elements Signature");
  // A signature in the signature, and content beside the key.
  expect_refused(replaced(spec.text(), "<ds:KeyInfo>", "<ds:Object>" + content + "</ds:Object><ds:KeyInfo>"),
                 "must hold exactly SignedInfo, SignatureValue, KeyInfo");
  expect_refused(replaced(spec.text(), "<ds:KeyInfo>", signature + "<ds:KeyInfo>"), "must hold exactly");
  expect_refused("<ds:SignedInfo", "<ds:SignedInfo Id=\"x\"", "SignedInfo has attributes");
  expect_refused("<ds:Signature ", "<ds:Signature Id=\"x\" ", "Signature has attributes");
  expect_refused("<ds:SignatureValue>", "text<ds:SignatureValue>", "holds text");
}

// ATTACK(V6): a key beside the certificates, which a lenient verifier would take.
TEST(Rim, RefusesEveryOtherWayToNameTheKey) {
  const std::string key = "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus></ds:RSAKeyValue></ds:KeyValue>";
  expect_unsupported("<ds:X509Data>", key + "<ds:X509Data>", "one X509Data alone");
  expect_unsupported("</ds:X509Data>", "</ds:X509Data>" + key, "one X509Data alone");
  expect_unsupported("</ds:X509Data>", "</ds:X509Data><ds:X509Data></ds:X509Data>", "one X509Data alone");
  expect_unsupported("<ds:X509Data>", "<ds:KeyName>x</ds:KeyName><ds:X509Data>", "one X509Data alone");
  expect_unsupported("<ds:X509Data>", "<ds:RetrievalMethod URI=\"http://127.0.0.1:1/\"/><ds:X509Data>", "alone");
  expect_unsupported("<ds:X509Data>", "<ds:X509Data><ds:X509SubjectName>x</ds:X509SubjectName>", "certificates alone");
  expect_unsupported("<ds:X509Data>", "<ds:X509Data><ds:X509CRL>AAAA</ds:X509CRL>", "certificates alone");
  expect_refused(replaced(replaced(made().text(), "<ds:X509Data>", "<ds:PGPData>"), "</ds:X509Data>", "</ds:PGPData>"),
                 "one X509Data alone", ErrorCode::unsupported);
  MadeRim none;
  expect_refused(none.text(), "X509Data has 0 elements");
  none.chain.assign(9, Bytes(8));
  expect_refused(none.text(), "X509Data has 9 elements");
  none.chain = {Bytes((std::size_t{16} << 10) + 1)};
  expect_refused(none.text(), "X509Certificate is no base64");
}

// ATTACK(V6)
TEST(Rim, RefusesEveryOtherAlgorithmAndTransform) {
  const std::string canonical = "http://www.w3.org/2006/12/xml-c14n11";
  for (const char* other :
       {"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2006/12/xml-c14n11#WithComments", ""}) {
    expect_unsupported("CanonicalizationMethod Algorithm=\"" + canonical,
                       std::string("CanonicalizationMethod Algorithm=\"") + other, "CanonicalizationMethod is");
    expect_unsupported("Transform Algorithm=\"" + canonical, std::string("Transform Algorithm=\"") + other,
                       "Transform is");
  }
  for (const char* other :
       {"http://www.w3.org/2000/09/xmldsig#hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384"}) {
    expect_unsupported("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", other, "SignatureMethod is");
  }
  expect_unsupported("http://www.w3.org/2001/04/xmldsig-more#sha384", "http://www.w3.org/2000/09/xmldsig#sha1",
                     "DigestMethod is");
  const std::string transform = "<ds:Transform Algorithm=\"" + canonical + "\"></ds:Transform>";
  const std::string enveloped =
      "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
  expect_unsupported(enveloped + transform, transform + enveloped, "Transform is");
  expect_refused(enveloped + transform, transform, "must hold exactly Transform, Transform");
  expect_refused(enveloped + transform, enveloped, "must hold exactly Transform, Transform");
  expect_refused(enveloped, enveloped + enveloped, "must hold exactly Transform, Transform");
  for (const char* uri : {"http://www.w3.org/TR/1999/REC-xpath-19991116", "http://www.w3.org/2002/06/xmldsig-filter2",
                          "http://www.w3.org/TR/1999/REC-xslt-19991116", "http://www.w3.org/2000/09/xmldsig#base64"}) {
    const std::string extra =
        std::string("<ds:Transform Algorithm=\"") + uri + "\"><ds:XPath>1</ds:XPath></ds:Transform>";
    expect_unsupported(transform, extra, "Transform is");
    expect_refused(transform, transform + extra, "must hold exactly Transform, Transform");
  }
  expect_refused(transform, replaced(transform, "></", "><ds:XPath>1</ds:XPath></"), "Transform holds XPath");
  expect_refused(transform, replaced(transform, "></", ">1</"), "Transform holds text");
  expect_refused(transform, replaced(transform, " Algorithm", " Id=\"x\" Algorithm"), "one attribute Algorithm");
  expect_refused(transform, replaced(transform, " Algorithm", " ds:Algorithm"), "one attribute Algorithm");
  expect_refused(transform, replaced(transform, " Algorithm", " algorithm"), "one attribute Algorithm");
  expect_refused(transform, replaced(transform, "\"></", "\" Z=\"x\"></"), "one attribute Algorithm");
  const std::string method = "ecdsa-sha384\">";
  expect_refused(method, method + "<ds:HMACOutputLength>0</ds:HMACOutputLength>", "holds HMACOutputLength");
}

// ATTACK(V6)
TEST(Rim, RefusesEveryOtherReference) {
  for (const char* uri : {"#x", "#xpointer(/)", "http://127.0.0.1:1/x", "file:///etc/hostname", " "}) {
    expect_unsupported("URI=\"\"", std::string("URI=\"") + uri + "\"", "whole document");
  }
  expect_refused(" URI=\"\"", "", "one attribute URI");
  expect_refused(" URI=\"\"", " URI=\"\" Type=\"x\"", "one attribute URI");
  expect_refused(" URI=\"\"", " ds:URI=\"\"", "one attribute URI");
  expect_refused(" URI=\"\"", " Uri=\"\"", "one attribute URI");
  const std::string text = made().text();
  const std::size_t from = text.find("<ds:Reference"), to = text.find("</ds:SignedInfo>");
  const std::string reference = text.substr(from, to - from);
  expect_refused(reference, reference + reference, "must hold exactly CanonicalizationMethod");
  expect_refused(reference, "", "must hold exactly CanonicalizationMethod");
  expect_refused("<ds:DigestValue>", "<ds:DigestValue>AAAA", "DigestValue is no base64");
  expect_refused("<ds:DigestValue>", "<ds:DigestValue>====", "DigestValue is no base64");
  expect_refused("<ds:SignatureValue>", "<ds:SignatureValue>AAAA", "SignatureValue is no base64");
  const std::string value = to_base64(Bytes(96, 1));
  expect_refused(value, to_base64(Bytes(95, 1)), "SignatureValue has 95 bytes");
  expect_refused(value, "", "SignatureValue is no base64");
  expect_refused(value, value + "<ds:X/>", "SignatureValue holds elements");
}

TEST(Rim, RefusesOtherResources) {
  const auto refused = [](const std::string& what, const std::string& by, std::string_view part) {
    expect_refused(what, by, part);
  };
  for (const char* index : {"64", "-1", "+1", "01", "1 ", "", "x", "1e0", "18446744073709551617"}) {
    refused("index=\"1\"", std::string("index=\"") + index + "\"", "Resource.index is");
  }
  refused("index=\"1\"", "index=\"0\"", "index 0 stands there twice");
  refused(" index=\"1\"", "", "no attribute index");
  for (const char* active : {"true", "TRUE", "1", "", "True ", "Yes"}) {
    refused("active=\"True\"", std::string("active=\"") + active + "\"", "expected True or False");
    refused("active=\"False\"", std::string("active=\"") + active + "\"", "expected True or False");
  }
  refused(" active=\"True\"", "", "no attribute active");
  refused("size=\"48\"", "size=\"32\"", "Resource.size is");
  refused(" size=\"48\"", "", "no attribute size");
  for (const char* count : {"0", "-1", "3", "4294967297", "2147483647", "two"}) {
    refused("alternatives=\"2\"", std::string("alternatives=\"") + count + "\"", "alternatives");
  }
  refused("alternatives=\"2\"", "alternatives=\"1\"", "says 1 alternatives and has 2");
  refused("ns2:Hash1", "ns2:Hash2", "Hash1");
  refused("ns2:Hash1", "Hash1", "unknown attribute Hash1");
  refused("ns2:Hash1", "ns2:Other", "Hash1");
  refused(" index=\"1\"", " index=\"1\" xmlns:x=\"urn:x\" x:index=\"1\"", "unknown attribute index");
  refused("name=\"Measurement_1\"", "mask=\"0\"", "unknown attribute mask");
  refused("1111", "11", "not 96 hex digits");
  refused("1111", "11gg", "not 96 hex digits");
  refused("1111", "111111", "not 96 hex digits");
  refused("1111", " 111", "not 96 hex digits");
  EXPECT_FALSE(parse_rim(test::view(replaced(made().text(), "type=\"Measurement\"", "type=\"Other\""))).has_value());
  refused("></ns0:Resource>", "><x/></ns0:Resource>", "Resource holds x");
  refused("></ns0:Resource>", ">x</ns0:Resource>", "Resource holds text");
  refused("<ns0:Payload>", "<ns0:Payload><ns0:Directory/>", "Payload holds Directory");
  refused("<ns0:Payload>", "<ns0:Payload>x", "Payload holds text");
  MadeRim spec = made();
  spec.golden = {{0, false, {Bytes(48)}}};
  expect_refused(spec.text(), "no Resource is active");
  spec.golden.clear();
  expect_refused(spec.text(), "no Resource is active");
}

// An inactive one counts for nothing, but its form is looked at.
TEST(Rim, RefusesInactiveResourcesOfAnotherForm) {
  MadeRim spec = made();
  spec.golden[0].alternatives = {Bytes(47)};
  expect_refused(spec.text(), "Resource 0.Hash0");
  spec.golden[0].alternatives = {};
  expect_refused(spec.text(), "alternatives");
}

TEST(Rim, RefusesOtherHeads) {
  expect_refused("xmlns=\"http://standards.iso.org/iso/19770/-2/2015/schema.xsd\"", "xmlns=\"urn:x\"",
                 "no SoftwareIdentity");
  expect_unsupported("ns1:FirmwareManufacturerId=\"5703\"", "ns1:FirmwareManufacturerId=\"5704\"",
                     "FirmwareManufacturerId is \"5704\"");
  expect_refused("ns1:FirmwareManufacturerId", "FirmwareManufacturerId", "no attribute FirmwareManufacturerId");
  expect_unsupported("PayloadType=\"direct\"", "PayloadType=\"indirect\"", "PayloadType");
  for (const char* name : {"product", "edition", "colloquialVersion"}) {
    for (const std::string& value :
         {std::string(), std::string("a b"), std::string("../x"), std::string("a\xc3\xa4"), std::string(65, 'a')}) {
      const std::string text = made().text();
      const std::size_t at = text.find(std::string(" ") + name + "=\"", text.find("<ns0:Meta"));
      const std::size_t start = at + std::string(name).size() + 3;
      expect_refused(text.substr(0, start) + value + text.substr(text.find('"', start)), std::string("Meta.") + name);
    }
  }
  expect_refused("</ns0:Meta>", "<x/></ns0:Meta>", "Meta holds x");
  expect_refused("</ns0:Entity>", "x</ns0:Entity>", "Entity holds text");
  expect_refused("<ns0:Payload>", "<ns0:Evidence/><ns0:Payload>", "more than Entity");
  expect_refused("<ns0:Payload>", "x<ns0:Payload>", "SoftwareIdentity holds text");
  expect_refused("<ns0:Payload>", "<ns0:Payload x=\"1\">", "Payload has attributes");
}

}  // namespace
}  // namespace tenzro::tee::nvidia
