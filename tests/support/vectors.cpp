// SPDX-License-Identifier: Apache-2.0
#include "support/vectors.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

namespace tenzro::tee::test {

namespace {
std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}
}  // namespace

bool have_vectors() { return std::filesystem::exists(vectors_dir()); }

Bytes read_file(const std::filesystem::path& path) {
  const std::string text = text_of(path);
  return Bytes(text.begin(), text.end());
}
Bytes read_vector(const std::string& relative) { return read_file(vectors_dir() / relative); }
nlohmann::json read_vector_json(const std::string& relative) {
  return nlohmann::json::parse(text_of(vectors_dir() / relative));
}

const nlohmann::json& vector_manifest(const std::string& relative) {
  static std::mutex mutex;
  static std::map<std::string, nlohmann::json> kept;
  const std::scoped_lock lock(mutex);
  const auto found = kept.find(relative);
  return found != kept.end() ? found->second : kept.emplace(relative, read_vector_json(relative)).first->second;
}

}  // namespace tenzro::tee::test
