// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/opaque_data.hpp"

#include <algorithm>
#include <bitset>

#include "core/byte_reader.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::size_t kHeadSize = 4;
constexpr std::size_t kMaxTextSize = 32;
/// Above every type that was ever seen, so that repetitions can be noticed without counting what strangers send.
constexpr std::size_t kMaxType = 1024;

Error malformed(std::string_view message) {
  return {ErrorCode::malformed_input, concat("SPDM report.opaque_data", message)};
}

unsigned le16(ByteView in) { return in[0] | (unsigned{in[1]} << 8U); }

}  // namespace

Result<OpaqueData> parse_opaque_data(ByteView in) {
  std::bitset<kMaxType> seen;
  ByteReader reader("SPDM report.opaque_data", in);
  while (reader.remaining() > 0) {
    TENZRO_ASSIGN_OR_RETURN(const auto type, reader.le<std::uint16_t>("type"));
    TENZRO_ASSIGN_OR_RETURN(const auto size, reader.le<std::uint16_t>("size"));
    TENZRO_RETURN_IF_ERROR(reader.take("value", size));
    if (type >= kMaxType) {
      return malformed(concat(": type ", type, " is none of NVIDIA's"));
    }
    if (seen.test(type)) {
      return malformed(concat(": type ", type, " stands there twice"));
    }
    seen.set(type);
  }
  OpaqueData out;
  out.raw_ = in;
  return out;
}

std::optional<ByteView> OpaqueData::find(OpaqueType type) const {
  ByteView rest = raw_;
  while (!rest.empty()) {
    const std::size_t size = le16(rest.subspan(2));
    if (le16(rest) == static_cast<unsigned>(type)) {
      return rest.subspan(kHeadSize, size);
    }
    rest = rest.subspan(kHeadSize + size);
  }
  return std::nullopt;
}

Result<std::optional<std::string>> OpaqueData::text(OpaqueType type) const {
  const auto value = find(type);
  if (!value) {
    return std::optional<std::string>();
  }
  const auto end = std::ranges::find(*value, std::uint8_t{0});
  const bool is_padded = std::all_of(end, value->end(), [](std::uint8_t byte) { return byte == 0; });
  const bool is_printable = std::all_of(value->begin(), end, [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
  const auto size = static_cast<std::size_t>(end - value->begin());
  if (size == 0 || size > kMaxTextSize || !is_printable || !is_padded) {
    return malformed(
        concat(": type ", static_cast<unsigned>(type), " is no text of 1 to ", kMaxTextSize, " characters"));
  }
  return std::optional(std::string(value->begin(), end));
}

Result<std::optional<std::uint16_t>> OpaqueData::number(OpaqueType type) const {
  const auto value = find(type);
  if (!value) {
    return std::optional<std::uint16_t>();
  }
  if (value->size() != 2) {
    return malformed(concat(": type ", static_cast<unsigned>(type), " has ", value->size(), " bytes, expected 2"));
  }
  return std::optional(static_cast<std::uint16_t>(le16(*value)));
}

std::string gpu_vbios_text(std::span<const std::uint8_t, 8> version) {
  std::string out;
  for (const std::size_t at : {3U, 2U, 1U, 0U, 4U}) {
    std::string digits = to_hex(version.subspan(at, 1));
    std::ranges::transform(digits, digits.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
    out += concat(out.empty() ? "" : ".", digits);
  }
  return out;
}

}  // namespace tenzro::tee::nvidia
