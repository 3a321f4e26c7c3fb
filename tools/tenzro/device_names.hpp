// SPDX-License-Identifier: Apache-2.0
// What is said of several devices alike is said to people once. Documents say it of each.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenzro::cli {

/// As verdicts name devices: "GPU-0", "SWITCH-3".
struct DeviceName {
  bool is_switch = false;
  unsigned number = 0;
  auto operator<=>(const DeviceName&) const = default;
};

/// A text that may begin with a device's name.
struct Attributed {
  std::optional<DeviceName> device{};
  std::string_view rest{};  ///< of the text, after name and separator; all of it where no device is named
};

/// separator: what stands after the name, ": " in messages and "." in ids.
Attributed attributed(std::string_view text, std::string_view separator);

/// "GPU-0 to GPU-7, SWITCH-1, SWITCH-3"; in any order and with repetitions.
std::string names_of(std::vector<DeviceName> devices);

/// One thing said of all these devices, or of none in particular.
template <typename Said>
struct Folded {
  const Said* first = nullptr;  ///< the first that said it
  std::string_view rest{};      ///< of its text
  std::vector<DeviceName> devices{};

  /// separator: between names and the rest.
  std::string text(std::string_view separator) const {
    return devices.empty() ? std::string(rest) : names_of(devices) + std::string(separator) + std::string(rest);
  }
};

}  // namespace tenzro::cli
