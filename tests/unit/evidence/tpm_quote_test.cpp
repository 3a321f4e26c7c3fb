// SPDX-License-Identifier: Apache-2.0
#include "evidence/tpm_quote.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "made/snp.hpp"

namespace tenzro::tee {
namespace {

using test::MadeAttest;

void expect_refused(const Bytes& bytes, std::string_view part) {
  const auto attest = azure::parse_tpm_attest(bytes);
  ASSERT_FALSE(attest.has_value()) << part;
  EXPECT_EQ(attest.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(attest.error().message().find(part), std::string::npos) << attest.error().message();
}

TEST(TpmAttest, NamesExtraDataAndDigest) {
  const MadeAttest made;
  const Bytes bytes = made.bytes();
  const auto attest = azure::parse_tpm_attest(bytes).value();
  EXPECT_TRUE(std::ranges::equal(attest.qualified_signer, made.signer));
  EXPECT_TRUE(std::ranges::equal(attest.extra_data, made.extra_data));
  EXPECT_TRUE(std::ranges::equal(attest.pcr_digest, made.digest));
}

TEST(TpmAttest, NamesTheSelectedRegisters) {
  const Bytes all = MadeAttest{}.bytes();
  EXPECT_EQ(azure::parse_tpm_attest(all)->pcr_mask, azure::kAllPcrs);
  const Bytes some = MadeAttest{.select = {0x01, 0x40, 0x80}}.bytes();
  EXPECT_EQ(azure::parse_tpm_attest(some)->pcr_mask, (1U << 0) | (1U << 14) | (1U << 23));
}

TEST(TpmAttest, RejectsEveryTruncationAndAddition) {
  Bytes bytes = MadeAttest{}.bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(azure::parse_tpm_attest(ByteView(bytes).first(size)).has_value()) << size;
  }
  bytes.push_back(0);
  expect_refused(bytes, "unexpected bytes");
  bytes.resize(2000);
  expect_refused(bytes, "at most 1024");
}

TEST(TpmAttest, RejectsWhatIsNoQuoteOverOneBank) {
  Bytes bytes = MadeAttest{}.bytes();
  bytes[3] ^= 1;
  expect_refused(bytes, ".magic");
  bytes = MadeAttest{}.bytes();
  bytes[5] = 0x17;  // a certified key
  expect_refused(bytes, ".type");
  expect_refused(MadeAttest{.selections = 2}.bytes(), ".pcr_selections");
  expect_refused(MadeAttest{.selections = 0}.bytes(), ".pcr_selections");
  expect_refused(MadeAttest{.bank = 0x0004}.bytes(), ".pcr_bank");
  expect_refused(MadeAttest{.select = {0xff, 0xff}}.bytes(), ".pcr_select_size");
  expect_refused(MadeAttest{.digest = Bytes(20)}.bytes(), ".pcr_digest");
}

nlohmann::json document() {
  nlohmann::json pcrs = nlohmann::json::array();
  for (int i = 0; i < 24; ++i) {
    pcrs.push_back(to_hex(Bytes(32, static_cast<std::uint8_t>(i))));
  }
  return {{"message", to_hex(MadeAttest{}.bytes())}, {"signature", to_hex(Bytes(256, 0x5a))}, {"pcrs", pcrs}};
}
Result<azure::TpmQuote> parse(const nlohmann::json& value) {
  const std::string text = value.dump();
  return azure::parse_tpm_quote({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST(TpmQuote, ReadsHexAndArraysOfNumbers) {
  const auto hex = parse(document()).value();
  EXPECT_EQ(hex.message, MadeAttest{}.bytes());
  EXPECT_EQ(hex.signature, Bytes(256, 0x5a));
  EXPECT_EQ(hex.pcrs[23][31], 23);
  nlohmann::json numbers = document();
  numbers["message"] = MadeAttest{}.bytes();
  numbers["signature"] = Bytes(256, 0x5a);
  for (auto& pcr : numbers["pcrs"]) {
    pcr = from_hex(pcr.get<std::string>()).value();
  }
  const auto arrays = parse(numbers).value();
  EXPECT_EQ(arrays.message, hex.message);
  EXPECT_EQ(arrays.signature, hex.signature);
  EXPECT_EQ(arrays.pcrs, hex.pcrs);
}

TEST(TpmQuote, RejectsWhatIsMissingOrHasAnotherSize) {
  for (const char* member : {"message", "signature", "pcrs"}) {
    nlohmann::json value = document();
    value.erase(member);
    EXPECT_FALSE(parse(value).has_value()) << member;
    value[member] = "";
    EXPECT_FALSE(parse(value).has_value()) << member;
    value[member] = nullptr;
    EXPECT_FALSE(parse(value).has_value()) << member;
  }
  nlohmann::json value = document();
  value["pcrs"].erase(0);
  EXPECT_FALSE(parse(value).has_value());
  value = document();
  value["pcrs"].push_back(value["pcrs"][0]);
  EXPECT_FALSE(parse(value).has_value());
  value = document();
  value["pcrs"][3] = "00";
  EXPECT_FALSE(parse(value).has_value());
  value = document();
  value["message"] = nlohmann::json::array({256});
  EXPECT_FALSE(parse(value).has_value());
  value["message"] = std::string(4096, '0');
  EXPECT_FALSE(parse(value).has_value());
}

}  // namespace
}  // namespace tenzro::tee
