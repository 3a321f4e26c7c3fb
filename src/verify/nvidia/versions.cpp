// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/versions.hpp"

#include <algorithm>
#include <charconv>

namespace tenzro::tee::nvidia {

namespace {

constexpr std::size_t kMaxNumbers = 8;

std::optional<Version> parse(std::string_view text, int base, std::size_t max_digits) {
  Version out;
  for (;;) {
    const std::string_view number = text.substr(0, text.find('.'));
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value, base);
    if (number.size() > max_digits || error != std::errc() || end != number.data() + number.size() ||
        out.size() == kMaxNumbers) {
      return std::nullopt;
    }
    out.push_back(value);
    if (number.size() == text.size()) {
      return out;
    }
    text.remove_prefix(number.size() + 1);
  }
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<Version> parse_driver_version(std::string_view text) { return parse(text, 10, 9); }
std::optional<Version> parse_vbios_version(std::string_view text) { return parse(text, 16, 8); }

bool reaches_driver_floor(std::string_view version, const std::vector<std::string>& floors) {
  const auto actual = parse_driver_version(version);
  if (!actual) {
    return floors.empty();
  }
  bool has_branch = false;
  bool above_all = true;
  for (const std::string& text : floors) {
    const auto floor = parse_driver_version(text);
    if (!floor) {
      return false;
    }
    if (floor->front() == actual->front()) {
      has_branch = true;
      if (*actual < *floor) {
        return false;
      }
    }
    above_all = above_all && *actual >= *floor;
  }
  return has_branch || above_all;
}

bool reaches_vbios_floor(std::string_view version, std::string_view floor) {
  const auto actual = parse_vbios_version(version);
  const auto least = parse_vbios_version(floor);
  return actual && least && actual->front() == least->front() && *actual >= *least;
}

bool same_version(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace tenzro::tee::nvidia
