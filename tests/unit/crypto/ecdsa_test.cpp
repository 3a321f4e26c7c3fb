// SPDX-License-Identifier: Apache-2.0
#include "crypto/ecdsa.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <algorithm>
#include <atomic>
#include <ostream>
#include <thread>

#include "made/keys.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::crypto {
namespace {

using test::view;

struct Kind {
  Curve curve;
  Hash hash;
  const char* group;
  const char* prime;
  const char* order;
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.group; }

// FIPS 186-4, D.1.2.3 and D.1.2.4.
const Kind kP256 = {Curve::p256, Hash::sha256, "P-256",
                    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
                    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"};
const Kind kP384 = {Curve::p384, Hash::sha384, "P-384",
                    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
                    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"};

class EcKey : public testing::TestWithParam<Kind> {
 protected:
  EcKey()
      : size_(coordinate_size(GetParam().curve)),
        pair_(test::make_ec_key(GetParam().group)),
        point_(test::x_y(pair_, size_)),
        der_(test::sign_der(pair_, GetParam().hash, view("message"))),
        raw_(test::raw_signature(der_, size_)),
        key_(*EcPublicKey::from_point(GetParam().curve, point_)) {}

  bool verify(ByteView r_s) const { return key_.verify(GetParam().hash, view("message"), r_s); }
  bool verify_der(ByteView der) const { return key_.verify_der(GetParam().hash, view("message"), der); }

  std::size_t size_;
  PkeyPtr pair_;
  Bytes point_, der_, raw_;
  EcPublicKey key_;
};

std::string code_and_message(const Result<EcPublicKey>& result) {
  return result ? "accepted" : std::string(to_string(result.error().code())) + " " + result.error().message();
}

TEST_P(EcKey, IsTheSameHoweverItCame) {
  const EcPublicKey again = *EcPublicKey::from_pkey(test::share(pair_));
  EXPECT_TRUE(key_.is_same_as(key_));
  EXPECT_TRUE(key_.is_same_as(again));
  EXPECT_TRUE(again.is_same_as(key_));
  const EcPublicKey other = *EcPublicKey::from_pkey(test::make_ec_key(GetParam().group));
  EXPECT_FALSE(key_.is_same_as(other));
  const char* const foreign = GetParam().curve == Curve::p256 ? "P-384" : "P-256";
  EXPECT_FALSE(key_.is_same_as(*EcPublicKey::from_pkey(test::make_ec_key(foreign))));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(EcKey, VerifiesAMessageInParts) {
  const Hash hash = GetParam().hash;
  EXPECT_TRUE(key_.verify(hash, {view("mess"), view("age")}, raw_));
  EXPECT_TRUE(key_.verify(hash, {view(""), view("message"), view("")}, raw_));
  EXPECT_FALSE(key_.verify(hash, {view("age"), view("mess")}, raw_));
  EXPECT_FALSE(key_.verify(hash, {view("mess")}, raw_));
}

TEST_P(EcKey, RefusesPointsOffTheCurve) {
  const std::string expected =
      std::string("malformed_input ") + GetParam().group + " public key: x and y are not a point of the curve";
  for (std::size_t bit = 0; bit < point_.size() * 8; bit += 7) {
    Bytes altered = point_;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    // One x in two has a point, but never one with the same y, but for a chance of about 2^-255.
    EXPECT_EQ(code_and_message(EcPublicKey::from_point(GetParam().curve, altered)), expected) << bit;
  }
  EXPECT_EQ(code_and_message(EcPublicKey::from_point(GetParam().curve, Bytes(2 * size_, 0))), expected);
  EXPECT_EQ(code_and_message(EcPublicKey::from_point(GetParam().curve, Bytes(2 * size_, 0xff))), expected);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(EcKey, RefusesCoordinatesThatAreNotReduced) {
  // x = 0 is a point of both curves; x = p is the same number, written differently.
  const Bytes prime = *from_hex(GetParam().prime);
  const PkeyPtr key = test::make_ec_key(GetParam().group);
  const EcGroupPtr group(
      EC_GROUP_new_by_curve_name(GetParam().curve == Curve::p256 ? NID_X9_62_prime256v1 : NID_secp384r1));
  const EcPointPtr point(EC_POINT_new(group.get()));
  const BignumPtr zero(BN_new());
  ASSERT_EQ(EC_POINT_set_compressed_coordinates(group.get(), point.get(), zero.get(), 0, nullptr), 1);
  Bytes encoded(1 + 2 * size_);
  ASSERT_EQ(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(),
                               nullptr),
            encoded.size());
  Bytes x_y(encoded.begin() + 1, encoded.end());
  EXPECT_TRUE(EcPublicKey::from_point(GetParam().curve, x_y));
  std::ranges::copy(prime, x_y.begin());
  EXPECT_FALSE(EcPublicKey::from_point(GetParam().curve, x_y));
}

TEST_P(EcKey, RefusesPointsOfAnotherSize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, size_, 2 * size_ - 1, 2 * size_ + 1}) {
    EXPECT_EQ(code_and_message(EcPublicKey::from_point(GetParam().curve, Bytes(size, 1))),
              std::string("malformed_input ") + GetParam().group + " public key: expected " +
                  std::to_string(2 * size_) + " bytes of x and y, found " + std::to_string(size));
  }
  Bytes with_prefix = point_;
  with_prefix.insert(with_prefix.begin(), 0x04);
  EXPECT_FALSE(EcPublicKey::from_point(GetParam().curve, with_prefix));
}

TEST_P(EcKey, RefusesEveryFlippedBitOfASignature) {
  ASSERT_TRUE(verify(raw_));
  for (std::size_t bit = 0; bit < raw_.size() * 8; ++bit) {
    Bytes altered = raw_;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(altered)) << bit;
  }
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(EcKey, RefusesAnotherMessageHashOrKey) {
  EXPECT_FALSE(key_.verify(GetParam().hash, view("messagE"), raw_));
  EXPECT_FALSE(key_.verify(GetParam().hash, {}, raw_));
  EXPECT_FALSE(key_.verify(Hash::sha512, view("message"), raw_));
  const PkeyPtr other = test::make_ec_key(GetParam().group);
  EXPECT_FALSE(EcPublicKey::from_point(GetParam().curve, test::x_y(other, size_))
                   ->verify(GetParam().hash, view("message"), raw_));
}

// ATTACK(N2)
TEST_P(EcKey, RefusesSignaturesOfAnotherSizeOrForm) {
  EXPECT_FALSE(verify({}));
  EXPECT_FALSE(verify(ByteView(raw_).first(raw_.size() - 1)));
  Bytes longer = raw_;
  longer.push_back(0);
  EXPECT_FALSE(verify(longer));
  EXPECT_FALSE(verify(der_));
  EXPECT_FALSE(verify_der(raw_));
  Bytes swapped = raw_;
  std::ranges::rotate(swapped, swapped.begin() + static_cast<std::ptrdiff_t>(size_));
  EXPECT_FALSE(verify(swapped));
}

// ATTACK(S8)
TEST_P(EcKey, RefusesScalarsOutOfRange) {
  const Bytes zero(size_, 0);
  const Bytes order = *from_hex(GetParam().order);
  const Bytes ones(size_, 0xff);
  for (const Bytes& bad : {zero, order, ones}) {
    Bytes bad_r = raw_;
    std::ranges::copy(bad, bad_r.begin());
    EXPECT_FALSE(verify(bad_r));
    Bytes bad_s = raw_;
    std::ranges::copy(bad, bad_s.begin() + static_cast<std::ptrdiff_t>(size_));
    EXPECT_FALSE(verify(bad_s));
  }
  EXPECT_FALSE(verify(Bytes(2 * size_, 0)));
}

TEST_P(EcKey, RefusesADerSignatureWithEachByteAltered) {
  ASSERT_TRUE(verify_der(der_));
  for (std::size_t at = 0; at < der_.size(); ++at) {
    for (int delta = 1; delta < 256; delta += 50) {
      Bytes altered = der_;
      altered[at] = static_cast<std::uint8_t>(altered[at] + delta);
      EXPECT_FALSE(verify_der(altered)) << at << " + " << delta;
    }
  }
}

TEST_P(EcKey, RefusesTruncatedAndExtendedDerSignatures) {
  for (std::size_t size = 0; size < der_.size(); ++size) {
    EXPECT_FALSE(verify_der(ByteView(der_).first(size))) << size;
  }
  Bytes longer = der_;
  longer.push_back(0);
  EXPECT_FALSE(verify_der(longer));
  longer[1] = static_cast<std::uint8_t>(longer[1] + 1);
  EXPECT_FALSE(verify_der(longer));
}

TEST_P(EcKey, RefusesEncodingsThatAreNotMinimal) {
  // A zero byte more in front of r.
  Bytes padded = der_;
  padded.insert(padded.begin() + 4, 0);
  padded[1] = static_cast<std::uint8_t>(padded[1] + 1);
  padded[3] = static_cast<std::uint8_t>(padded[3] + 1);
  EXPECT_FALSE(verify_der(padded));
  // The length of the sequence in two bytes.
  Bytes long_length = der_;
  long_length.insert(long_length.begin() + 1, 0x81);
  EXPECT_FALSE(verify_der(long_length));
  // A sequence of indefinite length.
  Bytes indefinite = der_;
  indefinite[1] = 0x80;
  indefinite.push_back(0);
  indefinite.push_back(0);
  EXPECT_FALSE(verify_der(indefinite));
  // Empty integers, and a third one.
  EXPECT_FALSE(verify_der(Bytes{0x30, 0x04, 0x02, 0x00, 0x02, 0x00}));
  Bytes three = der_;
  three.insert(three.end(), {0x02, 0x01, 0x01});
  three[1] = static_cast<std::uint8_t>(three[1] + 3);
  EXPECT_FALSE(verify_der(three));
}

/// An INTEGER of so many bytes, none of them zero.
Bytes integer_of(std::size_t size) {
  Bytes out(2 + size, 0x5a);
  out[0] = 0x02;
  out[1] = static_cast<std::uint8_t>(size);
  return out;
}

/// Numbers for which there is no room: writing them would write over something else.
TEST_P(EcKey, RefusesNumbersThatAreTooLong) {
  for (const auto& [r, s] : {std::pair{size_ + 1, size_},
                             {size_, size_ + 1},
                             {std::size_t{200}, std::size_t{1}},
                             {std::size_t{1}, std::size_t{200}}}) {
    Bytes der = integer_of(r);
    const Bytes second = integer_of(s);
    der.insert(der.end(), second.begin(), second.end());
    der.insert(der.begin(), {0x30, static_cast<std::uint8_t>(der.size())});
    EXPECT_FALSE(verify_der(der)) << r << ", " << s;
  }
}

TEST_P(EcKey, VerifiesSignaturesOfEveryShape) {
  // Enough of them that r or s has its top bit set, or begins with zero bytes, in some.
  for (int i = 0; i < 300; ++i) {
    const std::string message = std::to_string(i);
    const Bytes der = test::sign_der(pair_, GetParam().hash, view(message));
    EXPECT_TRUE(key_.verify_der(GetParam().hash, view(message), der));
    EXPECT_TRUE(key_.verify(GetParam().hash, view(message), test::raw_signature(der, size_)));
  }
}

TEST_P(EcKey, TakesTheKeyOfACertificate) {
  const auto key = EcPublicKey::from_pkey(test::share(pair_));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->curve(), GetParam().curve);
  EXPECT_TRUE(key->verify(GetParam().hash, view("message"), raw_));
}

// ATTACK(X13)
TEST_P(EcKey, RefusesAKeyThatSpellsItsCurveOut) {
  ASSERT_EQ(EVP_PKEY_set_utf8_string_param(pair_.get(), OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT),
            1);
  const Bytes der = test::spki(pair_);
  ASSERT_GT(der.size(), 200U);
  const unsigned char* at = der.data();
  PkeyPtr decoded(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  ASSERT_NE(decoded, nullptr);
  const std::string expected = "unsupported public key: expected EC on the named curve P-256 or P-384";
  EXPECT_EQ(code_and_message(EcPublicKey::from_pkey(std::move(decoded))), expected);
  EXPECT_EQ(code_and_message(EcPublicKey::from_pkey(test::share(pair_))), expected);
}

TEST_P(EcKey, RefusesThePointAtInfinity) {
  // The same SubjectPublicKeyInfo with the one-byte encoding of infinity; OpenSSL decodes it without complaint.
  Bytes der = test::spki(pair_);
  der.resize(der.size() - 2 * size_);
  der.back() = 0x00;
  der[1] = static_cast<std::uint8_t>(der.size() - 2);
  der[der.size() - 3] = 2;  // length of the BIT STRING: no unused bits, and the point
  const unsigned char* at = der.data();
  PkeyPtr decoded(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (decoded != nullptr) {
    EXPECT_EQ(code_and_message(EcPublicKey::from_pkey(std::move(decoded))).substr(0, 15), "malformed_input");
  }
  ERR_clear_error();
}

TEST_P(EcKey, VerifiesInSeveralThreadsAtOnce) {
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        const EcPublicKey copy = key_;
        for (int i = 0; i < 20; ++i) {
          Bytes altered = raw_;
          altered[static_cast<std::size_t>(t)] ^= 1;
          wrong += verify(raw_) && copy.verify_der(GetParam().hash, view("message"), der_) ? 0 : 1;
          wrong += verify(altered) ? 1 : 0;
          wrong += EcPublicKey::from_point(GetParam().curve, point_) ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(Curves, EcKey, testing::Values(kP256, kP384), [](const testing::TestParamInfo<Kind>& given) {
  return std::string(given.param.curve == Curve::p256 ? "P256" : "P384");
});

// ATTACK(X13)
TEST(EcPublicKey, RefusesOtherCurvesAndKeyTypes) {
  const std::string expected = "unsupported public key: expected EC on the named curve P-256 or P-384";
  for (const char* group : {"P-521", "P-224", "secp256k1", "brainpoolP256r1"}) {
    PkeyPtr key = test::make_ec_key(group);
    ASSERT_NE(key, nullptr) << group;
    EXPECT_EQ(code_and_message(EcPublicKey::from_pkey(std::move(key))), expected) << group;
  }
  EXPECT_EQ(code_and_message(EcPublicKey::from_pkey(PkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")))),
            expected);
  EXPECT_EQ(code_and_message(EcPublicKey::from_pkey(test::rsa_key(2048))), expected);
  EXPECT_EQ(code_and_message(EcPublicKey::from_pkey(nullptr)), expected);
}

TEST(EcPublicKey, DoesNotTakeAPointOfTheOtherCurve) {
  const PkeyPtr p384 = test::make_ec_key("P-384");
  EXPECT_FALSE(EcPublicKey::from_point(Curve::p256, test::x_y(p384, 48)));
  EXPECT_FALSE(EcPublicKey::from_point(Curve::p256, ByteView(test::x_y(p384, 48)).first(64)));
}

TEST(EcdsaSignature, HasBothNumbersBetweenOneAndTheOrder) {
  const Bytes order = *from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  Bytes below = order;
  --below.back();
  const Bytes zero(32, 0);
  Bytes one = zero;
  one.back() = 1;
  const auto is_good = [](const Bytes& r, const Bytes& s) {
    Bytes both = r;
    both.insert(both.end(), s.begin(), s.end());
    return is_signature(Curve::p256, both);
  };
  EXPECT_TRUE(is_good(one, below));
  EXPECT_TRUE(is_good(below, one));
  for (const Bytes& bad : {zero, order, Bytes(32, 0xff)}) {
    EXPECT_FALSE(is_good(bad, one));
    EXPECT_FALSE(is_good(one, bad));
  }
  EXPECT_FALSE(is_signature(Curve::p256, one));
  EXPECT_FALSE(is_signature(Curve::p384, Bytes(64, 1)));
}

}  // namespace
}  // namespace tenzro::tee::crypto
