// SPDX-License-Identifier: Apache-2.0
// Envelopes made by OpenSSL's CMS and by hand, opened by ours, beside OpenSSL's own opening.
#include "crypto/recipient_key.hpp"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <optional>

#include "formats/cms.hpp"
#include "made/cms.hpp"
#include "made/keys.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::test {
namespace {

using crypto::Handle;
using crypto::RecipientKey;
using CmsPtr = Handle<CMS_ContentInfo, CMS_ContentInfo_free>;

/// One key for all tests: making them is slow.
const crypto::PkeyPtr& the_key() {
  static const crypto::PkeyPtr key = rsa_key(2048);
  return key;
}
RecipientKey recipient() { return RecipientKey::from_pkey(share(the_key())).value(); }

/// A certificate for the key, with a subject key identifier of 32 bytes, as CMS wants one to name its recipient by.
crypto::X509Ptr certificate() {
  crypto::X509Ptr out(X509_new());
  EXPECT_EQ(X509_set_version(out.get(), X509_VERSION_3), 1);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
  X509_set_pubkey(out.get(), the_key().get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("enclave"), -1, -1, 0);
  X509_set_issuer_name(out.get(), X509_get_subject_name(out.get()));
  const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> id(ASN1_OCTET_STRING_new());
  const Bytes value(32, 0x1d);
  ASN1_OCTET_STRING_set(id.get(), value.data(), static_cast<int>(value.size()));
  EXPECT_EQ(X509_add1_ext_i2d(out.get(), NID_subject_key_identifier, id.get(), 0, X509V3_ADD_DEFAULT), 1);
  EXPECT_GT(X509_sign(out.get(), the_key().get(), EVP_sha256()), 0);
  return out;
}

/// As OpenSSL writes it: DER where not streamed, else BER with indefinite lengths.
Bytes by_openssl(const Bytes& content, bool streamed) {
  const unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_USE_KEYID | (streamed ? CMS_STREAM : 0U);
  const crypto::BioPtr in(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  const CmsPtr cms(CMS_encrypt(nullptr, nullptr, EVP_aes_256_cbc(), flags));
  EXPECT_NE(cms, nullptr);
  const crypto::X509Ptr to = certificate();
  CMS_RecipientInfo* const info = CMS_add1_recipient_cert(cms.get(), to.get(), CMS_KEY_PARAM | CMS_USE_KEYID);
  EVP_PKEY_CTX* const context = CMS_RecipientInfo_get0_pkey_ctx(info);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()), 1);
  const crypto::BioPtr out(BIO_new(BIO_s_mem()));
  if (streamed) {
    EXPECT_EQ(i2d_CMS_bio_stream(out.get(), cms.get(), in.get(), static_cast<int>(flags)), 1);
  } else {
    EXPECT_EQ(CMS_final(cms.get(), in.get(), nullptr, flags), 1);
    EXPECT_EQ(i2d_CMS_bio(out.get(), cms.get()), 1);
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return Bytes(data, data + size);
}

/// OpenSSL's own opening in one call; nothing when it refuses.
std::optional<Bytes> opened_by_openssl(const Bytes& envelope) {
  const crypto::BioPtr in(BIO_new_mem_buf(envelope.data(), static_cast<int>(envelope.size())));
  const CmsPtr cms(d2i_CMS_bio(in.get(), nullptr));
  const crypto::BioPtr out(BIO_new(BIO_s_mem()));
  if (cms == nullptr || CMS_decrypt(cms.get(), the_key().get(), nullptr, nullptr, out.get(), CMS_BINARY) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return Bytes(data, data + size);
}

std::optional<Bytes> opened(ByteView envelope, const RecipientKey& key = recipient()) {
  const auto parsed = cms::parse_enveloped_data(envelope);
  if (!parsed) {
    return std::nullopt;
  }
  const auto content = key.open(parsed->encrypted_key, parsed->iv, parsed->ciphertext);
  if (!content) {
    EXPECT_EQ(content.error().code(), ErrorCode::authentication_failed);
    EXPECT_EQ(content.error().message(), "the answer is not for this key, or was altered");
    return std::nullopt;
  }
  const ByteView shown = content->reveal();
  return Bytes(shown.begin(), shown.end());
}

Bytes encrypt_oaep(const Bytes& secret, const EVP_MD* hash = EVP_sha256(), const EVP_MD* mask = EVP_sha256()) {
  const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, the_key().get(), nullptr));
  EXPECT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), hash), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), mask), 1);
  std::size_t size = 256;
  Bytes out(size);
  EXPECT_EQ(EVP_PKEY_encrypt(context.get(), out.data(), &size, secret.data(), secret.size()), 1);
  return out;
}

Bytes encrypt_cbc(const Bytes& key, const Bytes& iv, const Bytes& content, bool padded = true) {
  const crypto::CipherCtxPtr context(EVP_CIPHER_CTX_new());
  EXPECT_EQ(EVP_EncryptInit_ex2(context.get(), EVP_aes_256_cbc(), key.data(), iv.data(), nullptr), 1);
  EVP_CIPHER_CTX_set_padding(context.get(), padded ? 1 : 0);
  Bytes out(content.size() + 16);
  int written = 0;
  int last = 0;
  EXPECT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &written, content.data(), static_cast<int>(content.size())),
            1);
  EXPECT_EQ(EVP_EncryptFinal_ex(context.get(), out.data() + written, &last), 1);
  out.resize(static_cast<std::size_t>(written + last));
  return out;
}

const Bytes kContentKey(32, 0x33);
const Bytes kSecret = MadeCms::hex("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");

/// By hand, with KMS's lengths.
MadeCms made(const Bytes& content = kSecret) {
  MadeCms out;
  out.encrypted_key = encrypt_oaep(kContentKey);
  out.ciphertext = encrypt_cbc(kContentKey, out.iv, content);
  return out;
}

TEST(RecipientKey, OpensWhatOpensslEnclosed) {
  for (const std::size_t size : {1U, 15U, 16U, 32U, 4096U}) {
    const Bytes content(size, 0xa5);
    for (const bool streamed : {false, true}) {
      const Bytes envelope = by_openssl(content, streamed);
      EXPECT_EQ(envelope[1] == 0x80, streamed);
      EXPECT_EQ(opened(envelope), content) << size << " streamed " << streamed;
      EXPECT_EQ(opened_by_openssl(envelope), content);
    }
  }
}

TEST(RecipientKey, OpensKmssOwnForm) {
  for (const bool indefinite : {false, true}) {
    for (const bool in_pieces : {false, true}) {
      MadeCms envelope = made();
      envelope.indefinite = indefinite;
      envelope.in_pieces = in_pieces;
      EXPECT_EQ(opened(envelope.bytes()), kSecret);
      EXPECT_EQ(opened_by_openssl(envelope.bytes()), kSecret);
    }
  }
}

TEST(RecipientKey, RefusesEveryTruncation) {
  for (const Bytes& envelope : {made().bytes(), by_openssl(kSecret, false)}) {
    for (std::size_t size = 0; size < envelope.size(); ++size) {
      EXPECT_FALSE(opened(ByteView(envelope).first(size))) << size;
    }
  }
}

// CBC is not authenticated: what changes IV or content may open, and then OpenSSL opens it alike. Nothing else may.
TEST(RecipientKey, OpensFlippedBitsAsOpensslDoesOrNotAtAll) {
  const MadeCms original = made();
  const Bytes envelope = original.bytes();
  std::size_t opened_count = 0;
  for (std::size_t bit = 0; bit < envelope.size() * 8; bit += 3) {
    Bytes flipped = envelope;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto ours = opened(flipped);
    if (!ours) {
      continue;
    }
    ++opened_count;
    EXPECT_EQ(opened_by_openssl(flipped), ours) << bit;
    const auto parsed = cms::parse_enveloped_data(flipped).value();
    EXPECT_EQ(parsed.encrypted_key, original.encrypted_key) << bit;
  }
  EXPECT_GT(opened_count, 0U);
}

TEST(RecipientKey, RefusesWhatIsNotForIt) {
  const RecipientKey other = RecipientKey::generate(2048).value();
  EXPECT_FALSE(opened(made().bytes(), other));
  MadeCms envelope = made();
  envelope.encrypted_key = encrypt_oaep(kContentKey, EVP_sha1(), EVP_sha1());
  EXPECT_FALSE(opened(envelope.bytes()));
  envelope.encrypted_key = encrypt_oaep(kContentKey, EVP_sha256(), EVP_sha1());
  EXPECT_FALSE(opened(envelope.bytes()));
  // A content key of another size, an empty content, and one whose padding is none.
  envelope = made();
  for (const std::size_t size : {16U, 31U, 33U, 64U}) {
    envelope.encrypted_key = encrypt_oaep(Bytes(size, 0x33));
    EXPECT_FALSE(opened(envelope.bytes())) << size;
  }
  EXPECT_FALSE(opened(made(Bytes{}).bytes()));
  envelope = made();
  envelope.ciphertext = encrypt_cbc(kContentKey, envelope.iv, Bytes(32, 0xee), false);
  EXPECT_FALSE(opened(envelope.bytes()));
  const MadeCms good = made();
  ByteArray<16> iv{};
  for (const std::size_t size : {0U, 255U, 257U, 384U}) {
    Bytes key = good.encrypted_key;
    key.resize(size);
    EXPECT_FALSE(recipient().open(key, iv, good.ciphertext)) << size;
  }
  EXPECT_FALSE(recipient().open(good.encrypted_key, iv, {}));
  EXPECT_FALSE(recipient().open(good.encrypted_key, iv, ByteView(good.ciphertext).first(17)));
}

TEST(RecipientKey, UnwrapsAKeyOf32BytesOnly) {
  const Bytes wrapped = encrypt_oaep(kContentKey);
  EXPECT_TRUE(std::ranges::equal(recipient().unwrap(wrapped)->reveal(), kContentKey));
  const auto refused = [](const Bytes& encrypted) {
    const auto key = recipient().unwrap(encrypted);
    return !key && key.error().code() == ErrorCode::authentication_failed &&
           key.error().message() == "the answer is not for this key, or was altered";
  };
  for (const std::size_t size : {0U, 16U, 31U, 33U}) {
    EXPECT_TRUE(refused(encrypt_oaep(Bytes(size, 0x33)))) << size;
  }
  for (const std::size_t size : {0U, 255U, 257U, 384U}) {
    Bytes other = wrapped;
    other.resize(size);
    EXPECT_TRUE(refused(other)) << size;
  }
  for (std::size_t bit = 0; bit < wrapped.size() * 8; bit += 61) {
    Bytes flipped = wrapped;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_TRUE(refused(flipped)) << bit;
  }
  EXPECT_TRUE(refused(encrypt_oaep(kContentKey, EVP_sha1(), EVP_sha1())));
  Bytes pkcs1(256);  // RSAES-PKCS1-v1_5
  std::size_t size = pkcs1.size();
  const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, the_key().get(), nullptr));
  ASSERT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_encrypt(context.get(), pkcs1.data(), &size, kContentKey.data(), kContentKey.size()), 1);
  EXPECT_TRUE(refused(pkcs1));
}

TEST(RecipientKey, IsOfThreeSizesAndPrivate) {
  for (const int bits : {0, 1024, 2047, 8192}) {
    EXPECT_EQ(RecipientKey::generate(bits).error().code(), ErrorCode::invalid_argument);
  }
  const auto code_of = [](crypto::PkeyPtr key) { return RecipientKey::from_pkey(std::move(key)).error().code(); };
  EXPECT_EQ(code_of(nullptr), ErrorCode::unsupported);
  EXPECT_EQ(code_of(make_ec_key("P-384")), ErrorCode::unsupported);
  EXPECT_EQ(code_of(rsa_key(1024)), ErrorCode::unsupported);
  const Bytes der = spki(the_key());
  const unsigned char* at = der.data();
  EXPECT_EQ(code_of(crypto::PkeyPtr(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())))), ErrorCode::unsupported);
}

TEST(RecipientKey, GivesItsPublicHalfForAnAttestationDocument) {
  EXPECT_EQ(recipient().spki().value(), spki(the_key()));
  EXPECT_EQ(recipient().spki()->size(), 294U);
  const RecipientKey large = RecipientKey::generate(3072).value();
  EXPECT_EQ(large.bits(), 3072);
  EXPECT_LE(large.spki()->size(), 1024U);
}

TEST(RecipientKey, GivesItsPublicNumbers) {
  const auto numbers = recipient().numbers().value();
  EXPECT_EQ(numbers.modulus.size(), 256U);
  EXPECT_NE(numbers.modulus.front(), 0);
  EXPECT_EQ(numbers.exponent, (Bytes{1, 0, 1}));
  const Bytes der = spki(the_key());
  EXPECT_FALSE(std::ranges::search(der, numbers.modulus).empty());
}

TEST(RecipientKey, TakesAnEncryptedKeyAsLongAsTheModulusOnly) {
  Bytes encrypted;
  while (encrypted.empty() || encrypted.front() != 0) {
    encrypted = encrypt_oaep(kContentKey);
  }
  const RecipientKey key = recipient();
  EXPECT_TRUE(key.unwrap(encrypted));
  EXPECT_FALSE(key.unwrap(ByteView(encrypted).subspan(1))) << "the same number, a byte shorter";
  EXPECT_FALSE(key.unwrap({}));
}

TEST(RecipientKey, OpensAMebibyteAtMost) {
  const Bytes iv(16, 0x44);
  const Bytes wrapped = encrypt_oaep(kContentKey);
  ByteArray<16> initial{};
  initial.fill(0x44);
  const RecipientKey key = recipient();
  constexpr std::size_t kMost = std::size_t{1} << 20;
  EXPECT_TRUE(key.open(wrapped, initial, encrypt_cbc(kContentKey, iv, Bytes(kMost - 1, 0x55))));
  EXPECT_FALSE(key.open(wrapped, initial, encrypt_cbc(kContentKey, iv, Bytes(kMost, 0x55))));
  EXPECT_FALSE(key.open(wrapped, initial, {}));
  EXPECT_FALSE(key.open(wrapped, initial, encrypt_cbc(kContentKey, iv, {}))) << "nothing in it";
  Bytes partial = encrypt_cbc(kContentKey, iv, Bytes(40, 0x55));
  partial.pop_back();
  EXPECT_FALSE(key.open(wrapped, initial, partial)) << "no whole blocks";
}

}  // namespace
}  // namespace tenzro::tee::test
