// SPDX-License-Identifier: Apache-2.0
#include "binding/formulas.hpp"

#include <gtest/gtest.h>

#include <set>

#include "binding/big_endian.hpp"
#include "support/vectors.hpp"
#include "tenzro/tee/challenge.hpp"

namespace tenzro::tee::binding {
namespace {

static_assert(pad32("a")[0] == 'a' && pad32("a")[1] == 0 && pad32("a")[31] == 0);
static_assert(pad32("abcdefghijklmnopqrstuvwxyz012345")[31] == '5');
static_assert(big_endian(std::uint32_t{0x01020304}) == ByteArray<4>{1, 2, 3, 4});
static_assert(big_endian(std::uint64_t{0xff00000000000001}) == ByteArray<8>{0xff, 0, 0, 0, 0, 0, 0, 1});

constexpr ByteArray<64> filled64(std::uint8_t byte) {
  ByteArray<64> out{};
  out.fill(byte);
  return out;
}
constexpr ByteArray<32> filled32(std::uint8_t byte) {
  ByteArray<32> out{};
  out.fill(byte);
  return out;
}

TEST(RpcReportData, RefusesNothingAndLengthsThatDoNotFit) {
  const auto nothing = rpc_report_data({});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(nothing.error().message(), "attestation data: 0 bytes, expected at least 1 and fewer than 2^32");
  const std::uint8_t byte = 0;
  EXPECT_FALSE(rpc_report_data(ByteView(&byte, std::size_t{1} << 32)));
}

// ATTACK(B10)
TEST(RpcReportData, IsNeverWhatTheCallerSent) {
  const ByteArray<64> wanted = filled64(0x41);
  EXPECT_NE(*rpc_report_data(wanted), wanted);
  const ReportData own = *ReportData::from_caller_data(wanted);
  EXPECT_NE(to_hex(*rpc_report_data(wanted)), to_hex(own.bytes()));
}

// ATTACK(V12)
TEST(CompositeGpuNonce, DiffersFromTheNonceOfAGpuAlone) {
  EXPECT_NE(composite_gpu_nonce(filled64(1), filled32(2)), nvidia_nonce(filled64(1)));
}

// ATTACK(V12)
TEST(CompositeGpuNonce, DependsOnEachInput) {
  const auto nonce = composite_gpu_nonce(filled64(1), filled32(2));
  EXPECT_NE(nonce, composite_gpu_nonce(filled64(3), filled32(2)));
  EXPECT_NE(nonce, composite_gpu_nonce(filled64(1), filled32(3)));
  EXPECT_NE(session_gpu_nonce(filled32(1), filled32(2), filled32(3)),
            session_gpu_nonce(filled32(2), filled32(1), filled32(3)));
}

// ATTACK(V12)
TEST(CompositeReportData, CoversTheExactBytesOfTheSection) {
  const auto compact = composite_report_data(filled64(1), test::view(R"({"v":1})"));
  EXPECT_NE(compact, composite_report_data(filled64(1), test::view(R"({"v": 1})")));
  EXPECT_NE(compact, composite_report_data(filled64(1), test::view("{\"v\":1}\n")));
  EXPECT_NE(compact, composite_report_data(filled64(2), test::view(R"({"v":1})")));
}

// ATTACK(B14)
TEST(KeyModeSlot, DependsOnBothTimesAndTheirOrder) {
  const std::set<ByteArray<32>> slots = {key_mode_slot(1, 2),
                                         key_mode_slot(2, 1),
                                         key_mode_slot(1, 3),
                                         key_mode_slot(0, 0),
                                         key_mode_slot(std::uint64_t{1} << 32, 2),
                                         ByteArray<32>{}};
  EXPECT_EQ(slots.size(), 6U);
}

// ATTACK(B4)
TEST(Formulas, NeverGiveOneValueForTwoStatements) {
  const ByteArray<64> bytes = filled64(7);
  const Challenge challenge = *Challenge::from_bytes(bytes);
  const std::set<std::string> values = {to_hex(ReportData::bind(challenge, {}).bytes()),
                                        to_hex(*rpc_report_data(bytes)), to_hex(composite_report_data(bytes, {})),
                                        to_hex(ReportData::from_caller_data(bytes)->bytes())};
  EXPECT_EQ(values.size(), 4U);
}

}  // namespace
}  // namespace tenzro::tee::binding
