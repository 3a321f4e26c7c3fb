// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/device_certificates.hpp"

#include <gtest/gtest.h>

#include <string>

#include "made/der.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::tlv;

TEST(DeviceName, IsThatOfBothCertificates) {
  const auto gpu = device_name("GH100 A01 GSP FMC LF", "GH100 A01 GSP BROM");
  ASSERT_TRUE(gpu);
  EXPECT_EQ(gpu->kind, DeviceKind::gpu);
  EXPECT_EQ(gpu->chip, "GH100");
  EXPECT_EQ(device_name("GB202 B01 GSP FMC LF", "GB202 B01 GSP BROM")->chip, "GB202");
  const auto nvswitch = device_name("LS_10 A01 FSP FMC LF", "LS_10 A01 FSP BROM");
  ASSERT_TRUE(nvswitch);
  EXPECT_EQ(nvswitch->kind, DeviceKind::nvswitch);
  EXPECT_EQ(nvswitch->chip, "LS10");
}

// ATTACK(V3)
TEST(DeviceName, IsNoneOfNvidiasOtherDevices) {
  const auto refused = [](const std::string& leaf, const std::string& brom) {
    return !device_name(leaf, brom).has_value();
  };
  EXPECT_TRUE(refused("GH100 A01 GSP FMC LF", "GH100 A02 GSP BROM"));
  EXPECT_TRUE(refused("GH100 A01 GSP FMC LF", "GB100 A01 GSP BROM"));
  EXPECT_TRUE(refused("GH100 A01 GSP FMC LX", "GH100 A01 GSP BROM"));
  EXPECT_TRUE(refused("GH100 A01 GSP FMC LF", "GH100 A01 GSP BROX"));
  EXPECT_TRUE(refused("GH100 A01 GSP BROM", "GH100 A01 GSP BROM"));
  EXPECT_TRUE(refused("GH100 A01 GSP FMC LF", "GH100 A01 GSP FMC LF"));
  for (const std::string name : {"BF3 A01 GSP", "GH A01 GSP", "GHx00 A01 GSP", "GH100 A01 FSP", "GH100",
                                 "LS_10 A01 GSP", "LS_11 A01 FSP", " GH100 A01 GSP", "", "AGH100 A01 GSP"}) {
    EXPECT_TRUE(refused(name + " FMC LF", name + " BROM")) << name;
  }
}

Bytes name_with(const std::string& serial_number, int times = 1) {
  std::string out;
  for (int i = 0; i < times; ++i) {
    const std::string value = std::string("\x13") + static_cast<char>(serial_number.size()) + serial_number;
    const std::string attribute = std::string("\x06\x03\x55\x04\x05") + value;
    const std::string pair = std::string("\x30") + static_cast<char>(attribute.size()) + attribute;
    out += std::string("\x31") + static_cast<char>(pair.size()) + pair;
  }
  out = std::string("\x30") + static_cast<char>(out.size()) + out;
  return Bytes(out.begin(), out.end());
}

TEST(DeviceId, IsTheSerialNumberWithoutTheKind) {
  EXPECT_EQ(to_hex(*device_id(name_with("41431D480FE5E87274"), DeviceKind::gpu)), "431d480fe5e87274");
  EXPECT_EQ(to_hex(*device_id(name_with("50203eb31ad9ed0008"), DeviceKind::nvswitch)), "203eb31ad9ed0008");
}

TEST(DeviceId, RefusesEveryOtherForm) {
  EXPECT_FALSE(device_id(name_with("50431D480FE5E87274"), DeviceKind::gpu));
  EXPECT_FALSE(device_id(name_with("41431D480FE5E87274"), DeviceKind::nvswitch));
  EXPECT_FALSE(device_id(name_with("41431D480FE5E872"), DeviceKind::gpu));
  EXPECT_FALSE(device_id(name_with("41431D480FE5E8727400"), DeviceKind::gpu));
  EXPECT_FALSE(device_id(name_with("41431D480FE5E8727x"), DeviceKind::gpu));
  EXPECT_FALSE(device_id(name_with(""), DeviceKind::gpu));
  EXPECT_FALSE(device_id(name_with("41431D480FE5E87274", 2), DeviceKind::gpu));
  EXPECT_FALSE(device_id(name_with("41431D480FE5E87274", 0), DeviceKind::gpu));
  EXPECT_FALSE(device_id({}, DeviceKind::gpu));
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
const Bytes kSha384 = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02};
const Bytes kSha256 = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
Bytes digest_of(std::uint8_t value, const Bytes& algorithm = kSha384, std::size_t size = 48) {
  return tlv(0x30, algorithm + tlv(0x04, Bytes(size, value)));
}
const Bytes kKey = tlv(0x30, {0x05, 0x00});
const Bytes kOne = {0x02, 0x01, 0x01};

TEST(FirmwareId, OfACompositeDeviceId) {
  const Bytes good = tlv(0x30, kOne + kKey + digest_of(7));
  const auto id = read_firmware_id(kCompositeDeviceId, good);
  ASSERT_TRUE(id) << id.error().message();
  EXPECT_EQ(to_hex(id->digest), to_hex(Bytes(48, 7)));
  ASSERT_TRUE(id->made_by);
  EXPECT_EQ(to_hex(*id->made_by), to_hex(kKey));
  EXPECT_TRUE(id->in_use);
  for (const Bytes& bad :
       {tlv(0x30, Bytes{0x02, 0x01, 0x02} + kKey + digest_of(7)), tlv(0x30, kOne + digest_of(7)),
        tlv(0x30, kOne + kKey), tlv(0x30, kOne + kKey + digest_of(7, kSha256)),
        tlv(0x30, kOne + kKey + digest_of(7, kSha384, 47)), tlv(0x30, kOne + kKey + digest_of(7) + digest_of(7)),
        tlv(0x30, kOne + kKey + digest_of(7)) + Bytes{0x00}, Bytes{}}) {
    EXPECT_FALSE(read_firmware_id(kCompositeDeviceId, bad)) << to_hex(bad);
  }
}

TEST(FirmwareId, OfTcbInfo) {
  const Bytes vendor = tlv(0x80, {'N'});
  const Bytes ids = tlv(0xa6, digest_of(7) + digest_of(0));
  const auto with_flags = [&](const Bytes& flags) {
    return read_firmware_id(kDiceTcbInfo, tlv(0x30, vendor + ids + tlv(0x87, flags)));
  };
  const auto id = with_flags({0x00, 0x80, 0x00, 0x00, 0x01});
  ASSERT_TRUE(id) << id.error().message();
  EXPECT_EQ(to_hex(id->digest), to_hex(Bytes(48, 7)));
  EXPECT_FALSE(id->made_by);
  EXPECT_TRUE(id->in_use);
  for (const std::uint8_t flag : Bytes{0x40, 0x20, 0x10, 0x50}) {
    EXPECT_FALSE(with_flags({0x00, flag})->in_use);
  }
  EXPECT_TRUE(read_firmware_id(kDiceTcbInfo, tlv(0x30, ids))->in_use) << "flags may be absent";
  EXPECT_FALSE(with_flags({0x00}));
  EXPECT_FALSE(with_flags({0x08, 0x80}));
  EXPECT_FALSE(with_flags({0x00, 0, 0, 0, 0, 0}));
  for (const Bytes& bad :
       {tlv(0x30, vendor), tlv(0x30, ids + vendor), tlv(0x30, ids + ids), tlv(0x30, ids + tlv(0x8a, {1})),
        tlv(0x30, tlv(0x86, digest_of(7))), tlv(0x30, tlv(0xa6, {})), tlv(0x30, tlv(0xa6, digest_of(7, kSha256))),
        tlv(0x30, tlv(0xa6, digest_of(7) + Bytes{0x05, 0x00}))}) {
    EXPECT_FALSE(read_firmware_id(kDiceTcbInfo, bad)) << to_hex(bad);
  }
}

}  // namespace
}  // namespace tenzro::tee::nvidia
