// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/legacy_quote.hpp"

#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "core/byte_reader.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "device/files.hpp"
#include "device/pause.hpp"
#include "provider/tdx/quoting_service.hpp"

namespace tenzro::tee::tdx {

namespace {

using device::System;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kBusyPatience{40};
constexpr milliseconds kDelay{1000};  // the driver itself looks once a second

constexpr std::uint64_t kSuccess = 0;
constexpr std::uint64_t kInFlight = 0xffffffffffffffff;
constexpr std::uint64_t kServiceUnavailable = 0x8000000000000001;
constexpr std::size_t kBufferHeader = 24;

/// What the driver is given; it is x86 only, so integers stand as they are.
struct BufferAddress {
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

void put_le(Bytes& out, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    out[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

/// Version 1, status, size of what is in it, room for the size of the answer; then the message.
Bytes filled_buffer(ByteView message) {
  Bytes out(kQuoteBufferSize);
  put_le(out, 0, 1, 8);
  put_le(out, 16, message.size(), 4);
  std::ranges::copy(message, out.begin() + kBufferHeader);
  return out;
}

int ask(System& system, int device, Bytes& buffer) {
  BufferAddress argument{.address = std::bit_cast<std::uintptr_t>(buffer.data()), .size = buffer.size()};
  const int result = system.ioctl(device, kGetQuote, &argument);
  return result == -ENOTTY ? system.ioctl(device, kGetQuoteReadWrite, &argument) : result;
}

std::uint64_t status_of(const Bytes& buffer) {
  std::uint64_t out = 0;
  for (std::size_t i = 8; i-- > 0;) {
    out = (out << 8) | buffer[8 + i];
  }
  return out;
}

Error request_error(const std::string& path, int number) {
  switch (number) {
    case ENOTTY:
      return {ErrorCode::not_available,
              concat(path, ": it knows no request for a quote; use configfs-tsm (Linux 6.7)")};
    case EBUSY:
      return {ErrorCode::hardware_failure, concat(path, ": an earlier request of this TD is still with the host")};
    case EIO:
    case ETIMEDOUT:
      return {ErrorCode::hardware_failure, concat(path, ": the host did not make a quote; ", kQuotingServiceAdvice)};
    default:
      return device::errno_error(path, number);
  }
}

Result<Bytes> read_buffer(const std::string& path, const Bytes& buffer) {
  const std::uint64_t status = status_of(buffer);
  if (status != kSuccess) {
    return Error(ErrorCode::hardware_failure,
                 concat(path, ": ",
                        status == kServiceUnavailable ? "the host has no quoting service"
                        : status == kInFlight         ? "an earlier request of this TD is still with the host"
                                                      : "the host could not make a quote",
                        "; ", kQuotingServiceAdvice));
  }
  ByteReader in("buffer", ByteView(buffer).subspan(16));
  TENZRO_RETURN_IF_ERROR(in.le<std::uint32_t>("in_len"));
  TENZRO_ASSIGN_OR_RETURN(const auto size, in.le<std::uint32_t>("out_len"));
  TENZRO_ASSIGN_OR_RETURN(ByteReader answer, in.sub("out_len", size));
  TENZRO_ASSIGN_OR_RETURN(const auto message_size, answer.be<std::uint32_t>("message_size"));
  TENZRO_ASSIGN_OR_RETURN(const ByteView message, answer.take("message", message_size));
  TENZRO_RETURN_IF_ERROR(answer.expect_end());
  return read_quote_answer(message);
}

}  // namespace

Result<Bytes> fetch_legacy_quote(System& system, const std::string& path,
                                 std::span<const std::uint8_t, kTdReportSize> td_report,
                                 const device::Waiting& waiting) {
  const device::Descriptor guest(system, system.open_device(path, O_RDWR));
  if (!guest.open()) {
    return device::device_error(system, path, guest.error());
  }
  const Bytes message = quote_request(td_report);
  const auto until = system.now() + kBusyPatience;
  while (true) {
    Bytes buffer = filled_buffer(message);
    const int result = ask(system, guest.number(), buffer);
    const bool busy = result == -EBUSY || result == -EINTR || (result >= 0 && status_of(buffer) == kInFlight);
    if (!busy || system.now() >= until) {
      if (result < 0) {
        return request_error(path, -result);
      }
      auto quote = read_buffer(path, buffer);
      if (!quote && quote.error().code() != ErrorCode::hardware_failure) {
        return Error(ErrorCode::hardware_failure, concat(path, ": ", quote.error().message()));
      }
      return quote;
    }
    if (!device::pause(system, kDelay, waiting)) {
      return waiting.error(path);
    }
  }
}

}  // namespace tenzro::tee::tdx
