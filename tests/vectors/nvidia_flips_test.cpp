// SPDX-License-Identifier: Apache-2.0
// No altered report of a genuine GPU or switch is accepted.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "support/alterations.hpp"
#include "support/nvidia_case.hpp"

namespace tenzro::tee::test {
namespace {

/// A report that is accepted, with all that it takes; its signature ends where the report ends.
struct Accepted {
  AttestationReport report;
  AttestationVerifier verifier;
  VerifyOptions options;

  explicit Accepted(const nlohmann::json& one)
      : report(nvidia_report(one["report"])),
        verifier(nvidia_collateral(one)),
        options(nvidia_options(one).revocation(Revocation::off)) {
    const auto chain = read_certificates(nvidia_file(one["chain"]));
    report.certificate_chain = *chain;
  }
  bool accepts(Bytes evidence) const {
    AttestationReport altered = report;
    altered.evidence = std::move(evidence);
    return verifier.verify(altered, options).valid();
  }
};

class RealDevices : public testing::TestWithParam<std::string> {
 protected:
  const Accepted accepted_{nvidia_case(GetParam())};
  const Bytes& evidence_ = accepted_.report.evidence;
};

// ATTACK(P2)
TEST_P(RealDevices, RefuseEveryFlippedBit) {
  ASSERT_TRUE(accepted_.accepts(evidence_));
  const std::size_t step = stride();
  const std::size_t count = evidence_.size() * 8 / step;
  EXPECT_EQ(
      count_accepted(count, [&](std::size_t i) { return accepted_.accepts(with_flipped_bit(evidence_, i, step)); }),
      0U);
  std::cout << "flipped " << count << " bits\n";
}

// ATTACK(P1)
TEST_P(RealDevices, RefuseEveryTruncation) {
  const std::size_t step = stride() == 1 ? 1 : 7;
  const auto cut = [&](std::size_t i) {
    return accepted_.accepts(Bytes(evidence_.begin(), evidence_.begin() + static_cast<std::ptrdiff_t>(i * step)));
  };
  EXPECT_EQ(count_accepted((evidence_.size() + step - 1) / step, cut), 0U);
}

// ATTACK(P1)
TEST_P(RealDevices, RefuseEveryAdditionButSomeZeros) {
  for (std::size_t size = 1; size <= 64; ++size) {
    Bytes longer = evidence_;
    longer.resize(evidence_.size() + size);
    EXPECT_EQ(accepted_.accepts(longer), size <= 15) << size << " zeros";
    for (const std::size_t at : {evidence_.size(), longer.size() - 1}) {
      Bytes altered = longer;
      altered[at] = 1;
      EXPECT_FALSE(accepted_.accepts(altered)) << size;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, RealDevices,
    testing::ValuesIn(have_vectors() ? std::vector<std::string>{"gpu-hopper-550.90.07-full", "switch-ls10-full"}
                                     : std::vector<std::string>{}),
    [](const auto& tested) { return std::string(tested.param.starts_with("gpu") ? "gpu" : "nvswitch"); });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealDevices);

}  // namespace
}  // namespace tenzro::tee::test
