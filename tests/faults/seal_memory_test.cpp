// SPDX-License-Identifier: Apache-2.0
// Sealing and unsealing while memory runs out: what was altered never opens, what was sealed can be opened, and whoever
// had no memory once has the right key afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include "faults/failing_memory.hpp"
#include "support/alterations.hpp"
#include "support/fixed_root.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::test {
namespace {

void expect_safe(const std::string& name, const std::string& expected, const std::function<Operation()>& make) {
  SCOPED_TRACE(name);
  const FaultPoints points = expect_safe_without_memory(make, expected, stride(3));
  EXPECT_GT(points.tried, 0U) << "it asks for no memory, so nothing was shown";
  EXPECT_GT(points.refused, 0U) << "it never noticed";
  std::cout << name << ": " << points.tried << " lacks of memory, " << points.refused << " refusals\n";
}

std::function<Operation()> stateless(Operation operation) {
  return [operation = std::move(operation)] { return operation; };
}

std::string told(const Error& error) { return "no: " + error.message(); }
template <class T>
std::string told_opened(const Result<T>& opened, ByteView expected) {
  if (!opened) {
    return told(opened.error());
  }
  return std::ranges::equal(opened->reveal(), expected) ? "yes: the plaintext" : "yes: another plaintext";
}

const Bytes kPlaintext = pattern(1000);

/// Of what was sealed, with all the memory that opening it takes.
std::string told_sealed(const Bytes& sealed) {
  const MemoryAgain again;
  FixedRoot tee;
  const auto opened = unseal(key_id(), sealed, tee, fixed_options());
  return opened ? told_opened(opened, kPlaintext) + ", sealed" : "yes: sealed, and does not open";
}

TEST(SealWithoutMemory, SmallMessages) {
  const Bytes sealed = [] {
    FixedRoot tee;
    return seal(key_id(), kPlaintext, tee, fixed_options()).value();
  }();
  expect_safe("seal", "yes", stateless([] {
                FixedRoot tee;
                const auto made = seal(key_id(), kPlaintext, tee, fixed_options());
                return made ? told_sealed(*made) : told(made.error());
              }));
  expect_safe("unseal", "yes", stateless([&sealed] {
                FixedRoot tee;
                return told_opened(unseal(key_id(), sealed, tee, fixed_options()), kPlaintext);
              }));
  Bytes altered = sealed;
  altered.back() ^= 1;
  expect_safe("unseal, altered", "no", stateless([&altered] {
                FixedRoot tee;
                return told_opened(unseal(key_id(), altered, tee, fixed_options()), kPlaintext);
              }));
}

TEST(SealWithoutMemory, AKeyThatIsHeld) {
  expect_safe("SealingKey", "yes", [] {
    FixedRoot tee;
    auto key = std::make_shared<SealingKey>(SealingKey::make(key_id(), tee, fixed_options()).value());
    return [key] {
      const auto sealed = key->seal(kPlaintext);
      return sealed ? told_opened(key->unseal(*sealed), kPlaintext) : told(sealed.error());
    };
  });
  expect_safe("SealingKey::make", "yes", stateless([] {
                FixedRoot tee;
                const auto key = SealingKey::make(key_id(), tee, fixed_options());
                return key ? std::string("yes") : told(key.error());
              }));
}

constexpr std::size_t kChunk = std::size_t{1} << 14;

SealOptions options_of(unsigned threads) {
  SealOptions options = fixed_options();
  options.log2_chunk = 14;
  options.threads = threads;
  return options;
}

/// What a container opens to.
std::string told_container(const Result<std::uint64_t>& done, const Bytes& written, const Bytes& expected) {
  if (!done) {
    return told(done.error());
  }
  return written == expected ? "yes: the plaintext" : "yes: another plaintext";
}

/// Of a container that was made, with all the memory that opening it takes.
std::string told_made(const Result<std::uint64_t>& done, const Bytes& container, const Bytes& expected,
                      const SealOptions& options) {
  if (!done) {
    return told(done.error());
  }
  const MemoryAgain again;
  FixedRoot tee;
  BytesInput in(container);
  BytesOutput out;
  const auto opened = unseal_stream(key_id(), in, out, tee, options);
  return opened && out.written == expected ? "yes: it opens" : "yes: made, and does not open to what was sealed";
}

TEST(SealWithoutMemory, Containers) {
  const Bytes plaintext = pattern(5 * kChunk + 7);
  for (const unsigned threads : {1U, 3U}) {
    const std::string with = ", " + std::to_string(threads) + " threads";
    const SealOptions options = options_of(threads);
    const auto sealed = [&] {
      FixedRoot tee;
      BytesInput in(plaintext);
      BytesOutput out;
      EXPECT_TRUE(seal_stream(key_id(), in, out, tee, options));
      return out.written;
    }();
    const auto unsealed = [&](const Bytes& container) {
      FixedRoot tee;
      BytesInput in(container);
      BytesOutput out;
      const auto done = unseal_stream(key_id(), in, out, tee, options);
      return told_container(done, out.written, plaintext);
    };
    expect_safe("seal_stream" + with, "yes", stateless([&] {
                  FixedRoot tee;
                  BytesInput in(plaintext);
                  BytesOutput out;
                  const auto done = seal_stream(key_id(), in, out, tee, options);
                  return told_made(done, out.written, plaintext, options);
                }));
    expect_safe("unseal_stream" + with, "yes", stateless([&] { return unsealed(sealed); }));
    Bytes altered = sealed;
    altered.at(altered.size() - 20) ^= 1;
    expect_safe("unseal_stream, altered" + with, "no", stateless([&] { return unsealed(altered); }));
    const Bytes shorter(sealed.begin(), sealed.end() - kChunk / 2);
    expect_safe("unseal_stream, cut short" + with, "no", stateless([&] { return unsealed(shorter); }));
    expect_safe("reseal_stream" + with, "yes", stateless([&] {
                  FixedRoot tee;
                  BytesInput in(sealed);
                  BytesOutput out;
                  const auto done = reseal_stream(key_id(), in, out, tee, options);
                  return told_made(done, out.written, plaintext, options);
                }));
  }
}

TEST(SealWithoutMemory, SealedReader) {
  const Bytes plaintext = pattern(3 * kChunk + 7);
  FixedRoot tee;
  BytesInput in(plaintext);
  BytesOutput out;
  ASSERT_TRUE(seal_stream(key_id(), in, out, tee, options_of(1)));
  expect_safe("SealedReader", "yes", stateless([&] {
                FixedRoot own;
                const auto reader = SealedReader::open(key_id(), out.written, own, options_of(1));
                if (!reader) {
                  return told(reader.error());
                }
                Bytes read(plaintext.size());
                const auto done = reader->read(0, read);
                return done ? std::string(read == plaintext ? "yes: the plaintext" : "yes: another plaintext")
                            : told(done.error());
              }));
}

}  // namespace
}  // namespace tenzro::tee::test
