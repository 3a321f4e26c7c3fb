// SPDX-License-Identifier: Apache-2.0
// RSA keys that everybody can derive, as AMD's authorities have them: 4096 bits, exponent 65537.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "crypto/openssl_handles.hpp"

namespace tenzro::tee::simulated {

/// Size of the primes of AMD's keys.
inline constexpr int kPrimeBits = 2048;

/// Private key whose primes are prime_from_label of "<label>/p" and "<label>/q": the same everywhere, no secret. Takes
/// milliseconds for the labels of known_primes(), seconds for others.
crypto::PkeyPtr rsa_key_from_label(std::string_view label);

/// Private key of two primes, whichever is the larger; ends the process where they do not make one.
crypto::PkeyPtr rsa_key_from_primes(crypto::BignumPtr one, crypto::BignumPtr other);

/// Where a prime is known to be, so that nobody has to search for it.
struct KnownPrime {
  std::string_view label;
  std::uint32_t delta = 0;
};
/// Those of the simulated hierarchy.
std::span<const KnownPrime> known_primes();

/// The prime of a label is base + delta. base: the first bits / 8 bytes of the SHA-384 blocks of the label, big-endian,
/// with its two highest bits and its lowest one set. delta: the smallest even number that makes a prime p of it with p
/// - 1 no multiple of 65537. Searches, whatever is known: about a second.
std::uint32_t search_prime(std::string_view label, int bits = kPrimeBits);
/// The prime itself; delta: where it is, by known_primes() or search_prime().
crypto::BignumPtr prime_at(std::string_view label, std::uint32_t delta, int bits = kPrimeBits);

}  // namespace tenzro::tee::simulated
