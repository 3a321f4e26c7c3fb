// SPDX-License-Identifier: Apache-2.0
#include "core/encoded_text.hpp"

#include <algorithm>
#include <iterator>
#include <string>

#include "core/text.hpp"

namespace tenzro::tee {

namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_decimal_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// D2 84, tag 18 and an array of four; the second digit is not a hexadecimal one.
constexpr std::string_view kTaggedCoseInBase64 = "0oR";

/// The size of the UTF-8 sequence at the front of text, which is not ASCII; 0 when there is no valid one (RFC 3629,
/// section 4).
std::size_t utf8_sequence(ByteView text) {
  const std::uint8_t first = text[0];
  const std::size_t size = first >= 0xf0 ? 4 : (first >= 0xe0 ? 3 : 2);
  if (first < 0xc2 || first > 0xf4 || size > text.size()) {
    return 0;
  }
  // The second byte's range keeps overlong forms, surrogates and numbers above 10FFFF out.
  const std::uint8_t low = first == 0xe0 ? 0xa0 : (first == 0xf0 ? 0x90 : 0x80);
  const std::uint8_t high = first == 0xed ? 0x9f : (first == 0xf4 ? 0x8f : 0xbf);
  if (text[1] < low || text[1] > high) {
    return 0;
  }
  for (std::size_t i = 2; i < size; ++i) {
    if (text[i] < 0x80 || text[i] > 0xbf) {
      return 0;
    }
  }
  return size;
}

}  // namespace

std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool is_white_space(char c) noexcept { return kWhiteSpace.find(c) != std::string_view::npos; }

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

bool is_text(std::string_view bytes) noexcept {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return (c > 0x20 && c <= 0x7e) || is_white_space(c); });
}

bool is_utf8(ByteView text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = text[at] < 0x80 ? 1 : utf8_sequence(text.subspan(at));
    if (size == 0) {
      return false;
    }
    at += size;
  }
  return true;
}

Result<Bytes> decode_text(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return !is_white_space(c); });
  std::string_view hex = digits;
  const bool prefixed = hex.starts_with("0x") || hex.starts_with("0X");
  if (prefixed) {
    hex.remove_prefix(2);
  }
  // Base64 that begins with a decimal digit stands for a first byte of 0xd0 to 0xf7, which begins nothing that is read
  // here (quotes, DER, PEM, JSON) but a tagged COSE message: all other such text is hex, and what is wrong in it is
  // told as such.
  const bool tagged_cose = hex.starts_with(kTaggedCoseInBase64);
  if (prefixed || (!hex.empty() && is_decimal_digit(hex.front()) && !tagged_cose) ||
      std::all_of(hex.begin(), hex.end(), is_hex_digit)) {
    return from_hex(hex);
  }
  return from_base64(digits);
}

Result<Bytes> from_base64url(std::string_view text) {
  constexpr std::string_view kForeign = "+/=";
  if (const auto at = text.find_first_of(kForeign); at != std::string_view::npos) {
    return Error(ErrorCode::malformed_input,
                 concat("base64url: \"", text.substr(at, 1), "\" at offset ", at, " is no base64url digit"));
  }
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  plain.append((4 - plain.size() % 4) % 4, '=');
  return from_base64(plain);
}

std::string to_base64url(ByteView bytes) {
  std::string out = to_base64(bytes);
  std::replace(out.begin(), out.end(), '+', '-');
  std::replace(out.begin(), out.end(), '/', '_');
  out.erase(std::min(out.find('='), out.size()));
  return out;
}

}  // namespace tenzro::tee
