// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/nitro_evidence.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "evidence/nitro/document.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::simulated {
namespace {

NitroDocumentSpec spec_of_today() {
  NitroDocumentSpec spec;
  spec.timestamp = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds{1'780'000'000'123});
  return spec;
}

TEST(NitroEvidence, SaysWhatItIsToldTo) {
  const NitroEvidenceMaker maker("a label");
  NitroDocumentSpec spec = spec_of_today();
  spec.user_data = Bytes{1, 2, 3};
  spec.nonce = Bytes();
  for (const bool tpm : {false, true}) {
    for (const bool indefinite : {false, true}) {
      spec.tpm = tpm;
      spec.indefinite = indefinite;
      spec.tagged = indefinite;
      const Bytes bytes = maker.document(spec);
      const nitro::Document document = nitro::parse_document(bytes).value();
      EXPECT_EQ(document.kind, tpm ? nitro::Kind::nitro_tpm : nitro::Kind::enclave);
      EXPECT_EQ(document.module_id,
                tpm ? "i-0123456789abcdef0-tpm0000000000000000" : "i-0123456789abcdef0-enc0123456789abcdef");
      EXPECT_EQ(document.timestamp_ms, 1'780'000'000'123U);
      EXPECT_EQ(document.envelope.tagged, indefinite);
      EXPECT_EQ(document.envelope.payload[0] == 0xbf, indefinite);
      EXPECT_EQ(to_hex(document.user_data.value()), "010203");
      EXPECT_TRUE(document.nonce.has_value() && document.nonce->empty());
      EXPECT_FALSE(document.public_key.has_value());
      EXPECT_TRUE(std::ranges::equal(document.cabundle().front(), maker.hierarchy().root().certificate));
      EXPECT_FALSE(nitro::is_debug(document));
    }
  }
}

TEST(NitroEvidence, IsSignedByTheLeafOverTheSigStructure) {
  const NitroEvidenceMaker maker("a label");
  NitroDocumentSpec spec = spec_of_today();
  for (const bool spoiled : {false, true}) {
    spec.signed_by_another_key = spoiled;
    const Bytes bytes = maker.document(spec);
    const nitro::Document document = nitro::parse_document(bytes).value();
    const auto leaf = x509::Certificate::parse(document.certificate).value();
    const cose::SigStructureHead head(document.envelope.payload.size());
    EXPECT_NE(leaf->ec_key()->verify(crypto::Hash::sha384, {head.view(), document.envelope.payload},
                                     document.envelope.signature),
              spoiled);
  }
}

TEST(NitroEvidence, HasALeafAsShortLivedAsGenuineOnes) {
  const NitroEvidenceMaker maker("a label");
  const auto leaf = x509::Certificate::parse(maker.leaf(spec_of_today())).value();
  EXPECT_EQ(leaf->not_after() - leaf->not_before(), std::chrono::hours{3} + std::chrono::seconds{3});
  EXPECT_FALSE(leaf->is_ca());
  EXPECT_TRUE(leaf->subject_key_id().empty() && leaf->authority_key_id().empty());
  EXPECT_TRUE(leaf->common_name().ends_with(".aws"));
}

TEST(NitroEvidence, ComesInAReportThatAdmitsWhatItIs) {
  const AttestationReport report = NitroEvidenceMaker("a label").report(spec_of_today());
  EXPECT_TRUE(report.simulated);
  EXPECT_EQ(report.platform, Platform::aws_nitro);
  const std::string text = to_json(report);
  const auto again = parse_report({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  ASSERT_TRUE(again.has_value()) << again.error().message();
  EXPECT_EQ(again->evidence, report.evidence);
}

}  // namespace
}  // namespace tenzro::tee::simulated
