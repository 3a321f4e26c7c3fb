// SPDX-License-Identifier: Apache-2.0
// Recognising collateral by its content.
#include <gtest/gtest.h>

#include "collateral/bundle.hpp"
#include "formats/pem.hpp"
#include "made/ocsp_pki.hpp"
#include "made/rim.hpp"
#include "made_documents.hpp"

namespace tenzro::tee::collateral {
namespace {

using test::Json;
using test::kPckCrl;
using test::kRootCrl;

void expect_refused(ByteView input, std::string_view part) {
  const auto contents = read_contents(input, "a.file");
  ASSERT_FALSE(contents.has_value()) << part;
  EXPECT_EQ(contents.error().code(), ErrorCode::malformed_input);
  EXPECT_TRUE(contents.error().message().starts_with("a.file: ")) << contents.error().message();
  EXPECT_NE(contents.error().message().find(part), std::string::npos) << contents.error().message();
}
void expect_refused(const std::string& text, std::string_view part) { expect_refused(test::view(text), part); }

Contents good(ByteView input) {
  auto contents = read_contents(input, "a.file");
  EXPECT_TRUE(contents.has_value()) << contents.error().message();
  return contents ? *std::move(contents) : Contents();
}
Contents good(const std::string& text) { return good(test::view(text)); }

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-') {
      out.push_back(c);
    } else {
      out += "%" + to_hex(test::view(std::string_view(&c, 1)));
    }
  }
  return out;
}
std::string chain_pem() {
  return pem::encode("CERTIFICATE", test::certificate(1)) + pem::encode("CERTIFICATE", test::certificate(2));
}
Json dcap() {
  return {{"pck_crl_issuer_chain", pem::encode("CERTIFICATE", test::certificate(3))},
          {"root_ca_crl", to_hex(kRootCrl)},
          {"pck_crl", to_base64(kPckCrl)},
          {"tcb_info_issuer_chain", chain_pem()},
          {"tcb_info", test::tcb_info().dump(1)},
          {"tcb_info_signature", test::kSignature},
          {"qe_identity_issuer_chain", chain_pem()},
          {"qe_identity", test::qe_identity().dump()},
          {"qe_identity_signature", test::kSignature}};
}

std::string rim_text() {
  test::MadeRim rim;
  rim.chain = {test::certificate(1), test::certificate(2)};
  return rim.text();
}
/// As NVIDIA's service answers.
Json rim_answer() {
  return {{"id", "NV_GPU_DRIVER_GH100_550.90.07"},
          {"rim", to_base64(test::view(rim_text()))},
          {"sha256", to_hex(crypto::sha256(test::view(rim_text())))},
          {"last_updated", "2026-01-07T00:00:00"},
          {"rim_format", "TCG"},
          {"request_id", "1"}};
}

TEST(CollateralContents, RecognisesReferenceManifests) {
  const std::string xml = rim_text();
  std::string wrapped = to_base64(test::view(xml));
  for (std::size_t i = 76; i < wrapped.size(); i += 77) {
    wrapped.insert(i, "\n");
  }
  const std::string declared = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + xml + "\n";
  for (const std::string& text : {xml, to_base64(test::view(xml)), wrapped, rim_answer().dump(), declared}) {
    const Contents contents = good(text);
    EXPECT_EQ(contents.form, "rim");
    ASSERT_EQ(contents.documents.size(), 1U);
    const CollateralDocument& document = contents.documents[0];
    EXPECT_EQ(document.kind, CollateralKind::rim);
    EXPECT_EQ(std::string(document.body.begin(), document.body.end()), text == declared ? declared : xml);
    EXPECT_EQ(document.source, text.starts_with('{') ? "a.file (from NV_GPU_DRIVER_GH100_550.90.07)" : "a.file");
    EXPECT_TRUE(contents.certificates.empty()) << "its signer's certificates are its own";
    // In a bundle, too.
    const std::string bundle = bundle_to_json(contents.documents);
    EXPECT_EQ(good(bundle).documents[0].body, document.body);
  }
}

// ATTACK(V5)
TEST(CollateralContents, RejectsManifestsThatCannotBeRead) {
  const std::string xml = rim_text();
  expect_refused("<r/>", "it is XML, but no reference manifest");
  expect_refused("<!DOCTYPE SoftwareIdentity []>" + xml, "document types");
  expect_refused(xml.substr(0, xml.size() - 1), "reference manifest: xml: line ");
  expect_refused(to_base64(test::view(xml.substr(1))),
                 "no certificate, revocation list, OCSP response or reference manifest");
  expect_refused(to_base64(test::view(xml + "x")), "reference manifest: xml: line ");
  expect_refused(xml + std::string(std::size_t{1} << 20, ' '), "at most 1048576");
}

TEST(CollateralContents, RejectsAnswersOfTheManifestServiceThatDoNotAgree) {
  const auto refused = [](const char* member, const Json& value, std::string_view part) {
    Json answer = rim_answer();
    answer[member] = value;
    expect_refused(answer.dump(), part);
  };
  refused("sha256", std::string(64, '0'), "answer.sha256: expected ");
  refused("sha256", "00", "answer.sha256");
  refused("rim", "x", "answer.rim");
  refused("rim", 1, "answer.rim");
  refused("rim", to_base64(test::view(rim_text() + "\n")), "answer.sha256: expected ");
  refused("id", 1, "answer.id");
  for (const char* member : {"sha256", "rim_format"}) {
    Json answer = rim_answer();
    answer.erase(member);
    expect_refused(answer.dump(), "expected a member");
  }
  Json answer = rim_answer();
  answer["rim_format"] = "CORIM";
  const std::string text = answer.dump();
  const auto other = read_contents(test::view(text), "a.file");
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code(), ErrorCode::unsupported);
}

TEST(CollateralContents, RejectsWhatHasNoKnownForm) {
  expect_refused(std::string(), "is empty");
  expect_refused(" \r\n\t", "is empty");
  expect_refused(Bytes(4096, 0), "no known form (tried the DCAP collateral JSON");
  const auto binary = read_contents(Bytes(64, 0x80), "");
  ASSERT_FALSE(binary.has_value());
  EXPECT_TRUE(binary.error().message().ends_with(')')) << "it is no text: nothing of it is told";
  expect_refused("hello world!", "no known form");
  expect_refused("deadbeef", "holds no certificate, revocation list, OCSP response or reference manifest");
  expect_refused("{\"tcbEvaluationDataNumbers\":{},\"signature\":\"\"}", "none of its members is known");
  expect_refused("[]", "no known form");
  expect_refused(Bytes{0x30, 0x03, 0x02, 0x01, 0x01}, "no known form");
  expect_refused(Bytes(kMaxCollateralFile + 1, '{'), "at most 8388608 are read");
}

// ATTACK(T13)
TEST(CollateralContents, RejectsBrokenJson) {
  const std::string text = test::response("tcbInfo", test::tcb_info());
  expect_refused(text.substr(0, text.size() - 1), "json");
  expect_refused(text + "}", "json");
  std::string twice = text;
  twice.insert(twice.find("\"version\""), "\"version\":3,");
  expect_refused(twice, "version");
}

TEST(CollateralContents, RejectsSignedDocumentsWithoutTheirTwoMembers) {
  expect_refused("{\"tcbInfo\":{}}", "document: expected a member \"signature\"");
  expect_refused("{\"tcbInfo\":[],\"signature\":\"" + test::kSignature + "\"}", "tcbInfo: expected an object");
  expect_refused("{\"tcbInfo\":{},\"signature\":\"00\"}", "document.signature");
  expect_refused("{\"enclaveIdentity\":{},\"signature\":1}", "document.signature");
  expect_refused("{\"tcbInfo\":{},\"enclaveIdentity\":{},\"signature\":\"" + test::kSignature + "\"}",
                 "both tcbInfo and enclaveIdentity");
}

TEST(CollateralContents, RejectsKeySetsThatCannotBeRead) {
  expect_refused(R"({"keys":[7]})", "key set.keys[0]: expected an object");
  expect_refused(R"({"keys":[{"kty":"EC","crv":"P-384","kid":"k"}]})", "key set.keys[0]: expected a member \"x\"");
  expect_refused(R"({"keys":{}})", "none of its members is known");
}

TEST(CollateralContents, RecognisesKeySets) {
  const std::string text = R"( {"keys":[{"kty":"RSA","n":"AQAB"}]} )";
  const Contents contents = good(text);
  EXPECT_EQ(contents.form, "jwks");
  ASSERT_EQ(contents.documents.size(), 1U);
  EXPECT_EQ(contents.documents[0].kind, CollateralKind::jwks);
  EXPECT_EQ(contents.documents[0].body, Bytes(text.begin(), text.end()));
  EXPECT_EQ(contents.documents[0].source, "a.file");
  EXPECT_FALSE(contents.documents[0].from_bundle) << "a file of the caller's own";
  const Contents again = good(bundle_to_json(contents.documents));
  ASSERT_EQ(again.documents.size(), 1U);
  EXPECT_EQ(again.documents[0].kind, CollateralKind::jwks);
  EXPECT_TRUE(again.documents[0].from_bundle) << "anybody may have made a bundle";
}

TEST(CollateralContents, RejectsListsOfUnknownIssuers) {
  expect_refused(test::crl("Somebody Else"), "CRL of an unknown issuer \"Somebody Else\"");
  expect_refused(test::crl("Intel SGX Root CA "), "CRL of an unknown issuer");
  expect_refused(test::crl("aws.nitro-enclaves.example"), "CRL of an unknown issuer");
  expect_refused(test::crl("nitro-enclaves"), "CRL of an unknown issuer");
  expect_refused(test::crl(""), "CRL of an unknown issuer \"\"");
  expect_refused(test::crl("Evil\n\x1b[2J"), "\"Evil\\x0a\\x1b[2J\"");
  expect_refused(test::crl_with_name(test::tlv(0x30, {})), "its issuer has 0 common names");
  const Bytes root = test::der_name("Intel SGX Root CA");
  const Bytes both =
      test::tlv(0x30, test::joined({Bytes(root.begin() + 2, root.end()), Bytes(root.begin() + 2, root.end())}));
  expect_refused(test::crl_with_name(both), "its issuer has 2 common names");
}

TEST(CollateralContents, RejectsDerThatIsCutOrLonger) {
  for (const Bytes& der : {kRootCrl, test::certificate(1)}) {
    for (std::size_t size = 1; size < der.size(); ++size) {
      EXPECT_FALSE(read_contents(ByteView(der).first(size), "x").has_value()) << size;
    }
    Bytes longer = der;
    longer.push_back(0);
    EXPECT_FALSE(read_contents(longer, "x").has_value());
  }
}

TEST(CollateralContents, RejectsBrokenPem) {
  const std::string pem = chain_pem();
  expect_refused(pem + "junk", "");
  expect_refused(pem.substr(0, pem.size() - 5), "");
  expect_refused(pem::encode("PRIVATE KEY", Bytes(8, 1)), "\"PRIVATE KEY\"");
  expect_refused(pem::encode("CERTIFICATE", kRootCrl), "no DER certificate");
  expect_refused(pem::encode("X509 CRL", test::certificate(1)), "holds no DER revocation list");
  expect_refused("-----BEGIN%20CERTIFICATE-----%", "without two hex digits");
  expect_refused("-----BEGIN%20CERTIFICATE-----%0", "without two hex digits");
  expect_refused("-----BEGIN%20CERTIFICATE-----%zz", "\"%\" at offset 29 without two hex digits");
}

TEST(CollateralContents, RejectsDcapJsonWithAMissingOrBrokenMember) {
  const Json honest = dcap();
  for (const auto& item : honest.items()) {
    if (item.key() == "pck_crl_issuer_chain") {
      continue;
    }
    Json made = dcap();
    made.erase(item.key());
    expect_refused(made.dump(), item.key());
    made = dcap();
    made[item.key()] = "!";
    expect_refused(made.dump(), item.key());
    made[item.key()] = nullptr;
    expect_refused(made.dump(), item.key());
  }
  Json made = dcap();
  made["pck_crl_issuer_chain"] = "!";
  expect_refused(made.dump(), "pck_crl_issuer_chain");
  made = dcap();
  made["root_ca_crl"] = to_hex(kPckCrl);
  expect_refused(made.dump(), "root_ca_crl: holds a pck_crl, expected a root_crl");
  made = dcap();
  made["pck_crl"] = to_hex(kRootCrl);
  expect_refused(made.dump(), "pck_crl: holds a root_crl, expected a pck_crl");
  made = dcap();
  made["tcb_info"] = "[1]";
  expect_refused(made.dump(), "tcb_info: tcbInfo: expected an object");
}

// ATTACK(T13)
TEST(CollateralContents, RejectsQuotedDocumentsThatReachOutOfTheirPlace) {
  Json made = dcap();
  made["tcb_info"] = "{},\"signature\":\"" + test::kSignature + "\",\"x\":{}";
  expect_refused(made.dump(), "tcb_info");
  made["tcb_info"] = "{\"fmspc\":1,\"fmspc\":2}";
  expect_refused(made.dump(), "tcb_info");
}

TEST(CollateralContents, KeepsDcapJsonApartPerDocument) {
  const Contents contents = good(dcap().dump());
  EXPECT_EQ(contents.form, "dcap_collateral");
  ASSERT_EQ(contents.documents.size(), 4U);
  const CollateralDocument& info = contents.documents[0];
  EXPECT_EQ(info.kind, CollateralKind::tcb_info);
  EXPECT_EQ(std::string(info.body.begin(), info.body.end()),
            "{\"tcbInfo\":" + test::tcb_info().dump(1) + ",\"signature\":\"" + test::kSignature + "\"}");
  ASSERT_EQ(info.issuer_chain.size(), 2U);
  EXPECT_EQ(info.issuer_chain[1], test::certificate(2));
  EXPECT_EQ(contents.documents[1].kind, CollateralKind::qe_identity);
  EXPECT_EQ(contents.documents[1].issuer_chain.size(), 2U);
  EXPECT_EQ(contents.documents[2].kind, CollateralKind::root_crl);
  EXPECT_EQ(contents.documents[2].body, kRootCrl);
  EXPECT_EQ(contents.documents[3].kind, CollateralKind::pck_crl);
  EXPECT_EQ(contents.documents[3].body, kPckCrl);
  EXPECT_EQ(contents.documents[3].issuer_chain, std::vector<Bytes>{test::certificate(3)});
  for (const CollateralDocument& document : contents.documents) {
    EXPECT_TRUE(document.from_dcap_json);
    EXPECT_EQ(document.source, "a.file");
  }
  // Each certificate once: single files that replace a member find their signer here.
  EXPECT_EQ(contents.certificates.size(), 3U);
}

TEST(CollateralContents, TakesTheOptionalAndTheUnknownMembersOfDcapJson) {
  Json made = dcap();
  made.erase("pck_crl_issuer_chain");
  made["pck_certificate_chain"] = pem::encode("CERTIFICATE", test::certificate(9));
  made["pck_crl"] = pem::encode("X509 CRL", kPckCrl);
  made["tcb_info_issuer_chain"] = percent_encoded(chain_pem());
  made["something_new"] = 1;
  const Contents contents = good(made.dump());
  EXPECT_EQ(contents.documents.size(), 4U);
  EXPECT_EQ(contents.documents[0].issuer_chain.size(), 2U);
  EXPECT_EQ(contents.certificates.size(), 3U);
}

TEST(CollateralContents, KeepsBareResponsesByteForByte) {
  const std::string info = " " + test::response("tcbInfo", test::tcb_info()) + "\n";
  const Contents contents = good(info);
  EXPECT_EQ(contents.form, "tcb_info");
  ASSERT_EQ(contents.documents.size(), 1U);
  EXPECT_EQ(contents.documents[0].kind, CollateralKind::tcb_info);
  EXPECT_EQ(std::string(contents.documents[0].body.begin(), contents.documents[0].body.end()), info);
  EXPECT_FALSE(contents.documents[0].from_dcap_json);
  EXPECT_TRUE(contents.documents[0].issuer_chain.empty());
  const Contents identity = good(test::response("enclaveIdentity", test::qe_identity()));
  EXPECT_EQ(identity.form, "qe_identity");
  EXPECT_EQ(identity.documents.at(0).kind, CollateralKind::qe_identity);
}

TEST(CollateralContents, TakesListsInEveryForm) {
  const std::string hex = to_hex(kRootCrl);
  const std::string base64 = to_base64(kRootCrl);
  for (const Bytes& input : {kRootCrl, Bytes(hex.begin(), hex.end()), Bytes(base64.begin(), base64.end())}) {
    const Contents contents = good(input);
    EXPECT_EQ(contents.form, "crl");
    ASSERT_EQ(contents.documents.size(), 1U);
    EXPECT_EQ(contents.documents[0].kind, CollateralKind::root_crl);
    EXPECT_EQ(contents.documents[0].body, kRootCrl);
  }
  EXPECT_EQ(good("0x" + hex + "\n").documents.at(0).body, kRootCrl);
  EXPECT_EQ(good("\n" + hex.substr(0, 11) + "\r\n " + hex.substr(11)).documents.at(0).body, kRootCrl);
  EXPECT_EQ(good(base64.substr(0, 7) + "\n" + base64.substr(7) + "\n").documents.at(0).body, kRootCrl);
  EXPECT_EQ(good(pem::encode("X509 CRL", kPckCrl)).documents.at(0).kind, CollateralKind::pck_crl);
  EXPECT_EQ(good(test::crl("Intel SGX PCK Processor CA")).documents.at(0).kind, CollateralKind::pck_crl);
  for (const std::string_view issuer :
       {"aws.nitro-enclaves", "aws-cn.nitro-enclaves", "fedcba9876543210.zonal.us-east-1.aws.nitro-enclaves"}) {
    const Bytes list = test::crl(std::string(issuer));
    for (const Contents& contents : {good(list), good(pem::encode("X509 CRL", list))}) {
      ASSERT_EQ(contents.documents.size(), 1U);
      EXPECT_EQ(contents.documents[0].kind, CollateralKind::nitro_crl);
      EXPECT_EQ(contents.documents[0].body, list);
    }
  }
}

TEST(CollateralContents, TakesCertificatesInEveryForm) {
  const Bytes der = test::certificate(1);
  EXPECT_EQ(good(der).form, "certificates");
  EXPECT_EQ(good(der).certificates, std::vector<Bytes>{der});
  EXPECT_EQ(good(to_hex(der)).certificates, std::vector<Bytes>{der});
  EXPECT_EQ(good(to_base64(der)).certificates, std::vector<Bytes>{der});
  const std::vector<Bytes> two = {der, test::certificate(2)};
  EXPECT_EQ(good(chain_pem()).certificates, two);
  EXPECT_EQ(good(percent_encoded(chain_pem())).certificates, two);
  EXPECT_EQ(good(chain_pem() + chain_pem()).certificates, two) << "each once";
  const Contents mixed = good(chain_pem() + pem::encode("X509 CRL", kPckCrl));
  EXPECT_EQ(mixed.form, "crl");
  EXPECT_EQ(mixed.certificates, two);
  EXPECT_EQ(mixed.documents.size(), 1U);
}

TEST(CollateralContents, TellsOcspResponsesInEveryForm) {
  const test::OcspPki pki;
  const Bytes der = test::made_ocsp_response(pki.by_responder());
  const std::string pem = pem::encode("OCSP RESPONSE", der);
  for (const Contents& contents : {good(der), good(to_hex(der)), good(to_base64(der)), good(pem)}) {
    EXPECT_EQ(contents.form, "ocsp");
    ASSERT_EQ(contents.documents.size(), 1U);
    EXPECT_EQ(contents.documents[0].kind, CollateralKind::ocsp);
    EXPECT_EQ(contents.documents[0].body, der);
  }
  EXPECT_EQ(good(pem + pem).documents.size(), 2U);
  EXPECT_EQ(good(test::made_ocsp_refusal(OCSP_RESPONSE_STATUS_TRYLATER)).form, "ocsp");
  const std::string bundle = bundle_to_json(good(der).documents);
  EXPECT_EQ(good(bundle).documents[0].body, der);
  Bytes changed = der;
  changed[10] ^= 1U;
  expect_refused(changed, "response");
  expect_refused(pem::encode("OCSP RESPONSE", test::certificate(1)), "responseStatus");
}

}  // namespace
}  // namespace tenzro::tee::collateral
