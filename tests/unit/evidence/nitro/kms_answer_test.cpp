// SPDX-License-Identifier: Apache-2.0
#include "evidence/nitro/kms_answer.hpp"

#include <gtest/gtest.h>

#include "made/cms.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::test {
namespace {

using nitro::parse_kms_answer;

nlohmann::ordered_json answer() {
  return {{"CiphertextBlob", to_base64(Bytes(184, 0x01))},
          {"CiphertextForRecipient", to_base64(MadeCms().bytes())},
          {"KeyId", "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
          {"KeyMaterialId", "later"}};
}
Result<nitro::KmsAnswer> parsed(const nlohmann::ordered_json& json) { return parse_kms_answer(view(json.dump())); }

void expect_refused(const nlohmann::ordered_json& json, std::string_view words,
                    ErrorCode code = ErrorCode::malformed_input) {
  const auto result = parsed(json);
  ASSERT_FALSE(result) << words;
  EXPECT_EQ(result.error().code(), code);
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

TEST(KmsAnswer, ReadsAnAnswerToGenerateDataKey) {
  const auto result = parsed(answer());
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(result->for_recipient.ciphertext, MadeCms().ciphertext);
  EXPECT_EQ(result->ciphertext_blob, Bytes(184, 0x01));
  EXPECT_TRUE(result->key_id.ends_with("1234567890ab"));
}

// Base64 of its length could hold two bytes more than an envelope may have.
TEST(KmsAnswer, HasAnEnvelopeOfAtMostItsLength) {
  nlohmann::ordered_json json = answer();
  json["CiphertextForRecipient"] = to_base64(Bytes(cms::kMaxEnvelope + 1, 0x30));
  expect_refused(json, "CiphertextForRecipient: expected base64 of a byte or more");
}

TEST(KmsAnswer, NeedsNothingButWhatIsForUs) {
  nlohmann::ordered_json json = {{"CiphertextForRecipient", answer()["CiphertextForRecipient"]}};
  auto result = parsed(json);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_TRUE(result->ciphertext_blob.empty() && result->key_id.empty());
  json["PrivateKeyCiphertextBlob"] = to_base64(Bytes{7});
  result = parsed(json);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->ciphertext_blob, Bytes{7});
  json["CiphertextBlob"] = to_base64(Bytes{8});
  expect_refused(json, "PrivateKeyCiphertextBlob");
}

TEST(KmsAnswer, RefusesSecretsInTheClear) {
  for (const char* name : {"Plaintext", "PrivateKeyPlaintext", "SharedSecret"}) {
    nlohmann::ordered_json json = answer();
    for (const nlohmann::ordered_json& nothing : {nlohmann::ordered_json(), nlohmann::ordered_json("")}) {
      json[name] = nothing;
      EXPECT_TRUE(parsed(json)) << name;
    }
    for (const nlohmann::ordered_json& something :
         {nlohmann::ordered_json("c2VjcmV0"), nlohmann::ordered_json(0), nlohmann::ordered_json(false),
          nlohmann::ordered_json::array(), nlohmann::ordered_json::object()}) {
      json[name] = something;
      expect_refused(json, name);
      EXPECT_EQ(parsed(json).error().message().find("c2VjcmV0"), std::string::npos) << "secrets are not quoted";
    }
  }
}

TEST(KmsAnswer, RefusesWhatIsMissingOrOfAnotherType) {
  for (const nlohmann::ordered_json& wrong :
       {nlohmann::ordered_json(), nlohmann::ordered_json(""), nlohmann::ordered_json("!"), nlohmann::ordered_json(1),
        nlohmann::ordered_json("AAAA\n"), nlohmann::ordered_json("AA")}) {
    for (const char* name : {"CiphertextForRecipient", "CiphertextBlob"}) {
      nlohmann::ordered_json json = answer();
      json[name] = wrong;
      expect_refused(json, name);
    }
  }
  nlohmann::ordered_json json = answer();
  json.erase("CiphertextForRecipient");
  expect_refused(json, "CiphertextForRecipient");
  json = answer();
  json["CiphertextBlob"] = to_base64(Bytes(nitro::kMaxCiphertextBlob + 1));
  expect_refused(json, "CiphertextBlob");
  for (const nlohmann::ordered_json& wrong : {nlohmann::ordered_json(""), nlohmann::ordered_json(1),
                                              nlohmann::ordered_json(std::string(nitro::kMaxKmsKeyId + 1, 'k'))}) {
    json = answer();
    json["KeyId"] = wrong;
    expect_refused(json, "KeyId");
  }
  expect_refused({{"__type", "AccessDeniedException"}}, "CiphertextForRecipient");
}

TEST(KmsAnswer, NamesWhatIsWrongInTheEnvelope) {
  MadeCms made;
  made.iv.resize(12);
  nlohmann::ordered_json json = answer();
  json["CiphertextForRecipient"] = to_base64(made.bytes());
  expect_refused(json, "CiphertextForRecipient: enveloped data.iv");
  made = {};
  made.oaep_hash.clear();
  json["CiphertextForRecipient"] = to_base64(made.bytes());
  expect_refused(json, "CiphertextForRecipient: enveloped data.oaep_hash", ErrorCode::unsupported);
}

TEST(KmsAnswer, IsStrictJson) {
  const std::string text = answer().dump();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_kms_answer(view(text.substr(0, size)))) << size;
  }
  EXPECT_TRUE(parse_kms_answer(view(text + "\n")));
  EXPECT_FALSE(parse_kms_answer(view(text + "x")));
  EXPECT_FALSE(parse_kms_answer(view("[]")));
  std::string twice = text;
  twice.insert(1, "\"KeyId\":\"another\",");
  EXPECT_FALSE(parse_kms_answer(view(twice)));
  EXPECT_FALSE(parse_kms_answer(view(text + std::string(nitro::kMaxKmsAnswer, ' '))));
}

}  // namespace
}  // namespace tenzro::tee::test
