// SPDX-License-Identifier: Apache-2.0
// Small messages: nonce(12) || ciphertext || tag(16), with everything else bound through key derivation and associated
// data.
#pragma once
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "crypto/aead.hpp"
#include "tenzro/tee/sealing_root.hpp"

namespace tenzro::tee::seal_format {

/// For whom: what is sealed in one domain neither opens nor can be forged in the other.
enum class Domain : std::uint8_t { small, rpc };

inline constexpr std::string_view kUnsealFailed =
    "unseal failed: these bytes, this key id and this associated data do not belong together under this machine's key";
/// The one error for everything that does not authenticate.
Error unseal_failed();

/// malformed_input: nothing that was sealed has this many bytes.
Result<void> check_sealed_size(std::size_t size);

/// The key of one root, vendor tag and key id.
/// Threads: const members may be called from several threads at once.
class SmallKey {
 public:
  static Result<SmallKey> derive(const SealingRoot& root, std::string_view key_id, Domain domain = Domain::small);

  /// out: plaintext.size() + 28 bytes. invalid_argument: sizes.
  Result<void> seal(ByteView plaintext, ByteView associated_data, std::span<std::uint8_t> out) const;
  /// Under a nonce of the caller's: known answers.
  Result<void> seal_with_nonce(ByteView nonce, ByteView plaintext, ByteView associated_data,
                               std::span<std::uint8_t> out) const;
  Result<SecretBytes> unseal(ByteView sealed, ByteView associated_data) const;

 private:
  /// Contexts that nobody uses at the moment: their making costs as much as a small message.
  struct Pool {
    std::mutex mutex;
    std::vector<crypto::AeadContext> sealing, opening;
  };
  SmallKey(SecretBytes key, Bytes prefix);
  SecretBytes key_;
  Bytes prefix_;  ///< of the associated data
  std::unique_ptr<Pool> pool_;
};

}  // namespace tenzro::tee::seal_format
