// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/guest_report.hpp"

#include <algorithm>

#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "evidence/snp/report.hpp"

namespace tenzro::tee::snp {

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
  const auto parsed = parse_certificate_table(table);
  table.resize(parsed ? parsed->extent : 0);
  return table;
}

}  // namespace tenzro::tee::snp
