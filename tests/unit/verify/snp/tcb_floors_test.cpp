// SPDX-License-Identifier: Apache-2.0
#include "verify/snp/tcb_floors.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee {
namespace {

using snp::Product;
using snp::SiliconLine;

snp::TcbAssessment assess(Product product, std::optional<SiliconLine> line, std::uint8_t snp_level,
                          std::uint8_t microcode, bool smt_off = false) {
  const snp::Tcb tcb{
      product == Product::turin ? std::optional<std::uint8_t>(1) : std::nullopt, 9, 0, snp_level, microcode, {}};
  return snp::assess_tcb({product, line, tcb, tcb, tcb, tcb, smt_off});
}

struct Line {
  Product product;
  SiliconLine line;
  std::uint8_t snp_level, microcode;  ///< the lowest that are good
};
constexpr Line kLines[] = {
    {Product::milan, SiliconLine::milan, 0x1b, 0xdb},   {Product::milan, SiliconLine::milan_x, 0x1b, 0x44},
    {Product::genoa, SiliconLine::genoa, 0x1b, 0x56},   {Product::genoa, SiliconLine::genoa_x, 0x1b, 0x51},
    {Product::genoa, SiliconLine::bergamo, 0x1b, 0x19}, {Product::turin, SiliconLine::turin, 0x04, 0x51}};

TEST(SnpTcbFloors, AreThoseOfTheBulletins) {
  for (const Line& line : kLines) {
    SCOPED_TRACE(to_string(line.line));
    const auto status = [&](int snp_level, int microcode) {
      return assess(line.product, line.line, static_cast<std::uint8_t>(snp_level), static_cast<std::uint8_t>(microcode))
          .verdict.status;
    };
    EXPECT_EQ(status(line.snp_level, line.microcode), TcbStatus::up_to_date);
    EXPECT_EQ(status(line.snp_level - 1, line.microcode), TcbStatus::out_of_date);
    EXPECT_EQ(status(line.snp_level, line.microcode - 1), TcbStatus::out_of_date);
    EXPECT_EQ(status(0xff, 0xff), TcbStatus::up_to_date);
  }
}

TEST(SnpTcbFloors, HoldForEachOfTheFourTcbs) {
  const snp::Tcb good{std::nullopt, 9, 0, 0x1b, 0x56, {}};
  snp::Tcb bad = good;
  bad.microcode = 0x53;
  EXPECT_EQ(snp::assess_tcb({Product::genoa, SiliconLine::genoa, bad, good, good, good}).verdict.status,
            TcbStatus::out_of_date);
  EXPECT_EQ(snp::assess_tcb({Product::genoa, SiliconLine::genoa, good, bad, good, good}).verdict.status,
            TcbStatus::out_of_date);
  EXPECT_EQ(snp::assess_tcb({Product::genoa, SiliconLine::genoa, good, good, bad, good}).verdict.status,
            TcbStatus::out_of_date);
  EXPECT_EQ(snp::assess_tcb({Product::genoa, SiliconLine::genoa, good, good, good, bad}).verdict.status,
            TcbStatus::out_of_date);
}

TEST(SnpTcbFloors, NameTheBulletinsOnce) {
  const auto assessment = assess(Product::genoa, SiliconLine::genoa, 0, 0);
  EXPECT_EQ(assessment.verdict.advisory_ids,
            (std::vector<std::string>{"AMD-SB-3015", "AMD-SB-3019", "AMD-SB-3020", "AMD-SB-3027"}));
  EXPECT_NE(assessment.why.find("microcode 0 below 84 (AMD-SB-3019)"), std::string::npos) << assessment.why;
  EXPECT_EQ(to_rfc3339(assessment.verdict.date.value()), "2026-11-22T00:00:00Z");
}

TEST(SnpTcbFloors, LeaveOutWhatNeedsSiblingThreads) {
  EXPECT_EQ(assess(Product::turin, SiliconLine::turin, 0x04, 0x50).verdict.advisory_ids,
            std::vector<std::string>{"AMD-SB-3027"});
  EXPECT_EQ(assess(Product::turin, SiliconLine::turin, 0x04, 0x50, true).verdict.status, TcbStatus::up_to_date);
}

TEST(SnpTcbFloors, AreUnknownWhereNothingIsKnown) {
  for (const Product product : {Product::milan, Product::genoa, Product::turin}) {
    EXPECT_EQ(assess(product, std::nullopt, 0xff, 0xff).verdict.status, TcbStatus::unknown);
    EXPECT_EQ(assess(product, std::nullopt, 0, 0).verdict.status, TcbStatus::unknown);
  }
  EXPECT_EQ(assess(Product::turin, SiliconLine::turin_dense, 0xff, 0xff).verdict.status, TcbStatus::unknown);
  EXPECT_EQ(assess(Product::turin, SiliconLine::turin_dense, 0x03, 0xff).verdict.status, TcbStatus::out_of_date);
}

}  // namespace
}  // namespace tenzro::tee
