// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/guest_device.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "evidence/snp/report.hpp"
#include "provider/snp/guest_request.hpp"

namespace tenzro::tee::snp {

namespace {

using device::System;

constexpr std::size_t kPage = 4096;
constexpr std::size_t kReportRequestSize = 96;
constexpr std::size_t kExtendedRequestSize = 112;
constexpr std::size_t kResponseSize = 4000;
constexpr std::uint32_t kInvalidLength = 1;  // vmm_error: the certificates do not fit

struct alignas(kPage) Page {
  std::array<std::uint8_t, kPage> bytes;
};
static_assert(sizeof(Page) == kPage);

constexpr RequestWords kWords = {
    .refused_parameters = "this kernel may run at a higher VMPL than the report was asked for", .no_such_key = ""};

Error failure(const auto&... words) { return {ErrorCode::hardware_failure, concat(words...)}; }

/// The report in what the firmware answered. The device may say that all went well while the firmware did not.
Result<Bytes> report_in(const Guest& guest, const ByteArray<kResponseSize>& response) {
  const FixedView<kResponseSize> view(response);
  const auto status = view.le<std::uint32_t, 0x00>();
  if (status != 0) {
    return guest.status_error(status, kWords);
  }
  const auto size = view.le<std::uint32_t, 0x04>();
  if (size != kReportSize) {
    return failure(guest.path(), ": the firmware sent ", size, " bytes instead of a report of ", kReportSize);
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

Result<GuestReport> plain_report(Guest& guest, std::span<const std::uint8_t, 64> report_data, unsigned vmpl) {
  auto body = report_request<kReportRequestSize>(report_data, vmpl);
  ByteArray<kResponseSize> response{};
  TENZRO_ASSIGN_OR_RETURN(const int result, guest.ask(kGetReport, body.data(), response.data()));
  if (result < 0) {
    return guest.error(-result, kWords);
  }
  TENZRO_ASSIGN_OR_RETURN(Bytes report, report_in(guest, response));
  return GuestReport{.report = std::move(report), .certificate_table = {}};
}

/// Nothing when it has to be asked in another way, with room for `size` bytes of certificates then; 0: without.
Result<std::optional<GuestReport>> extended_report(Guest& guest, std::span<const std::uint8_t, 64> report_data,
                                                   unsigned vmpl, std::size_t& size) {
  std::vector<Page> pages(size / kPage);
  auto body = report_request<kExtendedRequestSize>(report_data, vmpl);
  put_le(body, 96, address_of(pages.data()), 8);
  put_le(body, 104, size, 4);
  ByteArray<kResponseSize> response{};
  TENZRO_ASSIGN_OR_RETURN(const int result, guest.ask(kGetExtendedReport, body.data(), response.data()));
  if (result == -ENOSPC || (result == -EIO && guest.host_error() == kInvalidLength)) {
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
    return guest.error(-result, kWords);
  }
  GuestReport out;
  TENZRO_ASSIGN_OR_RETURN(out.report, report_in(guest, response));
  for (const Page& page : pages) {
    out.certificate_table.insert(out.certificate_table.end(), page.bytes.begin(), page.bytes.end());
  }
  out.certificate_table = usable_table(std::move(out.certificate_table));
  return std::optional(std::move(out));
}

}  // namespace

Result<GuestReport> fetch_report(System& system, const std::string& path, std::span<const std::uint8_t, 64> report_data,
                                 unsigned vmpl, const device::Waiting& waiting) {
  TENZRO_ASSIGN_OR_RETURN(Guest guest, Guest::open(system, path, waiting));
  std::size_t size = kMaxCertificates;
  for (int attempt = 0; attempt < 2 && size != 0; ++attempt) {
    TENZRO_ASSIGN_OR_RETURN(auto report, extended_report(guest, report_data, vmpl, size));
    if (report) {
      return *std::move(report);
    }
  }
  return plain_report(guest, report_data, vmpl);
}

}  // namespace tenzro::tee::snp
