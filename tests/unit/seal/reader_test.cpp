// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "seal/container_header.hpp"
#include "seal/container_key.hpp"
#include "seal/small_format.hpp"
#include "support/fixed_root.hpp"

namespace tenzro::tee {
namespace {

using test::BytesInput;
using test::BytesOutput;
using test::fixed_options;
using test::FixedRoot;
using test::key_id;
using test::pattern;

constexpr std::size_t kChunk = std::size_t{1} << 14;

Bytes sealed(ByteView plaintext) {
  FixedRoot tee;
  BytesInput in(plaintext);
  BytesOutput out;
  EXPECT_TRUE(seal_stream(key_id(), in, out, tee, fixed_options()));
  return std::move(out.written);
}

Result<SealedReader> reader_of(ByteView container, const SealOptions& options = fixed_options()) {
  FixedRoot tee;
  return SealedReader::open(key_id(), container, tee, options);
}

TEST(SealedReader, ReadsHereAndThere) {
  const Bytes plaintext = pattern(5 * kChunk + 77);
  const Bytes container = sealed(plaintext);
  const auto reader = reader_of(container);
  ASSERT_TRUE(reader) << reader.error().message();
  EXPECT_EQ(reader->size(), plaintext.size());
  for (const std::size_t offset :
       {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk, 5 * kChunk, plaintext.size()}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{16}, kChunk - 1, kChunk, kChunk + 1,
                                   2 * kChunk, plaintext.size()}) {
      const std::size_t there = std::min(size, plaintext.size() - offset);
      Bytes out(there);
      ASSERT_TRUE(reader->read(offset, out));
      EXPECT_TRUE(std::ranges::equal(out, ByteView(plaintext).subspan(offset, there))) << offset << " " << size;
    }
  }
}

TEST(SealedReader, ReadsNothingBeyondTheEnd) {
  const Bytes container = sealed(pattern(100));
  const auto reader = reader_of(container);
  ASSERT_TRUE(reader);
  Bytes out(1);
  for (const std::uint64_t offset : {std::uint64_t{100}, std::uint64_t{101}, ~std::uint64_t{0}}) {
    const auto refused = reader->read(offset, out);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
  }
}

TEST(SealedReader, OpensAnEmptyOne) {
  const Bytes container = sealed({});
  const auto reader = reader_of(container);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->size(), 0U);
  EXPECT_TRUE(reader->read(0, {}));
}

TEST(SealedReader, OpensNoneWithoutItsEnd) {
  const Bytes container = sealed(pattern(4 * kChunk));
  const std::size_t body = seal_format::parse_header(container)->size();
  for (const std::size_t size : {body, body + kChunk + 16, container.size() - kChunk - 16, container.size() - 1}) {
    const auto refused = reader_of(ByteView(container).first(size));
    ASSERT_FALSE(refused) << size;
    EXPECT_EQ(refused.error().message(), seal_format::kUnsealFailed);
  }
  Bytes longer = container;
  longer.push_back(0);
  EXPECT_FALSE(reader_of(longer));
  EXPECT_FALSE(reader_of(ByteView(container).first(40)));
  EXPECT_FALSE(reader_of({}));
}

// ATTACK: whoever has the root wrote a header of another size than what follows it.
TEST(SealedReader, OpensNoneOfAnotherSizeThanItStates) {
  const Bytes plaintext = pattern(100);
  for (const std::uint64_t stated : {std::uint64_t{99}, std::uint64_t{100}, std::uint64_t{101}}) {
    seal_format::ContainerHeader header;
    header.log2_chunk = 14;
    header.plaintext_size = stated;
    header.vendor_tag = "amd-sev-snp";
    header.key_id = key_id().str();
    header.metadata = "{}";
    Bytes container = *seal_format::write_header(header);
    const auto key = seal_format::derive_container_key(FixedRoot::counted(), header, container, {});
    ASSERT_TRUE(key);
    const ByteView commitment = key->commitment.reveal();
    container.insert(container.end(), commitment.begin(), commitment.end());
    Bytes chunk(plaintext.size() + seal_format::kTagSize);
    ASSERT_TRUE(crypto::aead_seal(key->file_key.reveal(), seal_format::chunk_nonce(0, true), {}, plaintext, chunk));
    container.insert(container.end(), chunk.begin(), chunk.end());
    const auto reader = reader_of(container);
    EXPECT_EQ(reader.has_value(), stated == plaintext.size()) << stated;
    if (!reader) {
      EXPECT_EQ(reader.error().message(), seal_format::kUnsealFailed);
    }
  }
}

// A view that says it is larger than any memory: nothing of it is looked at beyond its header.
TEST(SealedReader, OpensNoneOfMoreChunksThanAreEverWritten) {
  const Bytes container = sealed(pattern(10));
  const std::size_t header = seal_format::parse_header(container)->size();
  const std::uint64_t most = seal_format::kMaxChunks * (kChunk + seal_format::kTagSize);
  const auto refused = reader_of(ByteView(container.data(), header + most + kChunk + seal_format::kTagSize));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::authentication_failed);
}

TEST(SealedReader, WipesWhatItCannotVouchFor) {
  Bytes container = sealed(pattern(4 * kChunk));
  const std::size_t body = seal_format::parse_header(container)->size();
  const auto reader = reader_of(container);
  ASSERT_TRUE(reader);
  container[body + kChunk + 16 + 5] ^= 1;  // in the second chunk, after the reader was opened
  Bytes out(3 * kChunk, 0xee);
  const auto refused = reader->read(0, out);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), seal_format::kUnsealFailed);
  EXPECT_TRUE(std::ranges::all_of(out, [](std::uint8_t byte) { return byte == 0; }));
  Bytes good(kChunk);
  EXPECT_TRUE(reader->read(2 * kChunk, good)) << "other chunks are as good as before";
}

TEST(SealedReader, HonoursTheGeneration) {
  FixedRoot tee;
  const Bytes plaintext = pattern(10);
  BytesInput in(plaintext);
  BytesOutput out;
  SealOptions options = fixed_options();
  options.generation = 2;
  ASSERT_TRUE(seal_stream(key_id(), in, out, tee, options));
  EXPECT_EQ(reader_of(out.written)->generation(), 2U);
  options.min_generation = 3;
  EXPECT_FALSE(reader_of(out.written, options));
}

TEST(SealedReader, ServesManyThreads) {
  const Bytes plaintext = pattern(20 * kChunk + 3);
  const Bytes container = sealed(plaintext);
  const auto reader = reader_of(container);
  ASSERT_TRUE(reader);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (std::size_t round = 0; round < 50; ++round) {
        const std::size_t offset = (round * 7919 + i * 104729) % (plaintext.size() - 5000);
        Bytes out(5000);
        ASSERT_TRUE(reader->read(offset, out));
        ASSERT_TRUE(std::ranges::equal(out, ByteView(plaintext).subspan(offset, out.size())));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace tenzro::tee
