// SPDX-License-Identifier: Apache-2.0
#include "device_names.hpp"

#include <algorithm>
#include <charconv>

namespace tenzro::cli {
namespace {

constexpr std::string_view kGpu = "GPU-";
constexpr std::string_view kSwitch = "SWITCH-";
constexpr std::size_t kShortestRange = 3;  ///< two are listed

std::string name_of(const DeviceName& device) {
  return std::string(device.is_switch ? kSwitch : kGpu) + std::to_string(device.number);
}

/// How many from there on have numbers that follow each other.
std::size_t run_length(const std::vector<DeviceName>& sorted, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < sorted.size() && sorted[end].is_switch == sorted[begin].is_switch &&
         sorted[end].number == sorted[end - 1].number + 1) {
    ++end;
  }
  return end - begin;
}

}  // namespace

Attributed attributed(std::string_view text, std::string_view separator) {
  const bool is_switch = text.starts_with(kSwitch);
  if (!is_switch && !text.starts_with(kGpu)) {
    return {std::nullopt, text};
  }
  const std::string_view after = text.substr((is_switch ? kSwitch : kGpu).size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), number);
  if (error != std::errc()) {
    return {std::nullopt, text};
  }
  std::string_view rest = after.substr(static_cast<std::size_t>(end - after.data()));
  if (!rest.starts_with(separator)) {
    return {std::nullopt, text};
  }
  rest.remove_prefix(separator.size());
  return {DeviceName{is_switch, number}, rest};
}

std::string names_of(std::vector<DeviceName> devices) {
  std::ranges::sort(devices);
  const auto repeated = std::ranges::unique(devices);
  devices.erase(repeated.begin(), repeated.end());
  std::string out;
  for (std::size_t i = 0; i < devices.size();) {
    const std::size_t run = run_length(devices, i);
    out += (out.empty() ? "" : ", ") + name_of(devices[i]);
    if (run >= kShortestRange) {
      out += " to " + name_of(devices[i + run - 1]);
      i += run;
    } else {
      ++i;
    }
  }
  return out;
}

}  // namespace tenzro::cli
