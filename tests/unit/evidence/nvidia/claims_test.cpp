// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/claims.hpp"

#include <gtest/gtest.h>

#include "made/spdm_report.hpp"

namespace tenzro::tee::nvidia {
namespace {

using Fields = std::vector<std::pair<std::uint16_t, Bytes>>;

Bytes text(std::string_view value) { return Bytes(value.begin(), value.end()); }

const Fields kGpu = {{3, text("550.90.07")}, {6, {0x00, 0x9f, 0x00, 0x96, 0x01, 0, 0, 0}},
                     {15, text("882")},      {17, text("1010")},
                     {18, text("0200")},     {20, Bytes(48, 0xf1)}};

Result<NvidiaClaims> claims_of(const Fields& fields) {
  test::MadeSpdmReport made;
  made.opaque = fields;
  const Bytes bytes = made.bytes();
  return nvidia_claims(*parse_report(bytes));
}
Fields with(Fields fields, std::uint16_t type, const Bytes& value) {
  std::erase_if(fields, [type](const auto& field) { return field.first == type; });
  fields.emplace_back(type, value);
  return fields;
}
Fields without(Fields fields, std::uint16_t type) {
  std::erase_if(fields, [type](const auto& field) { return field.first == type; });
  return fields;
}

TEST(NvidiaClaims, OfAGpu) {
  const auto claims = claims_of(kGpu);
  ASSERT_TRUE(claims) << claims.error().message();
  EXPECT_EQ(claims->device_type, "gpu");
  EXPECT_EQ(to_hex(claims->nonce.value), to_hex(Bytes(32, 0x11)));
  EXPECT_EQ(claims->driver_version, "550.90.07");
  EXPECT_EQ(claims->vbios_version, "96.00.9F.00.01");
  EXPECT_EQ(claims->project, "1010");
  EXPECT_EQ(claims->project_sku, "0200");
  EXPECT_EQ(claims->chip_sku, "882");
  EXPECT_EQ(claims->mode, "");
  EXPECT_EQ(claims->fwid, Bytes(48, 0xf1));
  EXPECT_EQ(claims->measurements, MeasurementResult::not_compared);
  EXPECT_EQ(claims->secure_boot, std::nullopt);
  EXPECT_EQ(claims->debug, std::nullopt);
}

TEST(NvidiaClaims, SayProtectedPcieInOneByte) {
  constexpr auto kStatus = static_cast<std::uint16_t>(OpaqueType::protected_pcie);
  EXPECT_EQ(claims_of(with(kGpu, kStatus, {0xaa}))->mode, "ppcie");
  for (const Bytes& other : {Bytes{0}, Bytes{1}, Bytes{0xab}, Bytes{0xaa, 0}, Bytes{}}) {
    EXPECT_EQ(claims_of(with(kGpu, kStatus, other))->mode, "");
  }
}

TEST(NvidiaClaims, OfASwitch) {
  const auto claims = claims_of({{6, text("96.10.55.00.01")}});
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->device_type, "nvswitch");
  EXPECT_EQ(claims->vbios_version, "96.10.55.00.01");
  EXPECT_EQ(claims->driver_version, "");
  EXPECT_FALSE(claims_of({}));
}

TEST(NvidiaClaims, RefusesFieldsOfAnotherForm) {
  EXPECT_FALSE(claims_of(without(kGpu, 3)));
  EXPECT_FALSE(claims_of(with(kGpu, 3, {0x00})));
  EXPECT_FALSE(claims_of(with(kGpu, 3, text("a b"))));
  EXPECT_FALSE(claims_of(with(kGpu, 17, text("\x80"))));
  EXPECT_FALSE(claims_of(with(kGpu, 20, Bytes(47))));
  EXPECT_TRUE(claims_of(without(kGpu, 20)));
  EXPECT_TRUE(claims_of(without(kGpu, 17))) << "only ids of manifests need it";
}

TEST(NvidiaClaims, TheModeIsAFlagOfNewerReports) {
  const auto mode = [](const Fields& fields) {
    const auto claims = claims_of(fields);
    return claims ? claims->mode : "refused";
  };
  const Fields newer = with(kGpu, 34, {1, 0});
  EXPECT_EQ(mode(with(newer, 36, {0, 0})), "spt");
  EXPECT_EQ(mode(with(newer, 36, {1, 0})), "mpt");
  EXPECT_EQ(mode(with(with(newer, 21, {0xaa}), 36, {2, 0})), "ppcie");
  EXPECT_EQ(mode(with(with(newer, 21, {0x55}), 36, {2, 0})), "refused") << "one says on, the other off";
  EXPECT_EQ(mode(with(newer, 36, {2, 0})), "refused");
  EXPECT_EQ(mode(with(newer, 36, {3, 0})), "refused");
  EXPECT_EQ(mode(with(newer, 36, {3})), "refused");
  EXPECT_EQ(mode(with(kGpu, 36, {1, 0})), "") << "a flag that means nothing yet";
  EXPECT_EQ(mode(with(kGpu, 21, {0xaa})), "ppcie");
  EXPECT_EQ(mode(with(kGpu, 21, {0x55})), "");
}

TEST(NvidiaClaims, SerialNumbersAreWrittenInDecimal) {
  EXPECT_EQ(decimal({}), "0");
  EXPECT_EQ(decimal(Bytes{0x00}), "0");
  EXPECT_EQ(decimal(Bytes{0x0a}), "10");
  EXPECT_EQ(decimal(Bytes{0x01, 0x00}), "256");
  EXPECT_EQ(decimal(*from_hex("53C22BA15E5D68088282DA074ED9FB37AA585771")),
            "478176379286082186618948445787393647364802107249");
  EXPECT_EQ(decimal(Bytes(20, 0xff)), "1461501637330902918203684832716283019655932542975");
}

}  // namespace
}  // namespace tenzro::tee::nvidia
