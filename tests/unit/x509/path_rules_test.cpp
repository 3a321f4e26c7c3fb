// SPDX-License-Identifier: Apache-2.0
// Our own rules, without OpenSSL's before them.
#include "x509/path_rules.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <functional>

#include "made/pki.hpp"

namespace tenzro::tee::x509 {
namespace {

using test::Pki;

std::string codes_when(const std::function<void(Pki&)>& change) {
  Pki pki;
  change(pki);
  pki.make();
  const std::vector path{test::parsed(pki.leaf.der), test::parsed(pki.ca.der), test::parsed(pki.root.der)};
  std::string out;
  for (const Finding& finding : check_path_rules(path, SignatureSuite::any_strong, 0)) {
    out += (out.empty() ? "" : ",") + finding.code;
  }
  return out;
}

/// A public key with a modulus of so many bits, all of them set. Nobody can sign with it.
crypto::PkeyPtr rsa_public_key(unsigned bits) {
  Bytes modulus((bits + 7) / 8, 0xff);
  modulus.front() = static_cast<std::uint8_t>(0xffU >> ((8 - bits % 8) % 8));
  const crypto::BignumPtr n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const crypto::BignumPtr e(BN_new());
  EXPECT_EQ(BN_set_word(e.get(), 65537), 1);
  const crypto::Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  EXPECT_EQ(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()), 1);
  EXPECT_EQ(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()), 1);
  const crypto::Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* raw = nullptr;
  EXPECT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &raw, EVP_PKEY_PUBLIC_KEY, parameters.get()), 1);
  return crypto::PkeyPtr(raw);
}

// ATTACK(X13)
TEST(PathRules, AllowRsaOf3072To8192WholeBytes) {
  for (const unsigned bits : {3064U, 3072U, 3079U, 3080U, 8192U, 8200U}) {
    const bool good = bits == 3072 || bits == 3080 || bits == 8192;
    EXPECT_EQ(codes_when([&](Pki& p) { p.leaf.key = rsa_public_key(bits); }), good ? "" : "key_not_allowed") << bits;
  }
}

// Of the right size, and not for the signatures that are allowed.
TEST(PathRules, AllowNoOtherKindOfRsa) {
  const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
  ASSERT_EQ(EVP_PKEY_keygen_init(context.get()), 1);
  ASSERT_EQ(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 3072), 1);
  EVP_PKEY* raw = nullptr;
  ASSERT_EQ(EVP_PKEY_generate(context.get(), &raw), 1);
  EXPECT_EQ(codes_when([raw](Pki& p) { p.leaf.key.reset(raw); }), "key_not_allowed");
}

// ATTACK(X5)
TEST(PathRules, WantCriticalBasicConstraintsOfAnIssuer) {
  const auto with = [](const test::ExtensionSpec& constraints) {
    return codes_when([&](Pki& p) { p.ca_spec.extensions = test::replaced(p.ca_spec.extensions, constraints); });
  };
  EXPECT_EQ(with({"basicConstraints", "CA:TRUE", true}), "");
  EXPECT_EQ(with({"basicConstraints", "CA:TRUE", false}), "issuer_not_ca");
  EXPECT_EQ(with({"basicConstraints", "CA:FALSE", true}), "issuer_not_ca");
  EXPECT_EQ(codes_when([](Pki& p) { p.ca_spec.extensions = test::without(p.ca_spec.extensions, "basicConstraints"); }),
            "issuer_not_ca");
}

TEST(PathRules, WantNames) {
  const test::ExtensionSpec name{"subjectAltName", "DNS:leaf", true};
  EXPECT_EQ(codes_when([](Pki& p) { p.leaf_spec.no_subject = true; }), "name_missing");
  EXPECT_EQ(codes_when([&](Pki& p) {
              p.leaf_spec.no_subject = true;
              p.leaf_spec.extensions = test::with(p.leaf_spec.extensions, name);
            }),
            "");
  // An issuer needs a subject, whatever other names it has; without one, what it issued has no issuer.
  EXPECT_EQ(codes_when([&](Pki& p) {
              p.ca_spec.no_subject = true;
              p.ca_spec.extensions = test::with(p.ca_spec.extensions, name);
            }),
            "name_missing,name_missing");
}

}  // namespace
}  // namespace tenzro::tee::x509
