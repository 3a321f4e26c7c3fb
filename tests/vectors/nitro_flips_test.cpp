// SPDX-License-Identifier: Apache-2.0
// Every accepted document, real or made, altered: nothing of it may change but the tag before it.
#include <gtest/gtest.h>

#include <iostream>

#include "evidence/nitro/document.hpp"
#include "made/cbor.hpp"
#include "support/alterations.hpp"
#include "support/nitro_case.hpp"

namespace tenzro::tee::test {
namespace {

struct AcceptedDocument {
  std::string id;
  VerifyOptions options;
  Bytes evidence;
};

class NitroDocuments : public testing::Test {
 protected:
  // P-384 makes each judgement ten times as dear as that of a quote.
  static constexpr std::size_t kOrdinaryStride = 64;

  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
    for (const nlohmann::json& one : accepted_nitro_documents()) {
      documents_.push_back({one["id"], accepting_nitro_options(one), nitro_file(one)});
      EXPECT_TRUE(accepts(documents_.back(), documents_.back().evidence)) << one["id"];
    }
    ASSERT_EQ(documents_.size(), 20U);
  }

  bool accepts(const AcceptedDocument& document, Bytes evidence) const {
    AttestationReport report;
    report.evidence = std::move(evidence);
    return verifier_.verify(report, document.options).valid();
  }

  std::vector<AcceptedDocument> documents_;
  const AttestationVerifier verifier_{no_collateral()};
};

// ATTACK(P2): signed bytes, signature and envelope alike.
TEST_F(NitroDocuments, RefuseEverySingleBitFlip) {
  const std::size_t step = stride(kOrdinaryStride);
  std::size_t flips = 0;
  for (const AcceptedDocument& document : documents_) {
    SCOPED_TRACE(document.id);
    const std::size_t count = document.evidence.size() * 8 / step;
    flips += count;
    EXPECT_EQ(
        count_accepted(count,
                       [&](std::size_t i) { return accepts(document, with_flipped_bit(document.evidence, i, step)); }),
        0U);
  }
  std::cout << flips << " flips of " << documents_.size() << " documents judged\n";
  EXPECT_GT(flips, documents_.size() * 400 / kThinnedBy);
}

// ATTACK(P1)
TEST_F(NitroDocuments, RefuseEveryTruncation) {
  std::size_t cuts = 0;
  for (const AcceptedDocument& document : documents_) {
    SCOPED_TRACE(document.id);
    cuts += document.evidence.size();
    EXPECT_EQ(count_accepted(document.evidence.size(),
                             [&](std::size_t size) {
                               const auto end = document.evidence.begin() + static_cast<std::ptrdiff_t>(size);
                               return accepts(document, Bytes(document.evidence.begin(), end));
                             }),
              0U);
  }
  std::cout << cuts << " truncations of " << documents_.size() << " documents judged\n";
}

// ATTACK(P1): bytes after the document, and inside its lengths, which are adjusted.
TEST_F(NitroDocuments, RefuseAdditions) {
  std::size_t additions = 0;
  for (const AcceptedDocument& document : documents_) {
    SCOPED_TRACE(document.id);
    const cose::Sign1 parts = nitro::parse_document(document.evidence).value().envelope;
    const Bytes payload(parts.payload.begin(), parts.payload.end());
    const Bytes signature(parts.signature.begin(), parts.signature.end());
    for (const std::uint8_t filler : Bytes{0x00, 0xf6, 0xff, 0xa0}) {
      for (const std::size_t size : {1U, 2U, 16U, 64U}) {
        const Bytes extra(size, filler);
        additions += 5;
        EXPECT_FALSE(accepts(document, joined({document.evidence, extra})));
        EXPECT_FALSE(accepts(document, joined({extra, document.evidence})));
        MadeSign1 made;
        made.payload = cbor_bytes(joined({payload, extra}));
        made.signature = cbor_bytes(signature);
        EXPECT_FALSE(accepts(document, made.bytes()));
        made.payload = cbor_bytes(payload);
        made.signature = cbor_bytes(joined({signature, extra}));
        EXPECT_FALSE(accepts(document, made.bytes()));
        made.signature = cbor_bytes(joined({extra, signature}));
        EXPECT_FALSE(accepts(document, made.bytes()));
      }
    }
    MadeSign1 same;
    same.payload = cbor_bytes(payload);
    same.signature = cbor_bytes(signature);
    EXPECT_TRUE(accepts(document, same.bytes())) << "the parts themselves are what is accepted";
  }
  std::cout << additions << " additions to " << documents_.size() << " documents judged\n";
}

// ATTACK(N1) ATTACK(N2): the genuine payload in other envelopes.
TEST_F(NitroDocuments, RefuseOtherEnvelopes) {
  for (const AcceptedDocument& document : documents_) {
    SCOPED_TRACE(document.id);
    const cose::Sign1 parts = nitro::parse_document(document.evidence).value().envelope;
    MadeSign1 good;
    good.payload = cbor_bytes(Bytes(parts.payload.begin(), parts.payload.end()));
    good.signature = cbor_bytes(Bytes(parts.signature.begin(), parts.signature.end()));
    EXPECT_TRUE(accepts(document, good.bytes())) << "without a change, these parts are what is accepted";
    for (const std::string_view header : {"a10126", "a1013823", "a10105", "a0", "", "a2013822040a"}) {
      MadeSign1 made = good;
      made.protected_header = cbor_bytes(*from_hex(header));
      EXPECT_FALSE(accepts(document, made.bytes())) << header;
      made.unprotected = {0xa1, 0x01, 0x38, 0x22};
      EXPECT_FALSE(accepts(document, made.bytes())) << header;
    }
    MadeSign1 made = good;
    made.unprotected = {0xa1, 0x01, 0x38, 0x22};
    EXPECT_FALSE(accepts(document, made.bytes()));
    // As DER, which a lenient reader would take.
    Bytes der = {0x30, 0x66};
    for (const std::size_t half : {std::size_t{0}, std::size_t{48}}) {
      der = joined({der,
                    {0x02, 0x31, 0x00},
                    Bytes(parts.signature.begin() + static_cast<std::ptrdiff_t>(half),
                          parts.signature.begin() + static_cast<std::ptrdiff_t>(half + 48))});
    }
    made = good;
    made.signature = cbor_bytes(der);
    EXPECT_FALSE(accepts(document, made.bytes()));
  }
}

}  // namespace
}  // namespace tenzro::tee::test
