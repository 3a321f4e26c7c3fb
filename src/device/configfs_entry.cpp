// SPDX-License-Identifier: Apache-2.0
#include "device/configfs_entry.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "device/files.hpp"

namespace tenzro::tee::device {

namespace {

/// Not a secret, but nothing that two programs choose both.
std::string unique_name() {
  std::array<std::uint8_t, 8> random{};
  // So few bytes are never cut short; should the kernel have none, it says that the name is taken.
  (void)::getrandom(random.data(), random.size(), 0);
  return concat("tenzro-", to_hex(random));
}

}  // namespace

int ConfigfsEntry::make(System& system, std::string_view folder, std::optional<ConfigfsEntry>& into) {
  constexpr int kAttempts = 4;
  int result = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string path = concat(folder, "/", unique_name());
    result = system.make_folder(path, S_IRWXU);
    if (result >= 0) {
      into.emplace(ConfigfsEntry(system, std::move(path)));
      return 0;
    }
    if (result != -EEXIST && result != -EINTR) {
      break;
    }
  }
  return result;
}

ConfigfsEntry::~ConfigfsEntry() {
  if (!path_.empty()) {
    system_->remove_folder(path_);
  }
}

void ConfigfsEntry::outlive_nobody(const Waiting& waiting) {
  // Not removed by who leaves it behind: that would wait for the driver, and have everybody else wait.
  precaution_ =
      waiting.when_left_behind([system = system_, path = path_] { return system->remove_folder_at_exit(path); });
}

std::string ConfigfsEntry::attribute(std::string_view name) const { return concat(path_, "/", name); }

bool ConfigfsEntry::has(std::string_view name) const { return system_->kind(attribute(name)) != PathKind::none; }

Result<std::string> ConfigfsEntry::read(std::string_view name) const {
  constexpr std::size_t kPage = 4096;
  TENZRO_ASSIGN_OR_RETURN(const Bytes content, read_file(*system_, attribute(name), kPage));
  return std::string(trimmed(as_text(content)));
}

Result<void> ConfigfsEntry::write(std::string_view name, ByteView bytes) const {
  return write_attribute(*system_, attribute(name), bytes);
}

Result<void> write_attribute(System& system, const std::string& path, ByteView bytes) {
  const Descriptor file(system, system.open(path, O_WRONLY));
  if (!file.open()) {
    return errno_error(path, file.error());
  }
  ssize_t written = -EINTR;
  while (written == -EINTR) {
    written = system.write(file.number(), bytes);
  }
  if (written < 0) {
    return errno_error(path, static_cast<int>(-written));
  }
  if (static_cast<std::size_t>(written) != bytes.size()) {
    return Error(ErrorCode::io_failure, concat(path, ": the kernel took ", written, " of ", bytes.size(), " bytes"));
  }
  return {};
}

}  // namespace tenzro::tee::device
