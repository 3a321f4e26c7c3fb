// SPDX-License-Identifier: Apache-2.0
// Every bit of a genuine certificate matters: flipped, the chain is refused. TENZRO_TEST_STRIDE=1 tries all of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/vectors.hpp"
#include "vendor_chains.hpp"
#include "x509/chain_checker.hpp"

namespace tenzro::tee {
namespace {

std::size_t stride() {
  const char* text = std::getenv("TENZRO_TEST_STRIDE");
  const std::size_t value = text == nullptr ? 16 : std::strtoul(text, nullptr, 10);
  return value == 0 ? 16 : value;
}

/// Which bit of its byte: with a stride of whole bytes another one each time, so that no position is left out for good.
std::size_t bit_in_byte(std::size_t bit) { return stride() % 8 == 0 ? (bit / stride()) % 8 : bit % 8; }

/// Refused with a reason: each finding is about the chain and has a code.
void expect_refused(const ChainResult& result, std::size_t which, std::size_t bit) {
  EXPECT_FALSE(result.valid()) << "certificate " << which << ", bit " << bit;
  EXPECT_FALSE(result.failures().empty()) << "certificate " << which << ", bit " << bit;
  for (const Finding& finding : result.failures()) {
    EXPECT_EQ(finding.check, "chain") << "certificate " << which << ", bit " << bit;
    EXPECT_NE(finding.code, "") << "certificate " << which << ", bit " << bit;
  }
}

class BitFlips : public testing::TestWithParam<const char*> {};

TEST_P(BitFlips, OfLeafAndIntermediatesAreRefused) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const test::VendorChain chain = test::vendor_chain(GetParam());
  std::vector<x509::CertificatePtr> good;
  for (const Bytes& der : chain.chain) {
    good.push_back(*x509::Certificate::parse(der));
  }
  const auto check = [&](const std::vector<x509::CertificatePtr>& certificates) {
    return ChainChecker::check(certificates, chain.platform, chain.role, x509::AnchorSet::pinned(), {chain.at});
  };
  ASSERT_TRUE(check(good).valid());

  std::size_t flips = 0, unparsed = 0;
  for (std::size_t which = 0; which + 1 < good.size(); ++which) {
    Bytes der = chain.chain[which];
    for (std::size_t bit = 0; bit < der.size() * 8; bit += stride()) {
      const auto mask = static_cast<std::uint8_t>(1U << bit_in_byte(bit));
      der[bit / 8] ^= mask;
      ++flips;
      if (auto changed = x509::Certificate::parse(der)) {
        auto certificates = good;
        certificates[which] = *std::move(changed);
        expect_refused(check(certificates), which, bit);
      } else {
        ++unparsed;
      }
      der[bit / 8] ^= mask;
    }
  }
  std::printf("%s: %zu flips, %zu of them no certificate any more\n", GetParam(), flips, unparsed);
}

// The root that a format carries is compared, not parsed into trust.
TEST_P(BitFlips, OfTheSuppliedRootAreRefused) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const test::VendorChain chain = test::vendor_chain(GetParam());
  std::vector<x509::CertificatePtr> certificates;
  for (const Bytes& der : chain.chain) {
    certificates.push_back(*x509::Certificate::parse(der));
  }
  Bytes der = chain.chain.back();
  for (std::size_t bit = 0; bit < der.size() * 8; bit += stride()) {
    der[bit / 8] ^= static_cast<std::uint8_t>(1U << bit_in_byte(bit));
    if (auto changed = x509::Certificate::parse(der)) {
      certificates.back() = *std::move(changed);
      const ChainResult result =
          ChainChecker::check(certificates, chain.platform, chain.role, x509::AnchorSet::pinned(), {chain.at});
      expect_refused(result, certificates.size() - 1, bit);
      const bool named = std::ranges::any_of(result.failures(), [](const Finding& finding) {
        return finding.code == "root_mismatch" || finding.code == "certificate_order" || finding.code == "chain_length";
      });
      EXPECT_TRUE(named) << "bit " << bit;
    }
    der[bit / 8] ^= static_cast<std::uint8_t>(1U << bit_in_byte(bit));
  }
}

INSTANTIATE_TEST_SUITE_P(EachVendor, BitFlips,
                         testing::Values("intel-pck-platform", "intel-pck-processor", "intel-tcb-signing",
                                         "amd-milan-vcek", "amd-milan-vlek", "amd-genoa-vcek", "amd-turin-vcek",
                                         "aws-nitro", "nvidia-hopper", "nvidia-blackwell", "nvidia-rim-driver"));

}  // namespace
}  // namespace tenzro::tee
