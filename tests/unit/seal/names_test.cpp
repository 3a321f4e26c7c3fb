// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tenzro/tee/seal.hpp"

namespace tenzro::tee {
namespace {

template <class T>
void expect_refused(const Result<T>& result, std::string_view words) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

TEST(SealKeyId, IsMadeOfPlainCharacters) {
  const std::string all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-";
  for (const std::string& id : {all, std::string("a"), std::string("model-key-1.2"), std::string(128, 'x')}) {
    const auto parsed = SealKeyId::parse(id);
    ASSERT_TRUE(parsed) << id;
    EXPECT_EQ(parsed->str(), id);
  }
  for (int c = 0; c < 256; ++c) {
    const std::string id(1, static_cast<char>(c));
    EXPECT_EQ(SealKeyId::parse(id).has_value(), all.contains(id)) << c;
    if (!all.contains(id)) {
      EXPECT_FALSE(SealKeyId::parse("a" + id + "b")) << c;
    }
  }
}

TEST(SealKeyId, Has1To128Characters) {
  expect_refused(SealKeyId::parse(""), "expected 1 to 128");
  expect_refused(SealKeyId::parse(std::string(129, 'x')), "expected 1 to 128");
  expect_refused(SealKeyId::parse("a\nb"), R"("a\x0ab")");
}

TEST(SealingSource, IsReadAsItIsWritten) {
  for (const auto& [source, name] :
       std::vector<std::pair<SealingSource, std::string_view>>{{SealingSource::automatic, "auto"},
                                                               {SealingSource::snp, "snp"},
                                                               {SealingSource::tpm, "tpm"},
                                                               {SealingSource::kms, "kms"},
                                                               {SealingSource::kbs, "kbs"},
                                                               {SealingSource::simulated, "simulated"}}) {
    EXPECT_EQ(to_string(source), name);
    EXPECT_EQ(parse_sealing_source(name).value(), source);
  }
  EXPECT_EQ(SealingSource{}, SealingSource::automatic);
  EXPECT_EQ(to_string(static_cast<SealingSource>(77)), "unknown");
  for (const char* name : {"", "unknown", "SNP", "snp ", "automatic", "sim"}) {
    expect_refused(parse_sealing_source(name), "there are auto, snp, tpm, kms, kbs, simulated");
  }
}

TEST(SealScope, IsReadAsItIsWritten) {
  for (const auto& [scope, name] : std::vector<std::pair<SealScope, std::string_view>>{
           {SealScope::measurement, "measurement"}, {SealScope::signer, "signer"}}) {
    EXPECT_EQ(to_string(scope), name);
    EXPECT_EQ(parse_seal_scope(name).value(), scope);
  }
  for (const char* name : {"", "Measurement", "signers", "none"}) {
    expect_refused(parse_seal_scope(name), "there are measurement and signer");
  }
}

}  // namespace
}  // namespace tenzro::tee
