// SPDX-License-Identifier: Apache-2.0
#include "seal/container_header.hpp"

#include <algorithm>
#include <limits>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "core/vendor_tag.hpp"
#include "formats/json.hpp"
#include "seal/length_prefix.hpp"

namespace tenzro::tee::seal_format {

namespace {

constexpr std::uint8_t kSuite = 1;  // AES-256-GCM, HKDF-SHA256
constexpr std::uint64_t kUnknownSize = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kAlignment = 8;

Error malformed(std::string_view why) { return Error(ErrorCode::malformed_input, concat("sealed header: ", why)); }

void append_u64(Bytes& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
  }
}

std::uint64_t read_u64(ByteView bytes) {
  std::uint64_t out = 0;
  for (const std::uint8_t byte : bytes.first(8)) {
    out = out << 8U | byte;
  }
  return out;
}

/// The next length-prefixed text; takes it off rest.
Result<std::string> take_text(ByteView& rest, std::string_view what) {
  if (rest.size() < 2) {
    return malformed(concat(what, ": cut short"));
  }
  const std::size_t size = std::size_t{rest[0]} << 8U | rest[1];
  rest = rest.subspan(2);
  if (size > rest.size()) {
    return malformed(concat(what, ": ", size, " bytes, at most ", rest.size(), " can be there"));
  }
  std::string out(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
  rest = rest.subspan(size);
  return out;
}

Result<void> check_texts(const ContainerHeader& header) {
  if (header.vendor_tag.empty() || header.vendor_tag.size() > kMaxVendorTag ||
      !std::ranges::all_of(header.vendor_tag, [](char c) { return c > ' ' && c < '\x7f'; })) {
    return malformed("vendor tag: expected printable ASCII without spaces");
  }
  if (auto id = SealKeyId::parse(header.key_id); !id) {
    return malformed(id.error().message());
  }
  const auto metadata = json::parse(as_bytes(header.metadata), {.max_size = kMaxSealingMetadata, .max_depth = 8});
  if (!metadata || !metadata->is_object()) {
    return malformed(concat("metadata: expected one JSON object of at most ", kMaxSealingMetadata, " bytes"));
  }
  return {};
}

}  // namespace

Result<Bytes> write_header(const ContainerHeader& header) {
  if (auto checked = check_texts(header); !checked) {
    return Error(ErrorCode::invalid_argument, checked.error().message());
  }
  if (header.log2_chunk < kMinLog2Chunk || header.log2_chunk > kMaxLog2Chunk) {
    return Error(ErrorCode::invalid_argument,
                 concat("chunks of 2^", header.log2_chunk, " bytes, expected 2^14 to 2^24"));
  }
  Bytes out;
  append(out, as_bytes(kSealedMagic));
  out.push_back(kSuite);
  out.push_back(static_cast<std::uint8_t>(header.log2_chunk));
  out.insert(out.end(), 2, 0);  // the length, once it is known
  append_u64(out, header.plaintext_size.value_or(kUnknownSize));
  append(out, header.salt);
  append_u64(out, header.generation);
  append_prefixed(out, as_bytes(header.vendor_tag));
  append_prefixed(out, as_bytes(header.key_id));
  append_prefixed(out, as_bytes(header.metadata));
  out.resize((out.size() + kAlignment - 1) / kAlignment * kAlignment);
  const std::size_t whole = out.size() + kCommitmentSize;
  if (whole > kMaxSealedHeader) {
    return Error(ErrorCode::invalid_argument, concat("sealed header: ", whole, " bytes, at most ", kMaxSealedHeader));
  }
  out[6] = static_cast<std::uint8_t>(whole >> 8U);
  out[7] = static_cast<std::uint8_t>(whole);
  return out;
}

Result<std::size_t> header_size(ByteView bytes) {
  if (bytes.size() < 8 || !std::ranges::equal(bytes.first(kSealedMagic.size()), as_bytes(kSealedMagic))) {
    return Error(ErrorCode::malformed_input,
                 "this is no sealed file: it does not begin with \"TZS1\" (small messages are unsealed with --raw)");
  }
  if (bytes[4] != kSuite) {
    return Error(ErrorCode::unsupported, concat("sealed header: suite ", bytes[4], ", the only one is ", kSuite,
                                                "; a newer version may know it"));
  }
  const std::size_t size = std::size_t{bytes[6]} << 8U | bytes[7];
  // The shortest texts: a tag and a key id of one character, "{}" as metadata.
  if (size < kFixedHeader + 3 + 3 + 4 + kCommitmentSize || size > kMaxSealedHeader || size % kAlignment != 0) {
    return malformed(concat("its length is said to be ", size, " bytes"));
  }
  return size;
}

Result<ParsedHeader> parse_header(ByteView bytes) {
  TENZRO_ASSIGN_OR_RETURN(const std::size_t size, header_size(bytes));
  if (bytes.size() < size) {
    return malformed(concat("cut short: ", bytes.size(), " of ", size, " bytes"));
  }
  ParsedHeader out{.header = {},
                   .without_commitment = bytes.first(size - kCommitmentSize),
                   .commitment = bytes.subspan(size - kCommitmentSize, kCommitmentSize)};
  ContainerHeader& header = out.header;
  header.log2_chunk = bytes[5];
  if (header.log2_chunk < kMinLog2Chunk || header.log2_chunk > kMaxLog2Chunk) {
    return malformed(concat("chunks of 2^", header.log2_chunk, " bytes, expected 2^14 to 2^24"));
  }
  if (const std::uint64_t plaintext = read_u64(bytes.subspan(8)); plaintext != kUnknownSize) {
    header.plaintext_size = plaintext;
  }
  std::ranges::copy(bytes.subspan(16, header.salt.size()), header.salt.begin());
  header.generation = read_u64(bytes.subspan(48));
  ByteView rest = out.without_commitment.subspan(kFixedHeader);
  TENZRO_ASSIGN_OR_RETURN(header.vendor_tag, take_text(rest, "vendor tag"));
  TENZRO_ASSIGN_OR_RETURN(header.key_id, take_text(rest, "key id"));
  TENZRO_ASSIGN_OR_RETURN(header.metadata, take_text(rest, "metadata"));
  TENZRO_RETURN_IF_ERROR(check_texts(header));
  if (!std::ranges::all_of(rest, [](std::uint8_t byte) { return byte == 0; })) {
    return malformed("padding: expected zeros");
  }
  return out;
}

}  // namespace tenzro::tee::seal_format
