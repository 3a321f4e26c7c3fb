// SPDX-License-Identifier: Apache-2.0
// Hex and base64: strict on the way in, one form on the way out.
#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int8_t kNoDigit = -1;

constexpr std::array<std::int8_t, 256> hex_values() {
  std::array<std::int8_t, 256> table{};
  table.fill(kNoDigit);
  for (std::size_t i = 0; i < 10; ++i) {
    table[std::size_t{'0'} + i] = static_cast<std::int8_t>(i);
  }
  for (std::size_t i = 0; i < 6; ++i) {
    table[std::size_t{'a'} + i] = static_cast<std::int8_t>(10 + i);
    table[std::size_t{'A'} + i] = static_cast<std::int8_t>(10 + i);
  }
  return table;
}

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> table{};
  table.fill(kNoDigit);
  for (std::size_t i = 0; i < kBase64Digits.size(); ++i) {
    table[static_cast<unsigned char>(kBase64Digits[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}

constexpr auto kHexValue = hex_values();
constexpr auto kBase64Value = base64_values();

Error bad_character(std::string_view what, std::string_view text, std::size_t at) {
  return Error(ErrorCode::malformed_input,
               concat(what, ": \"", printable(text.substr(at, 1)), "\" at offset ", at, " is no ", what, " digit"));
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out.push_back(kHexDigits[byte >> 4]);
    out.push_back(kHexDigits[byte & 0x0f]);
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return Error(ErrorCode::malformed_input, "hex: odd number of digits");
  }
  Bytes out(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::int8_t value = kHexValue[static_cast<unsigned char>(text[i])];
    if (value == kNoDigit) {
      return bad_character("hex", text, i);
    }
    out[i / 2] = static_cast<std::uint8_t>((out[i / 2] << 4) | value);
  }
  return out;
}

std::string to_base64(ByteView bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = (group << 8) | (k < count ? bytes[i + k] : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= count ? kBase64Digits[(group >> (18 - 6 * k)) & 0x3f] : '=');
    }
  }
  return out;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return Error(ErrorCode::malformed_input, "base64: length is not a multiple of 4");
  }
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  const std::size_t digits = text.size() - padding;
  const auto value_at = [&text](std::size_t i) { return kBase64Value[static_cast<unsigned char>(text[i])]; };
  Bytes out(text.size() / 4 * 3 - padding);
  std::size_t at = 0;
  std::size_t written = 0;
  // Four digits make three bytes. A group with another character is left to the loop below, which says where it is.
  for (; at + 4 <= digits; at += 4, written += 3) {
    const std::array<std::int32_t, 4> value{value_at(at), value_at(at + 1), value_at(at + 2), value_at(at + 3)};
    if ((value[0] | value[1] | value[2] | value[3]) < 0) {
      break;
    }
    const auto group = static_cast<std::uint32_t>((value[0] << 18) | (value[1] << 12) | (value[2] << 6) | value[3]);
    out[written] = static_cast<std::uint8_t>(group >> 16);
    out[written + 1] = static_cast<std::uint8_t>(group >> 8);
    out[written + 2] = static_cast<std::uint8_t>(group);
  }
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (; at < digits; ++at) {
    const std::int8_t value = value_at(at);
    if (value == kNoDigit) {
      return bad_character("base64", text, at);
    }
    pending = (pending << 6) | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) {
      continue;
    }
    bits -= 8;
    out[written++] = static_cast<std::uint8_t>(pending >> bits);
    pending &= (1U << bits) - 1;
  }
  if (pending != 0) {
    return Error(ErrorCode::malformed_input, "base64: the unused bits of the last digit are not zero");
  }
  return out;
}

}  // namespace tenzro::tee
