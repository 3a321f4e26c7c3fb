// SPDX-License-Identifier: Apache-2.0
// Answers of AWS KMS: the JSON, and the envelope in it (which is tried on the input itself too).
#include "evidence/nitro/kms_answer.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void check_envelope(const cms::EnvelopedData& envelope) {
  require(!envelope.subject_key_id.empty() && envelope.subject_key_id.size() <= cms::kMaxKeyId, "a key is named");
  require(!envelope.encrypted_key.empty() && envelope.encrypted_key.size() <= cms::kMaxEncryptedKey,
          "a key has 1 to 512 bytes");
  require(!envelope.ciphertext.empty() && envelope.ciphertext.size() <= cms::kMaxCiphertext &&
              envelope.ciphertext.size() % 16 == 0,
          "content comes in whole blocks");
}

void run(ByteView input) {
  const auto envelope = cms::parse_enveloped_data(input);
  if (agree(envelope, cms::parse_enveloped_data(input))) {
    check_envelope(*envelope);
    require(envelope->ciphertext.size() + envelope->encrypted_key.size() + envelope->iv.size() < input.size(),
            "all of it stood in the input");
    for (const std::size_t size : {input.size() - 1, input.size() / 2}) {
      require(!cms::parse_enveloped_data(input.first(size)).has_value(), "no part of an envelope is one");
    }
  }
  const auto answer = nitro::parse_kms_answer(input);
  if (agree(answer, nitro::parse_kms_answer(input))) {
    check_envelope(answer->for_recipient);
    require(answer->ciphertext_blob.size() <= nitro::kMaxCiphertextBlob && answer->key_id.size() <= nitro::kMaxKmsKeyId,
            "what is kept is bounded");
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
