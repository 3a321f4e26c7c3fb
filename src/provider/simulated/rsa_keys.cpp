// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/rsa_keys.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/text.hpp"
#include "provider/simulated/ensure.hpp"
#include "provider/simulated/key_parts.hpp"

namespace tenzro::tee::simulated {

namespace {
using BignumCtxPtr = crypto::Handle<BN_CTX, BN_CTX_free>;

constexpr BN_ULONG kExponent = 65537;
// Primes of this size are 1420 apart on average; nothing is this far from the next.
constexpr std::uint32_t kMaxDelta = 1U << 20;

constexpr std::array<KnownPrime, 6> kKnown = {{
    {"tenzro-sim-amd-v1/ark/p", 4174},
    {"tenzro-sim-amd-v1/ark/q", 574},
    {"tenzro-sim-amd-v1/ask/p", 2012},
    {"tenzro-sim-amd-v1/ask/q", 2788},
    {"tenzro-sim-amd-v1/asvk/p", 1186},
    {"tenzro-sim-amd-v1/asvk/q", 1598},
}};

crypto::BignumPtr base_of(std::string_view label, int bits) {
  Bytes bytes;
  for (std::uint32_t counter = 0; bytes.size() < static_cast<std::size_t>(bits / 8); ++counter) {
    const crypto::Digest block = label_block(crypto::Hash::sha384, label, counter);
    bytes.insert(bytes.end(), block.bytes.begin(), block.bytes.begin() + static_cast<std::ptrdiff_t>(block.size));
  }
  crypto::BignumPtr out(BN_bin2bn(bytes.data(), bits / 8, nullptr));
  ensure(out != nullptr && BN_set_bit(out.get(), bits - 1) == 1 && BN_set_bit(out.get(), bits - 2) == 1 &&
             BN_set_bit(out.get(), 0) == 1,
         "no memory for a prime");
  return out;
}

/// Of an odd number p.
bool suits(const BIGNUM* p, BN_CTX* context) {
  // p - 1 is no multiple of the exponent: p is not 1 modulo it.
  return BN_mod_word(p, kExponent) != 1 && BN_check_prime(p, context, nullptr) == 1;
}

crypto::BignumPtr prime_from_label(const std::string& label) {
  const auto* const known = std::ranges::find(kKnown, label, &KnownPrime::label);
  return prime_at(label, known != kKnown.end() ? known->delta : search_prime(label));
}

crypto::BignumPtr new_number() {
  crypto::BignumPtr out(BN_new());
  ensure(out != nullptr, "no memory for a number");
  return out;
}

/// The eight numbers of an RSA key with two primes (RFC 8017 section 3.2).
struct RsaNumbers {
  crypto::BignumPtr p, q;
  crypto::BignumPtr n = new_number(), e = new_number(), d = new_number(), dp = new_number(), dq = new_number(),
                    q_inverse = new_number();

  RsaNumbers(crypto::BignumPtr one, crypto::BignumPtr other) : p(std::move(one)), q(std::move(other)) {
    if (BN_cmp(p.get(), q.get()) < 0) {
      std::swap(p, q);
    }
    const BignumCtxPtr context(BN_CTX_new());
    const crypto::BignumPtr p_less_1(BN_dup(p.get())), q_less_1(BN_dup(q.get())), order = new_number();
    ensure(context != nullptr && p_less_1 != nullptr && q_less_1 != nullptr && BN_sub_word(p_less_1.get(), 1) == 1 &&
               BN_sub_word(q_less_1.get(), 1) == 1 && BN_set_word(e.get(), kExponent) == 1 &&
               BN_mul(n.get(), p.get(), q.get(), context.get()) == 1 &&
               BN_mul(order.get(), p_less_1.get(), q_less_1.get(), context.get()) == 1 &&
               BN_mod_inverse(d.get(), e.get(), order.get(), context.get()) != nullptr &&
               BN_mod(dp.get(), d.get(), p_less_1.get(), context.get()) == 1 &&
               BN_mod(dq.get(), d.get(), q_less_1.get(), context.get()) == 1 &&
               BN_mod_inverse(q_inverse.get(), q.get(), p.get(), context.get()) != nullptr,
           "an RSA key could not be computed");
  }
};
}  // namespace

std::span<const KnownPrime> known_primes() { return kKnown; }

std::uint32_t search_prime(std::string_view label, int bits) {
  const crypto::BignumPtr candidate = base_of(label, bits);
  const BignumCtxPtr context(BN_CTX_new());
  ensure(context != nullptr, "no memory for a search");
  for (std::uint32_t delta = 0; delta < kMaxDelta; delta += 2) {
    if (suits(candidate.get(), context.get())) {
      return delta;
    }
    ensure(BN_add_word(candidate.get(), 2) == 1, "no memory for a prime");
  }
  ensure(false, "no prime follows from this label");
  return 0;
}

crypto::BignumPtr prime_at(std::string_view label, std::uint32_t delta, int bits) {
  crypto::BignumPtr out = base_of(label, bits);
  ensure(BN_add_word(out.get(), delta) == 1 && BN_num_bits(out.get()) == bits, "a prime has the wrong size");
  return out;
}

crypto::PkeyPtr rsa_key_from_label(std::string_view label) {
  return rsa_key_from_primes(prime_from_label(concat(label, "/p")), prime_from_label(concat(label, "/q")));
}

crypto::PkeyPtr rsa_key_from_primes(crypto::BignumPtr one, crypto::BignumPtr other) {
  const RsaNumbers numbers(std::move(one), std::move(other));
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  const auto add = [&builder](const char* name, const crypto::BignumPtr& number) {
    ensure(builder != nullptr && OSSL_PARAM_BLD_push_BN(builder.get(), name, number.get()) == 1,
           "a key could not be described");
  };
  add(OSSL_PKEY_PARAM_RSA_N, numbers.n);
  add(OSSL_PKEY_PARAM_RSA_E, numbers.e);
  add(OSSL_PKEY_PARAM_RSA_D, numbers.d);
  add(OSSL_PKEY_PARAM_RSA_FACTOR1, numbers.p);
  add(OSSL_PKEY_PARAM_RSA_FACTOR2, numbers.q);
  add(OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers.dp);
  add(OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers.dq);
  add(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers.q_inverse);
  return key_pair("RSA", builder.get());
}

}  // namespace tenzro::tee::simulated
