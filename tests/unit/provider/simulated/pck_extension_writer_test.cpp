// SPDX-License-Identifier: Apache-2.0
// The SGX extension that is written is the one that the parser reads, and of Intel's encoding.
#include "provider/simulated/pck_extension_writer.hpp"

#include <gtest/gtest.h>

#include "formats/pem.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "support/vectors.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::simulated {
namespace {

void expect_equal(const tdx::PckExtension& a, const tdx::PckExtension& b) {
  EXPECT_EQ(a.ppid, b.ppid);
  EXPECT_EQ(a.tcb_components, b.tcb_components);
  EXPECT_EQ(a.pce_svn, b.pce_svn);
  EXPECT_EQ(a.cpu_svn, b.cpu_svn);
  EXPECT_EQ(a.pce_id, b.pce_id);
  EXPECT_EQ(a.fmspc, b.fmspc);
  EXPECT_EQ(a.sgx_type, b.sgx_type);
  EXPECT_EQ(a.platform_instance_id, b.platform_instance_id);
  EXPECT_EQ(a.dynamic_platform, b.dynamic_platform);
  EXPECT_EQ(a.cached_keys, b.cached_keys);
  EXPECT_EQ(a.smt_enabled, b.smt_enabled);
}

TEST(PckExtensionWriter, LeavesOutMembersThatThePlatformCaDemands) {
  tdx::PckExtension extension = default_pck(true);
  extension.platform_instance_id.reset();
  EXPECT_FALSE(tdx::parse_pck_extension(write_pck_extension(extension), true));
  extension = default_pck(true);
  extension.dynamic_platform.reset();
  extension.cached_keys.reset();
  extension.smt_enabled.reset();
  EXPECT_FALSE(tdx::parse_pck_extension(write_pck_extension(extension), true));
}

TEST(PckExtensionWriter, IsReadBackUnderEachCa) {
  for (const bool platform_ca : {true, false}) {
    const tdx::PckExtension extension = default_pck(platform_ca);
    const auto read = tdx::parse_pck_extension(write_pck_extension(extension), platform_ca);
    ASSERT_TRUE(read) << read.error().message();
    expect_equal(*read, extension);
  }
}

TEST(PckExtensionWriter, WritesSvnsAbove127AsPositiveIntegers) {
  tdx::PckExtension extension = default_pck(false);
  extension.tcb_components.fill(0xff);
  extension.pce_svn = 0xffff;
  const auto read = tdx::parse_pck_extension(write_pck_extension(extension), false);
  ASSERT_TRUE(read) << read.error().message();
  expect_equal(*read, extension);
}

// Genuine values, read and written again, are the same bytes.
TEST(PckExtensionWriter, WritesGenuineExtensionsByteForByte) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "compares with genuine certificates";
  }
  for (const auto& [path, platform_ca] : {std::pair<const char*, bool>{"tdx/quotes/v4_b0c06f_uptodate.bin", true},
                                          {"tdx/quotes/v3_sgx_processor_ca.bin", false}}) {
    const Bytes bytes = test::read_vector(path);
    const auto quote = tdx::parse_quote(bytes);
    ASSERT_TRUE(quote) << path;
    const auto blocks = pem::split_quote_chain(quote->certification_data);
    ASSERT_TRUE(blocks) << blocks.error().message();
    const auto leaf = x509::Certificate::parse(blocks->front().der);
    ASSERT_TRUE(leaf);
    const x509::Extension* genuine = (*leaf)->extension(tdx::kSgxExtensionOid);
    ASSERT_NE(genuine, nullptr);
    const auto read = tdx::parse_pck_extension(genuine->value, platform_ca);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(to_hex(write_pck_extension(*read)), to_hex(genuine->value)) << path;
  }
}

}  // namespace
}  // namespace tenzro::tee::simulated
