// SPDX-License-Identifier: Apache-2.0
#include "seal/small_format.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <thread>

#include "crypto/random.hpp"
#include "seal/key_schedule.hpp"
#include "support/alterations.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::seal_format {
namespace {

using test::view;

SealingRoot root_of(std::string vendor_tag = "amd-sev-snp", std::uint8_t first = 0) {
  Bytes secret(32);
  for (std::size_t i = 0; i < secret.size(); ++i) {
    secret[i] = static_cast<std::uint8_t>(first + i);
  }
  return {.secret = SecretBytes(std::move(secret)), .vendor_tag = std::move(vendor_tag)};
}
SmallKey key_of(std::string vendor_tag = "amd-sev-snp", std::string_view key_id = "model-key-1",
                Domain domain = Domain::small) {
  auto key = SmallKey::derive(root_of(std::move(vendor_tag)), key_id, domain);
  EXPECT_TRUE(key);
  return *std::move(key);
}
Bytes sealed_by(const SmallKey& key, ByteView plaintext, ByteView associated_data = {}) {
  Bytes out(plaintext.size() + kRawOverhead);
  const auto done = key.seal(plaintext, associated_data, out);
  EXPECT_TRUE(done) << (done ? "" : done.error().message());
  return out;
}
void expect_refused(const SmallKey& key, ByteView sealed, ByteView associated_data = {}) {
  const auto opened = key.unseal(sealed, associated_data);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::authentication_failed);
  EXPECT_EQ(opened.error().message(), kUnsealFailed) << "one message for every wrong byte and key";
}
void expect_error(const Result<void>& result, ErrorCode code, std::string_view words) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), code);
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

/// What the format's description computes, by an independent program.
struct KnownAnswer {
  std::string root = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", vendor_tag = "amd-sev-snp",
              key_id = "model-key-1", associated_data = "caller-aad", nonce = "000102030405060708090a0b",
              plaintext = "hello tenzro", salt = "575abac0247ca28eec54d7c57c491c2b57e335384409216472bf55dc8e7af79b",
              blob = "000102030405060708090a0badfc739a3b0a16ed15dbcdbeee0e7561ecfed02444a87e2472b01358";
};
void expect_known_answer(const KnownAnswer& known) {
  EXPECT_EQ(to_hex(extract_salt()), known.salt);
  SealingRoot root = root_of(known.vendor_tag);
  std::ranges::copy(from_hex(known.root).value(), root.secret.fill().begin());
  const auto key = SmallKey::derive(root, known.key_id);
  ASSERT_TRUE(key);
  Bytes out(known.plaintext.size() + kRawOverhead);
  ASSERT_TRUE(
      key->seal_with_nonce(from_hex(known.nonce).value(), view(known.plaintext), view(known.associated_data), out));
  EXPECT_EQ(to_hex(out), known.blob);
  const auto opened = key->unseal(out, view(known.associated_data));
  ASSERT_TRUE(opened);
  EXPECT_TRUE(std::ranges::equal(opened->reveal(), view(known.plaintext)));
}

TEST(SmallFormat, IsAsItIsDescribed) { expect_known_answer({}); }

TEST(SmallFormat, AgreesWithTheKnownAnswers) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors here";
  }
  const auto file = test::read_vector_json("crypto/proposal-sealing-kat.json").at("sealing");
  const auto text = [&file](const char* name) { return file.at(name).get<std::string>(); };
  const Bytes aad = from_hex(text("aad")).value();
  const std::string info(text("info"));
  ASSERT_EQ(to_hex(ByteView(aad).first(info.size() / 2)), info);
  const std::string caller(aad.begin() + static_cast<std::ptrdiff_t>(info.size() / 2 + 2), aad.end());
  expect_known_answer({.root = text("root_secret"),
                       .vendor_tag = text("vendor_tag"),
                       .key_id = text("key_id"),
                       .associated_data = caller,
                       .nonce = text("nonce"),
                       .plaintext = text("plaintext_utf8"),
                       .salt = text("salt"),
                       .blob = text("blob")});
}

TEST(SmallFormat, Is28BytesLongerThanItsPlaintext) {
  const SmallKey key = key_of();
  EXPECT_EQ(sealed_by(key, Bytes(33)).size(), 61U);
  for (std::size_t size = 0; size < 300; ++size) {
    const Bytes plaintext(size, static_cast<std::uint8_t>(size));
    const Bytes sealed = sealed_by(key, plaintext, view("x"));
    EXPECT_EQ(sealed.size(), size + 28);
    const auto opened = key.unseal(sealed, view("x"));
    ASSERT_TRUE(opened);
    EXPECT_TRUE(std::ranges::equal(opened->reveal(), plaintext));
  }
}

// ATTACK(K1)
TEST(SmallFormat, RefusesEveryFlippedBit) {
  const SmallKey key = key_of();
  const Bytes sealed = sealed_by(key, Bytes(33, 0x5a), view("header"));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes altered = sealed;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    expect_refused(key, altered, view("header"));
  }
  EXPECT_TRUE(key.unseal(sealed, view("header")));
}

// ATTACK(K8)
TEST(SmallFormat, RefusesRandomBytesOfEveryShortLength) {
  const SmallKey key = key_of();
  std::mt19937 random(20);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bytes each time
  for (std::size_t size = 0; size <= 64; ++size) {
    for (int round = 0; round < 20; ++round) {
      Bytes bytes(size);
      std::ranges::generate(bytes, [&random] { return static_cast<std::uint8_t>(random()); });
      const auto opened = key.unseal(bytes, {});
      ASSERT_FALSE(opened);
      if (size < kRawOverhead) {
        EXPECT_EQ(opened.error().code(), ErrorCode::malformed_input);
        EXPECT_EQ(opened.error().message(),
                  "this is no sealed message: " + std::to_string(size) + " bytes, expected 28 to 67108892");
      } else {
        EXPECT_EQ(opened.error().code(), ErrorCode::authentication_failed);
        EXPECT_EQ(opened.error().message(), kUnsealFailed);
      }
    }
  }
}

// ATTACK(K8)
TEST(SmallFormat, RefusesEveryTruncationAndExtension) {
  const SmallKey key = key_of();
  Bytes sealed = sealed_by(key, Bytes(33, 0x5a));
  for (std::size_t size = kRawOverhead; size < sealed.size(); ++size) {
    expect_refused(key, ByteView(sealed).first(size));
    expect_refused(key, ByteView(sealed).last(size));
  }
  for (int i = 0; i < 64; ++i) {
    sealed.push_back(0);
    expect_refused(key, sealed);
  }
}

// ATTACK(K3)
TEST(SmallFormat, BindsRootVendorTagKeyIdAndAssociatedData) {
  const SmallKey key = key_of();
  const Bytes sealed = sealed_by(key, Bytes(33, 0x5a), view("caller"));
  expect_refused(key_of("simulated"), sealed, view("caller"));
  expect_refused(key_of("amd-sev-snp;key=vcek"), sealed, view("caller"));
  expect_refused(key_of("amd-sev-snp", "model-key-2"), sealed, view("caller"));
  expect_refused(key_of("model-key-1", "amd-sev-snp"), sealed, view("caller"));
  for (const std::string_view other : {"", "calle", "callers", "Caller"}) {
    expect_refused(key, sealed, view(other));
  }
  const auto of_another_root = SmallKey::derive(root_of("amd-sev-snp", 1), "model-key-1");
  ASSERT_TRUE(of_another_root);
  expect_refused(*of_another_root, sealed, view("caller"));
  EXPECT_TRUE(key_of().unseal(sealed, view("caller")));
}

TEST(SmallFormat, TakesNoPairOfTextsForAnother) {
  for (const auto& [one, other] :
       std::vector<std::pair<std::pair<std::string, std::string>, std::pair<std::string, std::string>>>{
           {{"ab", "c"}, {"a", "bc"}},
           {{"abc", ""}, {"", "abc"}},
           {{"a", std::string("\0\1b", 3)}, {std::string("a\0\1b", 4), ""}},
           {{std::string("\0", 1), ""}, {"", std::string("\0", 1)}}}) {
    const SmallKey first = key_of(one.first, one.second);
    const SmallKey second = key_of(other.first, other.second);
    const Bytes plaintext(32);
    expect_refused(second, sealed_by(first, plaintext));
    // Under one nonce the ciphertexts are the key streams: not only the tags differ, but the keys.
    Bytes a(60);
    Bytes b(60);
    const Bytes nonce(12);
    ASSERT_TRUE(first.seal_with_nonce(nonce, plaintext, {}, a));
    ASSERT_TRUE(second.seal_with_nonce(nonce, plaintext, {}, b));
    EXPECT_NE(Bytes(a.begin() + 12, a.begin() + 44), Bytes(b.begin() + 12, b.begin() + 44));
  }
  // What is moved between key id and associated data.
  const SmallKey key = key_of("v", "ab");
  expect_refused(key_of("v", "a"), sealed_by(key, {}, view("c")), view("bc"));
}

// ATTACK(K11)
TEST(SmallFormat, KeepsTheDomainOfTheRpcApart) {
  const SmallKey small = key_of();
  const SmallKey rpc = key_of("amd-sev-snp", "model-key-1", Domain::rpc);
  const Bytes plaintext(32);
  expect_refused(rpc, sealed_by(small, plaintext));
  expect_refused(small, sealed_by(rpc, plaintext));
  Bytes a(60);
  Bytes b(60);
  ASSERT_TRUE(small.seal_with_nonce(Bytes(12), plaintext, {}, a));
  ASSERT_TRUE(rpc.seal_with_nonce(Bytes(12), plaintext, {}, b));
  EXPECT_NE(Bytes(a.begin() + 12, a.begin() + 44), Bytes(b.begin() + 12, b.begin() + 44)) << "the keys differ";
  EXPECT_TRUE(rpc.unseal(sealed_by(rpc, plaintext), {}));
}

TEST(SmallFormat, TakesAssociatedDataOfAtMost65535Bytes) {
  const SmallKey key = key_of();
  for (const std::size_t size : {std::size_t{0}, std::size_t{900}, std::size_t{1022}, std::size_t{1024},
                                 std::size_t{65534}, std::size_t{65535}}) {
    const Bytes data(size, 0x61);
    const Bytes sealed = sealed_by(key, Bytes(5), data);
    EXPECT_TRUE(key.unseal(sealed, data)) << size;
    if (size != 0) {
      expect_refused(key, sealed, ByteView(data).first(size - 1));
    }
  }
  const Bytes too_much(65536, 0x61);
  Bytes out(33);
  expect_error(key.seal(Bytes(5), too_much, out), ErrorCode::invalid_argument,
               "associated data: 65536 bytes, at most 65535");
  const auto opened = key.unseal(sealed_by(key, Bytes(5)), too_much);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::invalid_argument);
}

TEST(SmallFormat, TakesAtMost64MiB) {
  const SmallKey key = key_of();
  Bytes plaintext(kMaxRawPlaintext, 0x5a);
  Bytes sealed(kMaxRawPlaintext + kRawOverhead);
  ASSERT_TRUE(key.seal(plaintext, {}, sealed));
  {
    const auto opened = key.unseal(sealed, {});
    ASSERT_TRUE(opened);
    EXPECT_TRUE(std::ranges::equal(opened->reveal(), plaintext));
  }
  sealed.push_back(0);
  const auto opened = key.unseal(sealed, {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::malformed_input);
  plaintext.push_back(0);
  expect_error(key.seal(plaintext, {}, sealed), ErrorCode::invalid_argument, "seal more as a container");
}

TEST(SmallFormat, WantsRoomForExactlyWhatItWrites) {
  const SmallKey key = key_of();
  for (const std::size_t room : {0U, 27U, 32U, 34U}) {
    Bytes out(room);
    expect_error(key.seal(Bytes(5), {}, out), ErrorCode::invalid_argument,
                 "room for " + std::to_string(room) + " bytes, expected 33");
  }
  Bytes out(33);
  for (const std::size_t size : {0U, 11U, 13U, 16U}) {
    EXPECT_FALSE(key.seal_with_nonce(Bytes(size), Bytes(5), {}, out));
  }
}

// ATTACK(K2)
TEST(SmallFormat, RepeatsNoNonceInVeryManyMessages) {
  const SmallKey key = key_of();
  const std::size_t kMessages = test::rounds(std::size_t{1} << 17, std::size_t{1} << 20);
  std::vector<ByteArray<12>> nonces(kMessages);
  Bytes out(kRawOverhead);
  for (auto& nonce : nonces) {
    ASSERT_TRUE(key.seal({}, {}, out));
    std::copy_n(out.begin(), nonce.size(), nonce.begin());
  }
  std::ranges::sort(nonces);
  EXPECT_EQ(std::ranges::adjacent_find(nonces), nonces.end());
}

// ATTACK(K2): a copy of the process has the same memory, and must not have the same nonces.
TEST(SmallFormat, RepeatsNoNonceInAChild) {
  constexpr std::size_t kMessages = 1000;
  const SmallKey key = key_of();
  const auto nonces = [&key] {
    Bytes all;
    Bytes out(kRawOverhead);
    for (std::size_t i = 0; i < kMessages; ++i) {
      EXPECT_TRUE(key.seal({}, {}, out));
      all.insert(all.end(), out.begin(), out.begin() + 12);
    }
    return all;
  };
  (void)nonces();
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Bytes mine = nonces();
    ::_exit(::write(pipe[1], mine.data(), mine.size()) == static_cast<ssize_t>(mine.size()) ? 0 : 1);
  }
  ::close(pipe[1]);
  Bytes all = nonces();
  all.resize(2 * all.size());
  std::size_t have = kMessages * 12;
  for (ssize_t got = 1; got > 0 && have < all.size(); have += static_cast<std::size_t>(got)) {
    got = ::read(pipe[0], all.data() + have, all.size() - have);
    ASSERT_GE(got, 0);
  }
  ::close(pipe[0]);
  int status = 1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(have, all.size());
  std::vector<Bytes> each;
  for (std::size_t i = 0; i < all.size(); i += 12) {
    each.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(i), all.begin() + static_cast<std::ptrdiff_t>(i + 12));
  }
  std::ranges::sort(each);
  EXPECT_EQ(std::ranges::adjacent_find(each), each.end());
}

TEST(SmallFormat, ServesManyThreads) {
  const SmallKey key = key_of();
  std::vector<std::jthread> threads;
  for (unsigned thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&key, thread] {
      for (std::size_t i = 0; i < 500; ++i) {
        const Bytes plaintext(i % 100, static_cast<std::uint8_t>(thread));
        const Bytes data(i, static_cast<std::uint8_t>(i));
        Bytes sealed = sealed_by(key, plaintext, data);
        const auto opened = key.unseal(sealed, data);
        ASSERT_TRUE(opened);
        ASSERT_TRUE(std::ranges::equal(opened->reveal(), plaintext));
        sealed.back() ^= 1;
        expect_refused(key, sealed, data);
      }
    });
  }
}

TEST(SmallFormat, ServesAfterARefusalAsBefore) {
  const SmallKey key = key_of();
  const Bytes sealed = sealed_by(key, Bytes(33, 0x5a));
  for (int i = 0; i < 3; ++i) {
    expect_refused(key, Bytes(61));
    EXPECT_TRUE(key.unseal(sealed, {}));
  }
}

}  // namespace
}  // namespace tenzro::tee::seal_format
