// SPDX-License-Identifier: Apache-2.0
// The trust anchors, as a snapshot: a changed root must change this file, in a commit of its own.
#include "x509/anchor_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "crypto/digest.hpp"
#include "made/pki.hpp"
#include "x509/embedded_certificates.hpp"

namespace tenzro::tee::x509 {
namespace {

constexpr std::string_view kIntel = "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3";
constexpr std::string_view kMilan = "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd";
constexpr std::string_view kGenoa = "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1";
constexpr std::string_view kTurin = "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a";
constexpr std::string_view kNitro = "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";
constexpr std::string_view kNvidiaDevice = "102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48";
constexpr std::string_view kNvidiaDeviceL1b = "8805700fd307db6801f9a8a7a91acbf72e513cdf8ed16e0bfeaf62318037ad96";
constexpr std::string_view kNvidiaRim = "12977b5115acb0381179279fffeb5a8c4d264971ebb32298023a465fa41df5d1";

constexpr Platform kPlatforms[] = {Platform::unknown,      Platform::intel_tdx,  Platform::amd_sev_snp,
                                   Platform::aws_nitro,    Platform::nvidia_gpu, Platform::intel_sgx,
                                   Platform::aws_nitro_tpm};
constexpr ChainRole kRoles[] = {ChainRole::evidence_signer, ChainRole::vcek, ChainRole::vlek, ChainRole::tcb_signer,
                                ChainRole::rim_signer};

using Pins = std::map<std::pair<Platform, ChainRole>, std::set<std::string_view>>;

const Pins& expected_pins() {
  static const Pins pins = {
      {{Platform::intel_tdx, ChainRole::evidence_signer}, {kIntel}},
      {{Platform::intel_tdx, ChainRole::tcb_signer}, {kIntel}},
      {{Platform::intel_sgx, ChainRole::evidence_signer}, {kIntel}},
      {{Platform::intel_sgx, ChainRole::tcb_signer}, {kIntel}},
      {{Platform::amd_sev_snp, ChainRole::evidence_signer}, {kMilan, kGenoa, kTurin}},
      {{Platform::amd_sev_snp, ChainRole::vcek}, {kMilan, kGenoa, kTurin}},
      {{Platform::amd_sev_snp, ChainRole::vlek}, {kMilan, kGenoa, kTurin}},
      {{Platform::aws_nitro, ChainRole::evidence_signer}, {kNitro}},
      {{Platform::aws_nitro_tpm, ChainRole::evidence_signer}, {kNitro}},
      {{Platform::nvidia_gpu, ChainRole::evidence_signer}, {kNvidiaDevice, kNvidiaDeviceL1b}},
      {{Platform::nvidia_gpu, ChainRole::rim_signer}, {kNvidiaRim}},
  };
  return pins;
}

TEST(PinnedRoots, AreExactlyThese) {
  for (const Platform platform : kPlatforms) {
    for (const ChainRole role : kRoles) {
      std::set<std::string> found;
      for (const CertificatePtr& root : AnchorSet::pinned().roots(platform, role)) {
        found.insert(to_hex(root->sha256()));
      }
      const auto expected = expected_pins().find({platform, role});
      std::set<std::string> wanted;
      if (expected != expected_pins().end()) {
        wanted.insert(expected->second.begin(), expected->second.end());
      }
      EXPECT_EQ(found, wanted) << to_string(platform) << " role " << static_cast<int>(role);
    }
  }
  EXPECT_EQ(AnchorSet::pinned().kind(), TrustAnchors::pinned);
}

TEST(PinnedRoots, AreHashedOverTheirEmbeddedBytes) {
  for (const EmbeddedCertificate& root : embedded_roots()) {
    const auto certificate = Certificate::parse(root.der);
    ASSERT_TRUE(certificate.has_value()) << root.name;
    EXPECT_EQ((*certificate)->sha256(), crypto::sha256(root.der)) << root.name;
    EXPECT_TRUE((*certificate)->self_issued()) << root.name;
  }
}

TEST(PinnedRoots, AreAllInUseOrSimulated) {
  std::set<std::string> used;
  for (const auto& [use, hashes] : expected_pins()) {
    used.insert(hashes.begin(), hashes.end());
  }
  for (const EmbeddedCertificate& root : embedded_roots()) {
    const bool simulated = root.name.starts_with("simulated_");
    EXPECT_NE(simulated, used.contains(to_hex(crypto::sha256(root.der)))) << root.name;
  }
}

// ATTACK(X3): nothing is trusted where there is no root, and no platform borrows another's.
TEST(PinnedRoots, AreNoneForUnknownPlatforms) {
  for (const ChainRole role : kRoles) {
    EXPECT_TRUE(AnchorSet::pinned().roots(Platform::unknown, role).empty());
    EXPECT_TRUE(AnchorSet::pinned().roots(static_cast<Platform>(99), role).empty());
  }
  EXPECT_TRUE(AnchorSet::pinned().roots(Platform::intel_tdx, static_cast<ChainRole>(99)).empty());
}

TEST(PinnedRoots, AreComparedByBytes) {
  const auto roots = AnchorSet::pinned().roots(Platform::intel_tdx, ChainRole::evidence_signer);
  ASSERT_EQ(roots.size(), 1U);
  Bytes der(roots[0]->der().begin(), roots[0]->der().end());
  EXPECT_TRUE(AnchorSet::pinned().has_root(Platform::intel_tdx, ChainRole::evidence_signer, der));
  EXPECT_FALSE(AnchorSet::pinned().has_root(Platform::intel_tdx, ChainRole::rim_signer, der));
  EXPECT_FALSE(AnchorSet::pinned().has_root(Platform::amd_sev_snp, ChainRole::vcek, der));
  der.back() ^= 1;
  EXPECT_FALSE(AnchorSet::pinned().has_root(Platform::intel_tdx, ChainRole::evidence_signer, der));
  EXPECT_FALSE(AnchorSet::pinned().has_root(Platform::intel_tdx, ChainRole::evidence_signer, {}));
}

// ATTACK(X18): the sets have no root in common.
TEST(SimulatedRoots, AreApartFromThePinnedOnes) {
  const AnchorSet* simulated = AnchorSet::simulated();
  if (simulated == nullptr) {
    GTEST_SKIP() << "built without simulation";
  }
  EXPECT_EQ(simulated->kind(), TrustAnchors::simulated);
  for (const Platform platform : kPlatforms) {
    for (const ChainRole role : kRoles) {
      for (const CertificatePtr& root : simulated->roots(platform, role)) {
        EXPECT_FALSE(AnchorSet::pinned().has_root(platform, role, root->der()));
      }
      for (const CertificatePtr& root : AnchorSet::pinned().roots(platform, role)) {
        EXPECT_FALSE(simulated->has_root(platform, role, root->der()));
      }
    }
  }
  EXPECT_EQ(simulated->roots(Platform::intel_tdx, ChainRole::evidence_signer).size(), 1U);
  EXPECT_EQ(simulated->roots(Platform::intel_tdx, ChainRole::tcb_signer).size(), 1U);
  for (const ChainRole role : {ChainRole::evidence_signer, ChainRole::vcek, ChainRole::vlek}) {
    EXPECT_EQ(simulated->roots(Platform::amd_sev_snp, role).size(), 1U);
  }
  EXPECT_EQ(simulated->roots(Platform::aws_nitro, ChainRole::evidence_signer).size(), 1U);
  EXPECT_EQ(simulated->roots(Platform::aws_nitro_tpm, ChainRole::evidence_signer).size(), 1U);
  EXPECT_TRUE(simulated->roots(Platform::aws_nitro, ChainRole::tcb_signer).empty());
  EXPECT_EQ(simulated->roots(Platform::nvidia_gpu, ChainRole::evidence_signer).size(), 1U);
  EXPECT_EQ(simulated->roots(Platform::nvidia_gpu, ChainRole::rim_signer).size(), 1U);
  // Whatever platform it stands for, everybody knows its key.
  for (const EmbeddedCertificate& root : embedded_roots()) {
    if (root.name.starts_with("simulated_")) {
      EXPECT_FALSE(AnchorSet::custom({Bytes(root.der.begin(), root.der.end())})) << root.name;
    }
  }
}

TEST(SimulatedRoots, AreCompiledInOnlyWhereSimulationIs) {
  constexpr bool kSimulation = TENZRO_TEE_SIMULATION != 0;
  EXPECT_EQ(AnchorSet::simulated() != nullptr, kSimulation);
  const bool embedded = std::ranges::any_of(
      embedded_roots(), [](const EmbeddedCertificate& root) { return root.name.starts_with("simulated_"); });
  EXPECT_EQ(embedded, kSimulation);
}

TEST(CustomRoots, HoldForEveryPlatformAndRefuseWhatIsNoCertificate) {
  test::Pki pki;
  pki.make();
  const auto set = AnchorSet::custom({pki.root.der});
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->kind(), TrustAnchors::custom);
  EXPECT_TRUE(set->has_root(Platform::intel_tdx, ChainRole::tcb_signer, pki.root.der));
  EXPECT_TRUE(set->has_root(Platform::nvidia_gpu, ChainRole::rim_signer, pki.root.der));
  const auto broken = AnchorSet::custom({pki.root.der, Bytes{0x30, 0x00}});
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(broken.error().message().find("trust anchor 2"), std::string::npos);
}

TEST(TrustAnchorsText, NamesEachSet) {
  EXPECT_EQ(to_string(TrustAnchors::pinned), "pinned");
  EXPECT_EQ(to_string(TrustAnchors::custom), "custom");
  EXPECT_EQ(to_string(TrustAnchors::simulated), "simulated");
}

}  // namespace
}  // namespace tenzro::tee::x509
