// SPDX-License-Identifier: Apache-2.0
// What AWS KMS answers an enclave that showed its attestation document.
#pragma once
#include <string>

#include "formats/cms.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nitro {

inline constexpr std::size_t kMaxKmsAnswer = std::size_t{64} << 10;
inline constexpr std::size_t kMaxCiphertextBlob = 6144;  ///< what Decrypt takes
inline constexpr std::size_t kMaxKmsKeyId = 2048;

/// An answer to Decrypt, GenerateDataKey, GenerateRandom, GenerateDataKeyPair or DeriveSharedSecret with a Recipient.
/// It says nothing about its sender: whoever sees the attestation document can encrypt any bytes to its public key.
/// What binds it is the connection that it came over, and what the caller compares key_id and its own header with.
struct KmsAnswer {
  cms::EnvelopedData for_recipient;  ///< CiphertextForRecipient
  Bytes ciphertext_blob;             ///< CiphertextBlob or PrivateKeyCiphertextBlob, to be stored; empty: none
  std::string key_id;                ///< KeyId; empty: none
};

/// An object as KMS writes it. Plaintext, PrivateKeyPlaintext and SharedSecret must be absent, null or empty: a secret
/// that left KMS in the clear was not meant for this enclave alone. Other members are ignored. malformed_input and
/// unsupported name the member; no message quotes what stands in it.
/// Source: AWS KMS API reference, Decrypt and GenerateDataKey.
Result<KmsAnswer> parse_kms_answer(ByteView json);

}  // namespace tenzro::tee::nitro
