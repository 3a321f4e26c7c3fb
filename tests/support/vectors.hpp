// SPDX-License-Identifier: Apache-2.0
// Reading real evidence in place.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

inline std::filesystem::path vectors_dir() { return TENZRO_VECTORS_DIR; }
inline bool have_vectors() { return std::filesystem::exists(vectors_dir()); }

inline Bytes read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}
inline Bytes read_vector(const std::string& relative) { return read_file(vectors_dir() / relative); }
inline nlohmann::json read_vector_json(const std::string& relative) {
  const Bytes text = read_vector(relative);
  return nlohmann::json::parse(text.begin(), text.end());
}
inline ByteView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace tenzro::tee::test
