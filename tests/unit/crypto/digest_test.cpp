// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "support/vectors.hpp"

namespace tenzro::tee::crypto {
namespace {

using test::view;

// Every allocation of OpenSSL is counted for its thread. The functions must be set before OpenSSL allocates for the
// first time, so before main.
thread_local int allocations = 0;
void* counting_malloc(std::size_t size, const char* /*file*/, int /*line*/) {
  ++allocations;
  return std::malloc(size);
}
void* counting_realloc(void* block, std::size_t size, const char* /*file*/, int /*line*/) {
  ++allocations;
  return std::realloc(block, size);
}
void plain_free(void* block, const char* /*file*/, int /*line*/) { std::free(block); }
const int kCounting = CRYPTO_set_mem_functions(counting_malloc, counting_realloc, plain_free);

// FIPS 180-4 examples: "abc", and the empty message.
TEST(Digest, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(to_hex(sha256(view("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha384(view("abc"))),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(
      to_hex(sha512(view("abc"))),
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643c"
      "e80e2a9ac94fa54ca49f");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, JoinsPartsWithoutMarkingTheirBorders) {
  EXPECT_EQ(sha256({view("a"), view(""), view("bc")}), sha256(view("abc")));
  EXPECT_EQ(sha384({view("ab"), view("c")}), sha384(view("abc")));
  EXPECT_EQ(sha512({view("abc"), view("")}), sha512(view("abc")));
  EXPECT_EQ(sha256(std::initializer_list<ByteView>{}), sha256(ByteView()));
}

TEST(Digest, StartsAfreshEachTime) {
  const Bytes long_message(1000, 0x61);
  const auto first = sha256(long_message);
  EXPECT_NE(sha256(view("abc")), first);
  EXPECT_EQ(sha256(long_message), first);
}

TEST(Digest, TakesItsLengthFromTheHash) {
  EXPECT_EQ(to_hex(digest(Hash::sha256, view("abc")).view()), to_hex(sha256(view("abc"))));
  EXPECT_EQ(to_hex(digest(Hash::sha384, view("abc")).view()), to_hex(sha384(view("abc"))));
  EXPECT_EQ(to_hex(digest(Hash::sha512, view("abc")).view()), to_hex(sha512(view("abc"))));
}

TEST(Digest, AllocatesOneBlockInOpensslAtMost) {
  ASSERT_EQ(kCounting, 1) << "OpenSSL had allocated before the test program could look";
  const Bytes message(632, 0x5a);
  static_cast<void>(sha256(message));
  static_cast<void>(sha384(message));
  static_cast<void>(sha512(message));
  const int before = allocations;
  for (int i = 0; i < 10; ++i) {
    static_cast<void>(sha256(message));
    static_cast<void>(sha384({message, message}));
    static_cast<void>(sha512(message));
    static_cast<void>(digest(Hash::sha384, message));
  }
  EXPECT_LE(allocations, before + 40);
}

TEST(Digest, IsTheSameInEveryThread) {
  const auto expected = sha384(view("abc"));
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
          wrong += sha384(view("abc")) == expected ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST(EqualConstantTime, WantsTheSameSizeAndBytes) {
  EXPECT_FALSE(equal_constant_time(view("abc"), view("abd")));
  EXPECT_FALSE(equal_constant_time(view("abc"), view("xbc")));
  EXPECT_FALSE(equal_constant_time(view("abc"), view("ab")));
  EXPECT_FALSE(equal_constant_time(view("abc"), {}));
  EXPECT_TRUE(equal_constant_time(view("abc"), view("abc")));
  EXPECT_TRUE(equal_constant_time({}, {}));
}

}  // namespace
}  // namespace tenzro::tee::crypto
