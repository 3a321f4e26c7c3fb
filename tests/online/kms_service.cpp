// SPDX-License-Identifier: Apache-2.0
#include "online/kms_service.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "crypto/openssl_handles.hpp"
#include "evidence/nitro/document.hpp"
#include "made/cms.hpp"

namespace tenzro::tee::test {

namespace {

/// Thrown for a request that KMS refuses: status line, then name and message.
struct Refusal {
  std::string name, message, status = "400 Bad Request";
};

// Signatures once more, with nothing of ours: straight from AWS's description.

std::string lower_hex(const unsigned char* data, std::size_t size) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += kDigits[data[i] >> 4U];
    out += kDigits[data[i] & 15U];
  }
  return out;
}
std::string sha256_hex(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
  return lower_hex(out.data(), out.size());
}
std::string hmac(const std::string& key, const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), out.data(), &size);
  return std::string(reinterpret_cast<const char*>(out.data()), size);
}

std::map<std::string, std::string> header_lines(const std::string& head) {
  std::map<std::string, std::string> out;
  std::size_t at = head.find("\r\n");
  while (at != std::string::npos) {
    const std::size_t begin = at + 2;
    at = head.find("\r\n", begin);
    const std::string line = head.substr(begin, at == std::string::npos ? at : at - begin);
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) {
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      EXPECT_FALSE(out.contains(name)) << "twice: " << name;
      out[name] = line.substr(colon + 2);
    }
  }
  return out;
}
std::string between(const std::string& text, const std::string& before, char end) {
  const std::size_t at = text.find(before);
  if (at == std::string::npos) {
    return {};
  }
  const std::size_t begin = at + before.size();
  return text.substr(begin, text.find(end, begin) - begin);
}

Bytes random_bytes(std::size_t size, std::uint8_t seed) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>(seed * 37U + i * 11U + 5U);
  }
  return out;
}

Bytes encrypted_to(const Bytes& spki, const Bytes& secret) {
  const unsigned char* at = spki.data();
  const crypto::PkeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  if (key == nullptr || EVP_PKEY_get_bits(key.get()) < 2048) {
    throw Refusal{"ValidationException", "the public key of the attestation document is no RSA key"};
  }
  const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  Bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())));
  std::size_t size = out.size();
  EXPECT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()), 1);
  EXPECT_EQ(EVP_PKEY_encrypt(context.get(), out.data(), &size, secret.data(), secret.size()), 1);
  return out;
}

/// CiphertextForRecipient: BER with indefinite lengths, the content in pieces.
Bytes enveloped(const Bytes& spki, const Bytes& content) {
  const Bytes key = random_bytes(32, 77);
  MadeCms made;
  made.iv = random_bytes(16, 78);
  made.encrypted_key = encrypted_to(spki, key);
  made.ciphertext.assign(content.size() + 16, 0);
  const crypto::CipherCtxPtr context(EVP_CIPHER_CTX_new());
  int written = 0;
  int last = 0;
  EXPECT_EQ(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_cbc(), key.data(), made.iv.data(), nullptr), 1);
  EXPECT_EQ(EVP_EncryptUpdate(context.get(), made.ciphertext.data(), &written, content.data(),
                              static_cast<int>(content.size())),
            1);
  EXPECT_EQ(EVP_EncryptFinal_ex(context.get(), made.ciphertext.data() + written, &last), 1);
  made.ciphertext.resize(static_cast<std::size_t>(written + last));
  return made.bytes();
}

}  // namespace

KmsService::KmsService(std::optional<ServerIdentity> tls)
    : server_([this](Connection& connection, const std::string&) { answer(connection); }, std::move(tls)) {}

std::vector<KmsService::Asked> KmsService::asked() const {
  const std::scoped_lock lock(mutex_);
  return asked_;
}

std::string KmsService::wrong_signature(const Connection& connection) const {
  auto headers = header_lines(connection.head);
  const std::string authorization = headers["authorization"];
  if (!authorization.starts_with("AWS4-HMAC-SHA256 Credential=")) {
    return "MissingAuthenticationTokenException";
  }
  const std::string credential = between(authorization, "Credential=", ',');
  const std::string scope = credential.substr(std::min(credential.find('/') + 1, credential.size()));
  const std::string names = between(authorization, "SignedHeaders=", ',');
  const std::string signature = authorization.substr(authorization.find("Signature=") + 10);
  const std::string date = headers["x-amz-date"];
  if (credential.substr(0, credential.find('/')) != kKeyId) {
    return "UnrecognizedClientException";
  }
  if (headers["x-amz-security-token"] != kToken || token_expired) {
    return "ExpiredTokenException";
  }
  if (scope != date.substr(0, 8) + "/eu-west-1/kms/aws4_request" || headers["host"] != kHost ||
      names != "content-type;host;x-amz-date;x-amz-security-token;x-amz-target") {
    return "IncompleteSignatureException";
  }
  const std::string text = date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6, 5) + ":" +
                           date.substr(11, 2) + ":" + date.substr(13);
  const auto time = from_rfc3339(text);
  if (!time || std::chrono::abs(*time - now) > std::chrono::minutes{5}) {
    return "InvalidSignatureException";
  }
  std::string canonical = "POST\n/\n\n";
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(';', at), names.size());
    const std::string name = names.substr(at, end - at);
    canonical.append(name).append(":").append(headers[name]).append("\n");
    at = end + 1;
  }
  canonical += "\n" + names + "\n" + sha256_hex(connection.body);
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + sha256_hex(canonical);
  const std::string key =
      hmac(hmac(hmac(hmac(std::string("AWS4") + kSecret, date.substr(0, 8)), "eu-west-1"), "kms"), "aws4_request");
  const std::string mac = hmac(key, to_sign);
  const std::string good = lower_hex(reinterpret_cast<const unsigned char*>(mac.data()), mac.size());
  return signature == good ? "" : "InvalidSignatureException";
}

nlohmann::json KmsService::perform(const Asked& asked) {
  const nlohmann::json& body = asked.body;
  const std::string key_id = body.at("KeyId");
  if (key_id != kKey && key_id != kOtherKey) {
    throw Refusal{"NotFoundException", "Key '" + key_id + "' does not exist"};
  }
  if (asked.target == "TrentService.GenerateDataKey") {
    EXPECT_EQ(body.at("KeySpec"), "AES_256");
    EXPECT_EQ(body.size(), 4U) << body;
    const std::uint8_t seed = next_++;
    const std::string blob = to_base64(random_bytes(blob_size, seed));
    const Bytes data_key = random_bytes(data_key_size, static_cast<std::uint8_t>(seed + 100));
    kept_[blob] = {.key_id = key_id, .context = body.at("EncryptionContext"), .data_key = data_key};
    return {{"CiphertextBlob", blob},
            {"CiphertextForRecipient", to_base64(enveloped(for_public_key.value_or(asked.public_key), data_key))},
            {"KeyId", key_id},
            {"KeyMaterialId", "0123"},
            {"Plaintext", ""}};
  }
  if (asked.target != "TrentService.Decrypt") {
    throw Refusal{"UnsupportedOperationException", asked.target};
  }
  EXPECT_EQ(body.at("EncryptionAlgorithm"), "SYMMETRIC_DEFAULT");
  EXPECT_EQ(body.size(), 5U) << body;
  const auto kept = kept_.find(body.at("CiphertextBlob").get<std::string>());
  if (kept == kept_.end() || kept->second.context != body.at("EncryptionContext")) {
    throw Refusal{"InvalidCiphertextException", ""};
  }
  if (kept->second.key_id != key_id) {
    throw Refusal{"IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this"};
  }
  return {{"CiphertextForRecipient",
           to_base64(enveloped(for_public_key.value_or(asked.public_key), kept->second.data_key))},
          {"EncryptionAlgorithm", "SYMMETRIC_DEFAULT"},
          {"KeyId", key_id},
          {"Plaintext", nullptr}};
}

void KmsService::answer(Connection& connection) {
  std::function<void(Connection&)> spoilt;
  {
    const std::scoped_lock lock(mutex_);
    spoilt = instead;
  }
  if (spoilt) {
    spoilt(connection);
    return;
  }
  constexpr const char* kType = "Content-Type: application/x-amz-json-1.1\r\n";
  try {
    const std::scoped_lock lock(mutex_);
    const std::string name = wrong_signature(connection);
    if (!name.empty()) {
      // As AWS does: with the text that should have been signed, token included.
      throw Refusal{name, std::string("The Canonical String should have been x-amz-security-token:") + kToken};
    }
    auto headers = header_lines(connection.head);
    EXPECT_EQ(connection.method, "POST");
    EXPECT_EQ(headers["content-type"], "application/x-amz-json-1.1");
    Asked asked{.target = headers["x-amz-target"],
                .body = nlohmann::json::parse(connection.body),
                .public_key = {},
                .nonce = {}};
    const nlohmann::json& recipient = asked.body.at("Recipient");
    EXPECT_EQ(recipient.at("KeyEncryptionAlgorithm"), "RSAES_OAEP_SHA_256");
    const Bytes evidence = from_base64(recipient.at("AttestationDocument").get<std::string>()).value();
    const nitro::Document document = nitro::parse_document(evidence).value();
    asked.public_key.assign(document.public_key.value().begin(), document.public_key.value().end());
    asked.nonce.assign(document.nonce.value().begin(), document.nonce.value().end());
    asked_.push_back(asked);
    if (only_pcr0 && !std::ranges::equal(document.pcrs[0].value(), *only_pcr0)) {
      throw Refusal{"AccessDeniedException",
                    "User: arn:aws:sts::111122223333:assumed-role/enclave/i-0 is not authorized"};
    }
    nlohmann::json body = perform(asked);
    alter(body);
    connection.send(http_answer(body.dump(), kType));
  } catch (const Refusal& refusal) {
    nlohmann::json body = {{"__type", refusal.name}};
    if (!refusal.message.empty()) {
      body[refusal.name == "AccessDeniedException" ? "Message" : "message"] = refusal.message;
    }
    connection.send(http_answer(body.dump(), kType, refusal.status));
  }
}

}  // namespace tenzro::tee::test
