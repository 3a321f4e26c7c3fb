// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/legacy_quote.hpp"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include "fakes/tdx.hpp"

namespace tenzro::tee::tdx {
namespace {

using std::chrono::milliseconds;
using test::FakeSystem;
using test::FakeTdx;
using test::MadeAnswer;

constexpr std::uint64_t kInFlight = 0xffffffffffffffff;

struct Machine {
  FakeSystem system;
  std::shared_ptr<FakeTdx> tdx = FakeTdx::into(system, "/dev/tdx-guest");

  Machine() {
    tdx->legacy = true;
    tdx->answer = [](ByteView) { return MadeAnswer{.quote = Bytes(5000, 0x5a)}.wire(); };
  }
  ~Machine() { EXPECT_EQ(system.open_descriptors(), 0U); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Result<Bytes> ask(const Patience& patience = {}) {
    TdReportBytes report{};
    report[0] = 0x81;
    return fetch_legacy_quote(system, "/dev/tdx-guest", report, device::Waiting(patience));
  }
  void expect_error(ErrorCode code, std::string_view part, const Patience& patience = {}) {
    const auto quote = ask(patience);
    ASSERT_FALSE(quote);
    EXPECT_EQ(quote.error().code(), code) << quote.error().message();
    EXPECT_NE(quote.error().message().find(part), std::string::npos) << quote.error().message();
  }
};

TEST(LegacyQuote, UsesTheNumbersOfIntelsDrivers) {
  struct Request {
    std::uint64_t address, size;
  };
  EXPECT_EQ(kGetQuote, _IOR('T', 4, Request));
  EXPECT_EQ(kGetQuoteReadWrite, _IOWR('T', 4, Request));
}

TEST(LegacyQuote, ComesUnderEitherNumber) {
  for (const bool read_write : {false, true}) {
    Machine machine;
    machine.tdx->read_write_numbers = read_write;
    const auto quote = machine.ask();
    ASSERT_TRUE(quote) << quote.error().message();
    EXPECT_EQ(*quote, Bytes(5000, 0x5a));
  }
}

TEST(LegacyQuote, WaitsWhileAnEarlierRequestIsWithTheHost) {
  Machine machine;
  machine.tdx->quote_fails = {EBUSY, EINTR, 0, 0};
  machine.tdx->quote_status = {kInFlight};
  EXPECT_TRUE(machine.ask());
  EXPECT_EQ(machine.system.slept, milliseconds{3000});
}

TEST(LegacyQuote, GivesUpAfterAWhile) {
  Machine machine;
  machine.tdx->quote_fails.assign(100, EBUSY);
  machine.expect_error(ErrorCode::hardware_failure, "an earlier request of this TD is still with the host");
  EXPECT_EQ(machine.system.slept, milliseconds{40000});
  machine.tdx->quote_fails.clear();
  machine.tdx->quote_status.assign(100, kInFlight);
  machine.expect_error(ErrorCode::hardware_failure, "an earlier request of this TD is still with the host");
}

TEST(LegacyQuote, LeavesWhenTheCallerDoes) {
  Machine machine;
  machine.tdx->quote_fails.assign(100, EBUSY);
  machine.expect_error(ErrorCode::timed_out, "/dev/tdx-guest", {.at_most = milliseconds{0}});
}

TEST(LegacyQuote, SaysWhatTheDriverAnsweredWith) {
  for (const auto& [number, code, part] : std::vector<std::tuple<int, ErrorCode, std::string>>{
           {EIO, ErrorCode::hardware_failure, "the host did not make a quote"},
           {ETIMEDOUT, ErrorCode::hardware_failure, "the host did not make a quote"},
           {EINVAL, ErrorCode::io_failure, "Invalid argument"}}) {
    Machine machine;
    machine.tdx->quote_fails = {number};
    machine.expect_error(code, part);
  }
  Machine machine;
  machine.tdx->legacy = false;
  machine.expect_error(ErrorCode::not_available, "it knows no request for a quote");
  machine.system.deny("/dev/tdx-guest", EACCES);
  machine.expect_error(ErrorCode::permission_denied, "/dev/tdx-guest: permission denied: run as root");
}

TEST(LegacyQuote, SaysWhatTheHostAnsweredWith) {
  for (const auto& [status, part] :
       std::vector<std::pair<std::uint64_t, std::string>>{{0x8000000000000000, "the host could not make a quote"},
                                                          {0x8000000000000001, "the host has no quoting service"},
                                                          {7, "the host could not make a quote"}}) {
    Machine machine;
    machine.tdx->quote_status = {status};
    machine.expect_error(ErrorCode::hardware_failure, part);
  }
  Machine machine;
  machine.tdx->answer = [](ByteView) { return MadeAnswer{.quote = {}, .error = 0x12002}.wire(); };
  machine.expect_error(ErrorCode::hardware_failure, "(out of memory)");
}

// ATTACK(D3)
TEST(LegacyQuote, ChecksEverySizeOfTheBuffer) {
  Machine machine;
  for (const auto& [size, part] :
       std::vector<std::pair<std::uint32_t, std::string>>{{0, "message_size: needs 4 bytes"},
                                                          {3, "message_size: needs 4 bytes"},
                                                          {16361, "out_len: needs 16361 bytes"},
                                                          {0xffffffff, "out_len: needs 4294967295 bytes"},
                                                          {5029, "1 unexpected bytes"}}) {
    machine.tdx->answer_size = size;
    machine.expect_error(ErrorCode::hardware_failure, part);
  }
  machine.tdx->answer_size.reset();
  machine.tdx->answer = [](ByteView) { return MadeAnswer{.quote = Bytes(1100), .length = 1125}.wire(); };
  machine.expect_error(ErrorCode::hardware_failure, "message: needs 1125 bytes");
}

}  // namespace
}  // namespace tenzro::tee::tdx
