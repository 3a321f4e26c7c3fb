// SPDX-License-Identifier: Apache-2.0
// From a header to the key of its chunks, with every check that comes before a chunk is looked at.
#pragma once
#include "seal/container_header.hpp"
#include "seal/container_key.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::seal_format {

inline constexpr std::size_t kHeaderStart = 8;  ///< bytes that tell how long a header is

struct OpenedContainer {
  ContainerHeader header;  ///< authentic
  std::size_t header_size = 0;
  SecretBytes file_key;
};

/// The caller's key id and derivation are compared with the header's before any root is asked; the commitment is
/// compared, in constant time, before anything is decrypted; then the generation.
Result<OpenedContainer> open_container(ByteView bytes, const SealKeyId& key_id, SealingPlace place,
                                       const SealOptions& options);

/// size: of a chunk with its tag. The one authentication error when no chunk of this index can be so short.
Result<void> check_chunk_size(std::uint64_t index, std::size_t size);

}  // namespace tenzro::tee::seal_format
