// SPDX-License-Identifier: Apache-2.0
// Small messages as callers of the library see them.
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "support/fixed_root.hpp"

#include <algorithm>
#include <thread>

#include "made_tee.hpp"
#include "seal/small_format.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee {
namespace {

using test::MadeTee;
using test::view;

const SealKeyId kId = SealKeyId::parse("model-key-1").value();
const Bytes kPlaintext(33, 0x5a);

bool opens_to(const Result<SecretBytes>& opened, ByteView expected) {
  return opened && std::ranges::equal(opened->reveal(), expected);
}

TEST(SealingKey, SealsAndUnsealsAsTheFunctionsDo) {
  MadeTee tee(Platform::amd_sev_snp);
  SealOptions options;
  options.associated_data = view("caller");
  const auto by_function = seal(kId, kPlaintext, tee, options);
  ASSERT_TRUE(by_function) << by_function.error().message();
  EXPECT_EQ(by_function->size(), 61U);
  const auto key = SealingKey::make(kId, tee);
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_TRUE(opens_to(key->unseal(*by_function, view("caller")), kPlaintext));
  EXPECT_TRUE(opens_to(unseal(kId, key->seal(kPlaintext, view("caller")).value(), tee, options), kPlaintext));
  EXPECT_FALSE(key->unseal(*by_function));
}

TEST(SealingKey, AsksItsRootOnce) {
  MadeTee tee(Platform::amd_sev_snp);
  const auto key = SealingKey::make(kId, tee);
  ASSERT_TRUE(key);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(opens_to(key->unseal(key->seal(kPlaintext).value()), kPlaintext));
  }
  ASSERT_EQ(tee.requests.size(), 1U);
  EXPECT_TRUE(tee.requests[0].raw);
}

// ATTACK(K1), ATTACK(K3)
TEST(SealingKey, RefusesEverythingElseInOneSentence) {
  MadeTee tee(Platform::amd_sev_snp);
  const auto sealed = seal(kId, kPlaintext, tee);
  ASSERT_TRUE(sealed);
  const auto expect_refused = [](const Result<SecretBytes>& opened) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::authentication_failed);
    EXPECT_EQ(opened.error().message(), seal_format::kUnsealFailed);
  };
  expect_refused(unseal(SealKeyId::parse("model-key-2").value(), *sealed, tee));
  SealOptions options;
  options.associated_data = view("x");
  expect_refused(unseal(kId, *sealed, tee, options));
  Bytes altered = *sealed;
  altered[20] ^= 1;
  expect_refused(unseal(kId, altered, tee));
  MadeTee other(Platform::amd_sev_snp);
  other.secret_byte = 0x43;
  expect_refused(unseal(kId, *sealed, other));
}

// ATTACK(K8)
TEST(SealingKey, AsksNothingAboutWhatCannotBeSealedData) {
  MadeTee tee(Platform::amd_sev_snp);
  for (std::size_t size = 0; size < 28; ++size) {
    const auto opened = unseal(kId, Bytes(size), tee);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::malformed_input);
  }
  const auto too_long = unseal(kId, Bytes(kMaxRawPlaintext + kRawOverhead + 1), tee);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code(), ErrorCode::malformed_input);
  EXPECT_TRUE(tee.requests.empty());
}

TEST(SealingKey, WritesIntoTheCallersMemory) {
  MadeTee tee(Platform::amd_sev_snp);
  const auto key = SealingKey::make(kId, tee);
  ASSERT_TRUE(key);
  Bytes out(61);
  ASSERT_TRUE(key->seal(kPlaintext, view("x"), out));
  EXPECT_TRUE(opens_to(key->unseal(out, view("x")), kPlaintext));
  for (const std::size_t size : {0U, 60U, 62U}) {
    Bytes wrong(size);
    const auto done = key->seal(kPlaintext, {}, wrong);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(SealingKey, KeepsTheLimits) {
  MadeTee tee(Platform::amd_sev_snp);
  const auto key = SealingKey::make(kId, tee);
  ASSERT_TRUE(key);
  const Bytes too_much(kMaxRawPlaintext + 1);
  EXPECT_EQ(key->seal(too_much).error().code(), ErrorCode::invalid_argument);
  const Bytes data(65536);
  EXPECT_TRUE(key->seal(kPlaintext, ByteView(data).first(65535)));
  EXPECT_EQ(key->seal(kPlaintext, data).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(key->unseal(Bytes(61), data).error().code(), ErrorCode::invalid_argument);
  SealOptions options;
  options.associated_data = data;
  EXPECT_EQ(seal(kId, kPlaintext, tee, options).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(unseal(kId, Bytes(61), tee, options).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(tee.requests.size(), 1U);
}

TEST(SealingKey, MayMove) {
  MadeTee tee(Platform::amd_sev_snp);
  auto first = SealingKey::make(kId, tee);
  ASSERT_TRUE(first);
  const Bytes sealed = first->seal(kPlaintext).value();
  const SealingKey second = *std::move(first);
  EXPECT_TRUE(opens_to(second.unseal(sealed), kPlaintext));
}

TEST(SealingKey, ServesManyThreads) {
  MadeTee tee(Platform::amd_sev_snp);
  const auto key = SealingKey::make(kId, tee);
  ASSERT_TRUE(key);
  std::vector<std::jthread> threads;
  for (std::uint8_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&key, thread] {
      for (int i = 0; i < 300; ++i) {
        const Bytes mine(40, thread);
        EXPECT_TRUE(opens_to(key->unseal(key->seal(mine).value()), mine));
      }
    });
  }
}

TEST(SealingKey, TakesNothingThatASmallMessageCannotHold) {
  test::FixedRoot tee;
  const SealKeyId id = test::key_id();
  const Bytes message = {1, 2, 3};
  for (const auto& change :
       std::vector<std::function<void(SealOptions&)>>{[](SealOptions& options) { options.generation = 1; },
                                                      [](SealOptions& options) { options.min_generation = 1; }}) {
    SealOptions options = test::fixed_options();
    change(options);
    const auto sealed = seal(id, message, tee, options);
    ASSERT_FALSE(sealed);
    EXPECT_EQ(sealed.error().code(), ErrorCode::invalid_argument);
    EXPECT_FALSE(unseal(id, Bytes(40), tee, options));
  }
  SealOptions options = test::fixed_options();
  options.associated_data = message;
  const auto key = SealingKey::make(id, tee, options);
  ASSERT_FALSE(key) << "it would be forgotten";
  EXPECT_EQ(key.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(seal(id, message, tee, options));
  EXPECT_EQ(tee.asked(), 1);
}

}  // namespace
}  // namespace tenzro::tee
