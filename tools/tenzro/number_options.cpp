// SPDX-License-Identifier: Apache-2.0
#include "number_options.hpp"

#include <chrono>
#include <utility>

namespace tenzro::cli {

tee::Result<tee::Patience> timeout_option(const std::optional<std::string>& text) {
  constexpr unsigned kMost = 3600;
  tee::Patience patience;
  if (text) {
    auto seconds = number_option<unsigned>("--timeout", *text, "number of seconds", 1, kMost);
    if (!seconds) {
      return std::move(seconds).error();
    }
    patience.at_most = std::chrono::seconds(*seconds);
  }
  return patience;
}

}  // namespace tenzro::cli
