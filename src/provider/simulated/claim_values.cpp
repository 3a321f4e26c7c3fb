// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/claim_values.hpp"

#include <charconv>

namespace tenzro::tee::simulated {

Result<Bytes> hex_value(std::string_view text, std::size_t size) {
  auto bytes = from_hex(text);
  if (!bytes || bytes->size() != size) {
    return Error(ErrorCode::invalid_argument, concat("\"", printable(text), "\" is not ", 2 * size, " hex digits"));
  }
  return bytes;
}

Result<std::uint64_t> number_value(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data(), end, number);
  if (text.empty() || problem != std::errc() || at != end || number < least || number > most) {
    return Error(ErrorCode::invalid_argument,
                 concat("\"", printable(text), "\" is no number from ", least, " to ", most));
  }
  return number;
}

}  // namespace tenzro::tee::simulated
