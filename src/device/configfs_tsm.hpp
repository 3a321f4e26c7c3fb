// SPDX-License-Identifier: Apache-2.0
// configfs-tsm: the kernel's one interface to reports of Intel TDX and AMD SEV-SNP guests (Linux 6.7 and later).
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "device/system.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::device {

inline constexpr std::string_view kTsmReports = "/sys/kernel/config/tsm/report";
inline constexpr std::size_t kMaxTsmBlob = std::size_t{16} << 20;  ///< the kernel's own limit since Linux 7.0

/// What the interface says of itself.
struct TsmState {
  bool present = false;  ///< the folder is there
  /// A driver has registered there; or nobody can tell whether one has, since this user may make no entry.
  bool may_have_driver = false;
  std::string provider;  ///< "tdx_guest", "sev_guest"; empty: unknown
  bool usable = false;   ///< an entry could be made in it
  bool busy = false;     ///< it did not answer in time: a report is being made for somebody
  std::string why_not;   ///< one line with what to do; empty when usable
};
/// Makes an entry, reads whose it is, and removes it. Opens nothing for writing.
TsmState tsm_state(System& system);
/// The same within this patience: the kernel lets nobody in while it makes a report for somebody else, which takes up
/// to a minute. Then the state is busy: there is a driver, and nobody can tell whose.
TsmState tsm_state(const std::shared_ptr<System>& system, std::chrono::milliseconds patience);

/// Whose report is asked for, where it is not the guest's own: a service of the SVSM below it (Linux 6.10 and later,
/// kernels at a VMPL above 0 only).
struct TsmService {
  std::string provider = "svsm";
  std::string guid{};              ///< of one service; empty: all of them
  std::string manifest_version{};  ///< decimal; empty: the kernel's default
};

struct TsmRequest {
  std::string provider;         ///< what the interface must say that it is
  ByteArray<64> report_data{};  ///< both providers take exactly this many bytes
  /// The least VMPL to ask for, where the provider has such a thing: a kernel that cannot go so low gets its own, the
  /// floor. Nothing: not set.
  std::optional<unsigned> privilege_level{};
  std::optional<TsmService> service{};
  /// How long to go on asking while an earlier request of this guest is still with the host (EBUSY, EAGAIN).
  std::chrono::milliseconds busy_patience = std::chrono::seconds{40};
  /// Called before every reading that may have the platform make a report, repeated ones too: sleeps until it may be
  /// asked again, and fails when the waiting is over. Nothing: there is no need to.
  std::function<Result<void>(const Waiting&)> keep_distance{};
  /// The platform's words for an errno of reading a report. Required.
  Error (*read_error)(int number) = nullptr;
};

struct TsmAnswer {
  Bytes report;                               ///< outblob; of any size, empty too: the host made it
  Bytes auxiliary{};                          ///< auxblob; empty where there is none
  Bytes manifest{};                           ///< manifestblob; of a request for a service only
  std::optional<unsigned> privilege_level{};  ///< what was asked for in the end
};

/// One request in an entry of its own, which is removed on every path. Has patience with the host as the request says,
/// begins a reading that a signal interrupted anew, and asks anew where somebody else wrote to the entry. Whether
/// the report answers the request is for the caller to see.
/// timed_out or cancelled: the waiting was over. not_available, permission_denied: the interface. Otherwise what
/// read_error makes of it, or io_failure.
Result<TsmAnswer> request_tsm_report(System& system, const TsmRequest& request, const Waiting& waiting);

}  // namespace tenzro::tee::device
