// SPDX-License-Identifier: Apache-2.0
#include "seal/container_key.hpp"

#include <gtest/gtest.h>

#include "support/fixed_root.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::seal_format {
namespace {

TEST(ContainerKey, GivesTheKnownAnswers) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const auto known = test::read_vector_json("crypto/proposal-sealing-kat.json")["sealing"]["stream"];
  const auto bytes = [&](const char* name) { return *from_hex(known[name].get<std::string>()); };
  const Bytes file = bytes("file");
  const auto parsed = parse_header(file);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(Bytes(parsed->without_commitment.begin(), parsed->without_commitment.end()),
            bytes("header_without_commitment"));
  EXPECT_EQ(*write_header(parsed->header), bytes("header_without_commitment"));
  const auto key = derive_container_key(bytes("root_secret"), parsed->header, parsed->without_commitment,
                                        test::view(known["caller_aad_utf8"].get<std::string>()));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->file_key.reveal()), known["file_key"].get<std::string>());
  EXPECT_EQ(to_hex(key->commitment.reveal()), known["commitment"].get<std::string>());
  EXPECT_EQ(to_hex(chunk_nonce(0, true)), known["chunk0_nonce"].get<std::string>());

  // And the whole file opens, to the whole plaintext.
  test::FixedRoot tee(bytes("root_secret"), known["vendor_tag"].get<std::string>());
  SealOptions options = test::fixed_options();
  const std::string aad = known["caller_aad_utf8"].get<std::string>();
  options.associated_data = test::view(aad);
  test::BytesInput in(file);
  test::BytesOutput out;
  const auto opened = unseal_stream(test::key_id(known["key_id"].get<std::string>()), in, out, tee, options);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(std::string(out.written.begin(), out.written.end()), known["plaintext_utf8"].get<std::string>());
}

TEST(ContainerKey, NumbersChunksInElevenBytes) {
  EXPECT_EQ(to_hex(chunk_nonce(0, false)), "000000000000000000000000");
  EXPECT_EQ(to_hex(chunk_nonce(0x0102030405060708, true)), "000000010203040506070801");
}

TEST(ContainerKey, DiffersForEveryPartOfWhatItIsBoundTo) {
  ContainerHeader header;
  header.vendor_tag = "simulated";
  header.key_id = "a";
  const Bytes bytes = *write_header(header);
  const Bytes secret = test::FixedRoot::counted();
  const auto commitment = [&](const ContainerHeader& of, ByteView header_bytes, ByteView data, ByteView root) {
    return to_hex(derive_container_key(root, of, header_bytes, data)->commitment.reveal());
  };
  const std::string first = commitment(header, bytes, {}, secret);
  EXPECT_EQ(commitment(header, bytes, {}, secret), first);
  Bytes other_secret = secret;
  other_secret[31] ^= 1;
  EXPECT_NE(commitment(header, bytes, {}, other_secret), first);
  EXPECT_NE(commitment(header, bytes, Bytes{0}, secret), first);
  // ("ab", "c") is not ("a", "bc").
  ContainerHeader one = header, two = header;
  one.vendor_tag = "ab";
  one.key_id = "c";
  two.vendor_tag = "a";
  two.key_id = "bc";
  EXPECT_NE(commitment(one, bytes, {}, secret), commitment(two, bytes, {}, secret));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    ASSERT_NE(commitment(header, flipped, {}, secret), first) << bit;
  }
}

}  // namespace
}  // namespace tenzro::tee::seal_format
