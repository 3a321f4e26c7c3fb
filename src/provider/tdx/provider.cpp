// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/provider.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "core/try.hpp"
#include "device/configfs_tsm.hpp"
#include "device/files.hpp"
#include "evidence/report_envelope.hpp"
#include "evidence/tdx/claims.hpp"
#include "evidence/tdx/quote.hpp"
#include "provider/attempts.hpp"
#include "provider/tdx/legacy_quote.hpp"
#include "provider/tdx/quoting_service.hpp"
#include "provider/tdx/survey.hpp"

namespace tenzro::tee::tdx {

namespace {

using device::System;
using device::Waiting;

/// What an errno of reading a quote from configfs-tsm means with the driver tdx_guest.
Error tsm_error(int number) {
  const auto failure = [](const auto&... words) { return Error(ErrorCode::hardware_failure, concat(words...)); };
  switch (number) {
    case EBUSY:
    case EAGAIN:
      return failure("an earlier request of this TD is still with the host; ", kQuotingServiceAdvice);
    case ETIMEDOUT:
      return failure("the host made no quote in the time that the driver gives it (30 s; tdx_guest.getquote_timeout); ",
                     kQuotingServiceAdvice);
    case EIO:
      return failure("the host refused the request for a quote; ", kQuotingServiceAdvice);
    case EINVAL:
      return failure("the driver did not accept the 64 bytes of report data");
    case EFBIG:
      return failure(
          "the quote is larger than this kernel takes, or the host lied about its size (before Linux 7.0: "
          "8 KiB); ",
          kQuotingServiceAdvice);
    case ENXIO:
    case ENOTTY:  // the same of kernels before Linux 6.10
      return {ErrorCode::not_available, "its driver went away: modprobe tdx_guest"};
    default:
      return device::errno_error("reading the quote", number);
  }
}

Result<Bytes> fetch_quote(System& system, const std::string& way, const ByteArray<64>& report_data,
                          const Waiting& waiting) {
  if (way == device::kTsmReports) {
    const device::TsmRequest request{
        .provider = std::string(kTsmProvider), .report_data = report_data, .read_error = tsm_error};
    TENZRO_ASSIGN_OR_RETURN(auto answer, device::request_tsm_report(system, request, waiting));
    return std::move(answer.report);
  }
  TENZRO_ASSIGN_OR_RETURN(const TdReportBytes td_report, fetch_td_report(system, way, report_data));
  if (way == kGuestDevice) {
    TENZRO_ASSIGN_OR_RETURN(const std::uint32_t port, quoting_service_port(system));
    return ask_quoting_service(system, port, td_report, waiting);
  }
  return fetch_legacy_quote(system, way, td_report, waiting);
}

Result<Bytes> make_quote(System& system, const std::vector<std::string>& ways, const ByteArray<64>& report_data,
                         const Waiting& waiting) {
  std::vector<Error> failures;
  for (const std::string& way : ways) {
    auto quote = fetch_quote(system, way, report_data, waiting);
    if (quote) {
      quote = accept_quote(*std::move(quote), report_data);
    }
    if (quote) {
      return quote;
    }
    const ErrorCode code = quote.error().code();
    if (code == ErrorCode::timed_out || code == ErrorCode::cancelled) {
      return quote;
    }
    failures.push_back(provider::of_way(way, std::move(quote).error()));
  }
  return provider::no_way_left("Intel TDX", failures);
}

Result<Bytes> read_event_log(System& system) {
  const std::string path(kEventLogData);
  if (system.kind(path) == device::PathKind::none) {
    return Error(ErrorCode::not_available,
                 concat(path, ": this machine's firmware keeps no event log; ask without one"));
  }
  auto log = device::read_file(system, path, kMaxEventLog);
  if (!log) {
    if (log.error().code() == ErrorCode::permission_denied) {
      return Error(ErrorCode::permission_denied, concat(path,
                                                        ": only root may read the event log: run as root, or ask "
                                                        "without one"));
    }
    return log;
  }
  if (log->empty()) {
    return Error(ErrorCode::not_available, concat(path, ": the event log is empty; ask without one"));
  }
  return log;
}

Result<AttestationReport> make_report(System& system, const std::vector<std::string>& ways,
                                      const ByteArray<64>& report_data, bool event_log, const Waiting& waiting) {
  AttestationReport out;
  out.platform = Platform::intel_tdx;
  if (event_log) {  // first: it costs nothing, and without it the quote is not wanted
    TENZRO_ASSIGN_OR_RETURN(out.event_log, read_event_log(system));
  }
  TENZRO_ASSIGN_OR_RETURN(out.evidence, make_quote(system, ways, report_data, waiting));
  out.generated_at = std::chrono::floor<std::chrono::seconds>(system.wall_clock());
  evidence::describe(out);
  return out;
}

class TdxProvider final : public TeeProvider {
 public:
  TdxProvider(std::shared_ptr<System> system, std::vector<std::string> ways)
      : system_(std::move(system)),
        ways_(std::move(ways)),
        name_(concat("Intel TDX (", ways_.front() == device::kTsmReports ? "configfs-tsm" : ways_.front(), ")")) {}

  Platform tee_type() const noexcept override { return Platform::intel_tdx; }
  std::string_view provider_name() const noexcept override { return name_; }

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override {
    if (request.nonce || !request.report_data) {
      return Error(ErrorCode::invalid_argument,
                   "Intel TDX signs report data only, no nonce of its own: bind the challenge into the report data");
    }
    if (request.public_key) {
      return Error(ErrorCode::invalid_argument,
                   "Intel TDX signs no public key: bind a hash of it into the report data");
    }
    ByteArray<64> report_data{};
    std::ranges::copy(request.report_data->bytes(), report_data.begin());
    return system_->queue(std::string(kQueue))
        .run<AttestationReport>(
            name_, patience,
            [system = system_, ways = ways_, report_data, event_log = request.event_log](const Waiting& waiting) {
              return make_report(*system, ways, report_data, event_log, waiting);
            });
  }

  std::shared_ptr<System> system_;
  std::vector<std::string> ways_;
  std::string name_;
};

}  // namespace

std::unique_ptr<TeeProvider> make_provider(std::shared_ptr<System> system, std::span<const ProbeFinding> findings) {
  std::vector<std::string_view> known = {device::kTsmReports, kGuestDevice};
  known.insert(known.end(), std::begin(kLegacyDevices), std::end(kLegacyDevices));
  std::vector<std::string> ways = provider::usable_ways(findings, Platform::intel_tdx, known);
  return ways.empty() ? nullptr : std::make_unique<TdxProvider>(std::move(system), std::move(ways));
}

Result<Bytes> accept_quote(Bytes received, std::span<const std::uint8_t, 64> report_data) {
  const auto failure = [](const auto&... words) { return Error(ErrorCode::hardware_failure, concat(words...)); };
  if (received.size() < kMinQuoteSize) {
    return failure("the host sent ", received.size(), " bytes, which are no quote; ", kQuotingServiceAdvice);
  }
  if (received.size() > kMaxQuoteSize) {
    return failure("the host sent ", received.size(), " bytes, more than the ", kMaxQuoteSize,
                   " that verifiers take for a quote; ", kQuotingServiceAdvice);
  }
  const auto quote = parse_quote(received);
  if (!quote) {
    return failure("what the host sent is no quote (", quote.error().message(), "); ", kQuotingServiceAdvice);
  }
  if (!quote->is_tdx()) {
    return failure("the host sent the quote of an SGX enclave; ", kQuotingServiceAdvice);
  }
  if (!std::ranges::equal(tdx::report_data(*quote), report_data)) {
    return failure("the host sent a quote over other report data than it was asked for; ", kQuotingServiceAdvice);
  }
  received.resize(received.size() - quote->trailing_bytes);
  return received;
}

}  // namespace tenzro::tee::tdx
