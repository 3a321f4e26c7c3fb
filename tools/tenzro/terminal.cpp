// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <unistd.h>

#include "environment.hpp"

namespace tenzro::cli {

std::string safe_text(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7e) {
      out.push_back(c);
      continue;
    }
    out.append("\\x");
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 0x0f]);
  }
  return out;
}

Painter Painter::for_stdout() {
  const auto terminal = environment_variable("TERM");
  const bool colours = terminal && *terminal != "dumb";
  return Painter(colours && !environment_variable("NO_COLOR") && isatty(STDOUT_FILENO) == 1);
}

std::string Painter::operator()(Style style, std::string_view text) const {
  const char* code = nullptr;
  switch (style) {
    case Style::plain:
      break;
    case Style::good:
      code = "\033[1;32m";
      break;
    case Style::bad:
      code = "\033[1;31m";
      break;
    case Style::caution:
      code = "\033[1;33m";
      break;
    case Style::heading:
      code = "\033[1m";
      break;
  }
  if (!colour_ || code == nullptr) {
    return std::string(text);
  }
  return std::string(code) + std::string(text) + "\033[0m";
}

}  // namespace tenzro::cli
