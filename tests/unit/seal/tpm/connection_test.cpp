// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/connection.hpp"

#include "test_machine.hpp"

namespace tenzro::tee::tpm {
namespace {

std::uint32_t maker(std::string_view text) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    out = out << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
  }
  return out;
}

TEST(TpmConnection, KnowsMakersOfPrograms) {
  for (const std::string_view text : {"IBM", "IBM ", "MSFT", "GOOG", "AMZN", "VMW ", "xCG "}) {
    EXPECT_TRUE(makes_programs(maker(text))) << text;
  }
  for (const std::string_view text : {"INTC", "AMD", "IFX", "STM ", "NTC", "WEC", "CROS", "IBMX"}) {
    EXPECT_FALSE(makes_programs(maker(text))) << text;
  }
}

TEST(TpmConnection, RefusesAProgramThatPassesForADevice) {
  const test::SoftwareTpm tpm;
  const auto connected = Tpm::connect(test::machine(), tpm.tcti());
  ASSERT_TRUE(connected) << connected.error().message();
  const auto judged = demand_hardware(*connected);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().code(), ErrorCode::not_available);
  EXPECT_NE(judged.error().message().find("\"IBM\""), std::string::npos) << judged.error().message();
}

TEST(TpmConnection, SaysWhyADeviceCannotBeOpened) {
  test::FakeSystem& machine = test::machine();
  const auto missing = Tpm::connect(machine, "device:/dev/tpmrm0");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::not_available);
  EXPECT_NE(missing.error().message().find("/dev/tpmrm0 is not there"), std::string::npos) << missing.error().message();
  machine.add_device("/dev/tpmrm0", [] { return std::make_unique<test::FakeOpenFile>(); });
  machine.deny("/dev/tpmrm0", EACCES);
  const auto denied = Tpm::connect(machine, "device:/dev/tpmrm0");
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code(), ErrorCode::permission_denied) << denied.error().message();
  machine.remove("/dev/tpmrm0");
}

TEST(TpmConnection, SaysThatNobodyAnswersElsewhere) {
  const test::TemporaryFolder folder;
  for (const std::string& tcti :
       {"swtpm:path=" + folder.file("none"), std::string("nonsense:1"), std::string("swtpm:a=b")}) {
    const auto connected = Tpm::connect(test::machine(), tcti);
    ASSERT_FALSE(connected) << tcti;
    EXPECT_EQ(connected.error().code(), ErrorCode::not_available) << connected.error().message();
  }
}

}  // namespace
}  // namespace tenzro::tee::tpm
