// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/td_report.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "device/files.hpp"

namespace tenzro::tee::tdx {

namespace {

constexpr std::size_t kReportDataSize = 64;

Error report_error(const std::string& path, int number) {
  switch (number) {
    case EIO:
      return {ErrorCode::hardware_failure, concat(path, ": the TDX module refused to make a TDREPORT")};
    case EINVAL:
      return {ErrorCode::hardware_failure, concat(path, ": the driver refused the request for a TDREPORT as invalid")};
    case EFAULT:
      return {ErrorCode::hardware_failure, concat(path, ": the driver could not read the request for a TDREPORT")};
    case ENOTTY:
      return {ErrorCode::not_available,
              concat(path,
                     ": it does not know TDX_CMD_GET_REPORT0 (0xc4405401): its kernel speaks an older language; "
                     "use Linux 6.2 or later")};
    default:
      return device::errno_error(path, number);
  }
}

}  // namespace

Result<TdReportBytes> fetch_td_report(device::System& system, const std::string& path,
                                      std::span<const std::uint8_t, kReportDataSize> report_data) {
  constexpr std::uint8_t kTdxType = 0x81;
  const device::Descriptor guest(system, system.open_device(path, O_RDWR));
  if (!guest.open()) {
    return device::device_error(system, path, guest.error());
  }
  ByteArray<kReportDataSize + kTdReportSize> argument{};
  std::ranges::copy(report_data, argument.begin());
  if (const int result = system.ioctl(guest.number(), kGetReport0, argument.data()); result < 0) {
    return report_error(path, -result);
  }
  TdReportBytes out{};
  std::copy(argument.begin() + kReportDataSize, argument.end(), out.begin());
  const FixedView<kTdReportSize> view(out);
  if (view.bytes<0, 1>()[0] != kTdxType) {
    return Error(ErrorCode::hardware_failure, concat(path, ": what it made is no TDREPORT"));
  }
  if (!std::ranges::equal(view.bytes<128, kReportDataSize>(), report_data)) {
    return Error(ErrorCode::hardware_failure, concat(path, ": the TDREPORT holds other report data than it was given"));
  }
  return out;
}

std::array<ByteArray<48>, 4> registers_in(const TdReportBytes& report) {
  const FixedView<kTdReportSize> view(report);
  return {view.array<720, 48>(), view.array<768, 48>(), view.array<816, 48>(), view.array<864, 48>()};
}

}  // namespace tenzro::tee::tdx
