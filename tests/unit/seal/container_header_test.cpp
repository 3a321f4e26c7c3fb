// SPDX-License-Identifier: Apache-2.0
#include "seal/container_header.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tenzro/tee/inspect.hpp"

namespace tenzro::tee::seal_format {
namespace {

ContainerHeader sample() {
  ContainerHeader out;
  out.log2_chunk = 20;
  out.plaintext_size = 0x0102030405060708;
  out.salt.fill(0x5a);
  out.generation = 7;
  out.vendor_tag = "amd-sev-snp;key=vcek;gfs=41;vmpl=1;svn=0;tcb=0a000000000015d3";
  out.key_id = "db/master";
  out.metadata = R"({"snp":{"host_data_sha256":"00"}})";
  return out;
}

/// With a commitment behind it.
Bytes whole(const ContainerHeader& header) {
  Bytes out = *write_header(header);
  out.resize(out.size() + kCommitmentSize, 0xcc);
  return out;
}

TEST(ContainerHeader, ComesBackAsItWasWritten) {
  const Bytes bytes = whole(sample());
  EXPECT_EQ(bytes.size() % 8, 0U);
  const auto parsed = parse_header(bytes);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->size(), bytes.size());
  EXPECT_EQ(parsed->header.log2_chunk, 20U);
  EXPECT_EQ(parsed->header.plaintext_size, 0x0102030405060708U);
  EXPECT_EQ(parsed->header.salt, sample().salt);
  EXPECT_EQ(parsed->header.generation, 7U);
  EXPECT_EQ(parsed->header.vendor_tag, sample().vendor_tag);
  EXPECT_EQ(parsed->header.key_id, sample().key_id);
  EXPECT_EQ(parsed->header.metadata, sample().metadata);
  EXPECT_EQ(parsed->commitment.front(), 0xcc);
}

TEST(ContainerHeader, MayNotKnowHowMuchThereIs) {
  ContainerHeader header = sample();
  header.plaintext_size.reset();
  const auto parsed = parse_header(whole(header));
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->header.plaintext_size);
}

TEST(ContainerHeader, IsRefusedAtEveryLengthButItsOwn) {
  const Bytes bytes = whole(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto parsed = parse_header(ByteView(bytes).first(size));
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().code(), ErrorCode::malformed_input);
  }
  Bytes more = bytes;
  more.resize(more.size() + 100);
  EXPECT_TRUE(parse_header(more)) << "chunks follow it";
}

// ATTACK(K7): there is one algorithm, and none is not another.
TEST(ContainerHeader, KnowsOneSuite) {
  for (unsigned suite = 0; suite < 256; ++suite) {
    Bytes bytes = whole(sample());
    bytes[4] = static_cast<std::uint8_t>(suite);
    const auto parsed = parse_header(bytes);
    EXPECT_EQ(parsed.has_value(), suite == 1);
    if (!parsed) {
      EXPECT_EQ(parsed.error().code(), ErrorCode::unsupported);
    }
  }
}

TEST(ContainerHeader, RefusesChunksOfOtherSizesThanItsOwn) {
  for (unsigned log2 = 0; log2 < 256; ++log2) {
    Bytes bytes = whole(sample());
    bytes[5] = static_cast<std::uint8_t>(log2);
    EXPECT_EQ(parse_header(bytes).has_value(), log2 >= 14 && log2 <= 24) << log2;
  }
}

TEST(ContainerHeader, RefusesEveryOtherLengthThatItMightClaim) {
  const Bytes good = whole(sample());
  for (unsigned claimed = 0; claimed < 65536; ++claimed) {
    Bytes bytes = good;
    bytes.resize(5000);
    bytes[6] = static_cast<std::uint8_t>(claimed >> 8U);
    bytes[7] = static_cast<std::uint8_t>(claimed);
    if (parse_header(bytes)) {
      // Longer ones have the old commitment where zeros must be; only zeros after the texts would do.
      EXPECT_EQ(claimed, good.size());
    }
  }
}

TEST(ContainerHeader, RefusesTextsThatNoWriterWrites) {
  const auto refused = [](auto change) {
    ContainerHeader header = sample();
    change(header);
    const auto written = write_header(header);
    return !written && written.error().code() == ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refused([](auto& h) { h.vendor_tag.clear(); }));
  EXPECT_TRUE(refused([](auto& h) { h.vendor_tag = "a b"; }));
  EXPECT_TRUE(refused([](auto& h) { h.vendor_tag = "a\n"; }));
  EXPECT_TRUE(refused([](auto& h) { h.vendor_tag = "a\x7f"; }));
  EXPECT_TRUE(refused([](auto& h) { h.vendor_tag = "a\xc3\xa4"; }));
  EXPECT_TRUE(refused([](auto& h) { h.vendor_tag = std::string(2049, 'a'); }));
  EXPECT_TRUE(refused([](auto& h) { h.key_id.clear(); }));
  EXPECT_TRUE(refused([](auto& h) { h.key_id = "a b"; }));
  EXPECT_TRUE(refused([](auto& h) { h.key_id = std::string(129, 'a'); }));
  EXPECT_TRUE(refused([](auto& h) { h.metadata = "[]"; }));
  EXPECT_TRUE(refused([](auto& h) { h.metadata = "{}{}"; }));
  EXPECT_TRUE(refused([](auto& h) { h.metadata = R"({"a":1,"a":2})"; }));
  EXPECT_TRUE(refused([](auto& h) { h.metadata = "{\"a\":\"" + std::string(2048, 'x') + "\"}"; }));
  EXPECT_TRUE(refused([](auto& h) { h.log2_chunk = 13; }));
  EXPECT_TRUE(refused([](auto& h) { h.log2_chunk = 25; }));
  EXPECT_TRUE(refused([](auto& h) {
    h.vendor_tag = std::string(2040, 'a');
    h.metadata = "{\"a\":\"" + std::string(2030, 'x') + "\"}";
  })) << "more than 4096 bytes in all";
}

// Whoever reads a header makes room for it first.
TEST(ContainerHeader, ClaimsNoMoreThan4096Bytes) {
  Bytes start = whole(sample());
  start.resize(8);
  EXPECT_TRUE(header_size(start));
  for (const std::size_t size : {4104U, 65528U}) {
    start[6] = static_cast<std::uint8_t>(size >> 8U);
    start[7] = static_cast<std::uint8_t>(size);
    const auto claimed = header_size(start);
    ASSERT_FALSE(claimed) << size;
    EXPECT_EQ(claimed.error().code(), ErrorCode::malformed_input);
  }
}

TEST(ContainerHeader, RefusesPaddingThatIsNotZero) {
  ContainerHeader header = sample();
  Bytes bytes = whole(header);
  while (ByteView(bytes)[bytes.size() - kCommitmentSize - 1] != 0) {
    header.key_id += "x";
    bytes = whole(header);
  }
  bytes[bytes.size() - kCommitmentSize - 1] = 1;
  EXPECT_FALSE(parse_header(bytes));
}

TEST(ContainerHeader, IsShownWithoutAKey) {
  const auto shown = inspect(whole(sample()));
  ASSERT_TRUE(shown) << shown.error().message();
  EXPECT_EQ(shown->kind, "sealed_container");
  for (const char* part : {R"("key_id":"db/master")", R"("gfs":"41")", R"("generation":7)", R"("verified":false)"}) {
    EXPECT_NE(shown->json.find(part), std::string::npos) << part << shown->json;
  }
}

}  // namespace
}  // namespace tenzro::tee::seal_format
