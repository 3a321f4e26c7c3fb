// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over files, for builds without libFuzzer: replay FOLDER...
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "fuzz_target.hpp"

namespace {

/// False when the file cannot be read.
bool replay(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> read{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in.is_open() || in.bad()) {
    return false;
  }
  // Of exactly this size, so that a sanitizer sees the first byte too many.
  const std::vector<std::uint8_t> input(read.begin(), read.end());
  std::fprintf(stderr, "%s\n", file.c_str());
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i], error)) {
      if (!entry.is_regular_file()) {
        continue;
      }
      if (!replay(entry.path())) {
        std::fprintf(stderr, "replay: cannot read %s\n", entry.path().c_str());
        return 1;
      }
      ++count;
    }
    if (error) {
      std::fprintf(stderr, "replay: %s: %s\n", argv[i], error.message().c_str());
      return 1;
    }
  }
  LLVMFuzzerTestOneInput(nullptr, 0);
  std::printf("%zu inputs\n", count);
  return count == 0 ? 1 : 0;
}
