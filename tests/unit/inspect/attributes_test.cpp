// SPDX-License-Identifier: Apache-2.0
// Bits have the names of the vendor's tables.
#include "inspect/attributes.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::inspect_detail {
namespace {

using Names = std::vector<std::string>;

TEST(InspectAttributes, NamesTdAttributes) {
  EXPECT_EQ(td_attribute_names(ByteArray<8>{}), Names{});
  EXPECT_EQ(td_attribute_names(ByteArray<8>{0x01, 0, 0, 0x10}), (Names{"debug", "sept_ve_disable"}));
  EXPECT_EQ(td_attribute_names(ByteArray<8>{0x71, 0, 0x03, 0xe8, 0, 0, 0, 0xc0}),
            (Names{"debug", "hgs_plus_prof", "perf_prof", "pmt_prof", "icssd", "servtd_ext", "lass", "migratable",
                   "pks", "kl", "tpa", "perfmon"}));
}

TEST(InspectAttributes, NumbersBitsThatHaveNoName) {
  EXPECT_EQ(td_attribute_names(ByteArray<8>{0x02, 0, 0, 0, 1}), (Names{"bit_1", "bit_32"}));
  EXPECT_EQ(xfam_names(ByteArray<8>{0, 0, 0, 0, 0, 0, 0, 0x80}), (Names{"bit_63"}));
}

TEST(InspectAttributes, NamesXfamOfARealTd) {
  EXPECT_EQ(xfam_names(ByteArray<8>{0xe7, 0x02, 0x06}),
            (Names{"x87", "sse", "avx", "opmask", "zmm_hi256", "hi16_zmm", "pkru", "tilecfg", "tiledata"}));
}

TEST(InspectAttributes, NamesBitsOfSnpWords) {
  EXPECT_EQ(snp_policy_names(ByteArray<8>{0xff, 0xff, 0x0b}), (Names{"smt", "reserved_one", "debug"}))
      << "the ABI version is no bits";
  EXPECT_EQ(snp_policy_names(ByteArray<8>{0, 0, 0, 0x04, 0, 0, 0, 0x80}), (Names{"bit_26", "bit_63"}));
  EXPECT_EQ(snp_platform_info_names(ByteArray<8>{0x65}),
            (Names{"smt_en", "ecc_en", "alias_check_complete", "iommu_write_safe"}));
  EXPECT_EQ(snp_platform_info_names(ByteArray<8>{0, 1}), Names{"bit_8"});
}

TEST(InspectAttributes, NamesEnclaveFlags) {
  EXPECT_EQ(enclave_flag_names(ByteArray<8>{0x15}), (Names{"init", "mode64bit", "provision_key"}));
  EXPECT_EQ(enclave_flag_names(ByteArray<8>{0x02}), (Names{"debug"}));
}

}  // namespace
}  // namespace tenzro::tee::inspect_detail
