// SPDX-License-Identifier: Apache-2.0
// The straight path may be stricter than OpenSSL, never more lenient: whatever it and our rules take, X509_verify_cert
// must take as well, at our security level and with its strict flag, which refuses only the leaves of AMD and AWS as
// they are issued. Chains of each vendor's shape are altered and then signed again, so that it is never the signature
// alone that refuses them.
#include "x509/straight_path.hpp"

#include <gtest/gtest.h>
#include <openssl/rsa.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <utility>

#include "formats/der.hpp"
#include "made/pki.hpp"
#include "support/vectors.hpp"
#include "vendor_chains.hpp"
#include "vendor_shapes.hpp"
#include "x509/asn1_parts.hpp"
#include "x509/path_rules.hpp"

namespace tenzro::tee::x509 {
namespace {

using test::CertificateSpec;
using test::ExtensionSpec;
using test::intel_like;
using test::kNow;
using test::Party;
using test::Pki;
using test::Shape;

using Chain = std::array<CertificatePtr, 3>;  // leaf, CA, root

std::vector<CertificatePtr> straight(const Chain& chain, UtcTime at = kNow) {
  const std::array anchors{chain[2]};
  PathQuestion question;
  question.leaf = chain[0];
  question.untrusted = {chain[1]};
  question.anchors = anchors;
  return find_straight_path(question, at);
}

bool openssl_accepts(const Chain& chain, UtcTime at = kNow) {
  const crypto::StorePtr store(X509_STORE_new());
  const crypto::CertificateStackPtr untrusted(sk_X509_new_null());
  const crypto::StoreCtxPtr ctx(X509_STORE_CTX_new());
  for (const CertificatePtr& certificate : chain) {
    if (certificate->openssl() == nullptr) {
      return false;
    }
  }
  X509_STORE_add_cert(store.get(), chain[2]->openssl());
  sk_X509_push(untrusted.get(), chain[1]->openssl());
  X509_STORE_CTX_init(ctx.get(), store.get(), chain[0]->openssl(), untrusted.get());
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(ctx.get());
  if (chain[0]->extension(oid::kAuthorityKeyId) != nullptr) {
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  }
  X509_VERIFY_PARAM_set_auth_level(param, 3);
  X509_VERIFY_PARAM_set_time(param, static_cast<std::time_t>(at.time_since_epoch().count()));
  return X509_verify_cert(ctx.get()) == 1 && sk_X509_num(X509_STORE_CTX_get0_chain(ctx.get())) == 3;
}

std::string openssl_name(const X509_NAME* name) {
  const crypto::BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

/// What our reader says of a plain certificate, OpenSSL says too.
void expect_same_reading(const Certificate& certificate, const std::string& what) {
  X509* const x = certificate.openssl();
  ASSERT_NE(x, nullptr) << what << ": plain for us, malformed for OpenSSL";
  EXPECT_EQ(certificate.is_ca(), (X509_get_extension_flags(x) & EXFLAG_CA) != 0) << what;
  EXPECT_EQ(X509_get_extension_flags(x) & (EXFLAG_INVALID | EXFLAG_CRITICAL | EXFLAG_PROXY), 0U) << what;
  EXPECT_EQ(certificate.path_length() ? static_cast<long>(*certificate.path_length()) : -1L, X509_get_pathlen(x))
      << what;
  EXPECT_EQ(certificate.key_usage().value_or(UINT32_MAX), X509_get_key_usage(x)) << what;
  EXPECT_EQ(certificate.info().subject, openssl_name(X509_get_subject_name(x))) << what;
  EXPECT_EQ(certificate.info().issuer, openssl_name(X509_get_issuer_name(x))) << what;
}

struct Tally {
  std::size_t unparsed = 0, refused_by_both = 0, taken_by_both = 0, left_to_openssl = 0;
};

/// The one thing that must never be: we take it and OpenSSL does not.
void compare(const std::array<Bytes, 3>& ders, SignatureSuite suite, const std::string& what, Tally& tally) {
  Chain chain;
  for (std::size_t i = 0; i < ders.size(); ++i) {
    auto certificate = Certificate::parse(ders[i]);
    if (!certificate) {
      ++tally.unparsed;
      return;
    }
    chain[i] = *std::move(certificate);
    if (chain[i]->is_plain()) {
      expect_same_reading(*chain[i], what);
    }
  }
  const std::vector<CertificatePtr> path = straight(chain);
  const bool ours = !path.empty() && check_path_rules(path, suite).empty();
  const bool theirs = openssl_accepts(chain);
  EXPECT_TRUE(!ours || theirs) << what << ": taken by us alone";
  tally.taken_by_both += ours && theirs ? 1 : 0;
  tally.left_to_openssl += !ours && theirs ? 1 : 0;
  tally.refused_by_both += !ours && !theirs ? 1 : 0;
}

class StraightPathOf : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Vendor, StraightPathOf,
                         testing::Values(test::kIntelLike, test::kAwsLike, test::kAmdLike, test::kNvidiaLike),
                         [](const auto& shape) { return shape.param.name; });

std::array<Bytes, 3> ders_of(const Pki& pki) { return {pki.leaf.der, pki.ca.der, pki.root.der}; }

std::size_t stride() {
  const char* asked = std::getenv("TENZRO_TEST_STRIDE");
  const int value = asked == nullptr ? 0 : std::atoi(asked);
  return value > 0 ? static_cast<std::size_t>(value) : 5;  // not a divisor of 8: every bit position gets its turn
}

/// The same specs and keys, to be issued with a change.
Pki unissued(const Pki& pki) {
  Pki out;
  out.root_spec = pki.root_spec;
  out.ca_spec = pki.ca_spec;
  out.leaf_spec = pki.leaf_spec;
  out.root.key = test::shared_key(pki.root.key);
  out.ca.key = test::shared_key(pki.ca.key);
  out.leaf.key = test::shared_key(pki.leaf.key);
  return out;
}

TEST_P(StraightPathOf, IsTakenAsIssued) {
  Tally tally;
  compare(ders_of(GetParam().make()), GetParam().suite, "as issued", tally);
  EXPECT_EQ(tally.taken_by_both, 1U);
}

TEST_P(StraightPathOf, TakesNothingThatOpensslRefusesWhateverBitIsFlipped) {
  const SignatureSuite suite = GetParam().suite;
  const Pki pki = GetParam().make();
  const std::array<EVP_PKEY*, 3> signers{pki.ca.key.get(), pki.root.key.get(), pki.root.key.get()};
  Tally tally;
  std::size_t flips = 0;
  for (std::size_t which = 0; which < 3; ++which) {
    std::array<Bytes, 3> ders = ders_of(pki);
    const auto good = test::parsed(ders[which]);
    const Bytes algorithm = test::algorithm_of(ders[which]);
    Bytes tbs(good->signed_bytes().begin(), good->signed_bytes().end());
    for (std::size_t bit = 0; bit < tbs.size() * 8; bit += stride() * GetParam().pace) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      tbs[bit / 8] ^= mask;
      ders[which] = test::sign_again(tbs, algorithm, suite, signers[which]);
      compare(ders, suite, "certificate " + std::to_string(which) + ", bit " + std::to_string(bit), tally);
      tbs[bit / 8] ^= mask;
      ++flips;
    }
  }
  std::printf("%zu flips: %zu unparsed, %zu refused by both, %zu taken by both, %zu left to OpenSSL\n", flips,
              tally.unparsed, tally.refused_by_both, tally.taken_by_both, tally.left_to_openssl);
  EXPECT_GT(tally.taken_by_both, 0U) << "serial numbers and the like may change";
  EXPECT_GT(tally.refused_by_both, 0U);
}

/// Extensions as they should not be, and some as they may be.
std::vector<ExtensionSpec> odd_extensions() {
  const auto raw = [](std::string oid, Bytes der, bool critical = false) {
    return ExtensionSpec{std::move(oid), "", critical, std::move(der)};
  };
  return {
      {"basicConstraints", "CA:TRUE", true},
      {"basicConstraints", "CA:TRUE", false},
      {"basicConstraints", "CA:FALSE", true},
      {"basicConstraints", "CA:TRUE,pathlen:0", true},
      {"basicConstraints", "CA:TRUE,pathlen:3", true},
      raw("basicConstraints", {0x30, 0x03, 0x01, 0x01, 0x00}, true),
      raw("basicConstraints", {0x30, 0x03, 0x01, 0x01, 0x01}, true),
      raw("basicConstraints", {0x30, 0x03, 0x02, 0x01, 0x00}, true),
      raw("basicConstraints", {0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0xff}, true),
      raw("basicConstraints", {0x30, 0x07, 0x01, 0x01, 0xff, 0x02, 0x02, 0x01, 0x00}, true),
      raw("basicConstraints", {0x30, 0x00, 0x05, 0x00}, true),
      raw("basicConstraints", {}, true),
      raw("keyUsage", {0x03, 0x02, 0x07, 0x80}, true),
      raw("keyUsage", {0x03, 0x02, 0x01, 0x06}, true),
      raw("keyUsage", {0x03, 0x02, 0x00, 0x06}, true),
      raw("keyUsage", {0x03, 0x02, 0x00, 0x00}, true),
      raw("keyUsage", {0x03, 0x01, 0x00}, true),
      raw("keyUsage", {0x03, 0x03, 0x07, 0x06, 0x80}, true),
      raw("keyUsage", {0x03, 0x03, 0x07, 0x86, 0x80}, false),
      raw("keyUsage", {0x03, 0x04, 0x00, 0x06, 0x80, 0x01}, true),
      raw("keyUsage", {0x04, 0x02, 0x01, 0x06}, true),
      raw("subjectKeyIdentifier", {0x04, 0x00}),
      raw("subjectKeyIdentifier", {0x04, 0x02, 0x01, 0x02}),
      raw("subjectKeyIdentifier", {0x04, 0x02, 0x01, 0x02}, true),
      raw("subjectKeyIdentifier", {0x05, 0x00}),
      raw("authorityKeyIdentifier", {0x30, 0x0b, 0xa1, 0x06, 0xa4, 0x04, 0x30, 0x02, 0x31, 0x00, 0x82, 0x01, 0x11}),
      raw("authorityKeyIdentifier", {0x30, 0x00}),
      raw("authorityKeyIdentifier", {0x30, 0x04, 0x80, 0x02, 0x01, 0x02}),
      raw("authorityKeyIdentifier", {0x30, 0x02, 0x80, 0x00}),
      raw("authorityKeyIdentifier", {0x04, 0x00}),
      {"crlDistributionPoints", "URI:https://crl.example/list.der", true},
      {"crlDistributionPoints", "URI:ldap://a,URI:http://b"},
      raw("crlDistributionPoints", {0x30, 0x00}),
      raw("crlDistributionPoints", {0x30, 0x02, 0x30, 0x00}),
      raw("crlDistributionPoints", {0x30, 0x06, 0x30, 0x04, 0x81, 0x02, 0x07, 0x80}),
      raw("crlDistributionPoints", {0x05, 0x00}),
      {"extendedKeyUsage", "serverAuth"},
      {"extendedKeyUsage", "serverAuth", true},
      {"subjectAltName", "DNS:a.example"},
      {"subjectAltName", "DNS:a.example", true},
      {"nameConstraints", "permitted;DNS:a.example", true},
      {"nameConstraints", "permitted;DNS:a.example", false},
      {"certificatePolicies", "1.2.3.4"},
      {"policyConstraints", "requireExplicitPolicy:0", true},
      {"inhibitAnyPolicy", "0", true},
      raw("1.3.6.1.5.5.7.1.14", {0x30, 0x03, 0x02, 0x01, 0x00}, true),  // proxy certificate
      raw("1.2.3.4.5", {0x05, 0x00}),
      raw("1.2.3.4.5", {0x05, 0x00}, true),
      raw("1.2.840.113741.1.13.1", {0x30, 0x00}, true),
      raw("2.16.840.1.113730.1.1", {0x03, 0x02, 0x06, 0x40}),  // the kind of Netscape's certificates
  };
}

TEST_P(StraightPathOf, TakesNoExtensionThatOpensslRefuses) {
  const Pki pki = GetParam().make();
  Tally tally;
  std::size_t not_issued = 0;
  for (const ExtensionSpec& odd : odd_extensions()) {
    for (int which = 0; which < 3; ++which) {
      Pki made = unissued(pki);
      CertificateSpec& changed = which == 0 ? made.leaf_spec : which == 1 ? made.ca_spec : made.root_spec;
      const bool has_one = std::ranges::any_of(changed.extensions, [&](const auto& one) { return one.oid == odd.oid; });
      changed.extensions = has_one ? replaced(changed.extensions, odd) : with(changed.extensions, odd);
      try {
        made.make();
      } catch (const std::exception&) {
        ++not_issued;  // OpenSSL does not make what would refer to a broken key identifier
        continue;
      }
      compare(ders_of(made), GetParam().suite, odd.oid + " " + odd.text + " in certificate " + std::to_string(which),
              tally);
    }
  }
  EXPECT_GT(tally.taken_by_both, 0U);
  EXPECT_GT(tally.refused_by_both, 0U);
  EXPECT_GT(tally.left_to_openssl, 0U);
  EXPECT_LT(not_issued, 20U);
}

TEST_P(StraightPathOf, TakesNoKeyAlgorithmOrTimeThatOpensslRefuses) {
  const Pki like = GetParam().make();
  Tally tally;
  using Change = std::function<void(Pki&, CertificateSpec&, crypto::PkeyPtr&)>;
  const std::vector<std::pair<std::string, Change>> changes = {
      {"P-384", [](Pki&, CertificateSpec&, crypto::PkeyPtr& key) { key = test::ec_key("P-384"); }},
      {"P-521", [](Pki&, CertificateSpec&, crypto::PkeyPtr& key) { key = test::ec_key("P-521"); }},
      {"RSA", [](Pki&, CertificateSpec&, crypto::PkeyPtr& key) { key = test::rsa_key(3072); }},
      {"SHA-384", [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.signing = test::Signing::sha384; }},
      {"SHA-224", [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.signing = test::Signing::sha224; }},
      {"no subject key id",
       [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) {
         spec.extensions = test::without(spec.extensions, "subjectKeyIdentifier");
       }},
      {"no authority key id",
       [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) {
         spec.extensions = test::without(spec.extensions, "authorityKeyIdentifier");
       }},
      {"after 2050",
       [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.not_after = *from_rfc3339("2061-01-01T00:00:00Z"); }},
      {"for ever",
       [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.not_after = *from_rfc3339("9999-12-31T23:59:59Z"); }},
      {"expired", [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.not_after = kNow; }},
      {"not yet valid",
       [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.not_before = kNow + std::chrono::seconds{1}; }},
      {"no subject", [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.no_subject = true; }},
      {"another issuer's name", [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.issuer_name = "other"; }},
      {"self-issued",
       [](Pki& pki, CertificateSpec& spec, crypto::PkeyPtr&) { spec.common_name = pki.root_spec.common_name; }},
      {"a serial number of zero", [](Pki&, CertificateSpec& spec, crypto::PkeyPtr&) { spec.serial = {0}; }},
  };
  for (const auto& [name, change] : changes) {
    for (int which = 0; which < 3; ++which) {
      Pki made = unissued(like);
      if (which == 0) {
        change(made, made.leaf_spec, made.leaf.key);
      } else if (which == 1) {
        change(made, made.ca_spec, made.ca.key);
      } else {
        change(made, made.root_spec, made.root.key);
      }
      try {
        made.make();
      } catch (const std::exception&) {
        continue;  // a key identifier of what has none
      }
      compare(ders_of(made), GetParam().suite, name + " in certificate " + std::to_string(which), tally);
    }
  }
  EXPECT_GT(tally.taken_by_both, 3U);
  EXPECT_GT(tally.refused_by_both, 10U);
}

TEST(StraightPath, LeavesEveryOtherShapeToOpenssl) {
  const Pki pki = test::intel_like();
  const Chain chain{test::parsed(pki.leaf.der), test::parsed(pki.ca.der), test::parsed(pki.root.der)};
  ASSERT_EQ(straight(chain).size(), 3U);

  EXPECT_TRUE(straight({chain[1], chain[0], chain[2]}).empty()) << "the order";
  EXPECT_TRUE(straight({chain[0], chain[0], chain[2]}).empty()) << "the leaf twice";
  EXPECT_TRUE(straight({chain[0], chain[2], chain[2]}).empty()) << "the root below itself";
  EXPECT_TRUE(straight({chain[2], chain[2], chain[2]}).empty()) << "nothing but the root";
  EXPECT_TRUE(straight({chain[0], chain[1], chain[1]}).empty()) << "the CA as anchor";

  const Pki other = test::intel_like();  // the same names, other keys
  EXPECT_TRUE(straight({chain[0], chain[1], test::parsed(other.root.der)}).empty());
  EXPECT_TRUE(straight({chain[0], test::parsed(other.ca.der), chain[2]}).empty());
  EXPECT_TRUE(straight({test::parsed(other.leaf.der), chain[1], chain[2]}).empty());

  PathQuestion question;
  question.leaf = chain[0];
  question.untrusted = {chain[1]};
  EXPECT_TRUE(find_straight_path(question, kNow).empty()) << "no anchors";
  const std::array two{chain[2], test::parsed(other.root.der)};
  question.anchors = two;
  EXPECT_TRUE(find_straight_path(question, kNow).empty()) << "two anchors of one name";
  const std::array one{chain[2]};
  question.anchors = one;
  question.max_intermediates = 0;
  EXPECT_TRUE(find_straight_path(question, kNow).empty()) << "too many intermediates";
}

TEST(StraightPath, LeavesIssuersThatMayNotIssueToOpenssl) {
  const auto path_when = [](const std::function<void(Pki&)>& change) {
    Pki pki = intel_like();
    change(pki);
    pki.make();
    return straight({test::parsed(pki.leaf.der), test::parsed(pki.ca.der), test::parsed(pki.root.der)}).size();
  };
  const auto replaced = [](CertificateSpec& spec, const ExtensionSpec& by) {
    spec.extensions = test::replaced(spec.extensions, by);
  };
  ASSERT_EQ(path_when([](Pki&) {}), 3U);
  for (CertificateSpec Pki::* const which : {&Pki::ca_spec, &Pki::root_spec}) {
    EXPECT_EQ(path_when([&](Pki& p) { replaced(p.*which, {"basicConstraints", "CA:FALSE", true}); }), 0U);
    EXPECT_EQ(path_when([&](Pki& p) { replaced(p.*which, {"keyUsage", "cRLSign", true}); }), 0U);
    EXPECT_EQ(path_when([&](Pki& p) { (p.*which).extensions = test::without((p.*which).extensions, "keyUsage"); }), 0U);
  }
  EXPECT_EQ(
      path_when([](Pki& p) { p.ca_spec.extensions = test::without(p.ca_spec.extensions, "authorityKeyIdentifier"); }),
      0U);
}

TEST(StraightPath, LeavesAChoiceBetweenTwoAnchorsToOpenssl) {
  const Pki pki = intel_like();
  const Pki other = intel_like();  // the same names, other keys
  const Chain chain{test::parsed(pki.leaf.der), test::parsed(pki.ca.der), test::parsed(pki.root.der)};
  PathQuestion question;
  question.leaf = chain[0];
  question.untrusted = {chain[1]};
  // The one that fits stands last.
  const std::array two{test::parsed(other.root.der), chain[2]};
  question.anchors = two;
  EXPECT_TRUE(find_straight_path(question, kNow).empty());
}

TEST(StraightPath, EndsWithTheShortestValidity) {
  Pki pki = test::intel_like();
  pki.leaf_spec.not_before = kNow - std::chrono::hours{1};
  pki.leaf_spec.not_after = kNow + std::chrono::hours{1};
  pki.make();
  const Chain chain{test::parsed(pki.leaf.der), test::parsed(pki.ca.der), test::parsed(pki.root.der)};
  for (const UtcTime at : {pki.leaf_spec.not_before - std::chrono::seconds{1}, pki.leaf_spec.not_before, kNow,
                           pki.leaf_spec.not_after - std::chrono::seconds{1}, pki.leaf_spec.not_after}) {
    const bool valid = at >= pki.leaf_spec.not_before && at < pki.leaf_spec.not_after;
    EXPECT_EQ(!straight(chain, at).empty(), valid);
    EXPECT_TRUE(!valid || openssl_accepts(chain, at));
  }
}

TEST(StraightPath, ChecksTheAnchorsOwnSignatureWhenAsked) {
  const Pki pki = test::intel_like();
  Bytes altered = pki.root.der;
  altered.back() ^= 1;  // in the last number of its signature
  const auto root = Certificate::parse(altered);
  ASSERT_TRUE(root.has_value());
  PathQuestion question;
  question.leaf = test::parsed(pki.leaf.der);
  question.untrusted = {test::parsed(pki.ca.der)};
  const std::array anchors{*root};
  question.anchors = anchors;
  EXPECT_FALSE(find_straight_path(question, kNow).empty()) << "a compiled-in anchor is what it is";
  question.check_anchor_signature = true;
  EXPECT_TRUE(find_straight_path(question, kNow).empty());
  EXPECT_FALSE(check_path(question).failures.empty());
}

// What the speed rests on.
TEST(StraightPath, IsThatOfGenuineChains) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  for (const test::VendorChain& genuine : test::vendor_chains()) {
    std::vector<CertificatePtr> chain;
    for (const Bytes& der : genuine.chain) {
      chain.push_back(test::parsed(der));
      if (chain.back()->is_plain()) {
        expect_same_reading(*chain.back(), genuine.name);
      }
    }
    // AWS's issuers of leaves had no key identifiers until 2022.
    if (genuine.name == "aws-nitro-2022") {
      continue;
    }
    const std::array anchors{chain.back()};
    PathQuestion question;
    question.leaf = chain.front();
    question.untrusted.assign(chain.begin() + 1, chain.end() - 1);
    question.anchors = anchors;
    question.max_intermediates = question.untrusted.size();
    EXPECT_EQ(find_straight_path(question, genuine.at).size(), chain.size()) << genuine.name;
  }
}

}  // namespace
}  // namespace tenzro::tee::x509
