// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

namespace tenzro::tee {

std::string printable(std::string_view text, std::size_t max) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text.substr(0, max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7e && c != '\\') {
      out.push_back(c);
      continue;
    }
    out.append("\\x");
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 0x0f]);
  }
  if (text.size() > max) {
    out.append("...");
  }
  return out;
}

}  // namespace tenzro::tee
