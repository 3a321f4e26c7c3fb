// SPDX-License-Identifier: Apache-2.0
// Every place of every binary form of evidence, read as a length, an offset or a count that lies: no reader crashes,
// and none asks for memory on the word of its input.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "evidence/hcl_report.hpp"
#include "evidence/nitro/document.hpp"
#include "evidence/nvidia/spdm_report.hpp"
#include "evidence/snp/certificate_table.hpp"
#include "evidence/snp/report.hpp"
#include "evidence/tdx/event_log.hpp"
#include "evidence/tdx/quote.hpp"
#include "evidence/tpm_quote.hpp"
#include "formats/cose.hpp"
#include "made/document.hpp"
#include "made/event_log.hpp"
#include "made/snp.hpp"
#include "made/spdm_report.hpp"
#include "tenzro/tee/report.hpp"
#include "unit/evidence/counted_new.hpp"
#include "unit/evidence/made_quote.hpp"

namespace tenzro::tee {
namespace {

/// 0, 1, the largest but one and the largest of each width, the halves where a sign would stand, and what wraps around
/// when a few bytes are added.
std::vector<std::uint64_t> lies(std::size_t width) {
  const std::uint64_t most = width == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * width)) - 1;
  const std::uint64_t half = std::uint64_t{1} << (8 * width - 1);
  return {
      0, 1, most - 1, most, half, half - 1, most - 15, std::uint64_t{1} << 31 & most, std::uint64_t{0xffffffff} & most};
}

/// What a reader may ask for at once, whatever its input says: views into the input, and messages.
constexpr std::size_t kModest = std::size_t{64} << 10;

void expect_modest(const Bytes& good, const std::function<bool(ByteView)>& read, std::size_t step = 1) {
  ASSERT_TRUE(read(good));
  Bytes bytes;
  for (const std::size_t width : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{8}}) {
    for (std::size_t at = 0; at + width <= good.size(); at += step) {
      for (const std::uint64_t lie : lies(width)) {
        for (const bool little : {true, false}) {
          bytes = good;
          for (std::size_t i = 0; i < width; ++i) {
            bytes[at + (little ? i : width - 1 - i)] = static_cast<std::uint8_t>(lie >> (8 * i));
          }
          static_cast<void>(test::take_largest_allocation());
          static_cast<void>(read(bytes));
          ASSERT_LE(test::take_largest_allocation(), kModest) << lie << " in " << width << " bytes at " << at;
        }
      }
    }
  }
}

// ATTACK(P3): all of this file.

TEST(LyingLengths, OfQuotes) {
  for (const test::MadeQuote& made : test::every_kind()) {
    expect_modest(
        made.bytes(), [](ByteView bytes) { return tdx::parse_quote(bytes).has_value(); }, made.version == 5 ? 5 : 1);
  }
}

TEST(LyingLengths, OfSnpReportsWithTheirTables) {
  Bytes bytes = test::MadeSnpReport{.version = 5}.bytes();
  const Bytes table = test::MadeTable{{{test::table_guid::kVcek, Bytes(100, 1)}}}.bytes();
  bytes.insert(bytes.end(), table.begin(), table.end());
  expect_modest(bytes, [](ByteView in) {
    const auto parts = snp::split_extended_report(in);
    return parts && snp::parse_report(parts->report) && snp::parse_certificate_table(parts->certificate_table);
  });
}

TEST(LyingLengths, OfParavisorsAndTheirTpms) {
  expect_modest(test::MadeHclReport{}.bytes(),
                [](ByteView bytes) { return azure::parse_hcl_report(bytes).has_value(); });
  expect_modest(test::MadeAttest{}.bytes(), [](ByteView bytes) { return azure::parse_tpm_attest(bytes).has_value(); });
}

TEST(LyingLengths, OfNitroDocuments) {
  test::MadeDocument made;
  made.set("pcrs", test::cbor_map(test::MadeDocument::pcrs_of(3)));
  expect_modest(made.bytes(), [](ByteView bytes) {
    static_cast<void>(cose::parse_sign1(bytes));
    return nitro::parse_document(bytes).has_value();
  });
}

TEST(LyingLengths, OfDeviceReports) {
  test::MadeSpdmReport made;
  made.measurements = 4;
  made.opaque = {{3, Bytes(9, '5')}, {6, Bytes(5, '9')}};
  expect_modest(made.bytes(), [](ByteView bytes) { return nvidia::parse_report(bytes).has_value(); });
}

TEST(LyingLengths, OfEventLogs) {
  test::MadeLog log;
  log.events = {{.index = 1, .type = 1, .data = Bytes(7, 1)}, {.index = 2, .type = 4, .data = Bytes(4, 2)}};
  expect_modest(log.bytes(), [](ByteView bytes) { return tdx::parse_event_log(bytes).has_value(); });
}

// What a stranger hands in is looked at by the one reader that recognises every form.
TEST(LyingLengths, OfEverythingThatIsRecognised) {
  for (const Bytes& bytes : {test::MadeQuote().bytes(), test::MadeDocument().bytes()}) {
    expect_modest(bytes, [](ByteView in) { return parse_report(in).has_value(); }, 61);
  }
}

}  // namespace
}  // namespace tenzro::tee
