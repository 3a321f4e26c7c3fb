// SPDX-License-Identifier: Apache-2.0
// A file that is there whole or not at all.
#include "output_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/text.hpp"

namespace tenzro::make_simulated_tdx {

namespace {
tee::Error failure(std::string_view path, std::string_view what) {
  const int number = errno;
  return tee::Error(tee::ErrorCode::io_failure,
                    tee::concat(tee::printable(path, 200), ": ", what, ": ", std::strerror(number)));
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}
}  // namespace

tee::Result<void> replace_file(const std::string& path, std::string_view content) {
  std::string temporary = path + ".XXXXXX";
  const int file = ::mkstemp(temporary.data());
  if (file < 0) {
    return failure(path, "cannot create a file beside it");
  }
  // mkstemp made it private; evidence is no secret, so it gets an ordinary file's mode.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  bool good = ::fchmod(file, 0666 & ~mask) == 0 && write_all(file, content) && ::fsync(file) == 0;
  good = ::close(file) == 0 && good;
  good = good && std::rename(temporary.c_str(), path.c_str()) == 0;
  if (!good) {
    tee::Error error = failure(path, "cannot be written");
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

}  // namespace tenzro::make_simulated_tdx
