// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/rim_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "provider/simulated/nvidia_hierarchy.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::simulated {
namespace {

struct Made {
  NvidiaHierarchy hierarchy{"another"};
  RimParts parts{.product = "GH100",
                 .version = "550.90.07",
                 .tag_id = {0x7a},
                 .active = {{7, {ByteArray<48>{1}, ByteArray<48>{2}}}, {63, {ByteArray<48>{}}}},
                 .chain = hierarchy.rim_chain()};
  Bytes xml() const { return write_rim(parts, hierarchy.rim_signer().key.get()); }
};

TEST(RimWriter, WritesWhatItIsTold) {
  const Made made;
  const auto rim = nvidia::parse_rim(made.xml());
  ASSERT_TRUE(rim) << rim.error().message();
  EXPECT_EQ(rim->product, "GH100");
  EXPECT_EQ(rim->edition, "GPU");
  EXPECT_EQ(rim->version, "550.90.07");
  EXPECT_EQ(rim->certificates, made.parts.chain);
  ASSERT_EQ(rim->active.size(), 2U);
  EXPECT_EQ(rim->active[0].index, 7);
  EXPECT_EQ(rim->active[0].alternatives, made.parts.active[0].alternatives);
  EXPECT_EQ(rim->active[1].index, 63);
}

// Our reader canonicalises with libxml2: it agrees that what was written was canonical.
TEST(RimWriter, SignsTheCanonicalForm) {
  const Made made;
  Bytes xml = made.xml();
  const auto rim = nvidia::parse_rim(xml).value();
  EXPECT_TRUE(rim.digest_matches);
  EXPECT_EQ(rim.signed_info.size(), 896U) << "as of all genuine ones";
  const auto leaf = x509::Certificate::parse(rim.certificates.front()).value();
  EXPECT_TRUE(leaf->ec_key()->verify(crypto::Hash::sha384, rim.signed_info, rim.signature));
  const std::string version = "550.90.07";
  *std::ranges::search(xml, version).begin() = '6';
  EXPECT_FALSE(nvidia::parse_rim(xml).value().digest_matches);
}

TEST(RimWriter, ListsEveryIndex) {
  const Bytes xml = Made().xml();
  const std::string text(xml.begin(), xml.end());
  std::size_t count = 0;
  for (std::size_t at = text.find("<ns0:Resource"); at != std::string::npos; at = text.find("<ns0:Resource", at + 1)) {
    ++count;
  }
  EXPECT_EQ(count, nvidia::kGoldenIndices);
}

}  // namespace
}  // namespace tenzro::tee::simulated
