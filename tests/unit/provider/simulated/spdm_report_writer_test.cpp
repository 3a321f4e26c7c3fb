// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/spdm_report_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace tenzro::tee::simulated {
namespace {

TEST(SpdmReportWriter, WritesWhatItIsTold) {
  const crypto::PkeyPtr key = key_from_label("a device", crypto::Curve::p384);
  SpdmReportParts parts;
  parts.nonce.fill(0x5a);
  parts.device_nonce.fill(0xa5);
  for (const std::size_t count : {std::size_t{1}, std::size_t{31}, nvidia::kMaxMeasurements}) {
    parts.measurements.assign(count, {});
    parts.measurements.back().fill(0x77);
    parts.opaque = {{3, {'5', '5', '0', 0}}, {33, {}}, {34, {1, 0}}};
    const Bytes bytes = write_spdm_report(parts, key.get());
    const auto read = nvidia::parse_report(bytes);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(bytes.size(), 37 + 8 + (55 * count) + 32 + 2 + 18 + 96);
    EXPECT_TRUE(std::ranges::equal(read->nonce(), parts.nonce));
    EXPECT_TRUE(std::ranges::equal(read->device_nonce(), parts.device_nonce));
    ASSERT_EQ(read->measurement_count(), count);
    EXPECT_TRUE(std::ranges::equal(read->measurement(count - 1), parts.measurements.back()));
    EXPECT_EQ(read->opaque().text(nvidia::OpaqueType::driver_version).value(), "550");
    EXPECT_EQ(read->opaque().number(nvidia::OpaqueType::opaque_version).value(), 1);
    EXPECT_EQ(read->trailing_zeros(), 0U);
  }
}

TEST(SpdmReportWriter, SignsRequestAndResponse) {
  const crypto::PkeyPtr key = key_from_label("a device", crypto::Curve::p384);
  SpdmReportParts parts;
  parts.measurements.resize(2);
  const Bytes bytes = write_spdm_report(parts, key.get());
  const auto read = nvidia::parse_report(bytes).value();
  EXPECT_EQ(read.signed_bytes().size() + nvidia::kSignatureSize, bytes.size());
  const auto signed_by = [&](crypto::PkeyPtr by) {
    return crypto::EcPublicKey::from_pkey(std::move(by))
        .value()
        .verify(crypto::Hash::sha384, read.signed_bytes(), read.signature());
  };
  EXPECT_TRUE(signed_by(key_from_label("a device", crypto::Curve::p384)));
  EXPECT_FALSE(signed_by(key_from_label("another device", crypto::Curve::p384)));
}

}  // namespace
}  // namespace tenzro::tee::simulated
