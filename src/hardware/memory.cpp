// SPDX-License-Identifier: Apache-2.0
#include "hardware/memory.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/text.hpp"
#include "device/files.hpp"

namespace tenzro::tee::hardware {

namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [at, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  return problem == std::errc() && at == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

/// "MemTotal:       24683660 kB", in bytes; 0 when there is no such line.
std::uint64_t meminfo_value(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) {
    return 0;
  }
  std::string_view rest = text.substr(at + name.size());
  rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(" \t")));
  constexpr std::uint64_t kUnit = 1024;
  const std::uint64_t units = number(rest.substr(0, rest.find(' '))).value_or(0);
  return units > std::numeric_limits<std::uint64_t>::max() / kUnit ? 0 : units * kUnit;
}

/// One number in a file: "max" and anything else that is none count as no limit.
std::optional<std::uint64_t> number_in(device::System& machine, const std::string& path) {
  const auto text = device::read_text(machine, path);
  return text ? number(*text) : std::nullopt;
}

void limit(MemoryInfo& memory, std::optional<std::uint64_t> most, std::optional<std::uint64_t> used) {
  if (!most || *most == 0 || *most >= memory.total) {
    return;
  }
  memory.total = *most;
  memory.available = std::min(memory.available, *most - std::min(*most, used.value_or(0)));
}

/// Version 2: the group of this process, and every group around it, may be limited.
void limit_by_groups(device::System& machine, MemoryInfo& memory) {
  constexpr std::string_view kRoot = "/sys/fs/cgroup";
  std::string group;
  if (const auto text = device::read_text(machine, "/proc/self/cgroup")) {
    const std::size_t at = text->starts_with("0::") ? 0 : text->find("\n0::");
    if (at != std::string::npos) {
      const std::size_t begin = text->find("0::", at) + 3;
      group = text->substr(begin, text->find('\n', begin) - begin);
    }
  }
  while (group.ends_with('/')) {
    group.pop_back();
  }
  if (!group.starts_with('/')) {
    group.clear();
  }
  while (true) {
    const std::string folder = concat(kRoot, group, "/");
    limit(memory, number_in(machine, folder + "memory.max"), number_in(machine, folder + "memory.current"));
    if (group.empty()) {
      break;
    }
    group.erase(group.rfind('/'));
  }
}

}  // namespace

MemoryInfo read_memory(device::System& machine) {
  const auto text = device::read_text(machine, "/proc/meminfo");
  if (!text) {
    return {};
  }
  MemoryInfo out{.total = meminfo_value(*text, "MemTotal:"), .available = meminfo_value(*text, "MemAvailable:")};
  limit_by_groups(machine, out);
  // Version 1 shows a container its own group at the root.
  limit(out, number_in(machine, "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        number_in(machine, "/sys/fs/cgroup/memory/memory.usage_in_bytes"));
  return out;
}

}  // namespace tenzro::tee::hardware
