// SPDX-License-Identifier: Apache-2.0
// AWS KMS on this machine: signatures, key policies, data keys and answers as AWS documents them, or spoilt.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "online/server.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// One account with some keys. Its members are a test's story: set before the first request, or by change().
class KmsService {
 public:
  static constexpr const char* kKey = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  static constexpr const char* kOtherKey =
      "arn:aws:kms:eu-west-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab";
  static constexpr const char* kHost = "kms.eu-west-1.amazonaws.com";
  static constexpr const char* kKeyId = "AKIDEXAMPLE";
  static constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  static constexpr const char* kToken = "FwoGZXIvYXdzEXAMPLETOKEN+/=";

  /// What was asked, once its signature was found good.
  struct Asked {
    std::string target;
    nlohmann::json body;
    Bytes public_key, nonce;  ///< of the attestation document
  };

  explicit KmsService(std::optional<ServerIdentity> tls = {});

  std::string url() const { return server_.url(); }
  std::uint16_t port() const { return server_.port(); }
  std::size_t requests() const { return server_.requests(); }  ///< whatever came of them
  std::vector<Asked> asked() const;

  /// Changes the story between two requests: change([](KmsService& kms) { kms.token_expired = true; }).
  template <class Change>
  void change(Change how) {
    const std::scoped_lock lock(mutex_);
    how(*this);
  }

  UtcTime now{std::chrono::seconds{1'790'000'000}};  ///< the service's own clock
  std::optional<Bytes> only_pcr0;                    ///< the key policy's condition
  bool token_expired = false;
  std::size_t data_key_size = 32;
  std::size_t blob_size = 184;
  std::optional<Bytes> for_public_key;  ///< SPKI that answers are encrypted to, in place of the document's
  /// Of a good answer, before it is sent.
  std::function<void(nlohmann::json& answer)> alter = [](nlohmann::json&) {};
  /// In place of everything else.
  std::function<void(Connection&)> instead{};

 private:
  struct Kept {
    std::string key_id;
    nlohmann::json context;
    Bytes data_key;
  };
  void answer(Connection& connection);
  /// The refusal of a request that is not signed as AWS wants it; empty when it is.
  std::string wrong_signature(const Connection& connection) const;
  nlohmann::json perform(const Asked& asked);

  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::map<std::string, Kept> kept_;  ///< by base64 of the blob
  std::uint8_t next_ = 1;
  Server server_;  // last: its threads use everything above
};

}  // namespace tenzro::tee::test
