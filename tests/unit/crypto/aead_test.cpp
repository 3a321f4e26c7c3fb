// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "support/vectors.hpp"

namespace tenzro::tee::crypto {
namespace {

using test::view;

const Bytes kKey(32, 0x11);
const Bytes kNonce(12, 0x22);

Bytes seal(std::string_view plaintext, std::string_view associated_data) {
  Bytes out(plaintext.size() + kAeadTagSize);
  EXPECT_TRUE(aead_seal(kKey, kNonce, view(associated_data), view(plaintext), out));
  return out;
}

void expect_not_authentic(ByteView key, ByteView nonce, ByteView associated_data, ByteView sealed) {
  Bytes out(sealed.size() < kAeadTagSize ? 0 : sealed.size() - kAeadTagSize, 0xee);
  const auto opened = aead_open(key, nonce, associated_data, sealed, out);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::authentication_failed);
  EXPECT_EQ(opened.error().message(), "AES-256-GCM: the bytes do not authenticate");
  EXPECT_TRUE(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0; }));
}

// ATTACK(K1)
TEST(AeadOpen, RefusesEveryFlippedBit) {
  const Bytes associated_data = {0xa0, 0xa1};
  const Bytes sealed = seal("secret text", std::string_view("\xa0\xa1", 2));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    expect_not_authentic(kKey, kNonce, associated_data, altered);
  }
  for (std::size_t bit = 0; bit < 16; ++bit) {
    Bytes altered = associated_data;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    expect_not_authentic(kKey, kNonce, altered, sealed);
  }
}

// ATTACK(K1)
TEST(AeadOpen, RefusesAnotherKeyNonceOrAssociatedData) {
  const Bytes sealed = seal("secret text", "header");
  Bytes key = kKey;
  key[31] ^= 1;
  Bytes nonce = kNonce;
  nonce[0] ^= 1;
  expect_not_authentic(key, kNonce, view("header"), sealed);
  expect_not_authentic(kKey, nonce, view("header"), sealed);
  expect_not_authentic(kKey, kNonce, view("heade"), sealed);
  expect_not_authentic(kKey, kNonce, {}, sealed);
}

// ATTACK(K8)
TEST(AeadOpen, RefusesEveryTruncationAndExtension) {
  Bytes sealed = seal("secret text", "header");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    expect_not_authentic(kKey, kNonce, view("header"), ByteView(sealed).first(size));
  }
  for (int i = 0; i < 64; ++i) {
    sealed.push_back(0);
    expect_not_authentic(kKey, kNonce, view("header"), sealed);
  }
}

TEST(Aead, RefusesWrongSizes) {
  const Bytes text(8, 0x33);
  Bytes out(24);
  const auto message_of = [](const Result<void>& result) {
    EXPECT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::invalid_argument);
    return result.error().message();
  };
  for (const std::size_t size : {0U, 16U, 24U, 31U, 33U}) {
    EXPECT_EQ(message_of(aead_seal(Bytes(size), kNonce, {}, text, out)),
              "AES-256-GCM key: " + std::to_string(size) + " bytes, expected 32");
  }
  for (const std::size_t size : {0U, 8U, 11U, 13U, 16U}) {
    EXPECT_EQ(message_of(aead_seal(kKey, Bytes(size), {}, text, out)),
              "AES-256-GCM nonce: " + std::to_string(size) + " bytes, expected 12");
  }
  EXPECT_EQ(message_of(aead_seal(kKey, kNonce, {}, text, std::span(out).first(23))),
            "AES-256-GCM output: room for 23 bytes, expected 24");
  EXPECT_EQ(message_of(aead_open(kKey, kNonce, {}, out, std::span(out).first(7))),
            "AES-256-GCM output: room for 7 bytes, expected 8");
  EXPECT_EQ(message_of(aead_open(Bytes(31), kNonce, {}, out, std::span(out).first(8))),
            "AES-256-GCM key: 31 bytes, expected 32");
  EXPECT_EQ(message_of(aead_open(kKey, Bytes(13), {}, out, std::span(out).first(8))),
            "AES-256-GCM nonce: 13 bytes, expected 12");
}

TEST(Aead, OpensWhatItSealedAtEveryLength) {
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string text(size, 'x');
    const Bytes sealed = seal(text, "header");
    Bytes out(size);
    ASSERT_TRUE(aead_open(kKey, kNonce, view("header"), sealed, out)) << size;
    EXPECT_EQ(std::string(out.begin(), out.end()), text);
  }
}

// The GCM specification's test case 13: empty text, all-zero key and nonce.
TEST(Aead, AgreesWithTheSpecificationsEmptyText) {
  Bytes out(16);
  ASSERT_TRUE(aead_seal(Bytes(32), Bytes(12), {}, {}, out));
  EXPECT_EQ(to_hex(out), "530f8afbc74536b9a963b4f1c4cb738b");
}

Bytes seal_by(AeadContext& context, ByteView nonce, std::string_view text, std::string_view associated_data) {
  Bytes out(text.size() + kAeadTagSize);
  EXPECT_TRUE(context.seal(nonce, view(associated_data), view(text), out));
  return out;
}

TEST(AeadContext, WritesWhatTheSingleCallDoes) {
  AeadContext context = AeadContext::to_seal(kKey).value();
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string text(size, 'x');
    EXPECT_EQ(seal_by(context, kNonce, text, "header"), seal(text, "header")) << size;
    EXPECT_EQ(seal_by(context, kNonce, text, ""), seal(text, "")) << size;
  }
}

TEST(AeadContext, OpensManyUnderNoncesOfTheirOwn) {
  AeadContext sealing = AeadContext::to_seal(kKey).value();
  AeadContext opening = AeadContext::to_open(kKey).value();
  for (std::uint8_t i = 0; i < 100; ++i) {
    const Bytes nonce(12, i);
    const std::string text(i, 'x');
    const Bytes sealed = seal_by(sealing, nonce, text, "header");
    Bytes out(i);
    ASSERT_TRUE(opening.open(nonce, view("header"), sealed, out));
    EXPECT_EQ(std::string(out.begin(), out.end()), text);
  }
}

// ATTACK(K1)
TEST(AeadContext, ServesAfterEveryRefusalAsBefore) {
  AeadContext opening = AeadContext::to_open(kKey).value();
  const Bytes sealed = seal("secret text", "header");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    Bytes out(11, 0xee);
    const auto opened = opening.open(kNonce, view("header"), altered, out);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::authentication_failed);
    EXPECT_EQ(out, Bytes(11)) << "nothing of what did not authenticate is left";
    ASSERT_TRUE(opening.open(kNonce, view("header"), sealed, out));
    EXPECT_EQ(std::string(out.begin(), out.end()), "secret text");
  }
  Bytes none;
  EXPECT_EQ(opening.open(kNonce, {}, Bytes(15), none).error().code(), ErrorCode::authentication_failed);
  Bytes out(11);
  EXPECT_EQ(opening.open(kNonce, view("other"), sealed, out).error().code(), ErrorCode::authentication_failed);
  EXPECT_TRUE(opening.open(kNonce, view("header"), sealed, out));
}

TEST(AeadContext, WorksInPlace) {
  AeadContext sealing = AeadContext::to_seal(kKey).value();
  AeadContext opening = AeadContext::to_open(kKey).value();
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 4096U}) {
    Bytes memory(size + kAeadTagSize, 0x33);
    const std::string text(size, '\x33');
    ASSERT_TRUE(sealing.seal(kNonce, view("header"), ByteView(memory).first(size), memory));
    EXPECT_EQ(memory, seal(text, "header")) << size;
    ASSERT_TRUE(opening.open(kNonce, view("header"), memory, std::span(memory).first(size))) << size;
    EXPECT_EQ(std::string(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(size)), text);
  }
}

TEST(AeadContext, MayMove) {
  AeadContext first = AeadContext::to_seal(kKey).value();
  (void)seal_by(first, kNonce, "text", "");
  AeadContext second = std::move(first);
  EXPECT_EQ(seal_by(second, kNonce, "text", ""), seal("text", ""));
}

TEST(AeadContext, RefusesWrongSizes) {
  for (const std::size_t size : {0U, 16U, 24U, 31U, 33U}) {
    EXPECT_EQ(AeadContext::to_seal(Bytes(size)).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(AeadContext::to_open(Bytes(size)).error().code(), ErrorCode::invalid_argument);
  }
  AeadContext sealing = AeadContext::to_seal(kKey).value();
  AeadContext opening = AeadContext::to_open(kKey).value();
  Bytes out(24);
  for (const std::size_t size : {0U, 8U, 11U, 13U, 16U}) {
    EXPECT_EQ(sealing.seal(Bytes(size), {}, Bytes(8), out).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(opening.open(Bytes(size), {}, Bytes(40), out).error().code(), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(sealing.seal(kNonce, {}, Bytes(9), out).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(opening.open(kNonce, {}, Bytes(41), out).error().code(), ErrorCode::invalid_argument);
}

// Of more text the counter under one nonce would come round. These spans say more than there is: nothing is read.
TEST(AeadContext, RefusesMoreTextThanOneNonceIsFor) {
  constexpr std::size_t kMost = (std::size_t{1} << 36) - 32;
  Bytes some(64);
  AeadContext sealing = AeadContext::to_seal(kKey).value();
  const auto refused =
      sealing.seal(kNonce, {}, ByteView(some.data(), kMost + 1), std::span(some.data(), kMost + 1 + kAeadTagSize));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(refused.error().message(), "AES-256-GCM text: 68719476705 bytes, at most 68719476704");
}

}  // namespace
}  // namespace tenzro::tee::crypto
