// SPDX-License-Identifier: Apache-2.0
#include "device/configfs_entry.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <iterator>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "device/files.hpp"

namespace tenzro::tee::device {

namespace {

constexpr std::string_view kPrefix = "tenzro-";

/// "tenzro-<PID namespace>-<process>-": whose entry it is. Numbers of processes mean something in their namespace only.
std::string prefix_of_namespace(System& system) {
  const std::string link = system.read_link("/proc/self/ns/pid").value_or("");  // "pid:[4026531836]"
  std::string digits;
  std::ranges::copy_if(link, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return concat(kPrefix, digits.empty() ? "0" : digits, "-");
}

/// Not a secret, but nothing that two requests choose both. So few bytes are never cut short; should the kernel have
/// none, every name is the same, and it says which one is taken.
std::string unique_name(std::string_view prefix) {
  std::array<std::uint8_t, 8> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    random.fill(0);
  }
  return concat(prefix, ::getpid(), "-", to_hex(random));
}

/// Of what an entry's name says after the prefix; nothing when it is none of ours.
std::optional<pid_t> owner_of(std::string_view rest) {
  pid_t out = 0;
  const auto [at, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  const bool named = problem == std::errc() && at != rest.data() + rest.size() && *at == '-' && out > 0;
  return named ? std::optional(out) : std::nullopt;
}

void remove_orphans(System& system, std::string_view folder, std::string_view prefix) {
  for (const std::string& name : system.list(std::string(folder))) {
    if (!name.starts_with(prefix)) {
      continue;
    }
    const auto owner = owner_of(std::string_view(name).substr(prefix.size()));
    if (owner && *owner != ::getpid() && system.kind(concat("/proc/", *owner)) == PathKind::none &&
        system.kind("/proc/self") != PathKind::none) {
      system.remove_folder(concat(folder, "/", name));
    }
  }
}

}  // namespace

int ConfigfsEntry::make(System& system, std::string_view folder, std::optional<ConfigfsEntry>& into) {
  constexpr int kAttempts = 4;
  const std::string prefix = prefix_of_namespace(system);
  remove_orphans(system, folder, prefix);
  int result = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string path = concat(folder, "/", unique_name(prefix));
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
