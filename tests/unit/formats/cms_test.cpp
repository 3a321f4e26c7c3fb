// SPDX-License-Identifier: Apache-2.0
#include "formats/cms.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "made/cms.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::test {
namespace {

using cms::EnvelopedData;
using cms::parse_enveloped_data;

void expect_parts(const Result<EnvelopedData>& parsed, const MadeCms& made) {
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->subject_key_id, Bytes(32, 0x1d));
  EXPECT_EQ(parsed->encrypted_key, made.encrypted_key);
  EXPECT_EQ(Bytes(parsed->iv.begin(), parsed->iv.end()), made.iv);
  EXPECT_EQ(parsed->ciphertext, made.ciphertext);
}

/// The error's code; "ok" where there is none.
std::string outcome(const std::function<void(MadeCms&)>& change) {
  MadeCms made;
  change(made);
  const auto parsed = parse_enveloped_data(made.bytes());
  return parsed ? "ok" : std::string(to_string(parsed.error().code()));
}

TEST(Cms, ReadsWhatKmsSent) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  const Bytes ber = read_vector("nitro/kms/kms-cms-explicit.ber");
  const auto parsed = parse_enveloped_data(ber);
  ASSERT_TRUE(parsed) << parsed.error().message();
  const auto& manifest = vector_manifest("nitro/manifest.json");
  std::size_t found = 0;
  const std::function<void(const nlohmann::json&)> look = [&](const nlohmann::json& value) {
    if (value.is_object() && value.value("id", nlohmann::json()) == "kms-cms-explicit") {
      ++found;
      const auto& expected = value["expected"];
      EXPECT_EQ(to_hex(parsed->encrypted_key), expected["encrypted_key"].get<std::string>());
      EXPECT_EQ(to_hex(parsed->iv), expected["iv"].get<std::string>());
      EXPECT_EQ(to_hex(parsed->ciphertext), expected["ciphertext"].get<std::string>());
    }
    if (value.is_structured()) {
      for (const auto& inner : value) {
        look(inner);
      }
    }
  };
  look(manifest);
  EXPECT_EQ(found, 1U);
  EXPECT_EQ(parsed->subject_key_id.size(), 32U);
  for (std::size_t size = 0; size < ber.size(); ++size) {
    EXPECT_FALSE(parse_enveloped_data(ByteView(ber).first(size))) << size;
  }
}

TEST(Cms, ReadsEveryFormOfTheContent) {
  for (const bool indefinite : {false, true}) {
    for (const bool in_pieces : {false, true}) {
      for (const std::size_t piece : {1U, 16U, 47U, 48U}) {
        MadeCms made;
        made.indefinite = indefinite;
        made.in_pieces = in_pieces;
        made.piece = piece;
        expect_parts(parse_enveloped_data(made.bytes()), made);
      }
    }
  }
}

TEST(Cms, TakesAlgorithmsWithAndWithoutNull) {
  MadeCms made;
  const Bytes bare = MadeCms::hex("300b0609608648016503040201");
  made.oaep_hash = tlv(0xa0, bare);
  expect_parts(parse_enveloped_data(made.bytes()), made);
}

TEST(Cms, RefusesOtherAlgorithms) {
  const Bytes sha1 = MadeCms::hex("300906052b0e03021a0500");
  const Bytes sha384 = MadeCms::hex("300d06096086480165030402020500");
  const std::vector<std::function<void(MadeCms&)>> changes = {
      [](MadeCms& m) { m.content_type = m.data_type; },
      [](MadeCms& m) { m.content_type = MadeCms::hex("06092a864886f70d010702"); },  // signedData
      [](MadeCms& m) { m.version.back() = 0; },
      [](MadeCms& m) { m.version.back() = 3; },
      [](MadeCms& m) { m.recipient_version.back() = 0; },
      [](MadeCms& m) { m.oaep = MadeCms::hex("06092a864886f70d010101"); },  // RSAES-PKCS1-v1_5
      [](MadeCms& m) { m.oaep_hash.clear(); },                              // SHA-1 by default
      [](MadeCms& m) { m.oaep_mask.clear(); },
      [&](MadeCms& m) { m.oaep_hash = tlv(0xa0, sha1); },
      [&](MadeCms& m) { m.oaep_hash = tlv(0xa0, sha384); },
      [&](MadeCms& m) { m.oaep_mask = tlv(0xa1, tlv(0x30, joined({MadeCms::hex("06092a864886f70d010108"), sha1}))); },
      [](MadeCms& m) { m.oaep_mask = tlv(0xa1, m.sha256); },
      [](MadeCms& m) { m.oaep_label = tlv(0xa2, MadeCms::hex("300d06092a864886f70d0101090400")); },
      [](MadeCms& m) { m.data_type = m.content_type; },
      [](MadeCms& m) { m.cipher = MadeCms::hex("0609608648016503040102"); },  // AES-128-CBC
      [](MadeCms& m) { m.cipher = MadeCms::hex("060960864801650304012e"); },  // AES-256-GCM
      [](MadeCms& m) { m.more_recipients = m.recipient(); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(outcome(changes[i]), "unsupported") << i;
  }
}

TEST(Cms, NamesTheKindOfRecipientThatItKnows) {
  for (const bool none : {false, true}) {
    Bytes ber = MadeCms().bytes();
    MadeCms made;
    const Bytes recipients = tlv(0x31, made.recipient());
    const auto at = std::ranges::search(ber, recipients).begin();
    ASSERT_NE(at, ber.end());
    if (none) {
      ber.insert(ber.erase(at, at + static_cast<std::ptrdiff_t>(recipients.size())), {0x31, 0x00});
    } else {
      *(at + 4) = 0xa1;  // KeyAgreeRecipientInfo
    }
    const auto parsed = parse_enveloped_data(ber);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code(), ErrorCode::unsupported) << parsed.error().message();
    EXPECT_NE(parsed.error().message().find(none ? "none" : "another kind of recipient"), std::string::npos);
  }
}

TEST(Cms, RefusesEmptyPiecesAndTooManyOfThem) {
  MadeCms made;
  const Bytes good = made.bytes();
  EXPECT_TRUE(parse_enveloped_data(good));
  const Bytes piece = tlv(0x04, Bytes(32, 0xc7));
  Bytes bad = good;
  bad.insert(std::ranges::search(bad, piece).begin(), {0x04, 0x00});
  const auto empty = parse_enveloped_data(bad);
  ASSERT_FALSE(empty);
  EXPECT_NE(empty.error().message().find("an empty piece"), std::string::npos) << empty.error().message();
  made.ciphertext = Bytes(cms::kMaxCiphertext, 0xc7);
  EXPECT_TRUE(parse_enveloped_data(made.bytes()));
  made.piece = 1;
  ASSERT_GT(made.bytes().size(), cms::kMaxEnvelope);
  const auto many = parse_enveloped_data(made.bytes());
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code(), ErrorCode::malformed_input);
}

TEST(Cms, RefusesOtherStructures) {
  const std::vector<std::function<void(MadeCms&)>> changes = {
      [](MadeCms& m) { m.trailing = {0x00}; },
      [](MadeCms& m) { m.trailing = {0x00, 0x00}; },
      [](MadeCms& m) { m.after_info = tlv(0xa1, tlv(0x30, {})); },  // unprotectedAttrs
      [](MadeCms& m) { m.after_content = {0x05, 0x00}; },
      [](MadeCms& m) { m.before_recipients = tlv(0xa0, {}); },  // originatorInfo
      [](MadeCms& m) { m.recipient_id = tlv(0x30, {}); },       // issuer and serial
      [](MadeCms& m) { m.recipient_id = tlv(0x80, {}); },
      [](MadeCms& m) { m.recipient_id = tlv(0x80, Bytes(65)); },
      [](MadeCms& m) { m.encrypted_key.clear(); },
      [](MadeCms& m) { m.encrypted_key.resize(513); },
      [](MadeCms& m) { m.iv.clear(); },
      [](MadeCms& m) { m.iv.resize(15); },
      [](MadeCms& m) { m.iv.resize(17); },
      [](MadeCms& m) { m.ciphertext.clear(); },
      [](MadeCms& m) { m.ciphertext.resize(47); },
      [](MadeCms& m) { m.ciphertext.resize(cms::kMaxCiphertext + 16); },
      [](MadeCms& m) {
        m.ciphertext.clear();
        m.in_pieces = false;
      },
      [](MadeCms& m) { m.version = {0x02, 0x02, 0x00, 0x02}; },
      [](MadeCms& m) { m.sha256 = {}, m.oaep_hash = tlv(0xa0, MadeCms::hex("300e0609608648016503040201050100")); },
      [](MadeCms& m) { m.trailing = Bytes(cms::kMaxEnvelope); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(outcome(changes[i]), "malformed_input") << i;
  }
  MadeCms most;
  most.ciphertext.resize(cms::kMaxCiphertext);
  most.piece = 4096;
  expect_parts(parse_enveloped_data(most.bytes()), most);
}

TEST(Cms, RefusesEndMarksInTheWrongPlace) {
  const MadeCms made;
  Bytes bytes = made.bytes();
  bytes.back() = 1;
  EXPECT_FALSE(parse_enveloped_data(bytes));
  bytes.resize(bytes.size() - 1);
  EXPECT_FALSE(parse_enveloped_data(bytes));
  // A definite SEQUENCE that holds an end mark, and one inside an indefinite one.
  MadeCms definite;
  definite.indefinite = false;
  definite.after_info = {0x00, 0x00};
  EXPECT_FALSE(parse_enveloped_data(definite.bytes()));
  MadeCms doubled;
  doubled.after_info = {0x00, 0x00};
  EXPECT_FALSE(parse_enveloped_data(doubled.bytes()));
  // Indefinite lengths inside what is DER.
  MadeCms inside;
  inside.recipient_id = {0x80, 0x80, 0x01, 0x00, 0x00};
  EXPECT_FALSE(parse_enveloped_data(inside.bytes()));
}

TEST(Cms, RefusesEveryTruncation) {
  for (const bool indefinite : {false, true}) {
    MadeCms made;
    made.indefinite = indefinite;
    const Bytes bytes = made.bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(parse_enveloped_data(ByteView(bytes).first(size))) << size;
    }
  }
}

TEST(Cms, NamesTheFieldInPrintableWords) {
  MadeCms made;
  made.iv.resize(12);
  EXPECT_EQ(parse_enveloped_data(made.bytes()).error().message(), "enveloped data.iv: 12 bytes, expected 16");
  const Bytes bytes = MadeCms().bytes();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto parsed = parse_enveloped_data(flipped);
    if (!parsed) {
      EXPECT_LT(parsed.error().message().size(), 300U);
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::test
