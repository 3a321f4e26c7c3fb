// SPDX-License-Identifier: Apache-2.0
#include "evidence/snp/certificate_extensions.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace tenzro::tee {
namespace {

using snp::Product;

/// Extensions whose bytes are kept beside them.
class Made {
 public:
  Made& add(const std::string& tail, Bytes value) {
    kept_.emplace_back(std::string(snp::kAmdExtensions) + tail, std::move(value));
    return *this;
  }
  Made& without(const std::string& tail) {
    std::erase_if(kept_, [&](const auto& one) { return one.first == std::string(snp::kAmdExtensions) + tail; });
    return *this;
  }
  Made& with(const std::string& tail, Bytes value) { return without(tail).add(tail, std::move(value)); }
  std::vector<snp::NamedExtension> list() const {
    std::vector<snp::NamedExtension> out;
    for (const auto& [oid, value] : kept_) {
      out.push_back({oid, value});
    }
    return out;
  }

 private:
  std::deque<std::pair<std::string, Bytes>> kept_;
};

Bytes number(std::uint8_t value) { return value < 0x80 ? Bytes{2, 1, value} : Bytes{2, 2, 0, value}; }
Bytes ia5(std::string_view text) {
  Bytes out = {0x16, static_cast<std::uint8_t>(text.size())};
  out.insert(out.end(), text.begin(), text.end());
  return out;
}

Made milan_vcek() {
  Made out;
  out.add(".1", number(0)).add(".2", ia5("Milan-B0")).add(".3.1", number(4)).add(".3.2", number(1));
  out.add(".3.4", number(0)).add(".3.5", number(0)).add(".3.6", number(0)).add(".3.7", number(0));
  out.add(".3.3", number(0x18)).add(".3.8", number(0xdb)).add(".4", Bytes(64, 0x04));
  return out;
}
Made turin_vcek() {
  Made out;
  out.add(".1", number(1)).add(".2", ia5("Turin")).add(".3.9", number(1)).add(".3.1", number(3));
  out.add(".3.2", number(2)).add(".3.3", number(5)).add(".3.5", number(0)).add(".3.8", number(0x61));
  out.add(".4", {0x04, 0x06, 3, 4, 5, 6, 7, 8});  // raw bytes that begin like an OCTET STRING
  return out;
}
Made milan_vlek() {
  Made out = milan_vcek();
  return out.without(".4").with(".2", ia5("Milan")).add(".5", ia5("CN=cc-us-east-2.amazonaws.com"));
}

Result<snp::LeafExtensions> read(const Made& made, Product product = Product::milan, bool vlek = false) {
  return snp::read_leaf_extensions(made.list(), product, vlek);
}
void expect_refused(const Made& made, std::string_view part, Product product = Product::milan, bool vlek = false) {
  const auto read_ones = read(made, product, vlek);
  ASSERT_FALSE(read_ones.has_value()) << part;
  EXPECT_EQ(read_ones.error().code(), ErrorCode::malformed_input);
  EXPECT_NE(read_ones.error().message().find(part), std::string::npos) << read_ones.error().message();
}

TEST(SnpLeafExtensions, NameChipProductAndLevels) {
  const auto milan = read(milan_vcek()).value();
  EXPECT_EQ(milan.tcb, (snp::Tcb{std::nullopt, 4, 1, 0x18, 0xdb, {}}));
  EXPECT_EQ(milan.product_name, "Milan-B0");
  EXPECT_EQ(milan.product, Product::milan);
  EXPECT_EQ(milan.hwid, Bytes(64, 0x04));
  EXPECT_FALSE(milan.csp_id.has_value());

  const auto turin = read(turin_vcek(), Product::turin).value();
  EXPECT_EQ(turin.tcb, (snp::Tcb{1, 3, 2, 5, 0x61, {}}));
  EXPECT_EQ(turin.struct_version, 1);
  EXPECT_EQ(turin.hwid, (Bytes{0x04, 0x06, 3, 4, 5, 6, 7, 8}));

  const auto vlek = read(milan_vlek(), Product::milan, true).value();
  EXPECT_EQ(vlek.csp_id, "CN=cc-us-east-2.amazonaws.com");
  EXPECT_FALSE(vlek.hwid.has_value());
}

TEST(SnpLeafExtensions, TakeTheChipAsAnOctetStringToo) {
  Bytes wrapped = {0x04, 0x40};
  wrapped.insert(wrapped.end(), 64, 0xaa);
  EXPECT_EQ(read(milan_vcek().with(".4", wrapped))->hwid, Bytes(64, 0xaa));
  EXPECT_EQ(read(turin_vcek().with(".4", {4, 8, 1, 2, 3, 4, 5, 6, 7, 8}), Product::turin)->hwid,
            (Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(SnpLeafExtensions, DecideTheChipByItsLength) {
  for (const std::size_t size : {0, 1, 8, 63, 65, 66, 128}) {
    expect_refused(milan_vcek().with(".4", Bytes(size, 0x04)), "HWID: has");
  }
  expect_refused(turin_vcek().with(".4", Bytes(64, 1)), "expected 8", Product::turin);
  Bytes trailing = {0x04, 0x40};
  trailing.insert(trailing.end(), 65, 0xaa);
  expect_refused(milan_vcek().with(".4", trailing), "expected 64");
  for (const std::uint8_t size : ByteArray<4>{0, 8, 63, 65}) {
    Bytes wrapped = {0x04, size};
    wrapped.insert(wrapped.end(), size, 0xaa);
    expect_refused(milan_vcek().with(".4", wrapped), "expected 64");
  }
}

TEST(SnpLeafExtensions, MustAllBeThere) {
  for (const char* tail : {".1", ".2", ".3.1", ".3.2", ".3.3", ".3.8", ".4"}) {
    expect_refused(milan_vcek().without(tail), "is missing");
  }
  for (const char* tail : {".1", ".2", ".3.1", ".3.2", ".3.3", ".3.8", ".3.9", ".4"}) {
    expect_refused(turin_vcek().without(tail), "is missing", Product::turin);
  }
  expect_refused(milan_vlek().without(".5"), "CSP_ID: is missing", Product::milan, true);
}

TEST(SnpLeafExtensions, StandThereOnce) {
  for (const char* tail : {".1", ".2", ".3.1", ".3.4", ".3.8", ".4"}) {
    expect_refused(milan_vcek().add(tail, number(0)), "stands there twice");
  }
}

TEST(SnpLeafExtensions, BelongToTheirKindAndProduct) {
  expect_refused(milan_vlek(), "CSP_ID: belongs", Product::milan, false);
  expect_refused(milan_vcek(), "HWID: belongs", Product::milan, true);
  expect_refused(milan_vcek().add(".3.9", number(0)), "fmcSPL: does not exist");
  expect_refused(turin_vcek().add(".3.4", number(1)), "spl_4: does not exist", Product::turin);
  EXPECT_TRUE(read(turin_vcek().add(".3.4", number(0)), Product::turin).has_value());
}

TEST(SnpLeafExtensions, HaveLevelsInMinimalDer) {
  for (const Bytes& bad : {Bytes{}, Bytes{2, 1}, Bytes{2, 2, 0, 4}, Bytes{2, 1, 0xdb}, Bytes{2, 2, 1, 0},
                           Bytes{2, 1, 4, 0}, Bytes{4, 1, 4}, Bytes{2, 0x81, 1, 4}}) {
    EXPECT_FALSE(read(milan_vcek().with(".3.8", bad)).has_value()) << to_hex(bad);
  }
}

// ATTACK(S2): a level that nobody compares.
TEST(SnpLeafExtensions, RefuseLevelsThatAreNotKnown) {
  expect_refused(milan_vcek().add(".3.10", number(1)), "level that is not known");
  expect_refused(milan_vcek().add(".3.1.1", number(1)), "level that is not known");
  EXPECT_TRUE(read(milan_vcek().add(".6", number(1))).has_value()) << "another arc";
  EXPECT_TRUE(read(milan_vcek().add("0.3.1", number(1))).has_value()) << "only begins alike";
}

TEST(SnpLeafExtensions, KeepSpareLevelsForTheComparison) {
  EXPECT_EQ(read(milan_vcek().with(".3.5", number(9)))->tcb.reserved, (std::array<std::uint8_t, 4>{0, 9, 0, 0}));
  EXPECT_EQ(read(turin_vcek().with(".3.5", number(9)), Product::turin)->tcb.reserved,
            (std::array<std::uint8_t, 4>{9, 0, 0, 0}));
}

TEST(SnpLeafExtensions, HavePrintableNames) {
  expect_refused(milan_vcek().with(".2", ia5("")), "printable");
  expect_refused(milan_vcek().with(".2", ia5("Mi\nlan")), "printable");
  expect_refused(milan_vcek().with(".2", ia5(std::string(65, 'M'))), "printable");
  EXPECT_EQ(read(milan_vcek().with(".2", ia5("Venice-A0")))->product, std::nullopt);
  EXPECT_FALSE(read(milan_vcek().with(".2", {0x0c, 1, 'M'})).has_value()) << "not an IA5String";
}

}  // namespace
}  // namespace tenzro::tee
