// SPDX-License-Identifier: Apache-2.0
#include "provider/nitro/nsm_device.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "fakes/nsm.hpp"
#include "provider/nitro/nsm_messages.hpp"

namespace tenzro::tee::nitro {
namespace {

using test::FakeNsm;
using test::FakeSystem;

/// Remembers how the device was opened.
class WatchedSystem final : public FakeSystem {
 public:
  int open(const std::string& path, int flags) override {
    flags_opened.push_back(flags);
    return FakeSystem::open(path, flags);
  }
  std::vector<int> flags_opened;
};

struct Machine {
  std::shared_ptr<WatchedSystem> system = std::make_shared<WatchedSystem>();
  std::shared_ptr<FakeNsm> nsm = FakeNsm::into(*system);

  Machine() = default;
  ~Machine() { EXPECT_EQ(system->open_descriptors(), 0U); }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Result<Bytes> ask(Bytes request = describe_nsm_request(), int flags = O_RDWR, const Patience& patience = {}) const {
    return exchange(system, std::move(request), flags, patience);
  }
  void expect_error(ErrorCode code, std::string_view words, const Result<Bytes>& answer) const {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), code) << answer.error().message();
    EXPECT_NE(answer.error().message().find(words), std::string::npos) << answer.error().message();
    EXPECT_EQ(system->open_descriptors(), 0U);
  }
};

TEST(NsmDevice, HandsOverTheRequestAndAllTheRoomThatThereIs) {
  static_assert(sizeof(FakeNsm::Raw) == 32);
  const Machine machine;
  const auto answer = machine.ask();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_TRUE(read_description(*answer));
  EXPECT_EQ(machine.nsm->seen(),
            (std::vector<FakeNsm::Seen>{{.code = 0xc0200a00, .request = describe_nsm_request(), .capacity = 0x3000}}));
}

TEST(NsmDevice, IsOpenedAsTheCallerSays) {
  const Machine machine;
  ASSERT_TRUE(machine.ask(describe_nsm_request(), O_RDWR));
  EXPECT_EQ(machine.system->opened_for_writing, std::vector<std::string>{"/dev/nsm"});
  ASSERT_TRUE(machine.ask(describe_nsm_request(), O_RDONLY));
  EXPECT_EQ(machine.system->opened_for_writing.size(), 1U);
  EXPECT_EQ(machine.system->flags_opened, (std::vector<int>{O_RDWR, O_RDONLY}));
}

TEST(NsmDevice, GivesTheBytesThatWereWrittenAndNoMore) {
  const Machine machine;
  machine.nsm->answer = Bytes{0x61, 'x', 'y', 'z'};
  EXPECT_EQ(*machine.ask(), (Bytes{0x61, 'x', 'y', 'z'}));
  machine.nsm->response_size = 2;
  EXPECT_EQ(*machine.ask(), (Bytes{0x61, 'x'}));
  machine.nsm->response_size.reset();
  machine.nsm->answer = Bytes(0x3000, 0x40);
  EXPECT_EQ(machine.ask()->size(), 0x3000U);
}

// ATTACK(D3)
TEST(NsmDevice, RefusesSizesThatCannotBe) {
  const Machine machine;
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{0x3001}, ~std::uint64_t{0}}) {
    machine.nsm->response_size = size;
    machine.expect_error(ErrorCode::malformed_input, "its answer has " + std::to_string(size) + " bytes",
                         machine.ask());
  }
}

// ATTACK(D3)
TEST(NsmDevice, AnAnswerThatWasCutOffIsNone) {
  const Machine machine;
  machine.nsm->device_capacity = 64;
  const auto answer = machine.ask();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->size(), 64U);
  const auto module = read_description(*answer);
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code(), ErrorCode::malformed_input);

  // At the driver's own limit too.
  machine.nsm->device_capacity = ~std::uint64_t{0};
  machine.nsm->document = Bytes(0x3000, 0x84);
  const auto document = machine.ask(attestation_request({}, {}, {}));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->size(), 0x3000U);
  EXPECT_EQ(read_document(*document).error().code(), ErrorCode::malformed_input);
}

TEST(NsmDevice, SaysWhyItCannotBeOpened) {
  const auto opening = [](int number) {
    const Machine machine;
    machine.system->deny("/dev/nsm", number);
    return machine.ask().error();
  };
  for (const int number : {EACCES, EPERM}) {
    EXPECT_EQ(opening(number).code(), ErrorCode::permission_denied) << opening(number).message();
  }
  for (const int number : {ENXIO, ENODEV}) {
    EXPECT_EQ(opening(number).code(), ErrorCode::not_available) << opening(number).message();
  }
  EXPECT_EQ(opening(EMFILE).code(), ErrorCode::io_failure);
  const Machine machine;
  machine.system->remove("/dev/nsm");
  machine.expect_error(ErrorCode::not_available, "this is no Nitro Enclave", machine.ask());
}

TEST(NsmDevice, SaysWhatTheDriverMakesOfARequest) {
  const auto expect = [](int number, ErrorCode code, std::string_view words) {
    const Machine machine;
    machine.nsm->ioctl_fails = {number};
    machine.expect_error(code, words, machine.ask());
    EXPECT_TRUE(machine.ask()) << "the next one is answered";
  };
  expect(EMSGSIZE, ErrorCode::invalid_argument, "give fewer bytes");
  expect(ETIMEDOUT, ErrorCode::hardware_failure, "did not answer its driver");
  expect(ENOTTY, ErrorCode::not_available, "no Nitro Security Module");
  for (const int number : {EACCES, EIO, EFAULT, EINVAL, ENOMEM}) {
    expect(number, ErrorCode::hardware_failure, "/dev/nsm: ");
  }
}

TEST(NsmDevice, IsNotThereWhereTheDeviceIsAnother) {
  const Machine machine;
  machine.system->add_device("/dev/nsm", [] { return std::make_unique<test::FakeOpenFile>(); });
  machine.expect_error(ErrorCode::not_available, "no Nitro Security Module", machine.ask());
}

TEST(NsmDevice, TakesRequestsUpToTheDriversLimit) {
  const Machine machine;
  machine.nsm->answer = Bytes{0x60};
  EXPECT_TRUE(machine.ask(Bytes(0x1000, 0x40)));
  EXPECT_EQ(machine.nsm->seen().size(), 1U);
  machine.expect_error(ErrorCode::invalid_argument, "a request of 4097 bytes, 4096 are possible",
                       machine.ask(Bytes(0x1001, 0x40)));
  EXPECT_EQ(machine.nsm->seen().size(), 1U) << "the device is not asked";
}

TEST(NsmDevice, IsLeftToItselfWhenPatienceEnds) {
  const Machine machine;
  std::latch asked(1), go_on(1);
  machine.nsm->before = [&] {
    asked.count_down();
    go_on.wait();
  };
  std::stop_source stop;
  std::thread impatient([&] {
    asked.wait();
    stop.request_stop();
  });
  const auto cancelled = machine.ask(describe_nsm_request(), O_RDWR, {.stop = stop.get_token()});
  impatient.join();
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code(), ErrorCode::cancelled);
  const auto late = machine.ask(describe_nsm_request(), O_RDWR, {.at_most = std::chrono::milliseconds{1}});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), ErrorCode::timed_out);
  EXPECT_EQ(machine.nsm->seen().size(), 1U) << "one request at a time";
  go_on.count_down();
  EXPECT_TRUE(machine.ask()) << "waits for the earlier one";
}

}  // namespace
}  // namespace tenzro::tee::nitro
