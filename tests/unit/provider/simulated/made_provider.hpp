// SPDX-License-Identifier: Apache-2.0
// An imitation on a made-up machine, and what every one of them has to keep.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "fakes/system.hpp"
#include "provider/simulated/provider.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

inline const Bytes kUserData(40, 0x6b);
inline ReportData user_data() { return ReportData::from_caller_data(kUserData).value(); }
inline EvidenceNonce nonce_of_size(std::size_t size) {
  return EvidenceNonce::from_caller_data(Bytes(size, 0x4e)).value();
}
inline std::string hex_of(std::size_t size, std::uint8_t byte) { return to_hex(Bytes(size, byte)); }

/// At FakeSystem's time, unless a test sets another.
inline std::unique_ptr<TeeProvider> imitation(Platform platform, const SimulatedClaims& claims = {},
                                              const std::shared_ptr<FakeSystem>& machine = nullptr) {
  auto made = simulated::make_provider(machine ? machine : std::make_shared<FakeSystem>(), platform, claims);
  EXPECT_TRUE(made) << (made ? "" : made.error().message());
  return made ? *std::move(made) : nullptr;
}
inline AttestationReport report_of(Platform platform, const SimulatedClaims& claims = {},
                                   const AttestationRequest& request = {user_data()}) {
  const auto provider = imitation(platform, claims);
  auto report = provider ? provider->generate_attestation(request)
                         : Result<AttestationReport>(Error(ErrorCode::internal, "no provider"));
  EXPECT_TRUE(report) << (report ? "" : report.error().message());
  return report ? *std::move(report) : AttestationReport();
}

inline void expect_claims_refused(Platform platform, const SimulatedClaims& claims, std::string_view words = {}) {
  const auto made = simulated::make_provider(std::make_shared<FakeSystem>(), platform, claims);
  ASSERT_FALSE(made) << claims.begin()->first << "=" << claims.begin()->second;
  EXPECT_EQ(made.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(made.error().message().find(words), std::string::npos) << made.error().message();
}
inline void expect_request_refused(Platform platform, const AttestationRequest& request) {
  const auto report = imitation(platform)->generate_attestation(request);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code(), ErrorCode::invalid_argument) << report.error().message();
}
inline AttestationRequest with_public_key(AttestationRequest request, std::size_t size = 91) {
  request.public_key = Bytes(size, 0x30);
  return request;
}
inline AttestationRequest with_event_log(AttestationRequest request) {
  request.event_log = true;
  return request;
}

inline VerificationResult judge(const AttestationReport& report, VerifyOptions options, bool permitted = true) {
  options.at(report.generated_at);
  if (permitted) {
    options.accept_simulated(InsecureSimulation::for_development_only());
  }
  return AttestationVerifier(no_collateral()).verify(report, options);
}
inline std::string words(const VerificationResult& verdict) {
  std::string out;
  for (const Finding& finding : verdict.failures()) {
    out += finding.check + "/" + finding.code + ": " + finding.message + "\n";
  }
  return out;
}
/// With the permission, and without it; with the challenge, and with another one.
inline void expect_accepted_with_permission(const AttestationReport& report, const VerifyOptions& bound,
                                            const VerifyOptions& otherwise_bound) {
  const VerificationResult verdict = judge(report, bound);
  EXPECT_TRUE(verdict.valid()) << words(verdict);
  EXPECT_TRUE(verdict.simulated());
  EXPECT_TRUE(verdict.verified());
  EXPECT_FALSE(judge(report, bound, false).valid());
  EXPECT_FALSE(judge(report, otherwise_bound).valid());
}
inline VerifyOptions bound_to_user_data() { return VerifyOptions::bound_to_caller_data(user_data()); }
inline VerifyOptions bound_to_other_data() {
  return VerifyOptions::bound_to_caller_data(ReportData::from_caller_data(Bytes(40, 0x6c)).value());
}

/// What a provider says of itself, and when its evidence was made.
inline void expect_imitation(Platform platform, std::string_view name) {
  const auto machine = std::make_shared<FakeSystem>();
  const auto provider = imitation(platform, {}, machine);
  EXPECT_EQ(provider->tee_type(), platform);
  EXPECT_EQ(provider->provider_name(), name);
  EXPECT_TRUE(provider->simulated());
  for (const auto seconds : {1'790'000'000, 1'800'000'123}) {
    machine->time = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::seconds{seconds}) +
                    std::chrono::milliseconds{999};
    const auto report = provider->generate_attestation({user_data()});
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->platform, platform);
    EXPECT_TRUE(report->simulated);
    EXPECT_EQ(report->generated_at.time_since_epoch().count(), seconds);
    EXPECT_TRUE(judge(*report, bound_to_user_data()).valid());
  }
}

}  // namespace tenzro::tee::test
