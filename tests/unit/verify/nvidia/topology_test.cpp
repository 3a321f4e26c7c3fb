// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/topology.hpp"

#include <gtest/gtest.h>

#include <set>

#include "made/spdm_report.hpp"

namespace tenzro::tee::nvidia {
namespace {

using Codes = std::set<std::string>;

DeviceId id(std::uint8_t value) {
  DeviceId out{};
  out.fill(value);
  return out;
}

KnownDevice gpu(std::uint8_t number, std::vector<DeviceId> switches = {}) {
  KnownDevice out;
  out.name = "GPU-" + std::to_string(number);
  out.pdi = id(number);
  out.key_sha256.fill(number);
  out.mode = "ppcie";
  out.peers = std::move(switches);
  return out;
}
KnownDevice nvswitch(std::uint8_t number, std::vector<DeviceId> gpus = {}) {
  KnownDevice out = gpu(number, std::move(gpus));
  out.kind = DeviceKind::nvswitch;
  out.mode.clear();
  out.locked = true;
  return out;
}

struct Judged {
  Codes failures, warnings;
  bool operator==(const Judged&) const = default;
};
Judged judge(const std::vector<KnownDevice>& devices, NvSwitchRule rule = NvSwitchRule::automatic) {
  VerdictBuilder verdict{UtcTime{}};
  judge_together(devices, rule, verdict);
  const VerificationResult result = std::move(verdict).finish(false, false);
  Judged out;
  for (const Finding& finding : result.failures()) {
    out.failures.insert(finding.code);
  }
  for (const Finding& finding : result.warnings()) {
    out.warnings.insert(finding.code);
  }
  out.failures.erase("verification_incomplete");  // nothing else was judged here
  return out;
}

/// Two GPUs and two switches, each wired to each.
std::vector<KnownDevice> fabric() {
  return {gpu(1, {id(11), id(12), DeviceId{}}), gpu(2, {id(12), id(11)}), nvswitch(11, {id(1), id(2)}),
          nvswitch(12, {id(2), id(1), DeviceId{}})};
}

TEST(NvidiaTopology, TakesAClosedFabric) { EXPECT_EQ(judge(fabric()), Judged{}); }

// ATTACK(V2)
TEST(NvidiaTopology, RefusesAFabricThatIsNotClosed) {
  const Judged mismatch{{"topology_mismatch"}, {}};
  for (std::size_t i = 0; i < 4; ++i) {
    auto devices = fabric();
    devices.erase(devices.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(judge(devices), mismatch) << "without " << i;
    devices = fabric();
    devices[i].peers.push_back(id(99));
    EXPECT_EQ(judge(devices), mismatch) << "a stranger at " << i;
    devices = fabric();
    devices[i].peers.clear();
    EXPECT_EQ(judge(devices), mismatch) << "nothing said by " << i;
  }
  auto devices = fabric();
  devices[0].mode = devices[1].mode = "spt";
  EXPECT_EQ(judge(devices), mismatch);
  devices = fabric();
  devices[3].locked = false;
  EXPECT_EQ(judge(devices), mismatch);
}

TEST(NvidiaTopology, SaysSoWhenSwitchesAreMissing) {
  EXPECT_EQ(judge({gpu(1)}), (Judged{{}, {"switch_evidence_missing"}}));
  EXPECT_EQ(judge({gpu(1)}, NvSwitchRule::require), (Judged{{"switch_evidence_missing"}, {}}));
  KnownDevice single = gpu(1);
  single.mode = "spt";
  EXPECT_EQ(judge({single}), Judged{});
  EXPECT_EQ(judge({nvswitch(11, {id(1)})}), (Judged{{}, {"gpu_evidence_missing"}}));
}

// ATTACK(V2)
TEST(NvidiaTopology, RefusesOneDeviceTwiceAndDifferentChallenges) {
  auto devices = fabric();
  devices.push_back(devices[0]);
  EXPECT_TRUE(judge(devices).failures.contains("device_duplicated"));
  devices = fabric();
  devices[1].key_sha256 = devices[0].key_sha256;
  EXPECT_TRUE(judge(devices).failures.contains("device_duplicated"));
  devices = fabric();
  devices[2].pdi = id(1);  // a GPU and a switch may have one number: each kind has its own
  EXPECT_FALSE(judge(devices).failures.contains("device_duplicated"));
  devices = fabric();
  devices[3].nonce.fill(7);
  EXPECT_EQ(judge(devices).failures, Codes{"device_nonces_differ"});
  devices = fabric();
  devices[1].mode = "mpt";
  EXPECT_TRUE(judge(devices).failures.contains("device_modes_differ"));
}

TEST(NvidiaTopology, ReadsNeighboursAsEachKindWritesThem) {
  Bytes links(18 * 8);
  for (std::uint8_t i = 0; i < 8; ++i) {
    links[i] = i;
  }
  test::MadeSpdmReport made;
  made.opaque = {{22, links}};
  Bytes bytes = made.bytes();
  const auto of_gpu = peers_of(*parse_report(bytes), DeviceKind::gpu);
  ASSERT_TRUE(of_gpu);
  ASSERT_EQ(of_gpu->size(), 18U);
  EXPECT_EQ(to_hex(of_gpu->front()), "0706050403020100");

  Bytes gpus(128, 0xff);
  for (std::uint8_t i = 0; i < 8; ++i) {
    gpus[i] = i;
  }
  made.opaque = {{26, gpus}, {25, {1, 0}}};
  bytes = made.bytes();
  const auto of_switch = peers_of(*parse_report(bytes), DeviceKind::nvswitch);
  ASSERT_TRUE(of_switch);
  ASSERT_EQ(of_switch->size(), 8U) << "what follows are ports";
  EXPECT_EQ(to_hex(of_switch->front()), "0001020304050607");
  EXPECT_TRUE(is_locked(*parse_report(bytes)));

  made.opaque = {{22, Bytes(8)}, {26, Bytes(127)}, {25, {2, 0}}};
  bytes = made.bytes();
  EXPECT_FALSE(peers_of(*parse_report(bytes), DeviceKind::gpu));
  EXPECT_FALSE(peers_of(*parse_report(bytes), DeviceKind::nvswitch));
  EXPECT_FALSE(is_locked(*parse_report(bytes)));
  made.opaque = {};
  bytes = made.bytes();
  EXPECT_TRUE(peers_of(*parse_report(bytes), DeviceKind::gpu)->empty());
  EXPECT_FALSE(is_locked(*parse_report(bytes)));
}

TEST(NvidiaTopology, ASwitchIsLockedWhereItsReportSaysJustThat) {
  const auto says = [](const std::vector<std::pair<std::uint16_t, Bytes>>& fields) {
    test::MadeSpdmReport made;
    made.opaque = fields;
    const Bytes bytes = made.bytes();
    return is_locked(parse_report(bytes).value());
  };
  const std::uint16_t status = 25;
  EXPECT_TRUE(says({{status, Bytes{1, 0}}}));
  EXPECT_FALSE(says({{status, Bytes{0, 0}}}));
  EXPECT_FALSE(says({{status, Bytes{2, 0}}}));
  EXPECT_FALSE(says({{status, Bytes{1, 1}}}));
  EXPECT_FALSE(says({{status, Bytes{1}}})) << "of no size that it has";
  EXPECT_FALSE(says({{status, Bytes{1, 0, 0}}}));
  EXPECT_FALSE(says({}));
}

}  // namespace
}  // namespace tenzro::tee::nvidia
