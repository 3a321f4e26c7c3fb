// SPDX-License-Identifier: Apache-2.0
#include "evidence/nitro/document.hpp"

#include <gtest/gtest.h>

#include "made/document.hpp"
#include "unit/evidence/counted_new.hpp"

namespace tenzro::tee::nitro {
namespace {

using test::cbor_array;
using test::cbor_bytes;
using test::cbor_head;
using test::cbor_map;
using test::cbor_null;
using test::cbor_text;
using test::cbor_unsigned;
using test::joined;
using test::MadeDocument;

/// Why it is refused; empty when it is not.
std::string problem(const MadeDocument& made, ErrorCode code = ErrorCode::malformed_input) {
  const Bytes bytes = made.bytes();
  const auto parsed = parse_document(bytes);
  if (parsed) {
    return {};
  }
  EXPECT_EQ(parsed.error().code(), code) << parsed.error().message();
  return parsed.error().message();
}
std::string problem_with(std::string_view field, const Bytes& value, ErrorCode code = ErrorCode::malformed_input) {
  return problem(MadeDocument().set(field, value), code);
}
bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(NitroDocument, RefusesAMissingField) {
  for (const std::string_view field : {"module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"}) {
    EXPECT_EQ(problem(MadeDocument().without(field)), "document." + std::string(field) + ": is missing");
  }
}

// ATTACK(N8)
TEST(NitroDocument, RefusesAFieldThatStandsTwice) {
  for (const auto& [name, value] : MadeDocument::enclave_fields()) {
    for (const bool indefinite : {false, true}) {
      MadeDocument made;
      made.indefinite = indefinite;
      made.fields.emplace_back(name, value);
      EXPECT_TRUE(contains(problem(made), "twice"));
    }
  }
  MadeDocument made;
  made.set("new_field", cbor_unsigned(1));
  made.fields.emplace_back(cbor_text("new_field"), cbor_unsigned(2));
  EXPECT_TRUE(contains(problem(made), "twice")) << "nor one that nobody knows";
  made = {};
  made.fields.emplace_back(joined({cbor_head(3, 5, 2), {'n', 'o', 'n', 'c', 'e'}}), cbor_bytes({1}));
  EXPECT_TRUE(contains(problem(made), "twice")) << "however its name is spelled";
}

// ATTACK(N8)
TEST(NitroDocument, RefusesAPcrThatStandsTwice) {
  for (const Bytes& again : {cbor_unsigned(0), cbor_head(0, 0, 1), cbor_head(0, 0, 8)}) {
    auto pcrs = MadeDocument::pcrs_of(16);
    pcrs.emplace_back(again, cbor_bytes(Bytes(48, 0xee)));
    EXPECT_TRUE(contains(problem_with("pcrs", cbor_map(pcrs)), "index 0 stands in the map twice"));
    EXPECT_TRUE(contains(problem_with("pcrs", cbor_map(pcrs, true)), "index 0 stands in the map twice"));
  }
}

// ATTACK(N6)
TEST(NitroDocument, RefusesPcrsThatAreNone) {
  for (const std::size_t size : {0U, 20U, 32U, 47U, 49U, 64U}) {
    EXPECT_TRUE(contains(problem_with("pcrs", cbor_map({{cbor_unsigned(0), cbor_bytes(Bytes(size))}})), "expected 48"));
  }
  EXPECT_TRUE(contains(problem_with("pcrs", cbor_map({})), "is empty"));
  EXPECT_TRUE(contains(problem_with("pcrs", {0xbf, 0xff}), "is empty"));
  for (const std::uint64_t index : {std::uint64_t{32}, std::uint64_t{255}, ~std::uint64_t{0}}) {
    const Bytes pcrs = cbor_map({{cbor_unsigned(index), cbor_bytes(Bytes(48))}});
    EXPECT_TRUE(contains(problem_with("pcrs", pcrs), "0 to 31 are possible"));
  }
  for (const Bytes& key : {cbor_text("0"), cbor_head(1, 0), cbor_bytes({0}), cbor_null()}) {
    EXPECT_NE(problem_with("pcrs", cbor_map({{key, cbor_bytes(Bytes(48))}})), "");
  }
  EXPECT_NE(problem_with("pcrs", cbor_array({cbor_bytes(Bytes(48))})), "");
  EXPECT_EQ(problem_with("pcrs", cbor_map(MadeDocument::pcrs_of(32))), "");
  EXPECT_EQ(problem_with("pcrs", cbor_map(MadeDocument::pcrs_of(1))), "");
}

// ATTACK(N11)
TEST(NitroDocument, TellsItsKindByTheNameOfItsPcrs) {
  EXPECT_EQ(parse_document(MadeDocument().bytes()).value().kind, Kind::enclave);
  MadeDocument tpm;
  tpm.without("pcrs").set("nitrotpm_pcrs", cbor_map(MadeDocument::pcrs_of(24)));
  EXPECT_EQ(parse_document(tpm.bytes()).value().kind, Kind::nitro_tpm);
  tpm.set("pcrs", cbor_map(MadeDocument::pcrs_of(16)));
  EXPECT_TRUE(contains(problem(tpm), "neither kind"));
  std::ranges::reverse(tpm.fields);
  EXPECT_TRUE(contains(problem(tpm), "neither kind"));
}

TEST(NitroDocument, KeepsTheLimitsOfGenuineDocuments) {
  for (const std::string_view field : {"public_key", "user_data", "nonce"}) {
    EXPECT_EQ(problem_with(field, cbor_bytes(Bytes(1024, 1))), "") << "as a real one has";
    EXPECT_TRUE(contains(problem_with(field, cbor_bytes(Bytes(1025, 1))), "1025 bytes"));
    EXPECT_EQ(problem_with(field, cbor_bytes({})).empty(), field != "public_key") << field;
    EXPECT_NE(problem_with(field, cbor_text("abc")), "");
    EXPECT_NE(problem_with(field, cbor_unsigned(1)), "");
    EXPECT_NE(problem_with(field, {0xf4}), "");
    EXPECT_NE(problem_with(field, {0x5f, 0x41, 0x00, 0xff}), "") << "a string in chunks";
    EXPECT_EQ(problem(MadeDocument().without(field)), "");
  }
  EXPECT_NE(problem_with("certificate", cbor_bytes({})), "");
  EXPECT_EQ(problem_with("certificate", cbor_bytes(Bytes(1024, 1))), "");
  EXPECT_NE(problem_with("certificate", cbor_bytes(Bytes(1025, 1))), "");
  EXPECT_NE(problem_with("certificate", cbor_null()), "");
  EXPECT_NE(problem_with("cabundle", cbor_array({})), "");
  EXPECT_NE(problem_with("cabundle", cbor_bytes({1})), "");
  EXPECT_NE(problem_with("cabundle", cbor_array({cbor_bytes({})})), "");
  EXPECT_NE(problem_with("cabundle", cbor_array({cbor_bytes(Bytes(1025, 1))})), "");
  EXPECT_EQ(problem_with("cabundle", cbor_array(std::vector(8, cbor_bytes({1})))), "");
  EXPECT_NE(problem_with("cabundle", cbor_array(std::vector(9, cbor_bytes({1})))), "");
  EXPECT_NE(problem_with("module_id", cbor_text("")), "");
  EXPECT_EQ(problem_with("module_id", cbor_text(std::string(256, 'm'))), "");
  EXPECT_NE(problem_with("module_id", cbor_text(std::string(257, 'm'))), "");
  EXPECT_NE(problem_with("module_id", cbor_bytes({0x69})), "");
}

TEST(NitroDocument, RefusesOtherDigests) {
  for (const std::string_view digest : {"", "SHA256", "sha384", "SHA384 ", "SHA512"}) {
    EXPECT_NE(problem_with("digest", cbor_text(digest), ErrorCode::unsupported), "") << digest;
  }
  EXPECT_NE(problem_with("digest", cbor_bytes({'S', 'H', 'A', '3', '8', '4'})), "");
}

TEST(NitroDocument, RefusesTimesThatAreNone) {
  for (const Bytes& time :
       {cbor_unsigned(0), cbor_unsigned(253'402'300'800'000), cbor_unsigned(~std::uint64_t{0}), cbor_head(1, 5),
        cbor_text("2025"), cbor_null(), *from_hex("fb4279b4d8f6a5a000"), *from_hex("c11a694cfc39")}) {
    EXPECT_NE(problem_with("timestamp", time), "") << to_hex(time);
  }
  EXPECT_EQ(problem_with("timestamp", cbor_unsigned(253'402'300'799'999)), "");
  EXPECT_EQ(problem_with("timestamp", cbor_head(0, 1'766'668'537'578, 8)), "");
}

TEST(NitroDocument, SkipsFieldsThatNobodyKnowsAndCountsThem) {
  MadeDocument made;
  made.set("later", cbor_map({{cbor_text("a"), cbor_array({cbor_null(), {0xf5}})}}, true));
  made.set("even_later", cbor_unsigned(7));
  EXPECT_EQ(parse_document(made.bytes()).value().unknown_fields, 2U);
  EXPECT_NE(problem(MadeDocument().set("later", {0xfb, 0, 0, 0, 0, 0, 0, 0, 0})), "") << "but by the same rules";
  EXPECT_NE(problem(MadeDocument().set("later", *from_hex("a200010002"))), "");
  Bytes deep(9, 0x81);
  deep.push_back(0x00);
  EXPECT_TRUE(contains(problem(MadeDocument().set("later", deep)), "inside each other"));
  MadeDocument named_by_number;
  named_by_number.fields.emplace_back(cbor_unsigned(1), cbor_unsigned(1));
  EXPECT_NE(problem(named_by_number), "");
}

// ATTACK(N8)
TEST(NitroDocument, RefusesAnyTruncationAndAnythingAfterIt) {
  for (const bool indefinite : {false, true}) {
    MadeDocument made;
    made.indefinite = indefinite;
    const Bytes whole = made.bytes();
    ASSERT_TRUE(parse_document(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_FALSE(parse_document(ByteView(whole).first(size))) << size;
    }
    EXPECT_FALSE(parse_document(joined({whole, {0x00}})));
    const Bytes payload = made.payload();
    for (std::size_t size = 1; size < payload.size(); ++size) {
      test::MadeSign1 cut;
      cut.payload = cbor_bytes(Bytes(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size)));
      EXPECT_FALSE(parse_document(cut.bytes())) << size;
    }
    test::MadeSign1 longer;
    longer.payload = cbor_bytes(joined({payload, {0xf6}}));
    EXPECT_FALSE(parse_document(longer.bytes()));
  }
  const auto too_long = parse_document(Bytes(kMaxDocumentSize + 1, 0x84));
  ASSERT_FALSE(too_long);
  EXPECT_NE(too_long.error().message().find("has 20481 bytes, at most 20480 are possible"), std::string::npos)
      << "before any of it is read";
}

TEST(NitroDocument, GivesViewsIntoTheInput) {
  MadeDocument made;
  made.set("user_data", cbor_bytes({0xaa, 0xbb})).set("nonce", cbor_bytes({})).without("public_key");
  const Bytes bytes = made.bytes();
  const Document document = parse_document(bytes).value();
  EXPECT_EQ(document.module_id, "i-0123456789abcdef0-enc0123456789abcdef");
  EXPECT_EQ(document.digest, "SHA384");
  EXPECT_EQ(document.timestamp_ms, 1'766'668'537'578U);
  ASSERT_TRUE(document.pcrs[3]);
  EXPECT_EQ(to_hex(*document.pcrs[3]), to_hex(Bytes(48, 0x14)));
  EXPECT_FALSE(document.pcrs[16]);
  EXPECT_EQ(to_hex(document.certificate), "010203");
  ASSERT_EQ(document.cabundle().size(), 2U);
  EXPECT_EQ(to_hex(document.cabundle()[0]), "04");
  EXPECT_EQ(to_hex(document.cabundle()[1]), "0506");
  EXPECT_FALSE(document.public_key);
  EXPECT_EQ(to_hex(document.user_data.value()), "aabb");
  ASSERT_TRUE(document.nonce) << "empty is not absent";
  EXPECT_TRUE(document.nonce->empty());
}

TEST(NitroDocument, TakesMapsAndArraysOfBothForms) {
  MadeDocument made;
  made.set("pcrs", cbor_map(MadeDocument::pcrs_of(3), true));
  made.set("cabundle", cbor_array({cbor_bytes({1}), cbor_bytes({2})}, true));
  for (const bool indefinite : {false, true}) {
    made.indefinite = indefinite;
    EXPECT_EQ(problem(made), "");
  }
  std::ranges::reverse(made.fields);
  EXPECT_EQ(problem(made), "") << "in any order";
}

// ATTACK(N5)
TEST(NitroDocument, KnowsDebugModeByPcrsThatMeasureNothing) {
  const auto debug = [](const test::CborPairs& pcrs) {
    const Bytes bytes = MadeDocument().set("pcrs", cbor_map(pcrs)).bytes();
    return is_debug(parse_document(bytes).value());
  };
  auto pcrs = MadeDocument::pcrs_of(16);
  EXPECT_FALSE(debug(pcrs));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(debug(pcrs)) << i;
    pcrs[i].second = cbor_bytes(Bytes(48));
  }
  EXPECT_TRUE(debug(pcrs));
  pcrs.erase(pcrs.begin(), pcrs.begin() + 3);
  EXPECT_TRUE(debug(pcrs)) << "absent ones measure nothing either";
}

TEST(NitroDocument, AllocatesNothingOnSuccess) {
  for (const bool indefinite : {false, true}) {
    MadeDocument made;
    made.indefinite = indefinite;
    made.set("later", cbor_map({{cbor_text("a"), cbor_array({cbor_null()})}}));
    const Bytes bytes = made.bytes();
    const std::size_t before = test::allocation_count();
    const bool good = looks_like_document(bytes) && parse_document(bytes).has_value();
    const std::size_t after = test::allocation_count();
    EXPECT_TRUE(good);
    EXPECT_EQ(after, before);
  }
}

}  // namespace
}  // namespace tenzro::tee::nitro
