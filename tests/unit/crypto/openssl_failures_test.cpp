// SPDX-License-Identifier: Apache-2.0
// Every call to OpenSSL in turn fails: nothing is sealed, opened, derived, imported or found good then.
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <cstdlib>
#include <new>
#include <utility>

#include "crypto/aead.hpp"
#include "crypto/digest.hpp"
#include "crypto/ecdsa.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/hmac.hpp"
#include "crypto/openssl_handles.hpp"
#include "crypto/recipient_key.hpp"
#include "crypto/rsa.hpp"
#include "crypto/running_digest.hpp"
#include "fakes/failing_openssl.hpp"
#include "made/keys.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::crypto {
namespace {

using test::expect_no_success_when_openssl_fails;
using test::view;

const Bytes kKey(kAeadKeySize, 0x11);
const Bytes kNonce(kAeadNonceSize, 0x22);
const Bytes kText(100, 0x33);

TEST(OpensslFails, AndNothingIsSealed) {
  Bytes out(kText.size() + kAeadTagSize);
  ASSERT_TRUE(aead_seal(kKey, kNonce, {}, kText, out)) << "the cipher is fetched once, and stays";
  const auto seal = [&] { return aead_seal(kKey, kNonce, view("associated"), kText, out).has_value(); };
  EXPECT_GE(expect_no_success_when_openssl_fails(seal), 7);
}

TEST(OpensslFails, AndNothingIsOpened) {
  Bytes sealed(kText.size() + kAeadTagSize);
  ASSERT_TRUE(aead_seal(kKey, kNonce, view("associated"), kText, sealed));
  Bytes out;
  const auto open = [&] {
    out.assign(kText.size(), 0x44);
    const bool opened = aead_open(kKey, kNonce, view("associated"), sealed, out).has_value();
    EXPECT_EQ(out == kText, opened);
    return opened;
  };
  EXPECT_GE(expect_no_success_when_openssl_fails(open), 7);
}

/// In a process of its own: what is fetched once stays.
template <class Attempt>
void expect_no_success_without(std::string_view function, const Attempt& attempt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        test::fail_openssl_call(1, function);
        const bool good = test::succeeds(attempt);
        std::_Exit(!good && test::has_openssl_failed() ? 0 : 1);
      },
      testing::ExitedWithCode(0), "")
      << function;
}

TEST(OpensslFails, WhereItHasNoCipher) {
  expect_no_success_without("EVP_CIPHER_fetch", [] { return AeadContext::to_seal(kKey).has_value(); });
}
TEST(OpensslFails, WhereItHasNoMac) {
  expect_no_success_without("EVP_MAC_fetch", [] { return hmac_sha256(kKey, kText).has_value(); });
}
TEST(OpensslFails, WhereItHasNoKeyDerivation) {
  expect_no_success_without("EVP_KDF_fetch", [] { return hkdf(Hash::sha256, kKey, {}, {}, 32).has_value(); });
}

TEST(OpensslFails, AndNothingIsDigested) {
  const auto once = [] { return sha256(kText) != ByteArray<32>{}; };
  EXPECT_GE(expect_no_success_when_openssl_fails(once), 3);
  const auto by_pieces = [] {
    RunningSha384 running;
    running.add(kText);
    return std::move(running).finish() != ByteArray<48>{};
  };
  EXPECT_GE(expect_no_success_when_openssl_fails(by_pieces), 4);
}

TEST(OpensslErrors, WithoutMemoryAreNoAnswer) {
  ERR_clear_error();
  EXPECT_NO_THROW(forget_errors());
  ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
  EXPECT_NO_THROW(forget_errors());
  EXPECT_EQ(ERR_peek_error(), 0U);
  ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
  ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
  EXPECT_THROW(forget_errors(), std::bad_alloc);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(OpensslFails, AndNothingIsDerived) {
  ASSERT_TRUE(hmac_sha256(kKey, kText));
  ASSERT_TRUE(hkdf(Hash::sha256, kKey, {}, {}, 32));
  EXPECT_GE(expect_no_success_when_openssl_fails([] { return hmac_sha256(kKey, kText).has_value(); }), 4);
  EXPECT_GE(expect_no_success_when_openssl_fails([] { return hkdf(Hash::sha256, kKey, {}, {}, 32).has_value(); }), 2);
}

TEST(OpensslFails, AndNoEcKeyIsTaken) {
  for (const auto& [group, curve] : {std::pair("P-256", Curve::p256), std::pair("P-384", Curve::p384)}) {
    const auto pair = test::make_ec_key(group);
    const Bytes point = test::x_y(pair, coordinate_size(curve));
    const auto from_point = [&, curve = curve] { return EcPublicKey::from_point(curve, point).has_value(); };
    EXPECT_GE(expect_no_success_when_openssl_fails(from_point), 3) << group;
    const auto from_pkey = [&] { return EcPublicKey::from_pkey(test::share(pair)).has_value(); };
    EXPECT_GE(expect_no_success_when_openssl_fails(from_pkey), 10) << group;
  }
}

TEST(OpensslFails, AndNoEcSignatureIsGood) {
  const auto pair = test::make_ec_key("P-256");
  const Bytes signature = test::sign_der(pair, Hash::sha256, kText);
  const auto key = EcPublicKey::from_pkey(test::share(pair));
  ASSERT_TRUE(key);
  const auto verify = [&] { return key->verify_der(Hash::sha256, kText, signature); };
  EXPECT_GE(expect_no_success_when_openssl_fails(verify), 3);
}

/// PKCS#1 v1.5 or PSS with the digest's length of salt.
Bytes rsa_signature(const PkeyPtr& pair, int padding) {
  const MdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  EXPECT_EQ(EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, pair.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(parameters, padding), 1);
  if (padding == RSA_PKCS1_PSS_PADDING) {
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST), 1);
  }
  std::size_t size = 512;
  Bytes out(size);
  EXPECT_EQ(EVP_DigestSign(context.get(), out.data(), &size, kText.data(), kText.size()), 1);
  out.resize(size);
  return out;
}

TEST(OpensslFails, AndNoRsaKeyIsTakenNorAnySignatureGood) {
  const auto pair = test::rsa_key(2048);
  const Bytes info = test::spki(pair);
  const auto from_spki = [&] { return RsaPublicKey::from_spki(info).has_value(); };
  EXPECT_GE(expect_no_success_when_openssl_fails(from_spki), 2);
  const auto recipient = RecipientKey::from_pkey(test::share(pair));
  ASSERT_TRUE(recipient);
  const auto numbers = recipient->numbers();
  ASSERT_TRUE(numbers);
  const auto from_numbers = [&] { return RsaPublicKey::from_numbers(numbers->modulus, numbers->exponent).has_value(); };
  EXPECT_GE(expect_no_success_when_openssl_fails(from_numbers), 10);

  const auto key = RsaPublicKey::from_spki(info);
  ASSERT_TRUE(key);
  const Bytes pkcs1 = rsa_signature(pair, RSA_PKCS1_PADDING);
  const auto verify_pkcs1 = [&] { return key->verify_pkcs1(Hash::sha256, kText, pkcs1); };
  EXPECT_GE(expect_no_success_when_openssl_fails(verify_pkcs1), 5);
  const Bytes pss = rsa_signature(pair, RSA_PKCS1_PSS_PADDING);
  const auto verify_pss = [&] { return key->verify_pss(Hash::sha256, 32, kText, pss); };
  EXPECT_GE(expect_no_success_when_openssl_fails(verify_pss), 7);
}

/// OpenSSL would not hear of one setting, and goes on with what it takes where nothing is said: for that there is
/// something that it would find good.
template <class Attempt>
void expect_no_without_setting(std::string_view function, const Attempt& attempt) {
  test::fail_openssl_call(1, function);
  EXPECT_FALSE(test::succeeds(attempt)) << function;
  EXPECT_TRUE(test::has_openssl_failed()) << function;
  test::fail_openssl_call(0);
}

/// PKCS #1 v1.5 around the bare digest, as OpenSSL wants it where no digest was named.
TEST(OpensslFails, AndNoSignatureOfABareDigestIsGood) {
  const auto pair = test::rsa_key(2048);
  const auto key = RsaPublicKey::from_spki(test::spki(pair));
  ASSERT_TRUE(key);
  const ByteArray<32> hashed = sha256(kText);
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pair.get(), nullptr));
  ASSERT_EQ(EVP_PKEY_sign_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING), 1);
  std::size_t size = 256;
  Bytes bare(size);
  ASSERT_EQ(EVP_PKEY_sign(context.get(), bare.data(), &size, hashed.data(), hashed.size()), 1);
  expect_no_without_setting("EVP_PKEY_CTX_set_signature_md",
                            [&] { return key->verify_pkcs1(Hash::sha256, kText, bare); });
}

Bytes wrapped_for(const PkeyPtr& pair, int padding, const EVP_MD* hash) {
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pair.get(), nullptr));
  EXPECT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), padding), 1);
  if (padding == RSA_PKCS1_OAEP_PADDING) {
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), hash), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()), 1);
  }
  std::size_t size = 256;
  Bytes out(size);
  EXPECT_EQ(EVP_PKEY_encrypt(context.get(), out.data(), &size, kKey.data(), kKey.size()), 1);
  return out;
}

TEST(OpensslFails, AndNoKeyInAnotherPaddingIsUnwrapped) {
  const auto pair = test::rsa_key(2048);
  const auto key = RecipientKey::from_pkey(test::share(pair));
  ASSERT_TRUE(key);
  const Bytes old = wrapped_for(pair, RSA_PKCS1_PADDING, nullptr);
  expect_no_without_setting("EVP_PKEY_CTX_set_rsa_padding", [&] { return key->unwrap(old).has_value(); });
  const Bytes with_sha1 = wrapped_for(pair, RSA_PKCS1_OAEP_PADDING, EVP_sha1());
  expect_no_without_setting("EVP_PKEY_CTX_set_rsa_oaep_md", [&] { return key->unwrap(with_sha1).has_value(); });
}

/// What somebody else left in OpenSSL's queue of this thread is no answer to what is asked here.
TEST(OpensslFails, OfSomebodyElseAreNotOurs) {
  const auto leave = [] { ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE); };
  const auto expect_an_answer = [&](std::string_view name, const auto& ask) {
    leave();
    EXPECT_NO_THROW(EXPECT_FALSE(ask())) << name;
    ERR_clear_error();
  };
  const auto rsa = test::rsa_key(2048);
  const auto recipient = RecipientKey::from_pkey(test::share(rsa));
  const auto rsa_key = RsaPublicKey::from_spki(test::spki(rsa));
  const auto ec = test::make_ec_key("P-256");
  const auto ec_key = EcPublicKey::from_pkey(test::share(ec));
  ASSERT_TRUE(recipient && rsa_key && ec_key);
  const Bytes nothing(256, 0x5a);
  Bytes out(100 - kAeadTagSize);
  auto context = AeadContext::to_seal(kKey);
  ASSERT_TRUE(context);
  Bytes sealed(kText.size() + kAeadTagSize);
  expect_an_answer("aead_open", [&] { return aead_open(kKey, kNonce, {}, kText, out).has_value(); });
  expect_an_answer("AeadContext::seal", [&] {
    test::fail_openssl_call(1, "EVP_CipherFinal_ex");
    const bool made = context->seal(kNonce, {}, kText, sealed).has_value();
    test::fail_openssl_call(0);
    return made;
  });
  expect_an_answer("unwrap", [&] { return recipient->unwrap(nothing).has_value(); });
  expect_an_answer("unwrap, another size", [&] { return recipient->unwrap(kKey).has_value(); });
  expect_an_answer("open, too much",
                   [&] { return recipient->open(nothing, {}, Bytes((std::size_t{1} << 20) + 16)).has_value(); });
  expect_an_answer("RecipientKey::from_pkey", [&] { return RecipientKey::from_pkey(test::share(ec)).has_value(); });
  expect_an_answer("verify_pkcs1", [&] { return rsa_key->verify_pkcs1(Hash::sha256, kText, nothing); });
  expect_an_answer("verify_pss", [&] { return rsa_key->verify_pss(Hash::sha256, 32, kText, nothing); });
  expect_an_answer("RsaPublicKey::from_spki", [&] { return RsaPublicKey::from_spki(nothing).has_value(); });
  expect_an_answer("RsaPublicKey::from_pkey", [&] { return RsaPublicKey::from_pkey(test::share(ec)).has_value(); });
  expect_an_answer("from_numbers", [&] { return RsaPublicKey::from_numbers(nothing, Bytes{2}).has_value(); });
  expect_an_answer("from_point", [&] { return EcPublicKey::from_point(Curve::p256, Bytes(64, 1)).has_value(); });
  expect_an_answer("EcPublicKey::from_pkey", [&] { return EcPublicKey::from_pkey(test::share(rsa)).has_value(); });
  expect_an_answer("verify", [&] { return ec_key->verify(Hash::sha256, kText, Bytes(64, 1)); });
  expect_an_answer("is_same_as",
                   [&] { return ec_key->is_same_as(EcPublicKey::from_pkey(test::make_ec_key("P-256")).value()); });
}

TEST(OpensslFails, AndNoRecipientKeyServes) {
  const auto pair = test::rsa_key(2048);
  const auto key = RecipientKey::from_pkey(test::share(pair));
  ASSERT_TRUE(key);
  EXPECT_GE(expect_no_success_when_openssl_fails([&] { return key->spki().has_value(); }), 1);
  EXPECT_GE(expect_no_success_when_openssl_fails([&] { return key->numbers().has_value(); }), 2);
  expect_no_success_without("EVP_PKEY_Q_keygen", [] { return RecipientKey::generate(2048).has_value(); });
  const auto from_pkey = [&] { return RecipientKey::from_pkey(test::share(pair)).has_value(); };
  EXPECT_GE(expect_no_success_when_openssl_fails(from_pkey), 1);

  // RSAES-OAEP around the key, and AES-256-CBC under it, made by OpenSSL alone.
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pair.get(), nullptr));
  ASSERT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING), 1);
  ASSERT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()), 1);
  ASSERT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()), 1);
  std::size_t size = 256;
  Bytes wrapped(size);
  ASSERT_EQ(EVP_PKEY_encrypt(context.get(), wrapped.data(), &size, kKey.data(), kKey.size()), 1);
  const ByteArray<16> iv{};
  const CipherCtxPtr cipher(EVP_CIPHER_CTX_new());
  ASSERT_EQ(EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_cbc(), kKey.data(), iv.data(), nullptr), 1);
  Bytes encrypted(kText.size() + 16);
  int written = 0;
  int last = 0;
  ASSERT_EQ(EVP_EncryptUpdate(cipher.get(), encrypted.data(), &written, kText.data(), static_cast<int>(kText.size())),
            1);
  ASSERT_EQ(EVP_EncryptFinal_ex(cipher.get(), encrypted.data() + written, &last), 1);
  encrypted.resize(static_cast<std::size_t>(written + last));
  EXPECT_GE(expect_no_success_when_openssl_fails([&] { return key->open(wrapped, iv, encrypted).has_value(); }), 10);
}

}  // namespace
}  // namespace tenzro::tee::crypto
