// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/sealed_object.hpp"

#include <gtest/gtest.h>

#include "core/vendor_tag.hpp"

#include "core/text.hpp"

namespace tenzro::tee::tpm {
namespace {

Bytes made_public() {
  Bytes out = *from_hex("004e0008000b000000120020");
  out.insert(out.end(), 32, 0xa1);
  const Bytes rest = *from_hex("00100020");
  out.insert(out.end(), rest.begin(), rest.end());
  out.insert(out.end(), 32, 0xb2);
  return out;
}
Bytes made_private(std::size_t size = 158) {
  Bytes out{static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
  out.insert(out.end(), size, 0xc3);
  return out;
}
SealedObject made_object() {
  SealedObject out{.public_area = made_public(), .private_area = made_private()};
  out.parent_name.fill(0xd4);
  out.parent_name[0] = 0;
  out.parent_name[1] = 0x0b;
  return out;
}

void expect_refused(std::string_view metadata) {
  const auto parsed = parse_metadata(metadata);
  ASSERT_FALSE(parsed) << metadata;
  EXPECT_EQ(parsed.error().code(), ErrorCode::malformed_input) << parsed.error().message();
}

TEST(SealedObject, ReadsWhatItWrites) {
  const SealedObject object = made_object();
  const std::string metadata = metadata_of(object);
  EXPECT_LE(metadata.size(), kMaxSealingMetadata);
  EXPECT_TRUE(metadata.starts_with("{\"tpm\":{\"public\":\"AE4ACA"));
  const auto parsed = parse_metadata(metadata);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->public_area, object.public_area);
  EXPECT_EQ(parsed->private_area, object.private_area);
  EXPECT_EQ(parsed->parent_name, object.parent_name);
  ByteArray<32> policy{};
  policy.fill(0xa1);
  EXPECT_EQ(*sealed_policy(parsed->public_area), policy);
}

TEST(SealedObject, HasRoomForTheLargestPrivateAreaThatTpmsGive) {
  SealedObject object = made_object();
  object.private_area = made_private(kMaxPrivateArea);
  EXPECT_LE(metadata_of(object).size(), kMaxSealingMetadata);
  EXPECT_TRUE(parse_metadata(metadata_of(object)));
}

TEST(SealedObject, HasOneShapeOnly) {
  const Bytes good = made_public();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
    const bool free = (bit / 8 >= 12 && bit / 8 < 44) || bit / 8 >= 48;  // authPolicy, unique
    EXPECT_EQ(sealed_policy(bad).has_value(), free) << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(sealed_policy(ByteView(good).first(size)));
    Bytes shorter(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    if (size > 2) {
      shorter[1] = static_cast<std::uint8_t>(size - 2);
      EXPECT_FALSE(sealed_policy(shorter));
    }
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(sealed_policy(longer));
  longer[1] = 0x4f;
  EXPECT_FALSE(sealed_policy(longer));
}

TEST(SealedObject, TakesNoOtherMetadata) {
  const std::string pub = to_base64(made_public()), priv = to_base64(made_private());
  const std::string name = to_hex(made_object().parent_name);
  const auto text = [](std::string_view a, std::string_view b, std::string_view c) {
    return concat("{\"tpm\":{\"public\":\"", a, "\",\"private\":\"", b, "\",\"parent\":\"", c, "\"}}");
  };
  ASSERT_TRUE(parse_metadata(text(pub, priv, name)));
  for (const std::string_view other :
       {"", "{}", "[]", "null", "{\"tpm\":{}}", "{\"tpm\":[]}", "{\"kms\":{}}", "{\"tpm\":1}"}) {
    expect_refused(other);
  }
  expect_refused(text("", priv, name));
  expect_refused(text(pub, "", name));
  expect_refused(text(pub, priv, ""));
  expect_refused(text(pub, to_base64(Bytes{0, 0}), name));
  expect_refused(text(pub, to_base64(Bytes{0}), name));
  expect_refused(text(pub, to_base64(made_private(kMaxPrivateArea + 1)), name));
  Bytes private_area = made_private();
  private_area.push_back(0);
  expect_refused(text(pub, to_base64(private_area), name));
  private_area.pop_back();
  private_area.pop_back();
  expect_refused(text(pub, to_base64(private_area), name));
  expect_refused(text(pub, priv, "000c" + name.substr(4)));
  expect_refused(text(pub, priv, "010b" + name.substr(4)));
  expect_refused("[1]");
  expect_refused(R"({"tpm":[1,2,3]})");
  expect_refused(text(pub, priv, name + "00"));
  expect_refused(text(pub + "=", priv, name));
  expect_refused(text(pub, "!" + priv.substr(1), name));
  expect_refused(text(pub, priv, name) + " x");
  const std::string good = text(pub, priv, name);
  expect_refused(concat("{\"a\":1,", std::string_view(good).substr(1)));
  expect_refused(concat("{\"tpm\":{\"a\":1,", std::string_view(good).substr(8)));
  expect_refused(good + std::string(kMaxSealingMetadata, ' '));
}

}  // namespace
}  // namespace tenzro::tee::tpm
