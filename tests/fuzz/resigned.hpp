// SPDX-License-Identifier: Apache-2.0
// Certificates and revocation lists whose signed part was edited, signed again by whom their issuer's key belongs to.
#pragma once
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <cstdint>

#include "crypto/openssl_handles.hpp"
#include "edited_tree.hpp"
#include "formats/der.hpp"
#include "fuzz_target.hpp"
#include "provider/simulated/der_writer.hpp"

namespace tenzro::tee::fuzz {

/// The same random numbers for each input, so that the same input is signed in the same way: ECDSA and PSS draw some.
/// Everybody has these keys, so nothing is lost. For programs of one thread.
class RepeatedRandomness {
 public:
  static void start() {
    counter_ = 0;
    if (!installed_) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
      static const RAND_METHOD kMethod = {nullptr, fill, nullptr, nullptr, fill, [] { return 1; }};
      require(RAND_set_rand_method(&kMethod) == 1, "OpenSSL takes our numbers");
#pragma GCC diagnostic pop
      installed_ = true;
    }
  }

 private:
  static int fill(unsigned char* out, int size) {
    for (int i = 0; i < size; ++i) {
      counter_ = counter_ * 6364136223846793005U + 1442695040888963407U;
      out[i] = static_cast<unsigned char>(counter_ >> 56U);
    }
    return 1;
  }
  static inline std::uint64_t counter_ = 0;
  static inline bool installed_ = false;
};

/// A certificate or a list in its three parts (RFC 5280, 4.1 and 5.1).
struct SignedDer {
  Bytes signed_part{};  ///< tbsCertificate or tbsCertList, whole
  Bytes algorithm{};    ///< the outer AlgorithmIdentifier, whole
  Bytes whole{};        ///< as it was issued

  static SignedDer split(ByteView der) {
    tee::der::Reader outer("signed", der);
    auto in = outer.enter("signed", tee::der::kSequence).value();
    const ByteView tbs = in.next("tbs").value().whole;
    const ByteView algorithm = in.next("algorithm").value().whole;
    return {{tbs.begin(), tbs.end()}, {algorithm.begin(), algorithm.end()}, {der.begin(), der.end()}};
  }
};

/// By this key: ECDSA with its curve's hash, or RSASSA-PSS with SHA-384.
inline Bytes signature_of(ByteView data, EVP_PKEY* key) {
  const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
  const bool p256 = !rsa && EVP_PKEY_get_bits(key) == 256;
  const crypto::MdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  std::size_t size = 0;
  require(EVP_DigestSignInit_ex(context.get(), &parameters, p256 ? "SHA256" : "SHA384", nullptr, nullptr, key,
                                nullptr) == 1,
          "signing begins");
  if (rsa) {
    require(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1,
            "PSS is known");
  }
  require(EVP_DigestSign(context.get(), nullptr, &size, data.data(), data.size()) == 1, "a signature has a size");
  Bytes out(size);
  require(EVP_DigestSign(context.get(), out.data(), &size, data.data(), data.size()) == 1, "signing ends");
  out.resize(size);
  return out;
}

/// Unchanged: as it was issued, to the byte.
inline Bytes signed_again(const SignedDer& original, const SignedDer& edited, EVP_PKEY* key) {
  namespace der = simulated::der;
  if (edited.signed_part == original.signed_part && edited.algorithm == original.algorithm) {
    return original.whole;
  }
  Bytes bits = signature_of(edited.signed_part, key);
  bits.insert(bits.begin(), 0);  // no unused bits
  return der::element(tee::der::kSequence,
                      der::join({edited.signed_part, edited.algorithm, der::element(tee::der::kBitString, bits)}));
}

}  // namespace tenzro::tee::fuzz
