// SPDX-License-Identifier: Apache-2.0
#include "core/vendor_tag.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee {
namespace {

VendorTag snp() {
  VendorTag out("amd-sev-snp");
  out.add("key", "vcek").add("gfs", 41).add("vmpl", 1).add("svn", 0).add("tcb", "0a000000000015d3");
  return out;
}

TEST(VendorTag, IsWrittenAsTheFormatSays) {
  EXPECT_EQ(snp().text(), "amd-sev-snp;key=vcek;gfs=41;vmpl=1;svn=0;tcb=0a000000000015d3");
  EXPECT_EQ(VendorTag("simulated").text(), "simulated");
}

TEST(VendorTag, EscapesWhatWouldBeTakenForSomethingElse) {
  const std::string text = VendorTag("x").add("url", "https://a/b;c=%d\n").text();
  EXPECT_EQ(text, "x;url=https://a/b%3Bc=%25d%0A");
  const auto again = VendorTag::parse(text);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text(), text);
}

TEST(VendorTag, IsReadInOneSpellingOnly) {
  for (const char* text : {"amd-sev-snp", "a;b=c", "a;b=", "a;b==", "a;b=%3B", "amd-sev-snp;key=vcek;gfs=41"}) {
    const auto parsed = VendorTag::parse(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->text(), text);
  }
  for (const char* text : {"", ";", "a;", "a;b", "a;=c", "a;b=c;b=d", "a b", "a;b=c d", "a;b=%3b", "a;b=%41", "a;b=%",
                           "a;b=%3", "a;b=\n", "a;;b=c", "a;b=&3B", "a;b=%GB", "a;b=%1G"}) {
    const auto parsed = VendorTag::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), ErrorCode::malformed_input);
  }
  EXPECT_FALSE(VendorTag::parse(std::string(kMaxVendorTag + 1, 'a')));
}

// ATTACK(K9): every parameter in turn.
TEST(VendorTag, NamesTheParameterThatTheHeaderWouldHaveChosen) {
  const VendorTag own = snp();
  EXPECT_TRUE(demand_same_derivation(own, own));
  for (const auto& [parameter, value] : own.parameters()) {
    VendorTag other("amd-sev-snp");
    for (const auto& [name, kept] : own.parameters()) {
      other.add(name, name == parameter ? std::string_view("other") : std::string_view(kept));
    }
    const auto refused = demand_same_derivation(other, own);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::authentication_failed);
    EXPECT_NE(refused.error().message().find(parameter + " is \"other\""), std::string::npos)
        << refused.error().message();
    EXPECT_TRUE(demand_same_derivation(other, own, {parameter}));
  }
}

TEST(VendorTag, RefusesOneMoreOneLessAndAnotherOrder) {
  VendorTag more = snp();
  more.add("extra", 1);
  EXPECT_FALSE(demand_same_derivation(more, snp()));
  EXPECT_FALSE(demand_same_derivation(snp(), more));
  EXPECT_FALSE(demand_same_derivation(VendorTag("a").add("x", 1).add("y", 2), VendorTag("a").add("y", 2).add("x", 1)));
  EXPECT_FALSE(demand_same_derivation(VendorTag("simulated"), snp()));
  EXPECT_FALSE(demand_same_derivation(snp(), VendorTag("simulated")));
}

}  // namespace
}  // namespace tenzro::tee
