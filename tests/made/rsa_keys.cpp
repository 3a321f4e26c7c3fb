// SPDX-License-Identifier: Apache-2.0
// RSA keys without the search for primes, which would take the tests minutes in all.
#include "made/rsa_keys.hpp"

#include <openssl/rsa.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#if TENZRO_TEE_SIMULATION
#include "provider/simulated/rsa_keys.hpp"
#endif

namespace tenzro::tee::test {

#if TENZRO_TEE_SIMULATION
namespace {
/// Where the two primes of a key are: simulated::search_prime("tests/rsa-<bits>/<n>/p" and "…/q", bits / 2).
struct Deltas {
  std::uint32_t p = 0, q = 0;
};
struct KeysOfOneSize {
  unsigned bits = 0;
  std::array<Deltas, 8> deltas;
};
constexpr std::array<KeysOfOneSize, 3> kKnown = {{
    {2048, {{{118, 8}, {114, 264}, {66, 156}, {2058, 184}, {790, 52}, {408, 2028}, {394, 88}, {232, 324}}}},
    {3072, {{{676, 56}, {2412, 530}, {2254, 76}, {690, 552}, {1418, 714}, {636, 308}, {310, 3068}, {992, 498}}}},
    {4096,
     {{{1114, 318}, {1036, 3012}, {3428, 150}, {2732, 724}, {2196, 2548}, {4256, 728}, {1934, 4798}, {1640, 204}}}},
}};
std::array<std::atomic<std::size_t>, kKnown.size()> given{};
}  // namespace

crypto::PkeyPtr rsa_key(unsigned bits) {
  for (std::size_t size = 0; size < kKnown.size(); ++size) {
    if (kKnown[size].bits != bits) {
      continue;
    }
    const std::size_t n = given[size]++;
    if (n < kKnown[size].deltas.size()) {
      const Deltas& deltas = kKnown[size].deltas[n];
      const std::string label = "tests/rsa-" + std::to_string(bits) + "/" + std::to_string(n);
      const int prime_bits = static_cast<int>(bits / 2);
      return simulated::rsa_key_from_primes(simulated::prime_at(label + "/p", deltas.p, prime_bits),
                                            simulated::prime_at(label + "/q", deltas.q, prime_bits));
    }
  }
  return crypto::PkeyPtr(EVP_RSA_gen(bits));
}
#else
crypto::PkeyPtr rsa_key(unsigned bits) { return crypto::PkeyPtr(EVP_RSA_gen(bits)); }
#endif

}  // namespace tenzro::tee::test
