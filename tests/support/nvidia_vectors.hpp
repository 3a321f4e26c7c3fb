// SPDX-License-Identifier: Apache-2.0
// The GPU and switch evidence among the vectors.
#pragma once
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "vectors.hpp"

namespace tenzro::tee::test {

inline nlohmann::json nvidia_cases() { return vector_manifest("nvidia/manifest.json")["cases"]; }

/// A file of hex digits, white space between them.
inline Bytes nvidia_hex(const std::string& file) {
  const Bytes text = read_vector("nvidia/" + file);
  std::string digits(text.begin(), text.end());
  std::erase_if(digits, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  return from_hex(digits).value();
}

}  // namespace tenzro::tee::test
