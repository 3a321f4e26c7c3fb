// SPDX-License-Identifier: Apache-2.0
// Source: AMD's processor signatures, as Linux microcode packages name them (family, model, stepping).
#include "evidence/snp/silicon_line.hpp"

#include <algorithm>
#include <array>

namespace tenzro::tee::snp {

namespace {

struct Part {
  CpuId cpu;
  SiliconLine line = SiliconLine::milan;
};
constexpr std::array<Part, 7> kParts = {{{{0x19, 0x01, 1}, SiliconLine::milan},
                                         {{0x19, 0x01, 2}, SiliconLine::milan_x},
                                         {{0x19, 0x11, 1}, SiliconLine::genoa},
                                         {{0x19, 0x11, 2}, SiliconLine::genoa_x},
                                         {{0x19, 0xa0, 2}, SiliconLine::bergamo},
                                         {{0x1a, 0x02, 1}, SiliconLine::turin},
                                         {{0x1a, 0x11, 0}, SiliconLine::turin_dense}}};

}  // namespace

std::string_view to_string(SiliconLine line) noexcept {
  switch (line) {
    case SiliconLine::milan:
      return "Milan";
    case SiliconLine::milan_x:
      return "Milan-X";
    case SiliconLine::genoa:
      return "Genoa";
    case SiliconLine::genoa_x:
      return "Genoa-X";
    case SiliconLine::bergamo:
      return "Bergamo";
    case SiliconLine::turin:
      return "Turin";
    case SiliconLine::turin_dense:
      return "Turin-Dense";
  }
  return "unknown";
}

bool is_silicon_line(std::string_view name) noexcept {
  return std::ranges::any_of(kParts, [name](const Part& part) { return to_string(part.line) == name; });
}

std::optional<SiliconLine> silicon_line_of(const CpuId& cpu) noexcept {
  const auto* const part = std::ranges::find(kParts, cpu, &Part::cpu);
  return part == kParts.end() ? std::nullopt : std::optional(part->line);
}

}  // namespace tenzro::tee::snp
