// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/rsa_keys.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "provider/simulated/amd_hierarchy.hpp"

namespace tenzro::tee::simulated {
namespace {

using BignumCtxPtr = crypto::Handle<BN_CTX, BN_CTX_free>;

TEST(RsaKeys, AreKnownForTheSimulatedHierarchyWithoutASearch) {
  std::set<std::string> labels;
  for (const KnownPrime& known : known_primes()) {
    labels.emplace(known.label);
  }
  std::set<std::string> wanted;
  for (const char* const authority : {"ark", "ask", "asvk"}) {
    for (const char* const prime : {"p", "q"}) {
      wanted.insert(std::string(AmdHierarchy::kSimulatedLabel) + "/" + authority + "/" + prime);
    }
  }
  EXPECT_EQ(labels, wanted);
}

// Nothing but the label chooses a prime: whoever searches finds what the table says.
TEST(RsaKeys, ThePrimesOfTheTableAreTheFirstFromTheirLabels) {
  for (const KnownPrime& known : known_primes()) {
    EXPECT_EQ(search_prime(known.label), known.delta) << known.label;
  }
}

TEST(RsaKeys, HavePrimesOf2048BitsThatSuitTheExponent) {
  const BignumCtxPtr context(BN_CTX_new());
  for (const KnownPrime& known : known_primes()) {
    const crypto::BignumPtr prime = prime_at(known.label, known.delta);
    EXPECT_EQ(BN_num_bits(prime.get()), 2048);
    EXPECT_EQ(BN_is_bit_set(prime.get(), 2046), 1) << "so that a product of two has 4096 bits";
    EXPECT_EQ(BN_check_prime(prime.get(), context.get(), nullptr), 1);
    EXPECT_EQ(known.delta % 2, 0U);
    EXPECT_NE(BN_mod_word(prime.get(), 65537), 1U);
  }
}

// OpenSSL's own check of an RSA key: primes, product, exponents, coefficient.
TEST(RsaKeys, AreSoundKeysOf4096Bits) {
  for (const std::string label : {"tenzro-sim-amd-v1/ark", "a label that no table knows"}) {
    const crypto::PkeyPtr key = rsa_key_from_label(label);
    EXPECT_EQ(EVP_PKEY_get_bits(key.get()), 4096);
    const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
    EXPECT_EQ(EVP_PKEY_check(context.get()), 1) << label;
  }
}

TEST(RsaKeys, AreTheSameForTheSameLabelOnly) {
  const auto ark = rsa_key_from_label("tenzro-sim-amd-v1/ark");
  EXPECT_EQ(EVP_PKEY_eq(ark.get(), rsa_key_from_label("tenzro-sim-amd-v1/ark").get()), 1);
  EXPECT_EQ(EVP_PKEY_eq(ark.get(), rsa_key_from_label("tenzro-sim-amd-v1/ask").get()), 0);
}

}  // namespace
}  // namespace tenzro::tee::simulated
