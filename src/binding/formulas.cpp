// SPDX-License-Identifier: Apache-2.0
#include "binding/formulas.hpp"

#include <algorithm>
#include <limits>

#include "binding/big_endian.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"

namespace tenzro::tee::binding {

Result<ByteArray<64>> rpc_report_data(ByteView data) {
  if (data.empty() || data.size() > std::numeric_limits<std::uint32_t>::max()) {
    return Error(ErrorCode::invalid_argument,
                 concat("attestation data: ", data.size(), " bytes, expected at least 1 and fewer than 2^32"));
  }
  static constexpr auto kLabel = pad32("tenzro-rpc-rd-v1");
  return crypto::sha512({kLabel, big_endian(static_cast<std::uint32_t>(data.size())), data});
}

ByteArray<32> key_mode_slot(std::uint64_t issued, std::uint64_t not_after) {
  static constexpr auto kLabel = pad32("tenzro-atls-key-v1");
  return crypto::sha256({kLabel, big_endian(issued), big_endian(not_after)});
}

ByteArray<32> nvidia_nonce(std::span<const std::uint8_t, 64> user_data_64) { return crypto::sha256(user_data_64); }

ByteArray<32> composite_gpu_nonce(std::span<const std::uint8_t, 64> bound_to, std::span<const std::uint8_t, 32> seed) {
  static constexpr auto kLabel = pad32("tenzro-gpu-v1");
  return crypto::sha256({kLabel, bound_to, seed});
}

ByteArray<32> session_gpu_nonce(std::span<const std::uint8_t, 32> spki_hash,
                                std::span<const std::uint8_t, 32> session_root,
                                std::span<const std::uint8_t, 32> seed) {
  ByteArray<64> bound_to{};
  std::ranges::copy(spki_hash, bound_to.begin());
  std::ranges::copy(session_root, bound_to.begin() + 32);
  return composite_gpu_nonce(bound_to, seed);
}

ByteArray<64> composite_report_data(std::span<const std::uint8_t, 64> user_data_64, ByteView device_section) {
  static constexpr auto kLabel = pad32("tenzro-composite-v1");
  return crypto::sha512({kLabel, user_data_64, crypto::sha256(device_section)});
}

}  // namespace tenzro::tee::binding
