// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <atomic>
#include <thread>

#include "crypto/recipient_key.hpp"
#include "made/keys.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::crypto {
namespace {

using test::view;

struct Signing {
  Hash hash = Hash::sha256;
  Hash mgf_hash = Hash::sha256;
  int salt_size = 32;
  int padding = RSA_PKCS1_PSS_PADDING;
};

Bytes sign(const PkeyPtr& key, std::string_view message, const Signing& how = {}) {
  const Digest hashed = digest(how.hash, view(message));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  EXPECT_EQ(EVP_PKEY_sign_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), how.padding), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_signature_md(context.get(), md(how.hash)), 1);
  if (how.padding == RSA_PKCS1_PSS_PADDING) {
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), md(how.mgf_hash)), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), how.salt_size), 1);
  }
  std::size_t size = 0;
  EXPECT_EQ(EVP_PKEY_sign(context.get(), nullptr, &size, hashed.bytes.data(), hashed.size), 1);
  Bytes out(size);
  EXPECT_EQ(EVP_PKEY_sign(context.get(), out.data(), &size, hashed.bytes.data(), hashed.size), 1);
  return out;
}

std::string code_of(const Result<RsaPublicKey>& result) {
  return result ? "accepted" : std::string(to_string(result.error().code()));
}

class RsaKey : public testing::Test {
 protected:
  static void SetUpTestSuite() { pair_ = test::rsa_key(2048).release(); }
  static void TearDownTestSuite() { EVP_PKEY_free(pair_); }
  RsaKey() {
    EVP_PKEY_up_ref(pair_);
    own_.reset(pair_);
  }
  RsaPublicKey key() const { return *RsaPublicKey::from_spki(test::spki(own_)); }
  bool verify(ByteView signature) const { return key().verify_pss(Hash::sha256, 32, view("message"), signature); }

  static inline EVP_PKEY* pair_ = nullptr;
  PkeyPtr own_;
};

// ATTACK(X13)
TEST_F(RsaKey, RefusesSignaturesMadeWithOtherParameters) {
  EXPECT_FALSE(verify(sign(own_, "message", {.salt_size = 0})));
  EXPECT_FALSE(verify(sign(own_, "message", {.salt_size = 31})));
  EXPECT_FALSE(verify(sign(own_, "message", {.salt_size = 33})));
  EXPECT_FALSE(verify(sign(own_, "message", {.mgf_hash = Hash::sha384})));
  EXPECT_FALSE(verify(sign(own_, "message", {.hash = Hash::sha384})));
  EXPECT_FALSE(verify(sign(own_, "message", {.padding = RSA_PKCS1_PADDING})));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_F(RsaKey, RefusesAnotherMessageOrKey) {
  const Bytes signature = sign(own_, "message");
  EXPECT_TRUE(verify(signature));
  EXPECT_FALSE(key().verify_pss(Hash::sha256, 32, view("messagE"), signature));
  EXPECT_FALSE(key().verify_pss(Hash::sha384, 32, view("message"), signature));
  EXPECT_FALSE(RsaPublicKey::from_pkey(test::rsa_key(2048))->verify_pss(Hash::sha256, 32, view("message"), signature));
}

TEST_F(RsaKey, RefusesFlippedBits) {
  const Bytes signature = sign(own_, "message");
  for (std::size_t bit = 0; bit < signature.size() * 8; bit += 5) {
    Bytes altered = signature;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(altered)) << bit;
  }
}

TEST_F(RsaKey, RefusesSignaturesOfAnotherSize) {
  const Bytes signature = sign(own_, "message");
  EXPECT_FALSE(verify({}));
  EXPECT_FALSE(verify(ByteView(signature).first(255)));
  EXPECT_FALSE(verify(ByteView(signature).subspan(1)));
  Bytes longer = signature;
  longer.push_back(0);
  EXPECT_FALSE(verify(longer));
  longer = signature;
  longer.insert(longer.begin(), 0);
  EXPECT_FALSE(verify(longer));
  EXPECT_FALSE(verify(Bytes(256, 0)));
  EXPECT_FALSE(verify(Bytes(256, 0xff)));
}

TEST_F(RsaKey, RefusesSaltSizesThatOpensslReadsAsWishes) {
  const Bytes signature = sign(own_, "message");
  for (const std::size_t salt :
       {static_cast<std::size_t>(-1), static_cast<std::size_t>(-2), static_cast<std::size_t>(-3),
        std::size_t{0xffffffff}, std::size_t{0xfffffffe}, std::size_t{257}, (std::size_t{1} << 32) + 32}) {
    EXPECT_FALSE(key().verify_pss(Hash::sha256, salt, view("message"), signature)) << salt;
  }
}

TEST_F(RsaKey, RefusesWhatIsNotExactlyOneSubjectPublicKeyInfo) {
  const Bytes der = test::spki(own_);
  EXPECT_EQ(code_of(RsaPublicKey::from_spki({})), "malformed_input");
  EXPECT_EQ(code_of(RsaPublicKey::from_spki(Bytes(100, 0))), "malformed_input");
  EXPECT_EQ(code_of(RsaPublicKey::from_spki(Bytes(std::size_t{8} << 20, 0x30))), "malformed_input");
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_EQ(code_of(RsaPublicKey::from_spki(ByteView(der).first(size))), "malformed_input") << size;
  }
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_EQ(code_of(RsaPublicKey::from_spki(longer)), "malformed_input");
  // A length with a leading zero byte is BER, not DER.
  ASSERT_EQ(der[1], 0x82);
  Bytes ber = der;
  ber[1] = 0x83;
  ber.insert(ber.begin() + 2, 0);
  EXPECT_EQ(code_of(RsaPublicKey::from_spki(ber)), "malformed_input");
  EXPECT_EQ(ERR_peek_error(), 0U);
}

// ATTACK(X13)
TEST_F(RsaKey, RefusesOtherKindsOfKey) {
  EXPECT_EQ(code_of(RsaPublicKey::from_spki(test::spki(test::make_ec_key("P-256")))), "unsupported");
  EXPECT_EQ(code_of(RsaPublicKey::from_pkey(nullptr)), "unsupported");
  EXPECT_EQ(code_of(RsaPublicKey::from_pkey(test::rsa_key(1024))), "unsupported");
  EXPECT_EQ(RsaPublicKey::from_pkey(test::rsa_key(2040)).error().message(),
            "RSA public key: 2040 bits, expected 2048 to 8192");
}

// ATTACK(X13)
TEST_F(RsaKey, RefusesExponentsThatProtectNothing) {
  BIGNUM* raw = nullptr;
  ASSERT_EQ(EVP_PKEY_get_bn_param(own_.get(), OSSL_PKEY_PARAM_RSA_N, &raw), 1);
  const BignumPtr modulus(raw);
  const auto with_exponent = [&](const char* exponent) {
    BIGNUM* e = nullptr;
    BN_hex2bn(&e, exponent);
    const BignumPtr owned(e);
    using BuilderPtr = Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
    const BuilderPtr builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e);
    const Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* key = nullptr;
    EXPECT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
    EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()), 1) << exponent;
    return code_of(RsaPublicKey::from_pkey(PkeyPtr(key)));
  };
  EXPECT_EQ(with_exponent("1"), "unsupported");
  EXPECT_EQ(with_exponent("2"), "unsupported");
  EXPECT_EQ(with_exponent("10000"), "unsupported");
  EXPECT_EQ(with_exponent("10000000000000001"), "unsupported");
  EXPECT_EQ(with_exponent("3"), "accepted");
  EXPECT_EQ(with_exponent("10001"), "accepted");
}

TEST_F(RsaKey, VerifiesWithEachHash) {
  EXPECT_EQ(key().bits(), 2048);
  EXPECT_TRUE(
      key().verify_pss(Hash::sha384, 48, view("message"),
                       sign(own_, "message", {.hash = Hash::sha384, .mgf_hash = Hash::sha384, .salt_size = 48})));
  EXPECT_TRUE(key().verify_pss(Hash::sha512, 64, {},
                               sign(own_, "", {.hash = Hash::sha512, .mgf_hash = Hash::sha512, .salt_size = 64})));
}

TEST_F(RsaKey, VerifiesInSeveralThreadsAtOnce) {
  const Bytes signature = sign(own_, "message");
  const RsaPublicKey shared = key();
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          wrong += shared.verify_pss(Hash::sha256, 32, view("message"), signature) ? 0 : 1;
          wrong += shared.verify_pss(Hash::sha256, 32, view("other"), signature) ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

/// A signature that begins with a zero byte, and a message that it is of.
std::pair<Bytes, std::string> signature_with_leading_zero(const PkeyPtr& key, const Signing& how) {
  for (int i = 0;; ++i) {
    std::string message = std::to_string(i);
    Bytes signature = sign(key, message, how);
    if (signature.front() == 0) {
      return {std::move(signature), std::move(message)};
    }
  }
}

// The number is the same, and the signature another one: nobody may make a second from a first.
TEST(RsaSignatures, AreAsLongAsTheModulus) {
  const PkeyPtr pair = test::rsa_key(2048);
  const auto key = RsaPublicKey::from_pkey(test::share(pair));
  ASSERT_TRUE(key);
  for (const bool pss : {true, false}) {
    Signing how;
    how.padding = pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    auto [signature, message] = signature_with_leading_zero(pair, how);
    const auto verify = [&, text = message](ByteView given) {
      return pss ? key->verify_pss(Hash::sha256, 32, view(text), given)
                 : key->verify_pkcs1(Hash::sha256, view(text), given);
    };
    EXPECT_TRUE(verify(signature));
    EXPECT_FALSE(verify(ByteView(signature).subspan(1))) << pss;
    signature.insert(signature.begin(), 0);
    EXPECT_FALSE(verify(signature)) << pss;
    EXPECT_FALSE(verify({})) << pss;
  }
}

TEST(RsaKeys, AreOfTypeRsaAndNoOther) {
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
  EVP_PKEY* raw = nullptr;
  ASSERT_EQ(EVP_PKEY_keygen_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048), 1);
  ASSERT_EQ(EVP_PKEY_keygen(context.get(), &raw), 1);
  const PkeyPtr pss(raw);
  const auto taken = RsaPublicKey::from_pkey(test::share(pss));
  ASSERT_FALSE(taken) << "its parameters could contradict the caller's";
  EXPECT_EQ(taken.error().message(), "public key: expected RSA");
  EXPECT_EQ(RecipientKey::from_pkey(test::share(pss)).error().message(), "recipient key: expected RSA");
  EXPECT_EQ(RsaPublicKey::from_pkey(nullptr).error().message(), "public key: expected RSA");
  EXPECT_EQ(RecipientKey::from_pkey(nullptr).error().message(), "recipient key: expected RSA");
}

TEST(RsaKeys, AreOfBoundedSize) {
  EXPECT_EQ(RsaPublicKey::from_spki(Bytes(4097, 0x30)).error().message(),
            "RSA public key: 4097 bytes of SubjectPublicKeyInfo, at most 4096 expected");
  const Bytes exponent{0x01, 0x00, 0x01};
  const std::string too_long = "RSA public key: a number of more than 1024 bytes";
  EXPECT_EQ(RsaPublicKey::from_numbers(Bytes(1025, 0xff), exponent).error().message(), too_long);
  EXPECT_EQ(RsaPublicKey::from_numbers(Bytes(256, 0xff), Bytes(1025, 0xff)).error().message(), too_long);
  // A modulus of 8200 bits, which OpenSSL itself would take.
  Bytes modulus(1025, 0xff);
  const BignumPtr n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const BignumPtr e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  const Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  ASSERT_EQ(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()), 1);
  ASSERT_EQ(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()), 1);
  const Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* raw = nullptr;
  ASSERT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, parameters.get()), 1);
  EXPECT_EQ(RsaPublicKey::from_pkey(PkeyPtr(raw)).error().message(),
            "RSA public key: 8200 bits, expected 2048 to 8192");
}

}  // namespace
}  // namespace tenzro::tee::crypto
