// SPDX-License-Identifier: Apache-2.0
// Genuine chains: accepted at their time under their own root, and under nothing else.
#include <gtest/gtest.h>

#include <cstdio>

#include "support/vectors.hpp"
#include "vendor_chains.hpp"
#include "x509/chain_checker.hpp"

namespace tenzro::tee {
namespace {

using test::vendor_chains;
using test::VendorChain;

class GenuineChains : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::have_vectors()) {
      GTEST_SKIP() << "no vectors";
    }
  }
};

std::string reasons(const ChainResult& result) {
  std::string out;
  for (const Finding& finding : result.failures()) {
    out += finding.code + ": " + finding.message + "\n";
  }
  return out;
}

/// The codes alone, in order.
std::string codes(const ChainResult& result) {
  std::string out;
  for (const Finding& finding : result.failures()) {
    out += (out.empty() ? "" : ",") + finding.code;
  }
  return out;
}

bool has_code(const ChainResult& result, std::string_view code) {
  return std::ranges::any_of(result.failures(), [&](const Finding& finding) { return finding.code == code; });
}

TEST_F(GenuineChains, AreValidAtTheirTime) {
  for (const VendorChain& chain : vendor_chains()) {
    const ChainResult result = verify_certificate_chain(chain.chain, chain.platform, chain.role, chain.at);
    EXPECT_TRUE(result.valid()) << chain.name << ": " << reasons(result);
    EXPECT_EQ(result.certificates().size(), chain.chain.size()) << chain.name;
  }
}

TEST_F(GenuineChains, NeedTheirRootOnlyWhereTheFormatCarriesIt) {
  for (VendorChain chain : vendor_chains()) {
    const std::size_t whole = chain.chain.size();
    chain.chain.pop_back();
    const ChainResult result = verify_certificate_chain(chain.chain, chain.platform, chain.role, chain.at);
    const bool carries_root =
        chain.product == "aws" || (chain.product == "intel" && chain.role == ChainRole::evidence_signer);
    EXPECT_EQ(result.valid(), !carries_root) << chain.name << ": " << reasons(result);
    if (carries_root) {
      EXPECT_TRUE(has_code(result, "root_mismatch")) << chain.name << ": " << reasons(result);
    } else {
      EXPECT_EQ(result.certificates().size(), whole) << chain.name;
    }
  }
}

// ATTACK(X4) ATTACK(X16)
TEST_F(GenuineChains, AreRefusedForEveryOtherPlatformAndRole) {
  constexpr Platform kPlatforms[] = {Platform::unknown,      Platform::intel_tdx,  Platform::amd_sev_snp,
                                     Platform::aws_nitro,    Platform::nvidia_gpu, Platform::intel_sgx,
                                     Platform::aws_nitro_tpm};
  constexpr ChainRole kRoles[] = {ChainRole::evidence_signer, ChainRole::vcek, ChainRole::vlek, ChainRole::tcb_signer,
                                  ChainRole::rim_signer};
  int refused = 0;
  for (const VendorChain& chain : vendor_chains()) {
    for (const Platform platform : kPlatforms) {
      for (const ChainRole role : kRoles) {
        const bool same_vendor =
            (platform == chain.platform) ||
            (chain.product == "intel" && (platform == Platform::intel_tdx || platform == Platform::intel_sgx)) ||
            (chain.product == "aws" && (platform == Platform::aws_nitro || platform == Platform::aws_nitro_tpm));
        const bool amd_leaf = chain.platform == Platform::amd_sev_snp &&
                              (role == ChainRole::evidence_signer || role == chain.role ||
                               (chain.role == ChainRole::evidence_signer && role == ChainRole::vcek));
        const bool good = same_vendor && (role == chain.role || amd_leaf);
        const ChainResult result = verify_certificate_chain(chain.chain, platform, role, chain.at);
        EXPECT_EQ(result.valid(), good) << chain.name << " as " << to_string(platform) << " role " << int(role) << ": "
                                        << reasons(result);
        refused += good ? 0 : 1;
      }
    }
  }
  EXPECT_GT(refused, 400);
}

// ATTACK(X4): every ordered pair of chain and foreign root, the profile being that of the chain.
TEST_F(GenuineChains, AreRefusedUnderEveryOtherRoot) {
  const auto all = vendor_chains();
  int pairs = 0;
  for (const VendorChain& chain : all) {
    for (const VendorChain& other : all) {
      const auto anchors = x509::AnchorSet::custom({other.chain.back()});
      ASSERT_TRUE(anchors.has_value());
      const bool same_root = chain.chain.back() == other.chain.back();
      const ChainResult result = ChainChecker::check(chain.chain, chain.platform, chain.role, *anchors, {chain.at});
      EXPECT_EQ(result.valid(), same_root)
          << chain.name << " under the root of " << other.name << ": " << reasons(result);
      if (same_root) {
        continue;
      }
      ++pairs;
      EXPECT_TRUE(has_code(result, "root_mismatch") || has_code(result, "untrusted_root"))
          << chain.name << reasons(result);
      auto rootless = chain.chain;
      rootless.pop_back();
      const ChainResult without = ChainChecker::check(rootless, chain.platform, chain.role, *anchors, {chain.at});
      EXPECT_TRUE(has_code(without, "root_mismatch") || has_code(without, "untrusted_root"))
          << chain.name << reasons(without);
    }
  }
  std::printf("%d pairs of chain and foreign root\n", pairs);
}

// ATTACK(X4): one product's leaf under the other products' issuers, both roots being anchors.
TEST_F(GenuineChains, OfAmdKeepProductLinesApart) {
  for (const char* leaf : {"amd-milan-vcek", "amd-genoa-vcek", "amd-turin-vcek"}) {
    for (const char* issuers : {"amd-milan-vcek", "amd-genoa-vcek", "amd-turin-vcek", "amd-milan-vlek"}) {
      if (std::string_view(leaf) == issuers) {
        continue;
      }
      VendorChain mixed = test::vendor_chain(issuers);
      mixed.chain[0] = test::vendor_chain(leaf).chain[0];
      const ChainResult result =
          verify_certificate_chain(mixed.chain, mixed.platform, UtcTime{std::chrono::seconds{1'750'000'000}});
      EXPECT_EQ(codes(result), "certificate_order") << leaf << " under " << issuers;
    }
  }
}

// ATTACK(X17)
TEST_F(GenuineChains, AreRefusedReorderedDuplicatedShortenedOrPadded) {
  const Bytes foreign = test::vendor_chain("nvidia-hopper").chain[2];
  for (const VendorChain& chain : vendor_chains()) {
    const auto check = [&](const std::vector<Bytes>& changed) {
      return verify_certificate_chain(changed, chain.platform, chain.role, chain.at);
    };
    for (std::size_t i = 0; i < chain.chain.size(); ++i) {
      for (std::size_t j = i + 1; j < chain.chain.size(); ++j) {
        auto swapped = chain.chain;
        std::swap(swapped[i], swapped[j]);
        EXPECT_TRUE(has_code(check(swapped), "certificate_order")) << chain.name << " " << i << " swapped with " << j;
      }
      auto doubled = chain.chain;
      doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(i), chain.chain[i]);
      EXPECT_TRUE(has_code(check(doubled), "certificate_duplicated")) << chain.name << " " << i << " twice";
      auto padded = chain.chain;
      padded.insert(padded.begin() + static_cast<std::ptrdiff_t>(i), foreign);
      EXPECT_TRUE(has_code(check(padded), "certificate_order")) << chain.name << " with a foreign certificate at " << i;
      if (i + 1 < chain.chain.size()) {
        auto shortened = chain.chain;
        shortened.erase(shortened.begin() + static_cast<std::ptrdiff_t>(i));
        // Any length may fit for AWS, whose intermediates are no leaves.
        const char* code = i > 0 ? "certificate_order" : chain.product == "aws" ? "leaf_is_ca" : "chain_length";
        EXPECT_TRUE(has_code(check(shortened), code)) << chain.name << " without " << i;
      }
    }
    EXPECT_EQ(codes(check({})), "chain_length") << chain.name;
    EXPECT_EQ(codes(check(std::vector<Bytes>(9, chain.chain[0]))), "chain_length") << chain.name;
  }
}

// ATTACK(X14): every length and every tail.
TEST_F(GenuineChains, AreRefusedWhenACertificateIsTruncatedOrExtended) {
  std::size_t tried = 0;
  for (const VendorChain& chain : vendor_chains()) {
    for (const Bytes& der : chain.chain) {
      for (std::size_t size = 0; size < der.size(); ++size) {
        EXPECT_FALSE(x509::Certificate::parse(ByteView(der).first(size)).has_value()) << chain.name << " " << size;
      }
      for (std::size_t extra = 1; extra <= 32; ++extra) {
        Bytes longer = der;
        longer.resize(der.size() + extra, 0);
        EXPECT_FALSE(x509::Certificate::parse(longer).has_value()) << chain.name << " + " << extra;
      }
      tried += der.size() + 32;
    }
  }
  std::printf("%zu truncations and extensions\n", tried);
}

// ATTACK(X10): the second on both sides, of each certificate, with a given time and with the skew of now.
TEST_F(GenuineChains, AreValidFromNotBeforeUntilNotAfter) {
  constexpr std::chrono::seconds kSecond{1};
  for (const VendorChain& chain : vendor_chains()) {
    std::vector<x509::CertificatePtr> parsed;
    UtcTime from{}, until = UtcTime::max();
    for (const Bytes& der : chain.chain) {
      parsed.push_back(*x509::Certificate::parse(der));
      from = std::max(from, parsed.back()->not_before());
      until = std::min(until, parsed.back()->not_after());
    }
    const auto at = [&](UtcTime time, std::chrono::seconds skew) {
      return ChainChecker::check(parsed, chain.platform, chain.role, x509::AnchorSet::pinned(), {time, skew});
    };
    constexpr std::chrono::seconds kNone{0}, kSkew{120};
    EXPECT_TRUE(at(from, kNone).valid()) << chain.name;
    EXPECT_TRUE(has_code(at(from - kSecond, kNone), "certificate_not_yet_valid")) << chain.name;
    EXPECT_TRUE(at(from - kSecond, kSkew).valid()) << chain.name;
    EXPECT_TRUE(at(from - kSkew, kSkew).valid()) << chain.name;
    EXPECT_TRUE(has_code(at(from - kSkew - kSecond, kSkew), "certificate_not_yet_valid")) << chain.name;
    for (const auto skew : {kNone, kSkew}) {
      EXPECT_TRUE(at(until - kSecond, skew).valid()) << chain.name << reasons(at(until - kSecond, skew));
      EXPECT_TRUE(has_code(at(until, skew), "certificate_expired")) << chain.name;
      // A second after 9999-12-31T23:59:59Z there is no date that X.509 could write.
      const bool has_year_10000 = until == *from_rfc3339("9999-12-31T23:59:59Z");
      const ChainResult after = at(until + kSecond, skew);
      EXPECT_TRUE(has_year_10000 ? !after.valid() : has_code(after, "certificate_expired")) << chain.name;
    }
  }
}

// ATTACK(X16): a chain that verifies to the root and whose first certificate is no device's leaf.
TEST_F(GenuineChains, OfNvidiaAreRefusedWithoutTheirLeaf) {
  VendorChain chain = test::vendor_chain("nvidia-hopper");
  chain.chain.erase(chain.chain.begin());
  const ChainResult result = verify_certificate_chain(chain.chain, chain.platform, chain.role, chain.at);
  EXPECT_TRUE(has_code(result, "chain_length")) << reasons(result);
}

TEST_F(GenuineChains, OfIntelAcceptATcbSignerAloneAndNothingElseForIt) {
  const VendorChain chain = test::vendor_chain("intel-tcb-signing");
  const Bytes& signer = chain.chain[0];
  const Bytes& root = chain.chain[1];
  const Bytes pck_ca = test::read_vector("tdx/roots/intel_pck_platform_ca.der");
  const auto check = [&](const std::vector<Bytes>& certificates) {
    return verify_certificate_chain(certificates, Platform::intel_tdx, ChainRole::tcb_signer, chain.at);
  };
  EXPECT_TRUE(check({signer}).valid());
  EXPECT_TRUE(check({signer, root}).valid());
  EXPECT_EQ(codes(check({root})), "chain_length");
  EXPECT_EQ(codes(check({root, signer})), "certificate_order,chain_length");
  EXPECT_EQ(codes(check({signer, pck_ca})), "certificate_order,chain_length");
  EXPECT_EQ(codes(check({signer, pck_ca, root})), "certificate_order,chain_length");
  EXPECT_EQ(codes(check({signer, root, root})), "certificate_duplicated,chain_length");
  EXPECT_TRUE(has_code(check({pck_ca}), "leaf_is_ca"));
}

}  // namespace
}  // namespace tenzro::tee
