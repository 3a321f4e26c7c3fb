// SPDX-License-Identifier: Apache-2.0
// Reading real evidence in place.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

inline std::filesystem::path vectors_dir() { return TENZRO_VECTORS_DIR; }
bool have_vectors();

/// What cannot be read is empty, and fails the test.
Bytes read_file(const std::filesystem::path& path);
Bytes read_vector(const std::string& relative);
nlohmann::json read_vector_json(const std::string& relative);
/// The same, read once: manifests, which name what many tests look at.
const nlohmann::json& vector_manifest(const std::string& relative);

inline ByteView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace tenzro::tee::test
