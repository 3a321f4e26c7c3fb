// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>

#include "test_machine.hpp"

namespace tenzro::tee {
namespace {

using test::Administrator;
using test::MeasuringTpm;

constexpr std::uint32_t kIndex = 0x01800001;
constexpr TPMA_NV kOurs =
    (TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT) | TPMA_NV_POLICYWRITE | TPMA_NV_POLICYREAD | TPMA_NV_NO_DA;

TpmSealingEntry entry_for(std::string tcti) {
  TpmSealingEntry out = test::entry_for(std::move(tcti));
  out.counter = kIndex;
  return out;
}

template <class T>
void expect_refused(const Result<T>& result, ErrorCode code, std::string_view words = {}) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_NE(result.error().message().find(words), std::string::npos) << result.error().message();
}

TEST(TpmCounter, CountsUpByOne) {
  const MeasuringTpm tpm;
  const auto opened = open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make);
  ASSERT_TRUE(opened) << opened.error().message();
  GenerationCounter& counter = **opened;
  const auto first = counter.read();
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_GE(*first, 1U) << "0 is no generation";
  expect_refused(counter.advance_to(*first), ErrorCode::invalid_argument, "no single step");  // it stands there
  EXPECT_EQ(*counter.read(), *first);
  ASSERT_TRUE(counter.advance_to(*first + 1));
  EXPECT_EQ(*counter.read(), *first + 1);
  for (const std::uint64_t far : {*first, *first + 3, std::uint64_t{0}, ~std::uint64_t{0}}) {
    expect_refused(counter.advance_to(far), ErrorCode::invalid_argument, "no single step");
  }
  EXPECT_EQ(*counter.read(), *first + 1);
  EXPECT_TRUE(Administrator(tpm).left_behind().empty());
}

TEST(TpmCounter, IsTheSameForEverybodyAndAfterARestart) {
  MeasuringTpm tpm;
  const auto here = open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make),
             there = open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make);
  ASSERT_TRUE(here && there);
  const std::uint64_t first = *(*here)->read();
  ASSERT_TRUE((*there)->advance_to(first + 1));
  EXPECT_EQ(*(*here)->read(), first + 1);
  tpm.restart();
  tpm.measure();
  EXPECT_EQ(*(*here)->read(), first + 1);
  const auto again = open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make);
  ASSERT_TRUE(again);
  EXPECT_EQ(*(*again)->read(), first + 1);
}

// ATTACK(K5): another TPM in its place, which knows of no generation, is no reason to make a counter there.
TEST(TpmCounter, IsNotMadeByWhoeverUnseals) {
  const MeasuringTpm tpm;
  for (int round = 0; round < 2; ++round) {
    expect_refused(open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::refuse), ErrorCode::not_available,
                   "no counter");
  }
  ASSERT_TRUE(open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make));
  const auto opened = open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::refuse);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_TRUE((*opened)->read());
}

// ATTACK: an older container is put back, then the counter is removed and made anew.
TEST(TpmCounter, BringsNoGenerationBack) {
  const MeasuringTpm tpm;
  const auto opened = open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make);
  ASSERT_TRUE(opened);
  GenerationCounter& counter = **opened;
  const std::uint64_t older = *counter.read() + 1;
  ASSERT_TRUE(counter.advance_to(older));
  const std::uint64_t newer = *counter.read() + 1;
  ASSERT_TRUE(counter.advance_to(newer));
  EXPECT_LT(older, *counter.read()) << "below min_generation = read()";
  EXPECT_EQ(newer, *counter.read());
  expect_refused(counter.advance_to(older), ErrorCode::invalid_argument);
  Administrator(tpm).remove_index(kIndex);
  expect_refused(counter.read(), ErrorCode::not_available, "0x01800001");
  const auto again = open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_GT(*(*again)->read(), newer) << "a new counter begins above every count that there ever was";
}

TEST(TpmCounter, BelongsToThePcrsUnderWhichItWasMade) {
  const MeasuringTpm tpm;
  const auto opened = open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make);
  ASSERT_TRUE(opened);
  const std::uint64_t value = *(*opened)->read();
  TpmSealingEntry others = entry_for(tpm.tcti());
  others.pcrs = {7};
  expect_refused(open_tpm_counter(others, MissingCounter::make), ErrorCode::authentication_failed, "sha256:7:");
  tpm.extend(11);
  expect_refused((*opened)->read(), ErrorCode::authentication_failed, "sha256:7,11");
  expect_refused((*opened)->advance_to(value + 1), ErrorCode::authentication_failed, "sha256:7,11");
  expect_refused(open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make), ErrorCode::authentication_failed,
                 "tpm2_nvundefine");
}

TEST(TpmCounter, FinishesWhatWasInterrupted) {
  const MeasuringTpm tpm;
  test::TpmProxy proxy(tpm.socket_path());
  std::atomic<bool> interrupts = true;
  proxy.on_command = [&](Bytes& command, const std::function<Bytes(ByteView)>& /*ask*/) {
    if (interrupts && test::command_code(command) == TPM2_CC_NV_Increment) {
      command = *from_hex("80010000000c0000017b0008");  // something else
    }
  };
  EXPECT_FALSE(open_tpm_counter(entry_for(proxy.tcti()), MissingCounter::make));
  test::flush_everything(tpm);
  interrupts = false;
  const auto opened = open_tpm_counter(entry_for(proxy.tcti()), MissingCounter::make);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_GE(*(*opened)->read(), 1U);
}

TEST(TpmCounter, RefusesAnIndexOfAnotherKind) {
  const MeasuringTpm tpm;
  const auto tries = [&](TPMA_NV attributes, UINT16 size, UINT16 policy_size) {
    TPMS_NV_PUBLIC area{};
    area.nvIndex = kIndex;
    area.nameAlg = TPM2_ALG_SHA256;
    area.attributes = attributes;
    area.dataSize = size;
    area.authPolicy.size = policy_size;
    Administrator(tpm).define_index(area);
    expect_refused(open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make), ErrorCode::invalid_argument,
                   "no counter of ours");
    Administrator(tpm).remove_index(kIndex);
  };
  constexpr TPMA_NV kOrdinary = kOurs & ~TPMA_NV_TPM2_NT_MASK;
  tries(kOrdinary, 8, 32);
  tries(kOurs | TPMA_NV_OWNERWRITE, 8, 32);
  tries(kOurs | TPMA_NV_AUTHREAD, 8, 32);
  tries(kOurs | TPMA_NV_OWNERREAD, 8, 32);
  tries((kOurs & ~TPMA_NV_POLICYWRITE) | TPMA_NV_AUTHWRITE, 8, 32);
  tries(kOurs | TPMA_NV_ORDERLY, 8, 32);
  tries(kOurs & ~TPMA_NV_NO_DA, 8, 32);
  tries(kOurs, 8, 0);
  EXPECT_TRUE(open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make));
}

TEST(TpmCounter, IsNothingToWhomeverUnsealsBeforeItWasCountedUp) {
  const MeasuringTpm tpm;
  TPMS_NV_PUBLIC area{};
  area.nvIndex = kIndex;
  area.nameAlg = TPM2_ALG_SHA256;
  area.attributes = kOurs;
  area.dataSize = 8;
  area.authPolicy.size = 32;
  Administrator(tpm).define_index(area);
  expect_refused(open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::refuse), ErrorCode::not_available,
                 "was never counted up");
}

TEST(TpmCounter, RefusesACounterOfOursUnderAPolicyOfOthers) {
  const MeasuringTpm tpm;
  TPMS_NV_PUBLIC area{};
  area.nvIndex = kIndex;
  area.nameAlg = TPM2_ALG_SHA256;
  area.attributes = kOurs;
  area.dataSize = 8;
  area.authPolicy.size = 32;  // zeros: a policy without conditions
  Administrator(tpm).define_index(area);
  expect_refused(open_tpm_counter(entry_for(tpm.tcti()), MissingCounter::make), ErrorCode::authentication_failed);
}

// ATTACK: somebody on the way to the TPM shows an older count, or keeps it from counting.
TEST(TpmCounter, BelievesNobodyOnTheWay) {
  const MeasuringTpm tpm;
  test::TpmProxy proxy(tpm.socket_path());
  const auto opened = open_tpm_counter(entry_for(proxy.tcti()), MissingCounter::make);
  ASSERT_TRUE(opened) << opened.error().message();
  GenerationCounter& counter = **opened;
  const std::uint64_t value = *counter.read();
  Bytes older_read, older_increment;
  std::atomic<bool> replays = false;
  proxy.on_answer = [&](std::uint32_t code, Bytes& answer) {
    if (code == TPM2_CC_NV_Read) {
      (replays ? answer : older_read) = replays ? older_read : answer;
    }
    if (code == TPM2_CC_NV_Increment) {
      (replays ? answer : older_increment) = replays ? older_increment : answer;
    }
  };
  ASSERT_TRUE(counter.advance_to(value + 1));
  replays = true;
  expect_refused(counter.read(), ErrorCode::hardware_failure, "altered");
  test::flush_everything(tpm);
  replays = false;
  std::atomic<std::size_t> at = 0;
  proxy.on_answer = [&](std::uint32_t code, Bytes& answer) {
    if (code == TPM2_CC_NV_Read && at < answer.size()) {
      answer[at] ^= 1U;
    }
  };
  for (at = 14; at < 60; at = at + 3) {
    EXPECT_FALSE(counter.read()) << at;
    test::flush_everything(tpm);
  }
  proxy.on_answer = nullptr;
  // The increment is held back, and an older answer shown for it.
  proxy.on_command = [](Bytes& command, const std::function<Bytes(ByteView)>& /*ask*/) {
    if (test::command_code(command) == TPM2_CC_NV_Increment) {
      command = *from_hex("80010000000c0000017b0008");
    }
  };
  proxy.on_answer = [&](std::uint32_t code, Bytes& answer) {
    if (code == TPM2_CC_NV_Increment) {
      answer = older_increment;
    }
  };
  expect_refused(counter.advance_to(value + 2), ErrorCode::hardware_failure, "altered");
}

TEST(TpmCounter, SaysWhatIsMissing) {
  const MeasuringTpm tpm;
  expect_refused(open_tpm_counter(test::entry_for(tpm.tcti()), MissingCounter::make), ErrorCode::invalid_argument,
                 "counter");
  TpmSealingEntry entry = entry_for(tpm.tcti());
  entry.counter = 0x81000001;
  expect_refused(open_tpm_counter(entry, MissingCounter::make), ErrorCode::invalid_argument, "counter");
  const test::TemporaryFolder folder;
  expect_refused(open_tpm_counter(entry_for("swtpm:path=" + folder.file("none")), MissingCounter::make),
                 ErrorCode::not_available);
  Administrator(tpm).make_persistent(test::ecc_storage_key(), 0x81000001);
  Administrator(tpm).set_owner_authorization("secret of the owner");
  entry = entry_for(tpm.tcti());
  entry.key_template.clear();
  entry.handle = 0x81000001;
  expect_refused(open_tpm_counter(entry, MissingCounter::make), ErrorCode::permission_denied, "owner hierarchy");
}

TEST(TpmCounter, WorksForWhoIsNotTheOwnerOnceItIsThere) {
  const MeasuringTpm tpm;
  Administrator(tpm).make_persistent(test::ecc_storage_key(), 0x81000001);
  TpmSealingEntry entry = entry_for(tpm.tcti());
  entry.key_template.clear();
  entry.handle = 0x81000001;
  ASSERT_TRUE(open_tpm_counter(entry, MissingCounter::make));
  Administrator(tpm).set_owner_authorization("secret of the owner");
  const auto opened = open_tpm_counter(entry, MissingCounter::make);
  ASSERT_TRUE(opened) << opened.error().message();
  const std::uint64_t value = *(*opened)->read();
  ASSERT_TRUE((*opened)->advance_to(value + 1));
  EXPECT_EQ(*(*opened)->read(), value + 1);
}

}  // namespace
}  // namespace tenzro::tee
