// SPDX-License-Identifier: Apache-2.0
// The same as verify_memory_test.cpp, for GPUs and switches.
#include <gtest/gtest.h>

#include "faults/judged_without_memory.hpp"
#include "made/simulated_intel.hpp"
#include "provider/simulated/nvidia_evidence.hpp"
#include "support/nvidia_case.hpp"

namespace tenzro::tee::test {
namespace {

const UtcTime kFresh = kNow - std::chrono::hours{1};
// Manifests are trees of some ten thousand blocks.
constexpr std::uint64_t kOrdinary = 9973, kAtLeast = 29;
VerifyOptions permitting(VerifyOptions options) {
  return options.accept_simulated(InsecureSimulation::for_development_only());
}

TEST(VerifyDevicesWithoutMemory, AcceptsNoneThatIsNotGood) {
  static const simulated::NvidiaEvidenceMaker maker;
  simulated::NvidiaEvidenceSpec spec;
  spec.nonce.fill(0x4e);
  const auto bound = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(spec.nonce)).at(kNow);
  expect_safe({"GPU, good", maker.report(spec, kFresh), permitting(bound), no_collateral(), "yes, proven"}, kOrdinary,
              kAtLeast);
  {
    const auto another = VerifyOptions::bound_to_nonce(*EvidenceNonce::from_caller_data(Bytes(32, 0x4f))).at(kNow);
    expect_safe({"GPU, another nonce", maker.report(spec, kFresh), permitting(another), no_collateral(), "no"},
                kOrdinary, kAtLeast);
  }
  spec.measurements[7] = ByteArray<48>{1};
  expect_safe({"GPU, another measurement", maker.report(spec, kFresh), permitting(bound), no_collateral(), "no"},
              kOrdinary, kAtLeast);
}

TEST(VerifyDevicesWithoutMemory, AcceptsRealOnes) {
  if (!have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  for (const std::string id : {"gpu-hopper-550.90.07-full", "switch-ls10-full"}) {
    const nlohmann::json one = nvidia_case(id);
    AttestationReport report = nvidia_report(one["report"]);
    report.certificate_chain = *read_certificates(nvidia_file(one["chain"]));
    expect_safe({id, report, nvidia_options(one).revocation(Revocation::off), nvidia_collateral(one), "yes"}, kOrdinary,
                kAtLeast);
  }
}

}  // namespace
}  // namespace tenzro::tee::test
