// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/quoting_service.hpp"

#include <gtest/gtest.h>

#include "evidence/tdx/quote.hpp"
#include "fakes/tdx.hpp"

namespace tenzro::tee::tdx {
namespace {

using std::chrono::milliseconds;
using test::FakeQuotingService;
using test::FakeSystem;
using test::MadeAnswer;

TdReportBytes td_report() {
  TdReportBytes out{};
  out.fill(0x77);
  out[0] = 0x81;
  return out;
}

struct Host {
  FakeSystem system;
  std::shared_ptr<FakeQuotingService> service = FakeQuotingService::into(system);

  Host() {
    service->answer = [](ByteView) { return MadeAnswer{.quote = Bytes(5000, 0x5a)}.wire(); };
  }
  ~Host() { EXPECT_EQ(system.open_descriptors(), 0U); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Result<Bytes> ask(const Patience& patience = {}) {
    return ask_quoting_service(system, 4050, td_report(), device::Waiting(patience));
  }
  void expect_error(ErrorCode code, std::string_view part, const Patience& patience = {}) {
    const auto quote = ask(patience);
    ASSERT_FALSE(quote);
    EXPECT_EQ(quote.error().code(), code) << quote.error().message();
    EXPECT_NE(quote.error().message().find(part), std::string::npos) << quote.error().message();
  }
  void expect_refused(const MadeAnswer& answer, std::string_view part) {
    service->answer = [answer](ByteView) { return answer.wire(); };
    expect_error(ErrorCode::hardware_failure, part);
    expect_error(ErrorCode::hardware_failure, "check the host's quoting service (QGS)");
  }
};

TEST(QuotingService, IsAskedInItsOwnWords) {
  const Bytes request = quote_request(td_report());
  EXPECT_EQ(request.size(), 1052U);
  EXPECT_TRUE(test::is_quote_request(request));
  EXPECT_EQ(to_hex(ByteView(request).first(28)), "00000418010001000000000018040000000000000004000000000000");
  EXPECT_TRUE(std::ranges::equal(ByteView(request).subspan(28), td_report()));
}

TEST(QuotingService, GivesAQuoteOverWhatItWasSent) {
  Host host;
  host.service->answer = [](ByteView report) {
    return MadeAnswer{.quote = Bytes(report.begin(), report.end())}.wire();
  };
  for (const std::size_t piece : {std::size_t{4096}, std::size_t{100}, std::size_t{1}}) {
    host.service->piece = piece;
    const auto quote = host.ask();
    ASSERT_TRUE(quote) << quote.error().message();
    EXPECT_TRUE(std::ranges::equal(*quote, td_report()));
  }
  EXPECT_EQ(host.service->requests, 3);
}

TEST(QuotingService, GoesOnAfterInterruptionsAndPauses) {
  Host host;
  host.service->piece = 3000;
  host.service->write_fails = {EINTR, EAGAIN};
  host.service->read_fails = {EAGAIN, EINTR, 0, EAGAIN, 0, EINTR};
  EXPECT_EQ(host.ask().value(), Bytes(5000, 0x5a));
}

TEST(QuotingService, MayLeaveOutOrNameTheKeyAndSpeakTheOlderMinorVersion) {
  Host host;
  for (const MadeAnswer& answer :
       {MadeAnswer{.quote = Bytes(1020, 1), .id = Bytes(16, 9)}, MadeAnswer{.quote = Bytes(1020, 1), .minor = 0}}) {
    host.service->answer = [answer](ByteView) { return answer.wire(); };
    EXPECT_EQ(host.ask().value(), Bytes(1020, 1));
  }
}

TEST(QuotingService, GivesItsErrorsInWords) {
  for (const auto& [code, words] :
       std::vector<std::pair<std::uint32_t, std::string>>{{0x12001, "error 0x00012001 (unexpected error)"},
                                                          {0x12002, "(out of memory)"},
                                                          {0x12003, "(invalid parameter)"},
                                                          {0x12004, "(version of the message not known to it)"},
                                                          {0x12005, "(type of the message not known to it)"},
                                                          {0x12006, "(invalid size)"},
                                                          {0x12007, "(invalid code)"},
                                                          {0xfedc, "error 0x0000fedc (unknown error)"}}) {
    Host host;
    host.expect_refused({.quote = {}, .error = code}, words);
    host.expect_refused({.quote = {}, .error = code, .header_only = true}, words);
  }
}

TEST(QuotingService, MustSayWhatIsSoOfItsMessage) {
  const Bytes quote(1100, 1);
  Host host;
  host.expect_refused({.quote = quote, .major = 2}, "major_version: expected 1, got 2");
  host.expect_refused({.quote = quote, .type = 3}, "type: expected 1, got 3");
  host.expect_refused({.quote = quote, .size = 1123}, "size: says 1123 bytes, 1124 were received");
  host.expect_refused({.quote = quote, .id_size = 1}, "quote: needs 1100 bytes");
  host.expect_refused({.quote = quote, .id_size = 0xffffffff}, "selected_id: needs 4294967295 bytes");
  host.expect_refused({.quote = quote, .quote_size = 1099}, "1 unexpected bytes");
  host.expect_refused({.quote = quote, .quote_size = 1101}, "quote: needs 1101 bytes");
  host.expect_refused({.quote = quote, .quote_size = 0xffffffff}, "quote_size: 4294967295 is more than 65536");
  host.expect_refused({.quote = quote, .tail = Bytes(3)}, "3 unexpected bytes");
  host.expect_refused({.quote = quote, .header_only = true}, "selected_id_size: needs 4 bytes");
}

TEST(QuotingService, MustGiveALengthThatCanBe) {
  Host host;
  for (const std::uint32_t length :
       {std::uint32_t{0}, std::uint32_t{15}, std::uint32_t{kMaxAnswerSize + 1}, std::uint32_t{0xffffffff}}) {
    host.expect_refused({.quote = Bytes(1100, 1), .length = length}, "its length is " + std::to_string(length));
  }
  host.expect_refused({.quote = Bytes(1100, 1), .length = 1125}, "it closed the connection after 1124 of 1125 bytes");
}

TEST(QuotingService, TakesTheLargestQuoteAndNoLarger) {
  Host host;
  host.service->answer = [](ByteView) { return MadeAnswer{.quote = Bytes(kMaxQuoteSize)}.wire(); };
  EXPECT_TRUE(host.ask());
  host.expect_refused({.quote = Bytes(kMaxQuoteSize + 1)}, "65537 is more than 65536");
}

TEST(QuotingService, MayCloseTheConnection) {
  Host host;
  host.service->answer = [](ByteView) { return Bytes{}; };
  host.expect_error(ErrorCode::hardware_failure, "it closed the connection after 0 of 4 bytes");
}

TEST(QuotingService, MayNotBeThere) {
  for (const int number : {ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, ENODEV, EAFNOSUPPORT}) {
    Host host;
    host.service->connect_fails = number;
    host.expect_error(ErrorCode::not_available, "port 4050 of the host: nobody answers there");
  }
  Host host;
  host.service->connect_fails = EPERM;
  host.expect_error(ErrorCode::permission_denied, "Operation not permitted");
}

TEST(QuotingService, MayBreakOff) {
  Host host;
  host.service->read_fails = {ECONNRESET};
  host.expect_error(ErrorCode::io_failure, "Connection reset by peer");
  host.service->write_fails = {EPIPE};
  host.expect_error(ErrorCode::io_failure, "Broken pipe");
}

TEST(QuotingService, HasHalfAMinute) {
  Host host;
  host.service->read_fails.assign(1000, EAGAIN);
  host.service->on_read = [&] { host.system.sleep(milliseconds{1000}); };
  host.expect_error(ErrorCode::hardware_failure, "it sent not all in 30 seconds");
  EXPECT_EQ(host.system.slept, milliseconds{30000});
}

// ATTACK(D2): a host that always has one byte more.
TEST(QuotingService, HasHalfAMinuteForAllOfItsBytes) {
  Host host;
  host.service->piece = 1;
  host.service->on_read = [&] { host.system.sleep(milliseconds{500}); };
  host.expect_error(ErrorCode::hardware_failure, "it sent not all in 30 seconds");
  EXPECT_EQ(host.system.slept, milliseconds{30000});

  std::stop_source stop;
  int reads = 0;
  host.service->on_read = [&] {
    if (++reads == 10) {
      stop.request_stop();
    }
  };
  host.expect_error(ErrorCode::cancelled, "the caller stopped waiting", {.stop = stop.get_token()});
  EXPECT_EQ(reads, 10);
}

TEST(QuotingService, IsLeftWhenTheCallerLeaves) {
  Host host;
  std::stop_source stop;
  host.service->read_fails.assign(1000, EAGAIN);
  host.service->on_read = [&] { stop.request_stop(); };
  host.expect_error(ErrorCode::cancelled, "the quoting service at vsock port 4050", {.stop = stop.get_token()});
  host.service->on_read = [] {};
  host.expect_error(ErrorCode::timed_out, "the quoting service at vsock port 4050", {.at_most = milliseconds{0}});
}

TEST(QuotingServicePort, IsReadAsIntelsLibraryDoes) {
  const std::string longest = "port = 4050\n" + std::string((std::size_t{64} << 10) - 12, '#');
  for (const std::string& text :
       {std::string("port = 4050"), std::string("port=4050\n"),
        std::string("# port = 1\n\n  port =\t4050  \nport = 9\n"), std::string("port = 4050 # of the host's QGS\n"),
        std::string("port=4050#\n"), longest}) {
    FakeSystem system;
    system.add_file("/etc/tdx-attest.conf", text);
    const auto port = quoting_service_port(system);
    ASSERT_TRUE(port) << text;
    EXPECT_EQ(*port, 4050U);
  }
}

TEST(QuotingServicePort, SaysWhatIsMissing) {
  FakeSystem system;
  EXPECT_EQ(quoting_service_port(system).error().code(), ErrorCode::not_available);
  EXPECT_NE(quoting_service_port(system).error().message().find("port = 4050"), std::string::npos);
  for (const auto* const text : {"", "#port = 4050", "ports = 4050", "port 4050", "port = -1", "port = 0x10",
                                 "port = 4294967296", "port = 0", "port # = 4050", "port = # 4050"}) {
    system.add_file("/etc/tdx-attest.conf", text);
    EXPECT_EQ(quoting_service_port(system).error().code(), ErrorCode::not_available) << text;
  }
  system.add_file("/etc/tdx-attest.conf", std::string((std::size_t{64} << 10) + 1, '#'));
  EXPECT_NE(quoting_service_port(system).error().message().find("/etc/tdx-attest.conf: File too large"),
            std::string::npos);
  system.deny("/etc/tdx-attest.conf", EACCES);
  EXPECT_NE(quoting_service_port(system).error().message().find("/etc/tdx-attest.conf: Permission denied"),
            std::string::npos);
}

}  // namespace
}  // namespace tenzro::tee::tdx
