// SPDX-License-Identifier: Apache-2.0
// Manifests with nothing to compare. The reader of manifests lets none pass that is empty; the judge does not count on
// that.
#include "verify/nvidia/measurements.hpp"

#include <gtest/gtest.h>

#include "made/spdm_report.hpp"
#include "support/findings.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::Codes;

/// A device that measured nothing, whose decoder is off or on.
struct Silent {
  test::MadeSpdmReport made{};
  NvidiaClaims claims{};
  ManifestNeed need{"BIOS", "NV_SWITCH_BIOS", "LS10", "SWITCH", "96.10.55.00.01"};

  explicit Silent(bool decoder_on) {
    for (std::size_t number = 1; number <= made.measurements; ++number) {
      made.values[number] = Bytes(48);
    }
    made.opaque = {{std::uint16_t{11}, Bytes(1, decoder_on ? std::uint8_t{0xaa} : std::uint8_t{0x55})}};
    claims.device_type = "nvswitch";
  }
  using Active = std::vector<GoldenMeasurement>;
  std::pair<MeasurementResult, Codes> judge(const std::vector<Active>& listed) const {
    const Bytes bytes = made.bytes();
    const Report report = parse_report(bytes).value();
    std::vector<Rim> rims(listed.size());
    std::vector<AuthenticManifest> manifests;
    for (std::size_t i = 0; i < listed.size(); ++i) {
      rims[i].active = listed[i];
      manifests.push_back({need, rims[i]});
    }
    VerdictBuilder verdict{UtcTime{}};
    const MeasurementResult found = judge_measurements(report, claims, manifests, true, {}, verdict);
    Codes codes = test::codes_in(std::move(verdict).finish(false, false).failures());
    codes.erase("verification_incomplete");  // nothing else was judged here
    return {found, codes};
  }
};

using Found = std::pair<MeasurementResult, Codes>;

// ATTACK(V4)
TEST(NvidiaMeasurements, NothingComparedIsNoMatch) {
  const Found nothing = {MeasurementResult::not_compared, {"rim_without_measurements"}};
  const Found match = {MeasurementResult::match, {}};
  const Silent::Active none, decoder = {{35, {ByteArray<48>{}}}}, other = {{36, {ByteArray<48>{}}}};
  EXPECT_EQ(Silent(true).judge({none}), nothing);
  EXPECT_EQ(Silent(true).judge({}), nothing);
  EXPECT_EQ(Silent(true).judge({decoder}), match);
  EXPECT_EQ(Silent(false).judge({decoder}), nothing) << "of a decoder that is off alone";
  EXPECT_EQ(Silent(false).judge({decoder, other}), match);
  // Each manifest speaks for its part of the device.
  EXPECT_EQ(Silent(true).judge({decoder, none}), nothing);
  EXPECT_EQ(Silent(true).judge({none, decoder}), nothing);
}

}  // namespace
}  // namespace tenzro::tee::nvidia
