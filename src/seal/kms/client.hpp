// SPDX-License-Identifier: Apache-2.0
// Data keys of AWS KMS, encrypted by it for an enclave that shows its attestation document.
#pragma once
#include <map>
#include <string>

#include "device/system.hpp"
#include "net/http_client.hpp"
#include "seal/kms/endpoint.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::kms {

inline constexpr std::size_t kDataKeySize = 32;

/// Public, and bound by KMS to each data key: it is decrypted only with the same.
using EncryptionContext = std::map<std::string, std::string>;

struct DataKey {
  SecretBytes key;        ///< 32 bytes
  Bytes ciphertext_blob;  ///< what KMS wants to have to give it again; public
};

/// One key of KMS, asked by one enclave. Each request has a recipient key and an attestation document of its own.
/// Threads: one thread at a time.
///
/// Errors of both requests, besides those of explain_refusal: what the enclave's provider says; not_available in an
/// enclave in debug mode, of which KMS learns nothing; io_failure for an answer that is none, of another KMS key, or
/// that is not for this recipient key.
class Client {
 public:
  /// Sends nothing. enclave: must outlive this. not_available: no credentials. invalid_argument: region, endpoint,
  /// proxy. io_failure, malformed_input: ca_file.
  static Result<Client> make(TeeProvider& enclave, std::shared_ptr<device::System> machine, const std::string& region,
                             std::string key_arn, const SealingNetwork& network);

  Result<DataKey> generate_data_key(const EncryptionContext& context, const device::Waiting& waiting) const;
  Result<SecretBytes> decrypt(ByteView ciphertext_blob, const EncryptionContext& context,
                              const device::Waiting& waiting) const;

 private:
  struct Question;
  Client(TeeProvider& enclave, std::shared_ptr<device::System> machine, std::string region, std::string key_arn,
         std::shared_ptr<const AwsCredentials> credentials, Endpoint endpoint, net::HttpClient http);
  Result<DataKey> ask(const Question& question, const EncryptionContext& context, const device::Waiting& waiting) const;
  Result<Bytes> post(const Question& question, const std::string& body, const device::Waiting& waiting) const;

  TeeProvider* enclave_;
  std::shared_ptr<device::System> machine_;
  std::string region_, key_arn_;
  std::shared_ptr<const AwsCredentials> credentials_;
  Endpoint endpoint_;
  net::HttpClient http_;
};

}  // namespace tenzro::tee::kms
