// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/derived_key.hpp"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include "fakes/sev.hpp"

namespace tenzro::tee::snp {
namespace {

using std::chrono::milliseconds;
using test::FakeSev;
using test::FakeSystem;

constexpr ByteArray<8> kTcb = {10, 0, 0, 0, 0, 0, 0x1b, 0x56};  // of MadeSnpReport
const DerivedKeyRequest kRequest{.fields = 41, .vmpl = 1, .tcb = kTcb};

struct Machine {
  FakeSystem system;
  std::shared_ptr<FakeSev> sev = FakeSev::into(system);

  Machine() = default;
  ~Machine() {
    EXPECT_EQ(system.open_descriptors(), 0U);
    EXPECT_FALSE(sev->malformed);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  Result<SecretBytes> ask(const DerivedKeyRequest& request = kRequest, const Patience& patience = {}) {
    const device::Waiting waiting(patience);
    auto guest = Guest::open(system, "/dev/sev-guest", waiting);
    return guest ? fetch_derived_key(*guest, request) : Result<SecretBytes>(guest.error());
  }
  Bytes key(const DerivedKeyRequest& request = kRequest) {
    const auto made = ask(request);
    EXPECT_TRUE(made) << (made ? "" : made.error().message());
    return made ? Bytes(made->reveal().begin(), made->reveal().end()) : Bytes();
  }
  void expect_error(ErrorCode code, const std::vector<std::string>& parts, const DerivedKeyRequest& request = kRequest,
                    const Patience& patience = {}) {
    const auto made = ask(request, patience);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), code) << made.error().message();
    for (const std::string& part : parts) {
      EXPECT_NE(made.error().message().find(part), std::string::npos) << made.error().message();
    }
  }
};

TEST(SevDerivedKey, UsesTheKernelsNumber) {
  struct Wrapper {
    std::uint8_t bytes[32];
  };
  EXPECT_EQ(kGetDerivedKey, _IOWR('S', 1, Wrapper));
}

TEST(SevDerivedKey, SendsEveryByteAsTheFirmwareTakesIt) {
  Machine machine;
  machine.sev->vlek_loaded = true;
  EXPECT_EQ(machine.key({.fields = 55, .vmpl = 3, .svn = 7, .tcb = kTcb}).size(), 32U);
  EXPECT_EQ(machine.key({.vlek = true, .fields = 41, .vmpl = 0, .tcb = kTcb}).size(), 32U);
  ASSERT_EQ(machine.sev->key_requests.size(), 2U);
  EXPECT_EQ(to_hex(machine.sev->key_requests[0]),
            "02000000000000003700000000000000"
            "03000000070000000a00000000001b56");
  EXPECT_EQ(to_hex(machine.sev->key_requests[1]),
            "04000000000000002900000000000000"
            "00000000000000000a00000000001b56");
}

TEST(SevDerivedKey, IsTheFirmwaresOwn) {
  Machine machine;
  machine.sev->alter_key = [](Bytes& response) { std::fill(response.begin() + 0x20, response.end(), 0x5e); };
  EXPECT_EQ(machine.key(), Bytes(32, 0x5e));
}

TEST(SevDerivedKey, DependsOnEverythingThatIsAsked) {
  Machine machine;
  machine.sev->vlek_loaded = true;
  const Bytes first = machine.key();
  EXPECT_EQ(machine.key(), first);
  for (const DerivedKeyRequest& other : {DerivedKeyRequest{.vlek = true, .fields = 41, .vmpl = 1, .tcb = kTcb},
                                         DerivedKeyRequest{.fields = 55, .vmpl = 1, .tcb = kTcb},
                                         DerivedKeyRequest{.fields = 41, .vmpl = 2, .tcb = kTcb},
                                         DerivedKeyRequest{.fields = 41, .vmpl = 1, .tcb = {9}}}) {
    EXPECT_NE(machine.key(other), first);
  }
}

// ATTACK(K10): a VLEK that is loaded is not taken unless it is asked for.
TEST(SevDerivedKey, NeverLeavesTheRootKeyToTheFirmware) {
  Machine machine;
  machine.sev->vlek_loaded = true;
  const Bytes with_vlek = machine.key();
  machine.sev->vlek_loaded = false;
  EXPECT_EQ(machine.key(), with_vlek);
  for (const Bytes& request : machine.sev->key_requests) {
    EXPECT_EQ(request[0], 2);
  }
}

TEST(SevDerivedKey, SaysWhatTheFirmwareRefused) {
  Machine machine;
  const std::string parameters = "refused the request's parameters (status 0x16): a VMPL below this kernel's";
  machine.sev->vmpl = 2;
  machine.expect_error(ErrorCode::hardware_failure, {parameters});
  machine.sev->vmpl = 0;
  machine.expect_error(ErrorCode::hardware_failure, {parameters}, {.fields = 55, .svn = 8, .tcb = kTcb});
  ByteArray<8> above = kTcb;
  above[6] += 1;
  machine.expect_error(ErrorCode::hardware_failure, {parameters}, {.fields = 41, .tcb = above});
  machine.expect_error(ErrorCode::hardware_failure, {"no such key (status 0x27): no VLEK may be loaded"},
                       {.vlek = true, .fields = 41, .tcb = kTcb});
}

// ATTACK(D3)
TEST(SevDerivedKey, LooksAtTheFirmwaresStatusToo) {
  for (const auto& [status, part] : std::vector<std::pair<std::uint32_t, std::string>>{
           {0x16, "(status 0x16)"},
           {0x27, "no such key (status 0x27): this host may offer no VCEK"},
           {3, "status 0x00000003"},
           {0xffffffff, "status 0xffffffff"}}) {
    Machine machine;
    machine.sev->alter_key = [status](Bytes& response) { test::put_le_at(response, 0, status, 4); };
    machine.expect_error(ErrorCode::hardware_failure, {part});
    EXPECT_EQ(machine.sev->requests.size(), 1U);
  }
}

// ATTACK(D3)
TEST(SevDerivedKey, TakesNoKeyOfZeros) {
  Machine machine;
  machine.sev->alter_key = [](Bytes& response) { std::ranges::fill(response, std::uint8_t{0}); };
  machine.expect_error(ErrorCode::hardware_failure, {"the firmware sent no key"});
}

TEST(SevDerivedKey, AsksNoSecondTimeAfterAnError) {
  const std::string lost = "until this machine is restarted";
  for (const auto& [number, code, parts] : std::vector<std::tuple<int, ErrorCode, std::vector<std::string>>>{
           {EIO,
            ErrorCode::hardware_failure,
            {"the firmware or the host refused (firmware error 0x00000016, host error 0x00000002)", lost}},
           {ETIMEDOUT, ErrorCode::hardware_failure, {"slowed this guest's request down for a minute", lost}},
           {EBADMSG, ErrorCode::hardware_failure, {"the firmware's answer was not authentic", lost}},
           {EAGAIN, ErrorCode::hardware_failure, {"slows this guest's requests down", "ask again later"}},
           {EBUSY, ErrorCode::hardware_failure, {"slows this guest's requests down"}},
           {ENOTTY, ErrorCode::hardware_failure, {"its key to the firmware (VMPCK) is gone", lost}},
           {EINVAL, ErrorCode::hardware_failure, {"the driver refused the request as invalid, or the firmware has no"}},
           {ENOMEM, ErrorCode::io_failure, {"/dev/sev-guest: Cannot allocate memory"}}}) {
    Machine machine;
    machine.sev->refusals = {{.number = number, .firmware_error = 0x16, .vmm_error = 2}};
    machine.expect_error(code, parts);
    EXPECT_EQ(machine.sev->requests.size(), 1U);
  }
}

TEST(SevDerivedKey, KeepsTwoSecondsBetweenRequests) {
  Machine machine;
  ASSERT_TRUE(machine.ask());
  ASSERT_TRUE(machine.ask());
  ASSERT_EQ(machine.sev->requests.size(), 2U);
  EXPECT_EQ(machine.sev->requests[1].at, milliseconds{2000});
  machine.expect_error(ErrorCode::timed_out, {"/dev/sev-guest"}, kRequest, {.at_most = milliseconds{0}});
  EXPECT_EQ(machine.sev->requests.size(), 2U);
}

TEST(SevDerivedKey, SaysWhyTheDeviceCannotBeOpened) {
  Machine machine;
  machine.system.deny("/dev/sev-guest", EACCES);
  machine.expect_error(ErrorCode::permission_denied, {"/dev/sev-guest: permission denied: run as root"});
  machine.system.remove("/dev/sev-guest");
  machine.expect_error(ErrorCode::not_available, {"/dev/sev-guest: No such file or directory"});
}

}  // namespace
}  // namespace tenzro::tee::snp
