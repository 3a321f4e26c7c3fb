// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/tsm_report.hpp"

#include <cerrno>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "device/files.hpp"
#include "provider/snp/survey.hpp"

namespace tenzro::tee::snp {

namespace {

/// What an errno of reading a report from configfs-tsm means with the driver sev-guest.
Error tsm_error(int number) {
  const auto failure = [](const auto&... words) { return Error(ErrorCode::hardware_failure, concat(words...)); };
  switch (number) {
    case EINVAL:
      return failure(
          "the firmware or the SVSM refused the request's parameters: this kernel may run at a higher VMPL than the "
          "report was asked for");
    case ENOTTY:
      return failure(
          "the driver takes no requests: its key to the firmware (VMPCK) is gone after an earlier failure, until this "
          "machine is restarted");
    case ENXIO:
      return failure("the firmware refused (dmesg has its status), or the driver went away: modprobe sev-guest");
    case EIO:
      return failure("the firmware or the host refused (dmesg has their errors); ", kKeyLost);
    case ETIMEDOUT:
      return failure("the host slowed this guest's request down for a minute; ", kKeyLost);
    case EBADMSG:
      return failure("the firmware's answer was not authentic; ", kKeyLost);
    case EFBIG:
    case ENOSPC:
      return failure("the report or the host's certificates are larger than this kernel takes");
    case EBUSY:
    case EAGAIN:
      return failure("the device stayed busy; ask again later, and less often");
    default:
      return device::errno_error("reading the report", number);
  }
}

Result<device::TsmAnswer> ask(device::System& system, device::TsmRequest request, const device::Waiting& waiting) {
  // Each reading is an exchange with the firmware, and the driver has been patient with the host for a minute before it
  // says that it is busy.
  request.busy_patience = {};
  request.keep_distance = [&system](const device::Waiting& still) {
    return system.queue(std::string(kQueue)).keep_distance(system, kDistance, device::kTsmReports, still);
  };
  return device::request_tsm_report(system, request, waiting);
}

}  // namespace

Result<GuestReport> fetch_tsm_report(device::System& system, const ByteArray<64>& report_data,
                                     const device::Waiting& waiting) {
  const device::TsmRequest request{.provider = std::string(kTsmProvider),
                                   .report_data = report_data,
                                   .privilege_level = 0,  // which a kernel above it raises to its own
                                   .read_error = tsm_error};
  TENZRO_ASSIGN_OR_RETURN(auto answer, ask(system, request, waiting));
  TENZRO_RETURN_IF_ERROR(check_report(answer.report, report_data, answer.privilege_level.value_or(0)));
  return GuestReport{.report = std::move(answer.report),
                     .certificate_table = usable_table(std::move(answer.auxiliary))};
}

Result<ServiceReport> fetch_service_report(device::System& system, const ByteArray<64>& nonce, const std::string& guid,
                                           const device::Waiting& waiting) {
  constexpr unsigned kSvsmVmpl = 0;
  device::TsmRequest request{.provider = std::string(kTsmProvider), .report_data = nonce, .read_error = tsm_error};
  request.service = device::TsmService{.guid = guid, .manifest_version = guid.empty() ? "" : "0"};
  TENZRO_ASSIGN_OR_RETURN(auto answer, ask(system, request, waiting));
  TENZRO_RETURN_IF_ERROR(check_report(answer.report, crypto::sha512({nonce, answer.manifest}), kSvsmVmpl));
  return ServiceReport{
      .guest = {.report = std::move(answer.report), .certificate_table = usable_table(std::move(answer.auxiliary))},
      .manifest = std::move(answer.manifest)};
}

}  // namespace tenzro::tee::snp
