// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/spdm_report.hpp"

#include <gtest/gtest.h>

#include "made/spdm_report.hpp"
#include "support/nvidia_vectors.hpp"

namespace tenzro::tee::nvidia {
namespace {

using test::MadeSpdmReport;

/// The message of a refusal; empty when there is none.
std::string refusal(const Bytes& bytes, ErrorCode code = ErrorCode::malformed_input) {
  const auto parsed = parse_report(bytes);
  if (!parsed) {
    EXPECT_EQ(parsed.error().code(), code) << parsed.error().message();
  }
  return parsed ? std::string() : parsed.error().message();
}
std::string refusal_with(std::size_t at, std::uint8_t value, ErrorCode code = ErrorCode::malformed_input) {
  Bytes bytes = MadeSpdmReport().bytes();
  bytes.at(at) = value;
  return refusal(bytes, code);
}

TEST(SpdmReport, ReadsEveryField) {
  MadeSpdmReport made;
  made.opaque = {{3, {'5', '5', '0', 0}}, {999, {1, 2, 3}}};
  const Bytes bytes = made.bytes();
  EXPECT_TRUE(looks_like_report(bytes));
  const auto report = parse_report(bytes);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(to_hex(report->nonce()), to_hex(Bytes(32, 0x11)));
  EXPECT_EQ(to_hex(report->device_nonce()), to_hex(Bytes(32, 0x22)));
  ASSERT_EQ(report->measurement_count(), 64U);
  EXPECT_EQ(to_hex(report->measurement(0)), to_hex(Bytes(48, 1)));
  EXPECT_EQ(to_hex(report->measurement(63)), to_hex(Bytes(48, 64)));
  EXPECT_EQ(report->opaque().text(OpaqueType::driver_version).value(), "550");
  EXPECT_EQ(report->signed_bytes().size(), bytes.size() - kSignatureSize);
  EXPECT_EQ(to_hex(report->signature()), to_hex(Bytes(96, 0x33)));
  EXPECT_EQ(report->trailing_zeros(), 0U);
}

TEST(SpdmReport, IsNoneOfOtherBytes) {
  EXPECT_FALSE(looks_like_report({}));
  EXPECT_FALSE(looks_like_report(Bytes(38, 0x11)));
  Bytes bytes = MadeSpdmReport().bytes();
  bytes.resize(kRequestSize + 1);
  EXPECT_FALSE(looks_like_report(bytes));
}

// ATTACK(P1)
TEST(SpdmReport, RefusesEveryTruncation) {
  const Bytes bytes = MadeSpdmReport().bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(refusal(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))), "") << size;
  }
}

TEST(SpdmReport, FindsItsSignatureByParsingForward) {
  Bytes bytes = MadeSpdmReport().bytes();
  const std::size_t whole = bytes.size();
  for (std::size_t zeros = 1; zeros <= kMaxTrailingZeros; ++zeros) {
    bytes.push_back(0);
    const auto report = parse_report(bytes);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->trailing_zeros(), zeros);
    EXPECT_EQ(report->signed_bytes().size(), whole - kSignatureSize);
    EXPECT_EQ(to_hex(report->signature()), to_hex(Bytes(96, 0x33)));
  }
  bytes.push_back(0);
  EXPECT_NE(refusal(bytes), "") << "sixteen";
  bytes.resize(whole + 1);
  bytes.back() = 1;
  EXPECT_NE(refusal(bytes), "") << "not zero";
  EXPECT_NE(refusal(Bytes(kMaxReportSize + 1)), "");
}

TEST(SpdmReport, RefusesOtherVersionsRequestsAndResponses) {
  for (const std::size_t at : {0, 1, 2, 3, 36, 37, 38, 39, 40}) {
    EXPECT_NE(refusal_with(at, 0x77, ErrorCode::unsupported), "") << at;
  }
}

TEST(SpdmReport, RefusesMeasurementsOutOfOrderOrOfOtherKinds) {
  constexpr std::size_t kCount = 41, kRecord = 45, kBlock = 55;
  EXPECT_NE(refusal_with(kCount, 0), "");
  EXPECT_NE(refusal_with(kCount, 63), "") << "a block is left over";
  EXPECT_NE(refusal_with(kCount, 65), "");
  EXPECT_NE(refusal_with(kRecord, 0), "");
  EXPECT_NE(refusal_with(kRecord, 2), "");
  EXPECT_NE(refusal_with(kRecord + kBlock, 1), "") << "the same twice";
  EXPECT_NE(refusal_with(kRecord + 1, 2, ErrorCode::unsupported), "");
  EXPECT_NE(refusal_with(kRecord + 2, 52, ErrorCode::unsupported), "");
  EXPECT_NE(refusal_with(kRecord + 4, 0x81, ErrorCode::unsupported), "");
  EXPECT_NE(refusal_with(kRecord + 5, 32, ErrorCode::unsupported), "");
  EXPECT_NE(refusal_with(kRecord - 1, 0xff), "") << "a record of 16 MiB";
}

TEST(SpdmReport, HasOneTo64Measurements) {
  for (const std::size_t count : {0U, 1U, 64U, 65U}) {
    MadeSpdmReport made;
    made.measurements = count;
    const std::string said = refusal(made.bytes());
    if (count == 1 || count == 64) {
      EXPECT_EQ(said, "");
    } else {
      EXPECT_EQ(said, "SPDM report.response.number_of_blocks: is " + std::to_string(count) + ", expected 1 to 64");
    }
  }
}

TEST(SpdmReport, RefusesOpaqueDataThatDoNotFit) {
  MadeSpdmReport twice;
  twice.opaque = {{3, {'a', 0}}, {3, {'b', 0}}};
  EXPECT_NE(refusal(twice.bytes()), "");
  MadeSpdmReport far;
  far.opaque = {{0xffff, {}}};
  EXPECT_NE(refusal(far.bytes()), "");
  MadeSpdmReport cut;
  cut.opaque_tail = {3, 0, 9, 0, 'a'};
  EXPECT_NE(refusal(cut.bytes()), "");
  cut.opaque_tail = {3, 0, 9};
  EXPECT_NE(refusal(cut.bytes()), "");
}

// Every report of the vectors, with what its manifest says of it.
TEST(SpdmReport, ReadsGenuineReports) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no real vectors here";
  }
  std::size_t judged = 0;
  for (const nlohmann::json& one : test::nvidia_cases()) {
    if (!one.contains("report") || !one.contains("expected") || !one["expected"].contains("report_bytes")) {
      continue;
    }
    SCOPED_TRACE(one["id"]);
    const nlohmann::json& expected = one["expected"];
    const Bytes bytes = test::nvidia_hex(one["report"]);
    const auto report = parse_report(bytes);
    ASSERT_TRUE(report) << report.error().message();
    ++judged;
    EXPECT_EQ(bytes.size(), expected["report_bytes"].get<std::size_t>());
    const auto expect = [&](const char* name, const std::string& actual) {
      if (expected.contains(name)) {
        EXPECT_EQ(actual, expected[name].get<std::string>()) << name;
      }
    };
    expect("request_nonce", to_hex(report->nonce()));
    expect("responder_nonce", to_hex(report->device_nonce()));
    expect("driver", report->opaque().text(OpaqueType::driver_version).value().value_or(""));
    expect("project", report->opaque().text(OpaqueType::project).value().value_or(""));
    if (expected.contains("measurement_blocks")) {
      EXPECT_EQ(report->measurement_count(), expected["measurement_blocks"].get<std::size_t>());
    }
    if (expected.contains("opaque_length")) {
      EXPECT_EQ(report->opaque().raw().size(), expected["opaque_length"].get<std::size_t>());
    }
    const auto version = report->opaque().find(OpaqueType::vbios_version);
    ASSERT_TRUE(version.has_value());
    expect("vbios", version->size() == 8 ? gpu_vbios_text(version->first<8>())
                                         : report->opaque().text(OpaqueType::vbios_version).value().value_or(""));
  }
  EXPECT_GE(judged, 5U);
}

}  // namespace
}  // namespace tenzro::tee::nvidia
