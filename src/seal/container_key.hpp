// SPDX-License-Identifier: Apache-2.0
// A container's keys, and its chunks one by one.
#pragma once
#include <string_view>

#include "crypto/aead.hpp"
#include "seal/container_header.hpp"
#include "tenzro/tee/sealing_root.hpp"

namespace tenzro::tee::seal_format {

inline constexpr std::size_t kTagSize = crypto::kAeadTagSize;

/// What one container is sealed under. Every bit of its header, and the caller's associated data, are in both.
struct ContainerKey {
  SecretBytes file_key;    ///< 32 bytes: of the chunks
  SecretBytes commitment;  ///< 32 bytes: public once it is written; tells whether this is the key
};

/// header: everything before the commitment. associated_data: at most 65535 bytes.
Result<ContainerKey> derive_container_key(ByteView root_secret, const ContainerHeader& header, ByteView header_bytes,
                                          ByteView associated_data);

/// index as 11 bytes big-endian || 1 for the last chunk, else 0
ByteArray<12> chunk_nonce(std::uint64_t index, bool last) noexcept;

/// More chunks are not written, nor read: 1 PiB at 256 KiB.
inline constexpr std::uint64_t kMaxChunks = std::uint64_t{1} << 32;

}  // namespace tenzro::tee::seal_format
