// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "binding/formulas.hpp"
#include "evidence/nvidia/claims.hpp"
#include "evidence/nvidia/device_evidence.hpp"
#include "made_provider.hpp"
#include "provider/simulated/nvidia_evidence.hpp"
#include "provider/simulated/platform_providers.hpp"
#include "support/findings.hpp"

namespace tenzro::tee::simulated {
namespace {

using nvidia::DeviceEvidence;
using test::hex_of;
using test::user_data;

std::vector<DeviceEvidence> devices_of(const AttestationReport& report) {
  auto devices = nvidia::parse_device_evidence(report.evidence);
  EXPECT_TRUE(devices) << (devices ? "" : devices.error().message());
  return devices ? *std::move(devices) : std::vector<DeviceEvidence>(1);
}
std::vector<DeviceEvidence> with(const SimulatedClaims& claims) {
  return devices_of(test::report_of(Platform::nvidia_gpu, claims));
}
NvidiaClaims claims_of(const DeviceEvidence& device) {
  const auto report = nvidia::parse_report(device.report);
  EXPECT_TRUE(report);
  return *nvidia::nvidia_claims(*report);
}
Bytes measurement_of(const DeviceEvidence& device, std::size_t index) {
  const auto report = nvidia::parse_report(device.report);
  EXPECT_TRUE(report);
  const auto view = report->measurement(index);
  return {view.begin(), view.end()};
}

TEST(GpuImitation, IsAHopperOfToday) {
  test::expect_imitation(Platform::nvidia_gpu, "NVIDIA GPU (simulated)");
  const auto devices = with({});
  ASSERT_EQ(devices.size(), 1U);
  const NvidiaEvidenceSpec spec;
  EXPECT_EQ(claims_of(devices[0]).driver_version, spec.driver_version);
  EXPECT_EQ(claims_of(devices[0]).vbios_version, spec.vbios_version);
}

TEST(GpuImitation, IsAcceptedWithPermission) {
  for (const SimulatedClaims& claims : {SimulatedClaims{},
                                        {{"devices", "8"}},
                                        {{"driver_version", "570.86.15"}, {"vbios_version", "96.00.A5.00.02"}}}) {
    test::expect_accepted_with_permission(test::report_of(Platform::nvidia_gpu, claims), test::bound_to_user_data(),
                                          test::bound_to_other_data());
  }
  const auto nonce = test::nonce_of_size(32);
  test::expect_accepted_with_permission(
      test::report_of(Platform::nvidia_gpu, {}, {nonce}), VerifyOptions::bound_to_nonce(nonce),
      VerifyOptions::bound_to_nonce(EvidenceNonce::from_caller_data(Bytes(32, 0x4f)).value()));
}

TEST(GpuImitation, SaysWhatItIsToldToSay) {
  std::size_t said = 0;
  for (unsigned index = 0; index < 64; ++index) {
    const auto byte = static_cast<std::uint8_t>(index + 1);
    const auto devices = with({{"measurement" + std::to_string(index), hex_of(48, byte)}});
    EXPECT_EQ(measurement_of(devices.at(0), index), Bytes(48, byte)) << index;
    ++said;
  }
  EXPECT_EQ(claims_of(with({{"driver_version", "1.2-beta.3"}}).at(0)).driver_version, "1.2-beta.3");
  EXPECT_EQ(claims_of(with({{"vbios_version", "97.00.88.00.0F"}}).at(0)).vbios_version, "97.00.88.00.0F");
  for (const std::size_t count : {1U, 2U, 8U}) {
    std::set<Bytes> chains;
    for (const DeviceEvidence& device : with({{"devices", std::to_string(count)}})) {
      chains.insert(device.certificate_chain);
    }
    EXPECT_EQ(chains.size(), count) << "each with keys of its own";
  }
  said += 3;
  EXPECT_EQ(said, nvidia_claim_names().size()) << "every claim that is taken";
}

TEST(GpuImitation, IsRefusedWhereItsFirmwareIsAnother) {
  const auto verdict = test::judge(test::report_of(Platform::nvidia_gpu, {{"measurement3", hex_of(48, 0xee)}}),
                                   test::bound_to_user_data());
  EXPECT_EQ(test::codes_in(verdict.failures()), test::Codes{"measurement_mismatch"}) << test::words(verdict);
}

TEST(GpuImitation, RefusesClaimsOfWrongForm) {
  const auto refused = [](const std::string& name, const std::string& value) {
    test::expect_claims_refused(Platform::nvidia_gpu, {{name, value}}, name);
  };
  for (const std::string& version : {std::string(), std::string(32, '1'), std::string("1 2"), std::string("1/2"),
                                     std::string("1\n"), std::string("550_90")}) {
    refused("driver_version", version);
  }
  for (const auto* const version :
       {"", "96.00.9F.00", "96.00.9f.00.01", "96.00.9F.00.01.", "96-00-9F-00-01", "96.00.9G.00.01", "9600.9F.00.010"}) {
    refused("vbios_version", version);
  }
  for (const auto* const count : {"0", "9", "", "one"}) {
    refused("devices", count);
  }
  for (const std::size_t size : {0U, 47U, 49U}) {
    refused("measurement0", hex_of(size, 1));
  }
  refused("measurement64", hex_of(48, 1));
  refused("measurement", hex_of(48, 1));
  refused("nonce", hex_of(32, 1));
}

TEST(GpuImitation, AnswersOneNonce) {
  const auto of_data = devices_of(test::report_of(Platform::nvidia_gpu));
  EXPECT_EQ(of_data.at(0).nonce, binding::nvidia_nonce(user_data().bytes()));
  const auto of_nonce = devices_of(test::report_of(Platform::nvidia_gpu, {}, {test::nonce_of_size(32)}));
  EXPECT_EQ(to_hex(of_nonce.at(0).nonce), hex_of(32, 0x4e));
  EXPECT_EQ(to_hex(nvidia::parse_report(of_nonce.at(0).report)->nonce()), hex_of(32, 0x4e));
}

TEST(GpuImitation, RefusesWhatAGpuDoesNotSign) {
  test::expect_request_refused(Platform::nvidia_gpu, {user_data(), test::nonce_of_size(32)});
  test::expect_request_refused(Platform::nvidia_gpu, {test::nonce_of_size(31)});
  test::expect_request_refused(Platform::nvidia_gpu, {test::nonce_of_size(33)});
  test::expect_request_refused(Platform::nvidia_gpu, test::with_public_key({user_data()}));
  test::expect_request_refused(Platform::nvidia_gpu, test::with_event_log({user_data()}));
  AttestationRequest nothing(user_data());
  nothing.report_data.reset();
  test::expect_request_refused(Platform::nvidia_gpu, nothing);
  test::expect_request_refused(Platform::intel_tdx, nothing);
  test::expect_request_refused(Platform::amd_sev_snp, nothing);
}

}  // namespace
}  // namespace tenzro::tee::simulated
