// SPDX-License-Identifier: Apache-2.0
// Reports of a SEV-SNP guest, and of the SVSM below it, by configfs-tsm.
#pragma once
#include <span>
#include <string>

#include "device/configfs_tsm.hpp"
#include "provider/snp/guest_report.hpp"

namespace tenzro::tee::snp {

/// A report for the kernel's own VMPL. Inside a job of the queue: keeps its distance to earlier requests.
/// Errors: as request_tsm_report; hardware_failure: the firmware or the host refused, or did not answer the request.
Result<GuestReport> fetch_tsm_report(device::System& system, const ByteArray<64>& report_data,
                                     const device::Waiting& waiting);

/// What the SVSM says of one or all of its services, with a report about it.
struct ServiceReport {
  GuestReport guest;
  Bytes manifest;  ///< what REPORT_DATA = SHA-512(nonce || manifest) stands for
};

/// A report that the SVSM makes at VMPL 0 over its services: of the one named guid (the vTPM is
/// c476f1eb-0123-45a5-9641-b4e7dde5bfe3), or of all where that is empty. It tells of the services, not of this kernel
/// or program, so it is no evidence that a provider hands out. Inside a job of the queue, likewise. The formula of its
/// REPORT_DATA is checked; it stands as Coconut-SVSM has it, citing AMD publication 58019 (page 29), which we could not
/// read ourselves. not_available: no SVSM. hardware_failure: another report than was asked for.
Result<ServiceReport> fetch_service_report(device::System& system, const ByteArray<64>& nonce, const std::string& guid,
                                           const device::Waiting& waiting);

}  // namespace tenzro::tee::snp
