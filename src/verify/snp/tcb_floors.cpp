// SPDX-License-Identifier: Apache-2.0
// Source: AMD product security bulletins, as public projects quote their levels (2026-11). A level stands here when all
// parts of its line with that fix have it.
#include "verify/snp/tcb_floors.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "core/text.hpp"

namespace tenzro::tee::snp {

namespace {

constexpr UtcTime kTableDate = std::chrono::sys_days(std::chrono::year{2026} / 11 / 22);

/// A level of the SNP firmware for a product, or of the microcode for a silicon line.
struct Floor {
  std::string_view bulletin;
  std::variant<Product, SiliconLine> of;
  std::uint8_t level;
  bool only_with_smt = false;
};
constexpr std::array<Floor, 18> kFloors = {{
    // Memory aliasing through a false SPD (CVE-2024-21944).
    {"AMD-SB-3015", Product::milan, 0x17},
    {"AMD-SB-3015", Product::genoa, 0x16},
    // Forged microcode signatures (CVE-2024-56161, CVE-2024-36347).
    {"AMD-SB-3019", Product::milan, 0x18},
    {"AMD-SB-3019", Product::genoa, 0x17},
    {"AMD-SB-3019", SiliconLine::milan, 0xdb},
    {"AMD-SB-3019", SiliconLine::milan_x, 0x44},
    {"AMD-SB-3019", SiliconLine::genoa, 0x54},
    {"AMD-SB-3019", SiliconLine::genoa_x, 0x4f},
    {"AMD-SB-3019", SiliconLine::bergamo, 0x19},
    // A race while the RMP is set up (CVE-2025-0033).
    {"AMD-SB-3020", Product::milan, 0x1b},
    {"AMD-SB-3020", Product::genoa, 0x1b},
    {"AMD-SB-3020", Product::turin, 0x04},
    {"AMD-SB-3020", SiliconLine::genoa, 0x56},
    {"AMD-SB-3020", SiliconLine::genoa_x, 0x51},
    {"AMD-SB-3020", SiliconLine::turin, 0x50},
    // The stack engine, from the sibling thread (CVE-2025-29943).
    {"AMD-SB-3027", SiliconLine::genoa, 0x56, true},
    {"AMD-SB-3027", SiliconLine::genoa_x, 0x51, true},
    {"AMD-SB-3027", SiliconLine::turin, 0x51, true},
}};

bool concerns(const Floor& floor, const PlatformTcb& platform) {
  if (floor.only_with_smt && platform.smt_off) {
    return false;
  }
  const auto* const product = std::get_if<Product>(&floor.of);
  return product != nullptr ? *product == platform.product : std::get<SiliconLine>(floor.of) == platform.line;
}

bool has_microcode_floor(SiliconLine line) {
  return std::ranges::any_of(kFloors, [line](const Floor& floor) {
    const auto* const of = std::get_if<SiliconLine>(&floor.of);
    return of != nullptr && *of == line;
  });
}

std::uint8_t lowest(const Floor& floor, const PlatformTcb& platform) {
  const bool microcode = std::holds_alternative<SiliconLine>(floor.of);
  std::uint8_t out = 0xff;
  for (const Tcb* const tcb : platform.all()) {
    out = std::min(out, microcode ? tcb->microcode : tcb->snp);
  }
  return out;
}

}  // namespace

TcbAssessment assess_tcb(const PlatformTcb& platform) {
  TcbAssessment out;
  out.verdict.date = kTableDate;
  if (!platform.line) {
    out.why = "the report does not say which silicon line this is, so that microcode levels mean nothing";
    return out;
  }
  for (const Floor& floor : kFloors) {
    if (!concerns(floor, platform) || lowest(floor, platform) >= floor.level) {
      continue;
    }
    const bool microcode = std::holds_alternative<SiliconLine>(floor.of);
    out.why += concat(out.why.empty() ? "" : ", ", microcode ? "microcode " : "SNP firmware ",
                      unsigned{lowest(floor, platform)}, " below ", unsigned{floor.level}, " (", floor.bulletin, ")");
    out.verdict.advisory_ids.emplace_back(floor.bulletin);
  }
  std::ranges::sort(out.verdict.advisory_ids);
  const auto repeated = std::ranges::unique(out.verdict.advisory_ids);
  out.verdict.advisory_ids.erase(repeated.begin(), repeated.end());
  if (!out.verdict.advisory_ids.empty()) {
    out.verdict.status = TcbStatus::out_of_date;
  } else if (has_microcode_floor(*platform.line)) {
    out.verdict.status = TcbStatus::up_to_date;
  } else {
    out.why = concat("no microcode level is known for ", to_string(*platform.line));
  }
  return out;
}

}  // namespace tenzro::tee::snp
