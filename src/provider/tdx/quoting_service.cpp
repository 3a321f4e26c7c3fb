// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/quoting_service.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string>

#include "core/byte_reader.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "device/files.hpp"
#include "evidence/tdx/quote.hpp"

namespace tenzro::tee::tdx {

namespace {

using device::System;
using device::Waiting;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kHostCid = 2;
constexpr seconds kConnectTimeout{5};
constexpr seconds kTotalTimeout{30};
constexpr seconds kPiece{1};  // how long one read blocks before patience is looked at

constexpr std::uint16_t kMajorVersion = 1;
constexpr std::uint16_t kMinorVersion = 1;
constexpr std::uint32_t kGetQuoteRequest = 0;
constexpr std::uint32_t kGetQuoteResponse = 1;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kSizesBytes = 8;
constexpr std::size_t kLengthBytes = 4;

void put_le(Bytes& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

std::string_view error_in_words(std::uint32_t code) {
  switch (code) {
    case 0x00012001:
      return "unexpected error";
    case 0x00012002:
      return "out of memory";
    case 0x00012003:
      return "invalid parameter";
    case 0x00012004:
      return "version of the message not known to it";
    case 0x00012005:
      return "type of the message not known to it";
    case 0x00012006:
      return "invalid size";
    case 0x00012007:
      return "invalid code";
    default:
      return "unknown error";
  }
}

std::string hex_of(std::uint32_t code) {
  ByteArray<4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(code >> (8 * (bytes.size() - 1 - i)));
  }
  return concat("0x", to_hex(bytes));
}

/// Writes and reads whole messages, with an eye on the clock. No socket gives up on its own before kPiece.
class Connection {
 public:
  Connection(System& system, std::uint32_t port, const Waiting& waiting)
      : system_(system),
        waiting_(waiting),
        until_(system.now() + kTotalTimeout),
        what_(concat("the quoting service at vsock port ", port, " of the host")),
        socket_(system, system.connect_vsock(kHostCid, port, kConnectTimeout, kPiece)) {}

  Result<void> check_open() const {
    switch (socket_.error()) {
      case 0:
        return {};
      case ECONNREFUSED:
      case ECONNRESET:
      case EHOSTUNREACH:
      case ENETUNREACH:
      case ETIMEDOUT:
      case ENODEV:
      case EAFNOSUPPORT:
        return Error(
            ErrorCode::not_available,
            concat(what_, ": nobody answers there (", device::describe_errno(socket_.error()),
                   "): have the host's QGS listen on that port (/etc/qgs.conf), or correct ", kQuotingServiceSettings));
      default:
        return device::errno_error(what_, socket_.error());
    }
  }

  Result<void> write(ByteView bytes) {
    while (!bytes.empty()) {
      TENZRO_RETURN_IF_ERROR(check_time("took"));
      TENZRO_ASSIGN_OR_RETURN(const std::size_t count, step(system_.write(socket_.number(), bytes)));
      bytes = bytes.subspan(count);
    }
    return {};
  }

  Result<Bytes> read(std::size_t size) {
    Bytes out;
    std::array<std::uint8_t, 4096> piece{};
    while (out.size() < size) {
      TENZRO_RETURN_IF_ERROR(check_time("sent"));
      const auto into = std::span(piece).first(std::min(piece.size(), size - out.size()));
      const ssize_t received = system_.read(socket_.number(), into);
      if (received == 0) {
        return Error(ErrorCode::hardware_failure, concat(what_, ": it closed the connection after ", out.size(), " of ",
                                                         size, " bytes; ", kQuotingServiceAdvice));
      }
      TENZRO_ASSIGN_OR_RETURN(const std::size_t count, step(received));
      out.insert(out.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return out;
  }

 private:
  /// Before each call, whatever the last one brought: a host that sends byte after byte has no more time than another.
  Result<void> check_time(std::string_view verb) const {
    if (waiting_.over()) {
      return waiting_.error(what_);
    }
    if (system_.now() >= until_) {
      return Error(ErrorCode::hardware_failure, concat(what_, ": it ", verb, " not all in ", kTotalTimeout.count(),
                                                       " seconds; ", kQuotingServiceAdvice));
    }
    return {};
  }

  /// How many bytes a call moved; 0 where it should be made again.
  Result<std::size_t> step(ssize_t result) const {
    if (result >= 0) {
      return static_cast<std::size_t>(result);
    }
    if (result != -EINTR && result != -EAGAIN) {
      return device::errno_error(what_, static_cast<int>(-result));
    }
    return std::size_t{0};
  }

  System& system_;
  const Waiting& waiting_;
  std::chrono::steady_clock::time_point until_;
  std::string what_;
  device::Descriptor socket_;
};

Error no_answer(const std::string& why) {
  return {ErrorCode::hardware_failure,
          concat("the quoting service's answer is none: ", why, "; ", kQuotingServiceAdvice)};
}

Result<ByteView> quote_in(ByteView message) {
  ByteReader in("answer", message);
  TENZRO_ASSIGN_OR_RETURN(const auto major, in.le<std::uint16_t>("major_version"));
  TENZRO_RETURN_IF_ERROR(in.le<std::uint16_t>("minor_version"));  // 0 and 1 read the same
  TENZRO_ASSIGN_OR_RETURN(const auto type, in.le<std::uint32_t>("type"));
  TENZRO_ASSIGN_OR_RETURN(const auto size, in.le<std::uint32_t>("size"));
  TENZRO_ASSIGN_OR_RETURN(const auto code, in.le<std::uint32_t>("error_code"));
  if (major != kMajorVersion) {
    return Error(ErrorCode::unsupported, concat("answer.major_version: expected 1, got ", major));
  }
  if (type != kGetQuoteResponse) {
    return Error(ErrorCode::malformed_input, concat("answer.type: expected 1, got ", type));
  }
  if (size != message.size()) {
    return Error(ErrorCode::malformed_input,
                 concat("answer.size: says ", size, " bytes, ", message.size(), " were received"));
  }
  if (code != 0) {
    return Error(ErrorCode::hardware_failure, concat("error ", hex_of(code), " (", error_in_words(code), ")"));
  }
  TENZRO_ASSIGN_OR_RETURN(const auto id_size, in.le<std::uint32_t>("selected_id_size"));
  TENZRO_ASSIGN_OR_RETURN(const auto quote_size, in.le<std::uint32_t>("quote_size"));
  TENZRO_RETURN_IF_ERROR(in.take("selected_id", id_size));
  if (quote_size > kMaxQuoteSize) {
    return Error(ErrorCode::malformed_input,
                 concat("answer.quote_size: ", quote_size, " is more than ", kMaxQuoteSize));
  }
  TENZRO_ASSIGN_OR_RETURN(const ByteView quote, in.take("quote", quote_size));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return quote;
}

}  // namespace

Result<std::uint32_t> quoting_service_port(System& system) {
  constexpr std::string_view kAdvice =
      "quotes then come through configfs-tsm only (Linux 6.7); where the host's QGS listens on vsock, put its port "
      "there as a line 'port = 4050'";
  constexpr std::size_t kLimit = std::size_t{64} << 10;
  const auto content = device::read_file(system, std::string(kQuotingServiceSettings), kLimit);
  if (!content) {
    return Error(ErrorCode::not_available, concat("needs the port of the host's quoting service, and cannot read ",
                                                  content.error().message(), "; ", kAdvice));
  }
  for (std::string_view rest = as_text(*content); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, std::min(rest.find('#'), end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)) != "port") {
      continue;
    }
    const std::string_view number = trimmed(line.substr(equals + 1));
    std::uint32_t port = 0;
    const auto [last, error] = std::from_chars(number.data(), number.data() + number.size(), port);
    if (error == std::errc() && last == number.data() + number.size() && port != 0) {
      return port;
    }
    return Error(ErrorCode::not_available,
                 concat(kQuotingServiceSettings, ": '", printable(number), "' is no port: ", kAdvice));
  }
  return Error(ErrorCode::not_available, concat("needs the port of the host's quoting service, and ",
                                                kQuotingServiceSettings, " names none: ", kAdvice));
}

Bytes quote_request(std::span<const std::uint8_t, kTdReportSize> td_report) {
  constexpr std::uint32_t kMessageSize = kHeaderBytes + kSizesBytes + kTdReportSize;
  Bytes out;
  out.reserve(kLengthBytes + kMessageSize);
  for (std::size_t i = kLengthBytes; i-- > 0;) {
    out.push_back(static_cast<std::uint8_t>(kMessageSize >> (8 * i)));
  }
  put_le(out, kMajorVersion, 2);
  put_le(out, kMinorVersion, 2);
  put_le(out, kGetQuoteRequest, 4);
  put_le(out, kMessageSize, 4);
  put_le(out, 0, 4);  // error code
  put_le(out, kTdReportSize, 4);
  put_le(out, 0, 4);  // no list of attestation keys to choose from
  out.insert(out.end(), td_report.begin(), td_report.end());
  return out;
}

Result<Bytes> read_quote_answer(ByteView message) {
  const auto quote = quote_in(message);
  if (!quote) {
    if (quote.error().code() == ErrorCode::hardware_failure) {
      return Error(ErrorCode::hardware_failure,
                   concat("the quoting service answered with ", quote.error().message(), "; ", kQuotingServiceAdvice));
    }
    return no_answer(quote.error().message());
  }
  return Bytes(quote->begin(), quote->end());
}

Result<Bytes> ask_quoting_service(System& system, std::uint32_t port,
                                  std::span<const std::uint8_t, kTdReportSize> td_report, const Waiting& waiting) {
  Connection connection(system, port, waiting);
  TENZRO_RETURN_IF_ERROR(connection.check_open());
  TENZRO_RETURN_IF_ERROR(connection.write(quote_request(td_report)));
  TENZRO_ASSIGN_OR_RETURN(const Bytes length, connection.read(kLengthBytes));
  ByteReader in("length", length);
  TENZRO_ASSIGN_OR_RETURN(const auto size, in.be<std::uint32_t>("size"));
  if (size < kHeaderBytes || size > kMaxAnswerSize) {
    return no_answer(concat("its length is ", size, ", not ", kHeaderBytes, " to ", kMaxAnswerSize));
  }
  TENZRO_ASSIGN_OR_RETURN(const Bytes message, connection.read(size));
  return read_quote_answer(message);
}

}  // namespace tenzro::tee::tdx
