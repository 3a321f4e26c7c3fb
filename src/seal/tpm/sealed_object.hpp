// SPDX-License-Identifier: Apache-2.0
// The sealed object that a TPM gives out to be kept by us: in the metadata of a header, where anybody may change it.
#pragma once
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::tpm {

inline constexpr std::size_t kMaxPrivateArea = 512;  ///< the buffer of TPM2B_PRIVATE; ours has about 160 bytes

struct SealedObject {
  Bytes public_area;   ///< TPM2B_PUBLIC, with its size
  Bytes private_area;  ///< TPM2B_PRIVATE, with its size; encrypted and authenticated by the TPM
  /// TPM2B_NAME's content of the storage key that it lies under: SHA-256's number and digest of the public area.
  ByteArray<34> parent_name{};
};

/// {"tpm":{"public":"...","private":"...","parent":"..."}}, base64 the first two, hex the last.
std::string metadata_of(const SealedObject& object);
/// Of exactly the members that metadata_of writes, and a public area that sealed_policy takes. malformed_input.
Result<SealedObject> parse_metadata(std::string_view metadata);

/// The authorization policy of a TPM2B_PUBLIC that is of the one shape that we make: keyedHash without a scheme, named
/// by SHA-256, fixed to its TPM and parent, used by policy alone. malformed_input names the field.
Result<ByteArray<32>> sealed_policy(ByteView public_area);

}  // namespace tenzro::tee::tpm
