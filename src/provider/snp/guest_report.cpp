// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/guest_report.hpp"

#include <algorithm>

#include "core/byte_reader.hpp"
#include "core/text.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "evidence/snp/report.hpp"

namespace tenzro::tee::snp {

namespace {

constexpr std::size_t kGuidSize = 16;

/// Where the content of the last entry ends; 0 without entries. table: a well-formed one.
std::size_t extent_of(ByteView table) {
  std::size_t out = 0;
  ByteReader in("certificate table", table);
  while (true) {
    const auto guid = in.take<kGuidSize>("guid");
    const auto offset = in.le<std::uint32_t>("offset");
    const auto length = in.le<std::uint32_t>("length");
    if (!guid || !offset || !length || std::ranges::all_of(*guid, [](std::uint8_t byte) { return byte == 0; })) {
      return out;
    }
    out = std::max(out, std::size_t{*offset} + *length);
  }
}

}  // namespace

Result<void> check_report(ByteView report, std::span<const std::uint8_t, 64> report_data, unsigned vmpl) {
  const auto failure = [](const auto&... words) { return Error(ErrorCode::hardware_failure, concat(words...)); };
  const auto view = FixedView<kReportSize>::exactly(report);
  if (!view) {
    return failure("the firmware sent ", report.size(), " bytes instead of a report of ", kReportSize);
  }
  const Report parsed(view->all());
  if (parsed.version() < kOldestVersion) {
    return failure("the firmware sent a report of version ", parsed.version(),
                   ", which is none: an SVSM or paravisor below this kernel may not pass reports on");
  }
  if (!std::ranges::equal(parsed.report_data(), report_data)) {
    return failure("the firmware sent a report over other report data than it was asked for");
  }
  if (parsed.vmpl() != vmpl) {
    return failure("the firmware sent a report for VMPL ", parsed.vmpl(), ", not ", vmpl);
  }
  return {};
}

Bytes usable_table(Bytes table) {
  if (!parse_certificate_table(table)) {
    return {};
  }
  table.resize(extent_of(table));
  return table;
}

}  // namespace tenzro::tee::snp
