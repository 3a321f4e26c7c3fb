// SPDX-License-Identifier: Apache-2.0
// Every reference manifest among the vectors, at its time, before and after, altered and cut.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <map>
#include <set>

#include "core/encoded_text.hpp"
#include "support/alterations.hpp"
#include "support/nvidia_vectors.hpp"
#include "tenzro/tee/inspect.hpp"
#include "verify/nvidia/rim_authenticity.hpp"

namespace tenzro::tee::test {
namespace {

using Codes = std::set<std::string>;

/// The codes of a judgement of what was read from xml.
Codes judge(const nvidia::Rim& rim, ByteView xml, UtcTime at, x509::SignatureChecks* checks = nullptr) {
  const auto found = nvidia::judge_rim({.rim = rim,
                                        .document_sha256 = crypto::sha256(xml),
                                        .name = "the manifest",
                                        .anchors = x509::AnchorSet::pinned(),
                                        .moment = {at},
                                        .checks = checks});
  EXPECT_EQ(found.authentic(), found.failures.empty());
  Codes out;
  for (const Finding& failure : found.failures) {
    EXPECT_TRUE(failure.message.starts_with("the manifest: ")) << failure.message;
    EXPECT_EQ(failure.check, failure.code.starts_with("rim_") ? "device" : "chain");
    out.insert(failure.code);
  }
  return out;
}
/// "malformed" or "unsupported" where the manifest cannot be read.
Codes judge(ByteView xml, UtcTime at, x509::SignatureChecks* checks = nullptr) {
  const auto rim = nvidia::parse_rim(xml);
  if (!rim) {
    return {rim.error().code() == ErrorCode::unsupported ? "unsupported" : "malformed"};
  }
  return judge(*rim, xml, at, checks);
}

Bytes manifest(const std::string& file) { return read_vector("nvidia/" + file); }
UtcTime time_of(std::string_view text) { return from_rfc3339(text).value(); }

/// What the manifest says in words, by case.
const std::map<std::string, Codes>& expected() {
  static const std::map<std::string, Codes> kExpected = {
      {"rim-altered", {"rim_digest_mismatch"}},
      {"rim-forged-keyvalue", {"unsupported"}},
      {"rim-wrapped", {"malformed"}},
      {"switch-rim-bad-signature", {"rim_digest_mismatch"}},
      {"gpu-hopper-570.124.03-expired-rim", {"certificate_expired", "rim_digest_mismatch"}},
      {"rim-Driver_RIM_test_no_gpu", {}},
      {"rim-1010_0205_862_9600740020_PROD", {}},
      {"rim-g520_0202_885_96006D0008_PROD", {}},
      {"rim-g520_0228_889_96006D000A_PROD", {}},
      {"rim-550.144.03", {}},
      {"rim-incorrect-signature", {"rim_signature_invalid"}},
      {"rim-incorrect-chain", {"certificate_order", "chain_length", "untrusted_root"}}};
  return kExpected;
}

/// A genuine manifest and a time at which it is good.
struct GenuineManifest {
  std::string file;
  UtcTime at;
};
std::vector<GenuineManifest> genuine_manifests() {
  std::vector<GenuineManifest> out;
  for (const nlohmann::json& one : nvidia_cases()) {
    const bool full = one["id"] == "gpu-hopper-550.90.07-full" || one["id"] == "switch-ls10-full";
    for (const char* member : {"rim", "driver_rim", "vbios_rim", "bios_rim"}) {
      if (one.contains(member) && (full || one["result"].get<std::string>().starts_with("PASS"))) {
        out.push_back({one[member], time_of(one["valid_at"].get<std::string>())});
      }
    }
  }
  out.push_back({"gpu-hopper-misc/vbios-rim-1010_0200_882_96005E0001.xml", time_of("2025-06-01T00:00:00Z")});
  return out;
}

class NvidiaRims : public testing::Test {
 protected:
  void SetUp() override {
    if (!have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
  }
};

TEST_F(NvidiaRims, AreJudgedAsTheManifestSays) {
  std::size_t judged = 0;
  for (const nlohmann::json& one : nvidia_cases()) {
    if (one["kind"] != "rim") {
      continue;
    }
    const std::string id = one["id"];
    ASSERT_TRUE(expected().contains(id)) << id;
    EXPECT_EQ(judge(manifest(one["rim"]), time_of(one["valid_at"].get<std::string>())), expected().at(id)) << id;
    EXPECT_EQ(expected().at(id).empty(), one["result"].get<std::string>().starts_with("PASS")) << id;
    ++judged;
  }
  EXPECT_EQ(judged, expected().size());
}

// The two of a device are good together for a few months only.
TEST_F(NvidiaRims, OfTheFullCasesAreGoodInTheirWindow) {
  const Bytes driver = manifest("gpu-hopper-550.90.07/driver-rim.xml");
  const Bytes vbios = manifest("gpu-hopper-550.90.07/vbios-rim.xml");
  const Bytes bios = manifest("switch-ls10-96.10.55/bios-rim.xml");
  EXPECT_EQ(judge(driver, time_of("2026-03-01T00:00:00Z")), Codes{});
  EXPECT_EQ(judge(vbios, time_of("2026-03-01T00:00:00Z")), Codes{});
  EXPECT_EQ(judge(driver, time_of("2026-06-30T00:00:00Z")), Codes{"certificate_expired"});
  EXPECT_EQ(judge(vbios, time_of("2025-06-01T00:00:00Z")), Codes{"certificate_not_yet_valid"});
  EXPECT_EQ(judge(bios, time_of("2026-11-22T00:00:00Z")), Codes{});
  EXPECT_EQ(judge(bios, time_of("2026-05-19T00:00:00Z")), Codes{"certificate_not_yet_valid"});
  EXPECT_EQ(judge(bios, time_of("2027-11-03T00:00:00Z")), Codes{"certificate_expired"});
  EXPECT_EQ(judge(manifest("gpu-hopper-misc/driver-rim-535.86.09-mismatch.xml"), time_of("2025-06-01T00:00:00Z")),
            Codes{"rim_digest_mismatch"});
}

TEST_F(NvidiaRims, AreReadWhole) {
  struct Expected {
    const char *file, *product, *edition, *version;
    std::size_t active, most;  ///< most: alternatives at one index
  };
  for (const Expected& e : {Expected{"gpu-hopper-550.90.07/driver-rim.xml", "GH100", "GPU", "550.90.07", 21, 4},
                            {"gpu-hopper-550.90.07/vbios-rim.xml", "GH100", "GPU", "96.00.9F.00.01", 12, 4},
                            {"rims/NV_GPU_DRIVER_GH100_550.144.03.xml", "GH100", "GPU", "550.144.03", 21, 4},
                            {"rims/incorrect_cert_chain_driver_rim.xml", "GB100", "GPU", "97.00.83.00.09", 20, 2},
                            {"switch-ls10-96.10.55/bios-rim.xml", "LS10", "SWITCH", "96.10.55.00.01", 31, 4}}) {
    const Bytes xml = manifest(e.file);
    EXPECT_TRUE(nvidia::looks_like_rim(xml));
    EXPECT_EQ(inspect(xml).value().kind, "rim");
    const auto rim = nvidia::parse_rim(xml);
    ASSERT_TRUE(rim.has_value()) << e.file << ": " << rim.error().message();
    EXPECT_EQ(rim->product, e.product);
    EXPECT_EQ(rim->edition, e.edition);
    EXPECT_EQ(rim->version, e.version);
    EXPECT_EQ(rim->active.size(), e.active) << e.file;
    std::size_t most = 0;
    for (const auto& golden : rim->active) {
      most = std::max(most, golden.alternatives.size());
    }
    EXPECT_EQ(most, e.most) << e.file;
    EXPECT_TRUE(rim->digest_matches) << e.file;
    EXPECT_EQ(rim->signed_info.size(), 896U) << e.file;
    EXPECT_EQ(rim->certificates.size(), std::string_view(e.file).starts_with("rims/incorrect") ? 2U : 4U) << e.file;
  }
  const auto driver = nvidia::parse_rim(manifest("gpu-hopper-550.90.07/driver-rim.xml")).value();
  EXPECT_EQ(driver.active.front().index, 7);
  EXPECT_EQ(to_hex(driver.active.front().alternatives.front()),
            "80161aac5e7509f038a6457b111e048207d1dc0e78edbb8c172fca4139c1d5f29cda67ecdd261fdc9203b76387f7389f");
}

TEST_F(NvidiaRims, EndWithTheirSigner) {
  const Bytes xml = manifest("gpu-hopper-550.90.07/driver-rim.xml");
  const auto rim = nvidia::parse_rim(xml).value();
  const auto found = nvidia::judge_rim({.rim = rim,
                                        .document_sha256 = crypto::sha256(xml),
                                        .name = "the manifest",
                                        .anchors = x509::AnchorSet::pinned(),
                                        .moment = {time_of("2026-03-01T00:00:00Z")}});
  ASSERT_TRUE(found.authentic());
  EXPECT_EQ(to_rfc3339(*found.valid_until), "2026-06-01T02:08:29Z");
  EXPECT_EQ(found.chain.size(), 4U);
  EXPECT_EQ(found.certificates.size(), 4U);
}

// Line ends are XML's own business, and so is white space after the root; blanks are content.
TEST_F(NvidiaRims, KeepTheirMeaningUnderOtherLineEnds) {
  for (const GenuineManifest& genuine : genuine_manifests()) {
    const Bytes xml = manifest(genuine.file);
    const auto original = nvidia::parse_rim(xml).value();
    Bytes crlf, dense;
    for (const std::uint8_t byte : xml) {
      if (byte == '\n') {
        crlf.push_back('\r');
      }
      crlf.push_back(byte);
      if (byte != '\n') {
        dense.push_back(byte);
      }
    }
    crlf.insert(crlf.end(), {'\r', '\n', ' ', '\t'});
    const auto same = nvidia::parse_rim(crlf).value();
    EXPECT_EQ(judge(crlf, genuine.at), Codes{}) << genuine.file;
    EXPECT_EQ(same.signed_info, original.signed_info);
    EXPECT_EQ(same.certificates, original.certificates);
    EXPECT_EQ(judge(dense, genuine.at), Codes{"rim_digest_mismatch"}) << genuine.file;
  }
}

// ATTACK(V5) ATTACK(V6): every kind of bit of every genuine manifest.
TEST_F(NvidiaRims, RefuseEverySingleBitFlip) {
  constexpr std::size_t kOrdinaryStride = 250;
  const std::size_t step = stride(kOrdinaryStride);
  std::size_t flips = 0;
  for (const GenuineManifest& genuine : genuine_manifests()) {
    SCOPED_TRACE(genuine.file);
    const Bytes xml = manifest(genuine.file);
    ASSERT_EQ(judge(xml, genuine.at), Codes{});
    const std::size_t count = xml.size() * 8 / step;
    flips += count;
    const auto accepts = [&](std::size_t i) {
      const Bytes flipped = with_flipped_bit(xml, i, step);
      // Another digest is a failure whatever the chain is like, and saves the time that the chain takes.
      const auto rim = nvidia::parse_rim(flipped);
      return rim && rim->digest_matches && judge(*rim, flipped, genuine.at).empty();
    };
    EXPECT_EQ(count_accepted(count, accepts), 0U);
  }
  std::cout << flips << " flips of " << genuine_manifests().size() << " manifests judged\n";
  EXPECT_GT(flips, 6000U / kThinnedBy);
}

// What is left is refused, unless only white space at the end is missing.
TEST_F(NvidiaRims, RefuseEveryTruncation) {
  const std::size_t step = std::max<std::size_t>(stride(16) / 2, 1);
  std::size_t cuts = 0;
  for (const GenuineManifest& genuine : genuine_manifests()) {
    SCOPED_TRACE(genuine.file);
    const Bytes xml = manifest(genuine.file);
    const std::size_t needed = trimmed(as_text(xml)).size();
    const auto accepts = [&](std::size_t size) { return judge(ByteView(xml).first(size), genuine.at).empty(); };
    EXPECT_EQ(count_accepted(needed / step, [&](std::size_t i) { return accepts(i * step); }), 0U);
    for (std::size_t size = needed - 64; size < needed; ++size) {
      EXPECT_FALSE(accepts(size)) << size;
    }
    EXPECT_TRUE(accepts(needed));
    cuts += needed / step + 64;
  }
  std::cout << cuts << " truncations judged\n";
}

// A signature is remembered for the very bytes that it was verified with.
TEST_F(NvidiaRims, AreRememberedByTheirBytes) {
  x509::KnownSignatures known(1 << 12);
  const GenuineManifest genuine = genuine_manifests().front();
  const Bytes xml = manifest(genuine.file);
  x509::SignatureChecks first(&known, x509::AnchorSet::pinned().id());
  ASSERT_EQ(judge(xml, genuine.at, &first), Codes{});
  EXPECT_GE(first.worked_out(), 1U);
  first.remember();
  x509::SignatureChecks again(&known, x509::AnchorSet::pinned().id());
  EXPECT_EQ(judge(xml, genuine.at, &again), Codes{});
  EXPECT_EQ(again.worked_out(), 0U);
  Bytes other = xml;
  other.push_back('\n');
  EXPECT_EQ(judge(other, genuine.at, &again), Codes{});
  EXPECT_EQ(again.worked_out(), 1U);
}

}  // namespace
}  // namespace tenzro::tee::test
