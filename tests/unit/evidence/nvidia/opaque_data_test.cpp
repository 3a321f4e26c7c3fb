// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/opaque_data.hpp"

#include <gtest/gtest.h>

#include "evidence/nvidia/spdm_report.hpp"
#include "made/spdm_report.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::MadeSpdmReport;

TEST(OpaqueData, ReadsTextsAndNumbersStrictly) {
  const auto text = [](const Bytes& value) {
    MadeSpdmReport made;
    made.opaque = {{17, value}, {34, value}};
    const Bytes bytes = made.bytes();
    return parse_report(bytes).value().opaque().text(OpaqueType::project);
  };
  EXPECT_EQ(text({'1', '0', '1', '0', 0}).value(), "1010");
  EXPECT_EQ(text({'8', '8', '2', 0, 0, 0}).value(), "882");
  EXPECT_EQ(text({'8'}).value(), "8") << "no NUL at all";
  for (const Bytes& bad :
       {Bytes{}, Bytes{0}, Bytes{'a', 0, 'b'}, Bytes{'a', '\n', 0}, Bytes{' '}, Bytes{0xc3, 0xa9}, Bytes(33, 'a')}) {
    EXPECT_FALSE(text(bad)) << to_hex(bad);
  }
  const Bytes none = MadeSpdmReport().bytes();
  EXPECT_EQ(parse_report(none)->opaque().text(OpaqueType::fwid).value(), std::nullopt);
  EXPECT_EQ(parse_report(none)->opaque().number(OpaqueType::feature_flag).value(), std::nullopt);
  MadeSpdmReport numbers;
  numbers.opaque = {{34, {1, 2}}, {36, {1}}};
  const Bytes bytes = numbers.bytes();
  EXPECT_EQ(parse_report(bytes)->opaque().number(OpaqueType::opaque_version).value(), 0x0201);
  EXPECT_FALSE(parse_report(bytes)->opaque().number(OpaqueType::feature_flag));
}

TEST(OpaqueData, WritesVersionsOfFirmwareAsVendorsDo) {
  EXPECT_EQ(gpu_vbios_text(ByteArray<8>{0x00, 0x9f, 0x00, 0x96, 0x01, 0, 0, 0}), "96.00.9F.00.01");
  EXPECT_EQ(gpu_vbios_text(ByteArray<8>{0x00, 0x88, 0x00, 0x97, 0x0f, 0, 0, 0}), "97.00.88.00.0F");
}

}  // namespace
}  // namespace tenzro::tee::nvidia
