// SPDX-License-Identifier: Apache-2.0
#include "hardware/processor.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "device/files.hpp"

namespace tenzro::tee::hardware {

namespace {

constexpr std::size_t kMaxCpuinfo = std::size_t{16} << 20;  // thousands of processors
constexpr std::size_t kMaxModel = 128;
constexpr unsigned kMaxProcessors = 1U << 16U;

std::optional<unsigned> number(std::string_view text) {
  unsigned out = 0;
  const auto [at, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  return problem == std::errc() && at == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

/// What the blocks of /proc/cpuinfo say together.
struct CpuinfoSummary {
  unsigned threads = 0;
  std::string model, implementer, part;
  std::set<std::string, std::less<>> sockets;
  std::set<std::pair<std::string, std::string>> cores;  ///< socket, core
};

/// One processor's block while it is read.
struct Block {
  std::string socket, core;
};

void end_block(CpuinfoSummary& out, Block& block) {
  if (!block.core.empty()) {
    out.cores.emplace(block.socket, block.core);
  }
  if (!block.socket.empty()) {
    out.sockets.insert(block.socket);
  }
  block = {};
}

CpuinfoSummary summarize(std::string_view text) {
  CpuinfoSummary out;
  Block block;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      end_block(out, block);
      continue;
    }
    const std::string_view name = trimmed(line.substr(0, colon));
    const std::string value(trimmed(line.substr(colon + 1)));
    if (name == "processor") {
      ++out.threads;
    } else if (name == "model name" && out.model.empty()) {
      out.model = value;
    } else if (name == "CPU implementer") {
      out.implementer = value;
    } else if (name == "CPU part") {
      out.part = value;
    } else if (name == "physical id") {
      block.socket = value;
    } else if (name == "core id") {
      block.core = value;
    }
  }
  end_block(out, block);
  return out;
}

/// Sockets and cores by the kernel's topology files.
void count_by_topology(device::System& machine, ProcessorInfo& out) {
  constexpr std::string_view kFolder = "/sys/devices/system/cpu";
  std::set<std::string> sockets;
  std::set<std::pair<std::string, std::string>> cores;
  for (const std::string& name : machine.list(std::string(kFolder))) {
    if (!name.starts_with("cpu") || name.find_first_not_of("0123456789", 3) != std::string::npos) {
      continue;
    }
    const std::string topology = concat(kFolder, "/", name, "/topology/");
    const auto socket = device::read_text(machine, topology + "physical_package_id");
    const auto core = device::read_text(machine, topology + "core_id");
    if (socket && core) {
      sockets.insert(*socket);
      cores.emplace(*socket, *core);
    }
  }
  out.sockets = static_cast<unsigned>(sockets.size());
  out.cores = static_cast<unsigned>(cores.size());
}

std::string architecture() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "other";
#endif
}

/// The processors that the scheduler may give this process.
unsigned usable_threads(device::System& machine) {
  const auto status = device::read_text(machine, "/proc/self/status");
  constexpr std::string_view kName = "Cpus_allowed_list:";
  const std::size_t at = status ? status->find(kName) : std::string::npos;
  if (at == std::string::npos) {
    return 0;
  }
  const std::string_view rest = std::string_view(*status).substr(at + kName.size());
  return count_of_list(trimmed(rest.substr(0, rest.find('\n'))));
}

}  // namespace

unsigned count_of_list(std::string_view list) {
  unsigned count = 0;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), part.size() + 1));
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= kMaxProcessors) {
      return 0;
    }
    count += *last - *first + 1;
  }
  return count;
}

ProcessorInfo read_processor(device::System& machine) {
  ProcessorInfo out{.architecture = architecture()};
  const auto text = device::read_file(machine, "/proc/cpuinfo", kMaxCpuinfo);
  const CpuinfoSummary found = summarize(text ? as_text(*text) : "");
  out.threads = found.threads;
  out.usable_threads = usable_threads(machine);
  out.model = printable(found.model, kMaxModel);
  if (out.model.empty() && !found.implementer.empty()) {
    out.model = concat("implementer ", printable(found.implementer), ", part ", printable(found.part));
  }
  if (!found.cores.empty()) {
    out.sockets = static_cast<unsigned>(found.sockets.size());
    out.cores = static_cast<unsigned>(found.cores.size());
  } else {
    count_by_topology(machine, out);
  }
  return out;
}

}  // namespace tenzro::tee::hardware
