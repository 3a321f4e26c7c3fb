// SPDX-License-Identifier: Apache-2.0
#include "collateral/encoded_text.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::collateral {

namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

bool is_hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

Result<Bytes> decode_text(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return kWhiteSpace.find(c) == std::string_view::npos; });
  std::string_view hex = digits;
  if (hex.starts_with("0x") || hex.starts_with("0X")) {
    hex.remove_prefix(2);
  }
  if (std::all_of(hex.begin(), hex.end(), is_hex_digit) && hex.size() % 2 == 0) {
    return from_hex(hex);
  }
  auto bytes = from_base64(digits);
  if (!bytes) {
    return Error(ErrorCode::malformed_input, concat("neither hex nor ", bytes.error().message()));
  }
  return bytes;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) {
      return Error(ErrorCode::malformed_input,
                   concat("percent-encoding: \"%\" at offset ", i, " without two hex digits"));
    }
    out.push_back(static_cast<char>(byte->front()));
    i += 2;
  }
  return out;
}

}  // namespace tenzro::tee::collateral
