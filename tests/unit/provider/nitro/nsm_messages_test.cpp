// SPDX-License-Identifier: Apache-2.0
#include "provider/nitro/nsm_messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "evidence/nitro/document.hpp"
#include "made/cbor.hpp"

namespace tenzro::tee::nitro {
namespace {

using test::cbor_array;
using test::cbor_bytes;
using test::cbor_map;
using test::cbor_text;
using test::cbor_unsigned;
using test::CborPairs;
using test::joined;

Bytes answer(std::string_view name, const CborPairs& fields) { return cbor_map({{cbor_text(name), cbor_map(fields)}}); }
Bytes error_answer(std::string_view name) { return cbor_map({{cbor_text("Error"), cbor_text(name)}}); }
const Bytes kTrue = {0xf5}, kFalse = {0xf4};

CborPairs description_fields() {
  return {{cbor_text("version_major"), cbor_unsigned(1)},
          {cbor_text("version_minor"), cbor_unsigned(2)},
          {cbor_text("version_patch"), cbor_unsigned(65535)},
          {cbor_text("module_id"), cbor_text("i-0123456789abcdef0-enc0123456789abcdef")},
          {cbor_text("max_pcrs"), cbor_unsigned(32)},
          {cbor_text("locked_pcrs"), cbor_array({cbor_unsigned(15), cbor_unsigned(0), cbor_unsigned(4)})},
          {cbor_text("digest"), cbor_text("SHA384")}};
}
CborPairs pcr_fields(const Bytes& lock = kTrue, std::size_t size = 48) {
  return {{cbor_text("lock"), lock}, {cbor_text("data"), cbor_bytes(Bytes(size, 0x5c))}};
}

template <class T>
void expect_refused(const Result<T>& result, std::string_view words = {}, ErrorCode code = ErrorCode::malformed_input) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_NE(result.error().message().find("Nitro Security Module"), std::string::npos) << result.error().message();
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

/// Every answer that is there, its name, its fields, and whether it is read.
struct Kind {
  std::string name;
  Bytes good;
  std::function<Result<void>(ByteView)> read;
  CborPairs fields{};
};
template <class Read>
std::function<Result<void>(ByteView)> reading(Read read) {
  return [read](ByteView bytes) -> Result<void> {
    auto result = read(bytes);
    return result ? Result<void>() : Result<void>(result.error());
  };
}
std::vector<Kind> kinds() {
  const CborPairs random = {{cbor_text("random"), cbor_bytes(Bytes(256, 0xa7))}};
  const CborPairs extended = {{cbor_text("data"), cbor_bytes(Bytes(48, 0x5c))}};
  const CborPairs document = {{cbor_text("document"), cbor_bytes(Bytes(300, 0x84))}};
  return {{"DescribeNSM", answer("DescribeNSM", description_fields()), reading(read_description), description_fields()},
          {"GetRandom", answer("GetRandom", random), reading(read_random), random},
          {"DescribePCR", answer("DescribePCR", pcr_fields()), reading(read_pcr), pcr_fields()},
          {"ExtendPCR", answer("ExtendPCR", extended), reading(read_extended_pcr), extended},
          {"Attestation", answer("Attestation", document), reading(read_document), document},
          {"LockPCR", cbor_text("LockPCR"), [](ByteView bytes) { return read_acknowledgement(bytes, "LockPCR"); }},
          {"LockPCRs", cbor_text("LockPCRs"), [](ByteView bytes) { return read_acknowledgement(bytes, "LockPCRs"); }}};
}

TEST(NsmMessages, AreTheBytesOfTheInterface) {
  EXPECT_EQ(to_hex(describe_nsm_request()), "6b44657363726962654e534d");
  EXPECT_EQ(to_hex(get_random_request()), "6947657452616e646f6d");
  EXPECT_EQ(to_hex(describe_pcr_request(0)), "a16b4465736372696265504352a165696e64657800");
  EXPECT_EQ(to_hex(lock_pcr_request(16)), "a1674c6f636b504352a165696e64657810");
  EXPECT_EQ(to_hex(lock_pcr_request(65535)), "a1674c6f636b504352a165696e64657819ffff");
  EXPECT_EQ(to_hex(extend_pcr_request(16, Bytes{1, 2, 3})), "a169457874656e64504352a265696e64657810646461746143010203");
  EXPECT_EQ(to_hex(lock_pcrs_request(17)), "a1684c6f636b50435273a16572616e676511");
  EXPECT_EQ(to_hex(attestation_request({}, {}, {})),
            "a16b4174746573746174696f6ea369757365725f64617461f6656e6f6e6365f66a7075626c69635f6b6579f6");
  EXPECT_EQ(to_hex(attestation_request(Bytes{1}, Bytes{2, 3}, Bytes{})),
            "a16b4174746573746174696f6ea369757365725f646174614101656e6f6e63654202036a7075626c69635f6b657940");
  const Bytes most(1024, 0xff);
  EXPECT_EQ(attestation_request(most, most, most).size(), 3122U);
}

TEST(NsmMessages, ReadTheDescription) {
  const auto module = read_description(answer("DescribeNSM", description_fields()));
  ASSERT_TRUE(module) << module.error().message();
  EXPECT_EQ(module->version_major, 1U);
  EXPECT_EQ(module->version_minor, 2U);
  EXPECT_EQ(module->version_patch, 65535U);
  EXPECT_EQ(module->module_id, "i-0123456789abcdef0-enc0123456789abcdef");
  EXPECT_EQ(module->max_pcrs, 32U);
  EXPECT_EQ(module->locked_pcrs, (std::vector<unsigned>{0, 4, 15}));
  EXPECT_EQ(module->digest, "SHA384");
}

TEST(NsmMessages, ReadPcrsRandomBytesAndDocuments) {
  const auto locked = read_pcr(answer("DescribePCR", pcr_fields()));
  ASSERT_TRUE(locked);
  EXPECT_TRUE(locked->locked);
  EXPECT_EQ(locked->value, Bytes(48, 0x5c));
  const auto open = read_pcr(answer("DescribePCR", pcr_fields(kFalse)));
  ASSERT_TRUE(open);
  EXPECT_FALSE(open->locked);
  for (const std::size_t size : {1U, 255U, 256U}) {
    const auto random = read_random(answer("GetRandom", {{cbor_text("random"), cbor_bytes(Bytes(size, 9))}}));
    ASSERT_TRUE(random) << size;
    EXPECT_EQ(*random, Bytes(size, 9));
  }
  EXPECT_EQ(*read_extended_pcr(answer("ExtendPCR", {{cbor_text("data"), cbor_bytes(Bytes(48, 7))}})), Bytes(48, 7));
  const Bytes longest(kMaxDocumentSize, 0x84);
  EXPECT_EQ(*read_document(answer("Attestation", {{cbor_text("document"), cbor_bytes(longest)}})), longest);
  EXPECT_TRUE(read_acknowledgement(cbor_text("LockPCR"), "LockPCR"));
  EXPECT_TRUE(read_acknowledgement(cbor_text("LockPCRs"), "LockPCRs"));
}

TEST(NsmMessages, ReadContainersThatEndWithABreakAndLongHeads) {
  const Bytes indefinite = cbor_map({{cbor_text("DescribePCR"), cbor_map(pcr_fields(), true)}}, true);
  EXPECT_TRUE(read_pcr(indefinite));
  CborPairs fields = description_fields();
  fields[0].second = test::cbor_head(0, 1, 8);
  fields[5].second = cbor_array({test::cbor_head(0, 3, 2)}, true);
  const auto module = read_description(answer("DescribeNSM", fields));
  ASSERT_TRUE(module) << module.error().message();
  EXPECT_EQ(module->version_major, 1U);
  EXPECT_EQ(module->locked_pcrs, (std::vector<unsigned>{3}));
}

TEST(NsmMessages, GiveTheModulesOwnWordForWhatItRefuses) {
  for (const Kind& kind : kinds()) {
    const auto refused = [&kind](std::string_view word, std::string_view advice) {
      const auto result = kind.read(error_answer(word));
      expect_refused(result, word, ErrorCode::hardware_failure);
      expect_refused(result, advice, ErrorCode::hardware_failure);
    };
    refused("ReadOnlyIndex", "this PCR is locked");
    refused("InvalidIndex", "there is no such PCR");
    refused("InputTooLarge", "give fewer bytes");
    refused("BufferTooSmall", "give fewer bytes");
    for (const auto* const word :
         {"Success", "InvalidArgument", "InvalidResponse", "InvalidOperation", "InternalError", "OfAnotherYear"}) {
      refused(word, "the module refused");
    }
    // Whatever it says is one line.
    const auto strange = kind.read(error_answer("two\nlines\x1b[2J"));
    ASSERT_FALSE(strange);
    EXPECT_EQ(strange.error().message().find_first_of("\n\x1b"), std::string::npos);
  }
  EXPECT_EQ(to_hex(error_answer("InvalidArgument")), "a1654572726f726f496e76616c6964417267756d656e74");
  expect_refused(read_random(cbor_map({{cbor_text("Error"), cbor_unsigned(3)}})));
}

TEST(NsmMessages, SkipFieldsOfLaterVersions) {
  for (const Kind& kind : kinds()) {
    if (kind.fields.empty()) {
      continue;
    }
    CborPairs fields = kind.fields;
    fields.emplace_back(cbor_text("later"), cbor_array({cbor_unsigned(1), cbor_map({{cbor_text("a"), kTrue}})}));
    fields.emplace_back(cbor_unsigned(7), cbor_bytes(Bytes(3)));
    EXPECT_TRUE(kind.read(answer(kind.name, fields))) << kind.name;
    std::ranges::reverse(fields);
    EXPECT_TRUE(kind.read(answer(kind.name, fields))) << kind.name;
  }
}

TEST(NsmMessages, WantEachFieldOnce) {
  for (const Kind& kind : kinds()) {
    for (std::size_t i = 0; i < kind.fields.size(); ++i) {
      CborPairs fields = kind.fields;
      fields.push_back(fields[i]);
      expect_refused(kind.read(answer(kind.name, fields)));
      fields = kind.fields;
      fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
      expect_refused(kind.read(answer(kind.name, fields)), "its answer has no ");
      fields = kind.fields;
      fields[i].second = test::cbor_null();
      expect_refused(kind.read(answer(kind.name, fields)));
    }
  }
}

TEST(NsmMessages, RefuseValuesThatNoModuleHas) {
  const auto description = [](std::size_t field, const Bytes& value) {
    CborPairs fields = description_fields();
    fields.at(field).second = value;
    return read_description(answer("DescribeNSM", fields));
  };
  for (const std::size_t number : {0U, 1U, 2U, 4U}) {
    expect_refused(description(number, cbor_unsigned(65536)), "is 65536");
    expect_refused(description(number, test::cbor_head(1, 0)));
    expect_refused(description(number, cbor_text("1")));
  }
  for (const std::size_t text : {3U, 6U}) {
    expect_refused(description(text, cbor_text("")), "has 0 characters");
    expect_refused(description(text, cbor_text(std::string(257, 'x'))), "has 257 characters");
    EXPECT_TRUE(description(text, cbor_text(std::string(256, 'x'))));
    expect_refused(description(text, Bytes{0x61, 0xff}));
  }
  expect_refused(description(5, cbor_array({cbor_unsigned(65536)})));
  expect_refused(description(5, cbor_array({cbor_text("0")})));
  expect_refused(description(5, cbor_map({})));
  EXPECT_TRUE(description(5, cbor_array({})));

  expect_refused(read_pcr(answer("DescribePCR", pcr_fields(cbor_unsigned(1)))), "neither true nor false");
  for (const std::size_t size : {0U, 32U, 47U, 49U, 64U}) {
    expect_refused(read_pcr(answer("DescribePCR", pcr_fields(kTrue, size))), "its data has");
    expect_refused(read_extended_pcr(answer("ExtendPCR", {{cbor_text("data"), cbor_bytes(Bytes(size))}})));
  }
  expect_refused(read_random(answer("GetRandom", {{cbor_text("random"), cbor_bytes({})}})), "has 0 bytes");
  expect_refused(read_random(answer("GetRandom", {{cbor_text("random"), cbor_bytes(Bytes(257))}})), "has 257 bytes");
  expect_refused(read_document(answer("Attestation", {{cbor_text("document"), cbor_bytes({})}})), "has 0 bytes");
  expect_refused(
      read_document(answer("Attestation", {{cbor_text("document"), cbor_bytes(Bytes(kMaxDocumentSize + 1))}})));
}

TEST(NsmMessages, RefuseAnswersToOtherRequestsAndTrailingBytes) {
  for (const Kind& kind : kinds()) {
    for (const Kind& other : kinds()) {
      if (other.name != kind.name) {
        expect_refused(kind.read(other.good));
      }
    }
    expect_refused(kind.read({}));
    expect_refused(kind.read(cbor_map({})));
    expect_refused(kind.read(cbor_unsigned(0)));
    expect_refused(kind.read(cbor_array({cbor_text(kind.name)})));
    expect_refused(kind.read(joined({kind.good, {0x00}})));
    expect_refused(kind.read(joined({kind.good, {0xf6}})));
    if (!kind.fields.empty()) {
      const auto pair = std::pair(cbor_text(kind.name), cbor_map(kind.fields));
      expect_refused(kind.read(cbor_map({pair, pair})), "second part");
      expect_refused(kind.read(cbor_map({pair, {cbor_text("Error"), cbor_text("InternalError")}})), "second part");
      expect_refused(kind.read(cbor_text(kind.name)));
      expect_refused(kind.read(cbor_map({{cbor_text(kind.name), cbor_text("")}})));
    }
  }
  expect_refused(read_acknowledgement(cbor_text("two\nlines"), "LockPCR"), "two\\x0alines");
}

// ATTACK(P1) ATTACK(P2)
TEST(NsmMessages, SurviveEveryCutAndEveryFlippedBit) {
  for (const Kind& kind : kinds()) {
    ASSERT_TRUE(kind.read(kind.good)) << kind.name;
    for (std::size_t size = 0; size < kind.good.size(); ++size) {
      // A copy of its own, so that reading past the end shows.
      const Bytes cut(kind.good.begin(), kind.good.begin() + static_cast<std::ptrdiff_t>(size));
      expect_refused(kind.read(cut));
    }
    for (std::size_t bit = 0; bit < kind.good.size() * 8; ++bit) {
      Bytes flipped = kind.good;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
      if (const auto result = kind.read(flipped); !result) {
        EXPECT_TRUE(result.error().code() == ErrorCode::malformed_input) << result.error().message();
      }
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::nitro
