// SPDX-License-Identifier: Apache-2.0
// The header of a container ("TZS1"): what a reader must know before it can derive the key. Public, and bound to the
// key.
#pragma once
#include <optional>
#include <string>

#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::seal_format {

inline constexpr std::size_t kCommitmentSize = 32;
inline constexpr std::size_t kFixedHeader = 56;  ///< before the first text
inline constexpr unsigned kMinLog2Chunk = 14;
inline constexpr unsigned kMaxLog2Chunk = 24;

struct ContainerHeader {
  unsigned log2_chunk = 18;
  std::optional<std::uint64_t> plaintext_size{};  ///< nothing: not known when sealing began
  ByteArray<32> salt{};
  std::uint64_t generation = 0;
  std::string vendor_tag{};
  std::string key_id{};
  std::string metadata = "{}";

  std::size_t chunk_size() const noexcept { return std::size_t{1} << log2_chunk; }
};

/// Everything before the commitment, padded. invalid_argument: texts that are too long for a header.
Result<Bytes> write_header(const ContainerHeader& header);

struct ParsedHeader {
  ContainerHeader header;
  ByteView without_commitment;  ///< into the parsed bytes
  ByteView commitment;          ///< 32 bytes, likewise
  std::size_t size() const noexcept { return without_commitment.size() + kCommitmentSize; }
};

/// How long the header is that begins so. malformed_input: another magic, suite or length, or fewer than 8 bytes.
Result<std::size_t> header_size(ByteView first_bytes);

/// A header at the beginning of these bytes, which may go on after it. Sizes are looked at before anything else; texts
/// must be what a writer can have written (a key id, a tag of printable ASCII, metadata that is one JSON object), and
/// what is left over zero. malformed_input: cut short, or not of that form. unsupported: another suite.
Result<ParsedHeader> parse_header(ByteView bytes);

}  // namespace tenzro::tee::seal_format
