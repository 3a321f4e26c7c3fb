// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/guest_device.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <optional>
#include <vector>

#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "device/files.hpp"
#include "evidence/snp/report.hpp"

namespace tenzro::tee::snp {

namespace {

using device::System;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kReportRequestSize = 96;
constexpr std::size_t kExtendedRequestSize = 112;
constexpr std::size_t kResponseSize = 4000;
constexpr std::uint32_t kInvalidLength = 1;  // vmm_error: the certificates do not fit

/// struct snp_guest_request_ioctl; integers stand as they are, since the driver is x86 only.
struct GuestRequest {
  std::uint8_t message_version = 1;
  std::array<std::uint8_t, 7> padding{};
  std::uint64_t request = 0;
  std::uint64_t response = 0;
  std::uint32_t firmware_error = 0;
  std::uint32_t vmm_error = 0;
};
static_assert(sizeof(GuestRequest) == 32);

struct alignas(kPage) Page {
  std::array<std::uint8_t, kPage> bytes;
};
static_assert(sizeof(Page) == kPage);

template <class T>
std::uint64_t address_of(T* memory) {
  return std::bit_cast<std::uintptr_t>(memory);
}

template <std::size_t Size>
void put_le(ByteArray<Size>& out, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    out.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

std::string hex_of(std::uint32_t value) {
  ByteArray<4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes.at(i) = static_cast<std::uint8_t>(value >> (8 * (bytes.size() - 1 - i)));
  }
  return concat("0x", to_hex(bytes));
}

Error failure(const auto&... words) { return {ErrorCode::hardware_failure, concat(words...)}; }

Error request_error(const std::string& path, int number, const GuestRequest& request) {
  const std::string codes =
      concat("firmware error ", hex_of(request.firmware_error), ", host error ", hex_of(request.vmm_error));
  switch (number) {
    case EIO:
      return failure(path, ": the firmware or the host refused (", codes, "); ", kKeyLost);
    case ENOSPC:
      return failure(path, ": the host's certificates do not fit into what the driver can take");
    case EAGAIN:
    case EBUSY:
      return failure(path, ": the host slows this guest's requests down (", codes,
                     "); ask again later, and less often");
    case ETIMEDOUT:
      return failure(path, ": the host slowed this guest's request down for a minute; ", kKeyLost);
    case EBADMSG:
      return failure(path, ": the firmware's answer was not authentic; ", kKeyLost);
    case ENOTTY:
      return failure(path,
                     ": the driver takes no requests: its key to the firmware (VMPCK) is gone after an earlier "
                     "failure, until this machine is restarted; or the kernel is older than Linux 5.19");
    case EINVAL:
      return failure(path, ": the driver refused the request as invalid");
    default:
      return device::errno_error(path, number);
  }
}

Error status_error(const std::string& path, std::uint32_t status) {
  constexpr std::uint32_t kInvalidParameters = 0x16;
  constexpr std::uint32_t kInvalidKey = 0x27;
  switch (status) {
    case kInvalidParameters:
      return failure(path,
                     ": the firmware refused the request's parameters (status 0x16): this kernel may run at a "
                     "higher VMPL than the report was asked for");
    case kInvalidKey:
      return failure(path, ": the firmware has no such key (status 0x27)");
    default:
      return failure(path, ": the firmware refused with status ", hex_of(status));
  }
}

/// The report in what the firmware answered. The device may say that all went well while the firmware did not.
Result<Bytes> report_in(const std::string& path, const ByteArray<kResponseSize>& response) {
  const FixedView<kResponseSize> view(response);
  const auto status = view.le<std::uint32_t, 0x00>();
  if (status != 0) {
    return status_error(path, status);
  }
  const auto size = view.le<std::uint32_t, 0x04>();
  if (size != kReportSize) {
    return failure(path, ": the firmware sent ", size, " bytes instead of a report of ", kReportSize);
  }
  const auto report = view.bytes<0x20, kReportSize>();
  return Bytes(report.begin(), report.end());
}

/// struct snp_report_req: report data, VMPL, 28 zero bytes. The firmware refuses anything else in those.
template <std::size_t Size>
ByteArray<Size> report_request(std::span<const std::uint8_t, 64> report_data, unsigned vmpl) {
  static_assert(Size >= kReportRequestSize);
  ByteArray<Size> out{};
  std::ranges::copy(report_data, out.begin());
  put_le(out, 64, vmpl, 4);
  return out;
}

/// One guest's requests to its device.
class Guest {
 public:
  Guest(System& system, std::string path, const device::Waiting& waiting)
      : system_(system),
        path_(std::move(path)),
        waiting_(waiting),
        device_(system, system.open_device(path_, O_RDWR)) {}

  const device::Descriptor& device() const noexcept { return device_; }

  Result<GuestReport> plain(std::span<const std::uint8_t, 64> report_data, unsigned vmpl) {
    auto body = report_request<kReportRequestSize>(report_data, vmpl);
    TENZRO_ASSIGN_OR_RETURN(const int result, ask(kGetReport, body.data()));
    if (result < 0) {
      return request_error(path_, -result, request_);
    }
    TENZRO_ASSIGN_OR_RETURN(Bytes report, report_in(path_, response_));
    return GuestReport{.report = std::move(report), .certificate_table = {}};
  }

  /// Nothing when it has to be asked in another way, with room for `size` bytes of certificates then; 0: without.
  Result<std::optional<GuestReport>> extended(std::span<const std::uint8_t, 64> report_data, unsigned vmpl,
                                              std::size_t& size) {
    std::vector<Page> pages(size / kPage);
    auto body = report_request<kExtendedRequestSize>(report_data, vmpl);
    put_le(body, 96, address_of(pages.data()), 8);
    put_le(body, 104, size, 4);
    TENZRO_ASSIGN_OR_RETURN(const int result, ask(kGetExtendedReport, body.data()));
    if (result == -ENOSPC || (result == -EIO && request_.vmm_error == kInvalidLength)) {
      const std::size_t wanted = FixedView<kExtendedRequestSize>(body).le<std::uint32_t, 104>();
      const std::size_t rounded = (wanted + kPage - 1) / kPage * kPage;
      size = rounded <= kMaxCertificates && rounded != size ? rounded : 0;
      return std::optional<GuestReport>();
    }
    if (result == -ENOTTY) {  // the driver knows no such request, or has no key: the plain one tells
      size = 0;
      return std::optional<GuestReport>();
    }
    if (result < 0) {
      return request_error(path_, -result, request_);
    }
    GuestReport out;
    TENZRO_ASSIGN_OR_RETURN(out.report, report_in(path_, response_));
    for (const Page& page : pages) {
      out.certificate_table.insert(out.certificate_table.end(), page.bytes.begin(), page.bytes.end());
    }
    out.certificate_table = usable_table(std::move(out.certificate_table));
    return std::optional(std::move(out));
  }

 private:
  Result<int> ask(unsigned long number, std::uint8_t* body) {
    TENZRO_RETURN_IF_ERROR(system_.queue(std::string(kQueue)).keep_distance(system_, kDistance, path_, waiting_));
    response_ = {};
    request_ = {.request = address_of(body), .response = address_of(response_.data())};
    return system_.ioctl(device_.number(), number, &request_);
  }

  System& system_;
  std::string path_;
  const device::Waiting& waiting_;
  device::Descriptor device_;
  GuestRequest request_{};
  ByteArray<kResponseSize> response_{};
};

}  // namespace

Result<GuestReport> fetch_report(System& system, const std::string& path, std::span<const std::uint8_t, 64> report_data,
                                 unsigned vmpl, const device::Waiting& waiting) {
  Guest guest(system, path, waiting);
  if (!guest.device().open()) {
    return device::device_error(system, path, guest.device().error());
  }
  std::size_t size = kMaxCertificates;
  for (int attempt = 0; attempt < 2 && size != 0; ++attempt) {
    TENZRO_ASSIGN_OR_RETURN(auto report, guest.extended(report_data, vmpl, size));
    if (report) {
      return *std::move(report);
    }
  }
  return guest.plain(report_data, vmpl);
}

}  // namespace tenzro::tee::snp
