// SPDX-License-Identifier: Apache-2.0
#include "seal/opened_container.hpp"

#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "seal/sealer.hpp"
#include "seal/small_format.hpp"

namespace tenzro::tee::seal_format {

Result<OpenedContainer> open_container(ByteView bytes, const SealKeyId& key_id, SealingPlace place,
                                       const SealOptions& options) {
  TENZRO_RETURN_IF_ERROR(check_options(options));
  TENZRO_ASSIGN_OR_RETURN(ParsedHeader parsed, parse_header(bytes));
  if (parsed.header.key_id != key_id.str()) {
    return Error(ErrorCode::authentication_failed,
                 concat("unseal: the data were sealed under key id \"", printable(parsed.header.key_id, 128),
                        "\", not \"", key_id.str(), "\"; nothing was asked of any device or service"));
  }
  TENZRO_ASSIGN_OR_RETURN(const SealingRoot root, Sealer::root_to_unseal(key_id, place, options,
                                                                         {.vendor_tag = parsed.header.vendor_tag,
                                                                          .metadata = parsed.header.metadata}));
  if (root.vendor_tag != parsed.header.vendor_tag) {
    return Error(ErrorCode::internal, "a sealing root answered for another derivation than was stored");
  }
  TENZRO_ASSIGN_OR_RETURN(ContainerKey key, derive_container_key(root.secret.reveal(), parsed.header,
                                                                 parsed.without_commitment, options.associated_data));
  if (!crypto::equal_constant_time(key.commitment.reveal(), parsed.commitment)) {
    return unseal_failed();
  }
  if (parsed.header.generation < options.min_generation) {
    return Error(ErrorCode::authentication_failed,
                 concat("unseal: this is generation ", parsed.header.generation, ", at least ", options.min_generation,
                        " was asked for: an older file was put back, or another one is meant"));
  }
  const std::size_t size = parsed.size();
  return OpenedContainer{std::move(parsed.header), size, std::move(key.file_key)};
}

Result<void> check_chunk_size(std::uint64_t index, std::size_t size) {
  // Only an empty file has an empty chunk.
  return size < kTagSize || (size == kTagSize && index > 0) ? Result<void>(unseal_failed()) : Result<void>();
}

}  // namespace tenzro::tee::seal_format
