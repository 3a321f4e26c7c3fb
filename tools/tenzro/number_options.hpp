// SPDX-License-Identifier: Apache-2.0
// Options whose text is a number within bounds.
#pragma once
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "failure.hpp"
#include "tenzro/tee/provider.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

/// Decimal digits and nothing else. what: "number", or "number of seconds". invalid_argument names the option.
template <class Number>
tee::Result<Number> number_option(std::string_view option, const std::string& text, std::string_view what, Number least,
                                  Number most) {
  Number out = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, out);
  if (problem != std::errc() || stopped != end || out < least || out > most) {
    return misuse(std::string(option) + ": \"" + safe_text(text) + "\" is no " + std::string(what) + " from " +
                  std::to_string(least) + " to " + std::to_string(most));
  }
  return out;
}

/// --timeout: 1 to 3600 seconds; as patient as the library is by itself where none is given.
tee::Result<tee::Patience> timeout_option(const std::optional<std::string>& text);

}  // namespace tenzro::cli
