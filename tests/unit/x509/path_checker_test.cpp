// SPDX-License-Identifier: Apache-2.0
// Path validation on chains made here, one defect each; every refusal with its own code.
#include "x509/path_checker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "made/pki.hpp"

namespace tenzro::tee::x509 {
namespace {

using test::issue;
using test::kNow;
using test::Pki;
using test::Signing;

std::string codes(const PathAnswer& answer) {
  std::string out;
  for (const Finding& finding : answer.failures) {
    out += (out.empty() ? "" : ",") + finding.code;
  }
  return out;
}

bool has_code(const PathAnswer& answer, std::string_view code) {
  return std::ranges::any_of(answer.failures, [&](const Finding& finding) { return finding.code == code; });
}

PathAnswer ask(const Pki& pki, const std::function<void(PathQuestion&)>& change = {}) {
  const std::vector anchors{test::parsed(pki.root.der)};
  PathQuestion question;
  question.leaf = test::parsed(pki.leaf.der);
  question.untrusted = {test::parsed(pki.ca.der)};
  question.anchors = anchors;
  question.check_anchor_signature = true;
  question.moment = {kNow};
  question.max_intermediates = 4;
  if (change) {
    change(question);
  }
  return check_path(question);
}

/// The answer for a chain whose specs were changed before it was made.
PathAnswer ask_changed(const std::function<void(Pki&)>& change) {
  Pki pki;
  change(pki);
  pki.make();
  return ask(pki);
}

std::string code_when(const std::function<void(Pki&)>& change) { return codes(ask_changed(change)); }

TEST(Path, OfAGoodChainIsAccepted) {
  Pki pki;
  pki.make();
  const PathAnswer answer = ask(pki);
  EXPECT_EQ(codes(answer), "");
  EXPECT_TRUE(answer.anchored);
  ASSERT_EQ(answer.path.size(), 3U);
  EXPECT_TRUE(std::ranges::equal(answer.path[0]->der(), pki.leaf.der));
  EXPECT_TRUE(std::ranges::equal(answer.path[2]->der(), pki.root.der));
}

TEST(Path, NeedsALeafAndAnAnchor) {
  Pki pki;
  pki.make();
  EXPECT_EQ(codes(check_path({})), "chain_length");
  EXPECT_EQ(codes(ask(pki, [](PathQuestion& q) { q.anchors = {}; })), "untrusted_root");
  EXPECT_EQ(codes(ask(pki, [](PathQuestion& q) { q.untrusted.clear(); })), "untrusted_root");
}

// ATTACK(X1) ATTACK(X2): the same names and key identifiers under other keys; the forged root is sent along.
TEST(Path, UnderAForgedRootOfTheSameNameIsRefused) {
  Pki genuine, forged;
  genuine.make();
  forged.make();
  const std::vector anchors{test::parsed(genuine.root.der)};
  const auto under_genuine = [&](PathQuestion& q) { q.anchors = anchors; };
  EXPECT_EQ(codes(ask(forged, under_genuine)), "untrusted_root");
  const PathAnswer sent_along = ask(forged, [&](PathQuestion& q) {
    q.anchors = anchors;
    q.untrusted.push_back(test::parsed(forged.root.der));
  });
  EXPECT_EQ(codes(sent_along), "untrusted_root");
  EXPECT_FALSE(sent_along.anchored);

  // Key identifiers copied too, so that only the signature tells.
  const CertificatePtr root = test::parsed(genuine.root.der);
  const Extension* id = root->extension("2.5.29.14");
  ASSERT_NE(id, nullptr);
  Pki copied;
  copied.root_spec.extensions = test::replaced(
      copied.root_spec.extensions, {"subjectKeyIdentifier", "", false, Bytes(id->value.begin(), id->value.end())});
  copied.make();
  const PathAnswer with_ids = ask(copied, [&](PathQuestion& q) {
    q.anchors = anchors;
    q.untrusted.push_back(test::parsed(copied.root.der));
  });
  EXPECT_EQ(codes(with_ids), "certificate_signature_invalid");
  EXPECT_FALSE(with_ids.anchored);
}

// Measured on OpenSSL 3.0: an anchor that issued itself is not looked at again unless asked to.
TEST(Path, ToACallersRootWithABrokenSelfSignatureIsRefused) {
  Pki pki;
  pki.make();
  pki.root.der.back() ^= 1;
  EXPECT_EQ(codes(ask(pki)), "certificate_signature_invalid");
  EXPECT_EQ(codes(ask(pki, [](PathQuestion& q) { q.check_anchor_signature = false; })), "");
}

// Measured on OpenSSL 3.0: with PARTIAL_CHAIN a leaf in the store is accepted unseen.
TEST(Path, NeedsARootForAnAnchor) {
  Pki pki;
  pki.make();
  const std::vector leaf_as_anchor{test::parsed(pki.leaf.der)};
  const std::vector ca_as_anchor{test::parsed(pki.ca.der)};
  EXPECT_EQ(codes(ask(pki, [&](PathQuestion& q) { q.anchors = leaf_as_anchor; })), "untrusted_root");
  EXPECT_EQ(codes(ask(pki, [&](PathQuestion& q) { q.anchors = ca_as_anchor; })), "untrusted_root");
}

TEST(Path, IsRefusedWhenTheLeafIsTheAnchorItself) {
  Pki pki;
  pki.make();
  const PathAnswer answer = ask(pki, [&](PathQuestion& q) { q.leaf = q.anchors[0]; });
  EXPECT_TRUE(has_code(answer, "untrusted_root")) << codes(answer);
  EXPECT_TRUE(has_code(answer, "leaf_is_ca")) << codes(answer);
  EXPECT_FALSE(answer.anchored);
}

TEST(Path, WithAFlippedSignatureIsRefused) {
  for (const auto which : {&Pki::leaf, &Pki::ca}) {
    Pki pki;
    pki.make();
    (pki.*which).der.back() ^= 1;
    EXPECT_EQ(codes(ask(pki)), "certificate_signature_invalid");
  }
}

// ATTACK(X5)
TEST(Path, ThroughAnIssuerThatIsNoCaIsRefused) {
  const auto ca_with = [](const test::ExtensionSpec& extension) {
    return code_when([&](Pki& p) { p.ca_spec.extensions = test::replaced(p.ca_spec.extensions, extension); });
  };
  const auto ca_without = [](std::string_view oid) {
    return code_when([&](Pki& p) { p.ca_spec.extensions = test::without(p.ca_spec.extensions, oid); });
  };
  EXPECT_EQ(ca_with({"basicConstraints", "CA:FALSE", true}), "issuer_not_ca");
  EXPECT_EQ(ca_with({"basicConstraints", "CA:TRUE", false}), "issuer_not_ca");
  EXPECT_EQ(ca_without("basicConstraints"), "issuer_not_ca");
  EXPECT_EQ(ca_without("keyUsage"), "issuer_not_ca");
  // Their children name some key all the same, as the rule under test is about the issuer alone.
  const test::ExtensionSpec some_key{"authorityKeyIdentifier", "", false, Bytes{0x30, 0x04, 0x80, 0x02, 0x01, 0x02}};
  EXPECT_EQ(code_when([&](Pki& p) {
              p.ca_spec.extensions = test::without(p.ca_spec.extensions, "subjectKeyIdentifier");
              p.leaf_spec.extensions = test::replaced(p.leaf_spec.extensions, some_key);
            }),
            "key_id_missing");
  EXPECT_EQ(code_when([&](Pki& p) {
              p.ca_spec.extensions =
                  test::replaced(p.ca_spec.extensions, {"subjectKeyIdentifier", "", false, Bytes{4, 0}});
              p.leaf_spec.extensions = test::without(p.leaf_spec.extensions, "authorityKeyIdentifier");
            }),
            "key_id_missing");
  EXPECT_EQ(ca_without("authorityKeyIdentifier"), "key_id_missing");
  // Nothing, or only a serial number.
  for (const Bytes& value : {Bytes{0x30, 0}, Bytes{0x30, 3, 0x82, 1, 0x11}}) {
    EXPECT_EQ(ca_with({"authorityKeyIdentifier", "", false, value}), "key_id_missing") << to_hex(value);
  }
  EXPECT_EQ(ca_with({"authorityKeyIdentifier", "keyid:always,issuer:always"}), "");
}

TEST(Path, MayLackKeyIdentifiersBelowTheNamedPlaceOnly) {
  Pki pki;
  pki.ca_spec.extensions = test::without(pki.ca_spec.extensions, "authorityKeyIdentifier");
  pki.make();
  EXPECT_EQ(codes(ask(pki)), "key_id_missing");
  EXPECT_EQ(codes(ask(pki, [](PathQuestion& q) { q.key_ids_from = 2; })), "");
}

TEST(Path, NeedsALeafThatNamesItsIssuersKeyWhereTheLeafCounts) {
  Pki pki;
  pki.leaf_spec.extensions = test::without(pki.leaf_spec.extensions, "authorityKeyIdentifier");
  pki.make();
  EXPECT_EQ(codes(ask(pki)), "");
  EXPECT_EQ(codes(ask(pki, [](PathQuestion& q) { q.key_ids_from = 0; })), "key_id_missing");
  pki.leaf_spec.extensions = test::without(test::leaf_extensions(), "subjectKeyIdentifier");
  pki.make();
  EXPECT_EQ(codes(ask(pki, [](PathQuestion& q) { q.key_ids_from = 0; })), "");
}

TEST(Path, ToARootThatIsNoCaIsRefused) {
  const auto root_with = [](const test::ExtensionSpec& extension) {
    return code_when([&](Pki& p) { p.root_spec.extensions = test::replaced(p.root_spec.extensions, extension); });
  };
  const auto root_without = [](std::string_view oid) {
    return code_when([&](Pki& p) { p.root_spec.extensions = test::without(p.root_spec.extensions, oid); });
  };
  EXPECT_EQ(root_with({"basicConstraints", "CA:FALSE", true}), "issuer_not_ca");
  EXPECT_EQ(root_with({"basicConstraints", "CA:TRUE", false}), "issuer_not_ca");
  EXPECT_EQ(root_with({"keyUsage", "cRLSign", true}), "issuer_not_ca");
  EXPECT_EQ(root_without("basicConstraints"), "issuer_not_ca");
  EXPECT_EQ(root_without("keyUsage"), "issuer_not_ca");
  const test::ExtensionSpec some_key{"authorityKeyIdentifier", "", false, Bytes{0x30, 0x04, 0x80, 0x02, 0x01, 0x02}};
  EXPECT_EQ(code_when([&](Pki& p) {
              p.root_spec.extensions = test::without(p.root_spec.extensions, "subjectKeyIdentifier");
              p.ca_spec.extensions = test::replaced(p.ca_spec.extensions, some_key);
            }),
            "key_id_missing");
}

// ATTACK(X5): a genuine leaf signs another one.
TEST(Path, ThroughALeafUsedAsIssuerIsRefused) {
  Pki pki;
  pki.make();
  test::CertificateSpec spec{.common_name = "minted", .extensions = test::leaf_extensions()};
  const test::Party minted = issue(spec, test::ec_key(), &pki.leaf);
  const PathAnswer answer = ask(pki, [&](PathQuestion& q) {
    q.untrusted.push_back(q.leaf);
    q.leaf = test::parsed(minted.der);
  });
  EXPECT_EQ(codes(answer), "issuer_not_ca");
}

// ATTACK(X6)
TEST(Path, LongerThanAPathLengthConstraintIsRefused) {
  Pki pki;
  pki.ca_spec.extensions = test::ca_extensions("CA:TRUE,pathlen:0");
  pki.make();
  EXPECT_EQ(codes(ask(pki)), "");
  test::CertificateSpec second{.common_name = "second", .extensions = test::ca_extensions()};
  const test::Party below = issue(second, test::ec_key(), &pki.ca);
  const test::Party leaf = issue(pki.leaf_spec, test::ec_key(), &below);
  const auto deeper = [&](PathQuestion& q) {
    q.untrusted.push_back(test::parsed(below.der));
    q.leaf = test::parsed(leaf.der);
  };
  EXPECT_EQ(codes(ask(pki, deeper)), "path_length_exceeded");

  EXPECT_EQ(code_when([](Pki& p) {
              p.root_spec.extensions =
                  test::replaced(test::root_extensions(), {"basicConstraints", "CA:TRUE,pathlen:0", true});
            }),
            "path_length_exceeded");
}

TEST(Path, WithMoreIntermediatesThanAskedForIsRefused) {
  Pki pki;
  pki.make();
  EXPECT_EQ(codes(ask(pki, [](PathQuestion& q) { q.max_intermediates = 1; })), "");
  EXPECT_EQ(codes(ask(pki, [](PathQuestion& q) { q.max_intermediates = 0; })), "chain_length");
}

// ATTACK(X7)
TEST(Path, WithWrongKeyUsagesIsRefused) {
  const auto leaf_usage = [](const char* usage) {
    return code_when(
        [&](Pki& p) { p.leaf_spec.extensions = test::replaced(p.leaf_spec.extensions, {"keyUsage", usage, true}); });
  };
  EXPECT_EQ(leaf_usage("keyEncipherment"), "leaf_key_usage");
  EXPECT_EQ(leaf_usage("digitalSignature,keyCertSign"), "leaf_key_usage");
  EXPECT_EQ(leaf_usage("digitalSignature,nonRepudiation"), "");
  EXPECT_EQ(code_when([](Pki& p) {
              p.ca_spec.extensions = test::replaced(p.ca_spec.extensions, {"keyUsage", "digitalSignature", true});
            }),
            "issuer_not_ca");
}

TEST(Path, OfALeafWithoutAnyExtensionIsAccepted) {
  // AMD's leaves have neither basic constraints, key usage nor key identifiers.
  EXPECT_EQ(code_when([](Pki& p) { p.leaf_spec.extensions = {}; }), "");
}

TEST(Path, OfALeafThatIsACaIsRefused) {
  EXPECT_EQ(code_when([](Pki& p) {
              p.leaf_spec.extensions = test::replaced(p.leaf_spec.extensions, {"basicConstraints", "CA:TRUE", true});
            }),
            "leaf_is_ca");
}

// ATTACK(X8)
TEST(Path, WithNameOrPolicyConstraintsIsRefused) {
  const test::ExtensionSpec names{"nameConstraints", "permitted;DNS:example.com", true};
  const test::ExtensionSpec policies{"policyConstraints", "requireExplicitPolicy:0", true};
  for (const auto spec : {&Pki::root_spec, &Pki::ca_spec}) {
    EXPECT_EQ(code_when([&](Pki& p) { (p.*spec).extensions = test::with((p.*spec).extensions, names); }),
              "name_constraints");
    EXPECT_EQ(code_when([&](Pki& p) { (p.*spec).extensions = test::with((p.*spec).extensions, policies); }),
              "policy_constraints");
  }
  EXPECT_EQ(code_when([](Pki& p) {
              p.ca_spec.extensions = test::with(p.ca_spec.extensions, {"inhibitAnyPolicy", "0", true});
            }),
            "policy_constraints");
}

// ATTACK(X9)
TEST(Path, WithAnUnknownCriticalExtensionAnywhereIsRefused) {
  const test::ExtensionSpec unknown{"1.3.6.1.4.1.99999.1", "", true, Bytes{0x05, 0x00}};
  test::ExtensionSpec harmless = unknown;
  harmless.critical = false;
  for (const auto spec : {&Pki::leaf_spec, &Pki::ca_spec, &Pki::root_spec}) {
    EXPECT_EQ(code_when([&](Pki& p) { (p.*spec).extensions = test::with((p.*spec).extensions, unknown); }),
              "unknown_critical_extension");
    EXPECT_EQ(code_when([&](Pki& p) { (p.*spec).extensions = test::with((p.*spec).extensions, harmless); }), "");
  }
}

// ATTACK(X13)
TEST(Path, WithWeakKeysOrAlgorithmsIsRefused) {
  EXPECT_EQ(code_when([](Pki& p) { p.leaf_spec.signing = Signing::sha1; }), "signature_algorithm_not_allowed");
  EXPECT_EQ(code_when([](Pki& p) { p.ca_spec.signing = Signing::sha224; }), "signature_algorithm_not_allowed");
  EXPECT_EQ(code_when([](Pki& p) { p.leaf.key = test::rsa_key(2048); }), "key_not_allowed");
  EXPECT_EQ(code_when([](Pki& p) { p.leaf.key = test::ec_key("P-521"); }), "key_not_allowed");
  EXPECT_EQ(code_when([](Pki& p) { p.leaf.key = test::ec_key("secp256k1"); }), "key_not_allowed");
  EXPECT_EQ(code_when([](Pki& p) { p.leaf.key = test::ed25519_key(); }), "key_not_allowed");
  EXPECT_EQ(code_when([](Pki& p) {
              p.ca.key = test::rsa_key(2048);
              p.leaf_spec.signing = Signing::pkcs1_sha256;
            }),
            "key_not_allowed");
}

// ATTACK(X13): one suite a vendor; what is strong but not the vendor's is refused as well.
TEST(Path, OutsideTheVendorsSuiteIsRefused) {
  const auto under = [](const Pki& pki, SignatureSuite suite) {
    return ask(pki, [&](PathQuestion& q) { q.suite = suite; });
  };
  Pki p256;
  p256.make();
  EXPECT_EQ(codes(under(p256, SignatureSuite::ecdsa_p256_sha256)), "");
  EXPECT_TRUE(has_code(under(p256, SignatureSuite::ecdsa_p384_sha384), "key_not_allowed"));
  EXPECT_TRUE(has_code(under(p256, SignatureSuite::ecdsa_p384_sha384), "signature_algorithm_not_allowed"));
  EXPECT_TRUE(has_code(under(p256, SignatureSuite::rsa_pss_sha384), "key_not_allowed"));

  Pki p384;
  p384.root.key = test::ec_key("P-384");
  p384.ca.key = test::ec_key("P-384");
  p384.leaf.key = test::ec_key("P-384");
  for (const auto spec : {&Pki::root_spec, &Pki::ca_spec, &Pki::leaf_spec}) {
    (p384.*spec).signing = Signing::sha384;
  }
  p384.make();
  EXPECT_EQ(codes(under(p384, SignatureSuite::ecdsa_p384_sha384)), "");
  EXPECT_TRUE(has_code(under(p384, SignatureSuite::ecdsa_p256_sha256), "key_not_allowed"));

  // A P-256 key that signs with SHA-384 is not Intel's way.
  Pki mixed;
  mixed.leaf_spec.signing = Signing::sha384;
  mixed.make();
  EXPECT_EQ(codes(under(mixed, SignatureSuite::ecdsa_p256_sha256)), "signature_algorithm_not_allowed");
}

// ATTACK(X13): measured on OpenSSL 3.0 at level 3, all of these are accepted without our own look at the parameters.
TEST(Path, WithOtherPssParametersThanAmdsIsRefused) {
  Pki pki;
  pki.root.key = test::rsa_key(3072);
  pki.ca.key = test::rsa_key(3072);
  pki.leaf.key = test::ec_key("P-384");
  pki.root_spec.signing = pki.ca_spec.signing = pki.leaf_spec.signing = Signing::pss_sha384;
  pki.make();
  const auto amd = [](PathQuestion& q) { q.suite = SignatureSuite::rsa_pss_sha384; };
  EXPECT_EQ(codes(ask(pki, amd)), "");
  for (const Signing signing : {Signing::pss_salt_0, Signing::pss_mgf1_sha1, Signing::pkcs1_sha256, Signing::sha384}) {
    pki.leaf_spec.signing = signing;
    pki.make();
    EXPECT_EQ(codes(ask(pki, amd)), "signature_algorithm_not_allowed");
  }
  pki.leaf_spec.signing = Signing::pss_sha384;
  pki.leaf.key = test::ec_key("P-256");
  pki.make();
  EXPECT_EQ(codes(ask(pki, amd)), "key_not_allowed");
}

// ATTACK(X15)
TEST(Path, AmongAHundredIssuersOfOneNameIsFoundQuickly) {
  Pki pki;
  pki.make();
  std::vector<CertificatePtr> crowd;
  for (int i = 0; i < 100; ++i) {
    test::CertificateSpec spec = pki.ca_spec;
    spec.extensions = test::without(spec.extensions, "subjectKeyIdentifier");
    crowd.push_back(test::parsed(issue(spec, test::ec_key(), &pki.root).der));
  }
  const auto before = std::chrono::steady_clock::now();
  const PathAnswer lost = ask(pki, [&](PathQuestion& q) { q.untrusted = crowd; });
  EXPECT_FALSE(lost.failures.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{1});
}

// ATTACK(X15): two authorities that certify each other and nobody else.
TEST(Path, ThroughACycleIsRefused) {
  Pki pki;
  pki.make();
  test::CertificateSpec a{.common_name = "a", .issuer_name = "b", .extensions = test::ca_extensions()};
  test::CertificateSpec b{.common_name = "b", .extensions = test::ca_extensions()};
  a.extensions = test::without(a.extensions, "authorityKeyIdentifier");
  const test::Party party_a = issue(a, test::ec_key(), nullptr);
  const test::Party party_b = issue(b, test::ec_key(), &party_a);
  const test::Party leaf = issue(pki.leaf_spec, test::ec_key(), &party_a);
  const PathAnswer answer = ask(pki, [&](PathQuestion& q) {
    q.untrusted = {test::parsed(party_a.der), test::parsed(party_b.der)};
    q.leaf = test::parsed(leaf.der);
  });
  EXPECT_EQ(codes(answer), "untrusted_root");
}

TEST(Path, OfALeafWithAnEmptyExtendedKeyUsageIsRefused) {
  EXPECT_EQ(code_when([](Pki& p) {
              p.leaf_spec.extensions =
                  test::with(p.leaf_spec.extensions, {"extendedKeyUsage", "", false, Bytes{0x30, 0x00}});
            }),
            "certificate_malformed");
}

TEST(Path, OfALeafWithoutASubjectNeedsACriticalAlternativeName) {
  const auto leaf = [](bool critical) {
    return code_when([&](Pki& p) {
      p.leaf_spec.no_subject = true;
      p.leaf_spec.extensions = test::with(p.leaf_spec.extensions, {"subjectAltName", "DNS:example.com", critical});
    });
  };
  EXPECT_EQ(leaf(true), "");
  EXPECT_EQ(leaf(false), "name_missing");
}

// A signature is no identifier: (r, n - s) verifies where (r, s) does, so the same certificate has two forms.
TEST(Path, AcceptsBothFormsOfAnEcdsaSignature) {
  Pki pki;
  pki.make();
  // Only the fact that nothing is keyed by signature bytes matters here: two leaves with one body are two certificates.
  const test::Party again = issue(pki.leaf_spec, std::move(pki.leaf.key), &pki.ca);
  EXPECT_NE(again.der, pki.leaf.der);  // ATTACK(X19)
  EXPECT_EQ(codes(ask(pki, [&](PathQuestion& q) { q.leaf = test::parsed(again.der); })), "");
}

}  // namespace
}  // namespace tenzro::tee::x509
