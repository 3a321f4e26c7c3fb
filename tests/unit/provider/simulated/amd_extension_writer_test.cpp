// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/amd_extension_writer.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::simulated {
namespace {

snp::LeafExtensions read_back(const snp::LeafExtensions& written, bool vlek) {
  const std::vector<ExtensionValue> values = write_amd_extensions(written);
  std::vector<snp::NamedExtension> named;
  for (const ExtensionValue& one : values) {
    named.push_back({one.oid, one.value});
  }
  return snp::read_leaf_extensions(named, snp::Product::genoa, vlek).value();
}

TEST(AmdExtensions, SayOfAVcekWhatTheyAreTold) {
  snp::LeafExtensions says;
  says.product_name = "Milan-B0";
  says.tcb = {.fmc = {}, .bootloader = 4, .tee = 1, .snp = 0x1b, .microcode = 0xdb, .reserved = {5, 6, 7, 0x80}};
  says.hwid = Bytes(64, 0x04);  // which begins like an OCTET STRING
  const snp::LeafExtensions read = read_back(says, false);
  EXPECT_EQ(read.struct_version, 0);
  EXPECT_EQ(read.product_name, "Milan-B0");
  EXPECT_EQ(read.product, snp::Product::milan);
  EXPECT_EQ(read.tcb, says.tcb);
  EXPECT_EQ(read.hwid, says.hwid);
  EXPECT_FALSE(read.csp_id.has_value());
}

TEST(AmdExtensions, SayOfAVlekWhoseCloudItIsOf) {
  snp::LeafExtensions says;
  says.product_name = "Genoa";
  says.csp_id = "CN=cc-nowhere.example";
  const snp::LeafExtensions read = read_back(says, true);
  EXPECT_EQ(read.csp_id, says.csp_id);
  EXPECT_FALSE(read.hwid.has_value());
}

// As in the genuine VCEK of a Genoa.
TEST(AmdExtensions, StandInTheOrderInWhichAmdWritesThem) {
  snp::LeafExtensions says;
  says.product_name = "Genoa";
  says.hwid = Bytes(64, 1);
  std::string tails;
  for (const ExtensionValue& one : write_amd_extensions(says)) {
    EXPECT_TRUE(one.oid.starts_with(snp::kAmdExtensions));
    tails += one.oid.substr(snp::kAmdExtensions.size()) + " ";
  }
  EXPECT_EQ(tails, ".1 .2 .3.1 .3.2 .3.4 .3.5 .3.6 .3.7 .3.3 .3.8 .4 ");
}

}  // namespace
}  // namespace tenzro::tee::simulated
