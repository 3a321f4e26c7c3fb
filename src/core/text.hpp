// SPDX-License-Identifier: Apache-2.0
// Building messages without <format>, and making text from outside safe to print.
#pragma once
#include <concepts>
#include <string>
#include <string_view>

namespace tenzro::tee {

namespace detail {
inline void append(std::string& out, std::string_view part) { out.append(part); }
inline void append(std::string& out, char part) { out.push_back(part); }
template <std::integral T>
  requires(!std::same_as<T, char> && !std::same_as<T, bool>)
void append(std::string& out, T part) {
  out.append(std::to_string(part));
}
}  // namespace detail

/// concat("needs ", 64, " bytes"): text and integers, in order.
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

/// Text from outside for a message: control characters, bytes above 0x7e and backslashes as \xNN, cut to max bytes of
/// input (then "..." follows). Never contains a line break.
std::string printable(std::string_view text, std::size_t max = 80);

}  // namespace tenzro::tee
