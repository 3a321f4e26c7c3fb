// SPDX-License-Identifier: Apache-2.0
// Our judgement of a path beside OpenSSL's of the same bytes, in both directions, over genuine chains and made ones of
// each vendor's shape, altered, and the made ones signed again. What OpenSSL refuses we refuse. What we refuse and it
// does not must be refused for a reason that stands below; any other reason fails the test.
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/vectors.hpp"
#include "vendor_chains.hpp"
#include "vendor_shapes.hpp"
#include "x509/anchor_set.hpp"
#include "x509/asn1_parts.hpp"
#include "x509/chain_checker.hpp"

namespace tenzro::tee::x509 {
namespace {

using test::ExtensionSpec;
using test::Pki;
using test::Shape;

/// Where we are stricter: the start of our reader's message, or the code of our finding, and why.
const std::map<std::string, std::string>& stricter() {
  static const std::map<std::string, std::string> all = {
      {"certificate_order", "a chain is as it was sent: leaf first, each the issuer of the one before"},
      {"certificate_duplicated", "a chain has each certificate once"},
      {"certificate_name", "a vendor's names are fixed"},
      {"certificate_unused", "every certificate that was sent must be used"},
      {"chain_length", "a vendor's chains have one length"},
      {"root_mismatch", "a root that was sent must be the pinned one, byte for byte"},
      {"signature_algorithm_not_allowed", "a vendor signs with one algorithm"},
      {"key_not_allowed", "a vendor's keys are of one kind"},
      {"key_id_missing", "RFC 5280 wants key identifiers of issuers; OpenSSL only with its strict flag"},
      {"issuer_not_ca", "basic constraints of an issuer must be critical, and its key usage must be there"},
      {"leaf_is_ca", "a CA's certificate signs no evidence"},
      {"leaf_key_usage", "a leaf must be for signatures, and not for certificates"},
      {"name_constraints", "no vendor uses them"},
      {"policy_constraints", "no vendor uses them"},
      {"name_missing", "RFC 5280 wants an issuer's name, and a subject's"},
      {"certificate_malformed", "an extension that lists nothing: no name, place, purpose or policy"},
      // Of the reader.
      {"DER", "OpenSSL takes BER in places"},
      {"version", "only version 3 certificates have extensions"},
      {"serial number", "RFC 5280: positive, at most 20 bytes"},
      {"name", "an attribute of a name that is no DER string, or an empty set"},
      {"time", "RFC 5280: times in UTC, with seconds, in the form of their year"},
      {"extensions", "an extension twice, an empty list, or a form that OpenSSL does not look into"},
      {"key", "a public key that OpenSSL looks into only when it is used"},
      {"unused bits", "bits of a signature or key that nobody reads"}};
  return all;
}

/// The class of what our reader says.
std::string class_of(const std::string& message) {
  const std::pair<const char*, const char*> kParts[] = {{"serial", "serial number"},
                                                        {"version", "version"},
                                                        {"nused bits", "unused bits"},
                                                        {"notBefore", "time"},
                                                        {"notAfter", "time"},
                                                        {"validity", "time"},
                                                        {"xtension", "extensions"},
                                                        {"ublic key", "key"},
                                                        {"subjectPublicKey", "key"},
                                                        {"curve", "key"},
                                                        {"name:", "name"},
                                                        {"name", "name"}};
  for (const auto& [part, name] : kParts) {
    if (message.find(part) != std::string::npos) {
      return name;
    }
  }
  return "DER";
}

struct Tally {
  std::size_t compared = 0, taken_by_both = 0, refused_by_both = 0;
  std::map<std::string, std::size_t> stricter{};

  void print(const std::string& name) const {
    std::cout << name << ": " << compared << " chains, " << taken_by_both << " taken by both, " << refused_by_both
              << " refused by both";
    for (const auto& [what, count] : stricter) {
      std::cout << ", " << count << " by us alone: " << what;
    }
    std::cout << "\n";
  }
};

struct FreeX509s {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};
using X509s = std::unique_ptr<STACK_OF(X509), FreeX509s>;

crypto::X509Ptr read(const Bytes& der) {
  const unsigned char* at = der.data();
  crypto::X509Ptr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return at == der.data() + der.size() ? std::move(out) : nullptr;
}

/// As `openssl verify -x509_strict -auth_level 3` would: its own objects, from the bytes. Strict only where the leaf
/// has the identifier without which that flag refuses it: AMD's and AWS's have none.
bool openssl_takes(const std::vector<Bytes>& chain, const Bytes& anchor, UtcTime at) {
  const crypto::StorePtr store(X509_STORE_new());
  const X509s untrusted(sk_X509_new_null());
  const crypto::StoreCtxPtr ctx(X509_STORE_CTX_new());
  const crypto::X509Ptr root = read(anchor), leaf = read(chain.front());
  if (!root || !leaf) {
    return false;
  }
  X509_STORE_add_cert(store.get(), root.get());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    crypto::X509Ptr one = read(chain[i]);
    if (!one) {
      return false;
    }
    sk_X509_push(untrusted.get(), one.release());
  }
  X509_STORE_CTX_init(ctx.get(), store.get(), leaf.get(), untrusted.get());
  X509_VERIFY_PARAM* const param = X509_STORE_CTX_get0_param(ctx.get());
  if (X509_get0_authority_key_id(leaf.get()) != nullptr) {
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  }
  X509_VERIFY_PARAM_set_auth_level(param, 3);
  X509_VERIFY_PARAM_set_time(param, static_cast<std::time_t>(at.time_since_epoch().count()));
  return X509_verify_cert(ctx.get()) == 1 && X509_STORE_CTX_get_error(ctx.get()) == X509_V_OK;
}

/// Ours: empty where it is taken, otherwise the classes of what is wrong.
using Ours = std::function<std::vector<std::string>(const std::vector<CertificatePtr>&)>;

void compare(const std::vector<Bytes>& chain, const Bytes& anchor, UtcTime at, const Ours& judge,
             const std::string& what, Tally& tally) {
  ++tally.compared;
  std::vector<std::string> reasons;
  std::vector<CertificatePtr> parsed;
  for (const Bytes& der : chain) {
    auto certificate = Certificate::parse(der);
    if (!certificate) {
      reasons.push_back(class_of(certificate.error().message()));
      break;
    }
    parsed.push_back(*std::move(certificate));
  }
  if (reasons.empty()) {
    reasons = judge(parsed);
  }
  const bool theirs = openssl_takes(chain, anchor, at);
  EXPECT_TRUE(!reasons.empty() || theirs) << what << ": taken by us alone";
  tally.taken_by_both += reasons.empty() && theirs ? 1 : 0;
  tally.refused_by_both += !reasons.empty() && !theirs ? 1 : 0;
  if (theirs && !reasons.empty()) {
    ++tally.stricter[reasons.front()];
    EXPECT_TRUE(stricter().contains(reasons.front())) << what << ": refused by us alone for " << reasons.front();
  }
}

std::vector<std::string> codes_of(std::span<const Finding> findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    out.push_back(finding.code);
  }
  return out;
}

/// No divisor of 8: every bit position gets its turn.
std::size_t stride(std::size_t ordinary) {
  const char* const asked = std::getenv("TENZRO_TEST_STRIDE");
  const int value = asked == nullptr ? 0 : std::atoi(asked);
  return value > 0 ? static_cast<std::size_t>(value) : ordinary;
}

// --- Made chains, signed again

class PathBesideOpenssl : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Vendor, PathBesideOpenssl,
                         testing::Values(test::kIntelLike, test::kAwsLike, test::kAmdLike, test::kNvidiaLike),
                         [](const auto& shape) { return shape.param.name; });

PathAnswer judge(const std::vector<CertificatePtr>& chain, const CertificatePtr& anchor, SignatureSuite suite) {
  const std::array anchors{anchor};
  PathQuestion question;
  question.leaf = chain[0];
  question.untrusted = {chain[1]};
  question.anchors = anchors;
  question.moment.at = test::kNow;
  question.suite = suite;
  return check_path(question);
}

TEST_P(PathBesideOpenssl, TakesNothingThatItRefusesAndSaysWhyItRefusesMore) {
  const SignatureSuite suite = GetParam().suite;
  const Pki pki = GetParam().make();
  const std::array<EVP_PKEY*, 2> signers{pki.ca.key.get(), pki.root.key.get()};
  const auto anchor = test::parsed(pki.root.der);
  const Ours ours = [&](const std::vector<CertificatePtr>& chain) {
    return codes_of(judge(chain, anchor, suite).failures);
  };
  Tally tally;
  compare({pki.leaf.der, pki.ca.der}, pki.root.der, test::kNow, ours, "as issued", tally);
  ASSERT_EQ(tally.taken_by_both, 1U);
  for (std::size_t which = 0; which < 2; ++which) {
    std::vector<Bytes> chain = {pki.leaf.der, pki.ca.der};
    const auto good = test::parsed(chain[which]);
    const Bytes algorithm = test::algorithm_of(chain[which]);
    Bytes tbs(good->signed_bytes().begin(), good->signed_bytes().end());
    for (std::size_t bit = 0; bit < tbs.size() * 8; bit += stride(37) * GetParam().pace) {
      const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
      tbs[bit / 8] ^= mask;
      chain[which] = test::sign_again(tbs, algorithm, suite, signers[which]);
      compare(chain, pki.root.der, test::kNow, ours,
              "certificate " + std::to_string(which) + ", bit " + std::to_string(bit), tally);
      tbs[bit / 8] ^= mask;
    }
  }
  tally.print(GetParam().name);
  EXPECT_GT(tally.refused_by_both, 0U);
}

/// What no single bit makes of a good chain: some of it OpenSSL refuses with its strict flag only, and some never.
TEST(MadeChainsBesideOpenssl, AreRefusedForWhatAnExtensionMayNotSay) {
  const Bytes nothing = {0x30, 0x00};
  const ExtensionSpec cases[] = {{"subjectAltName", "", false, nothing},
                                 {"subjectAltName", "", true, nothing},
                                 {"issuerAltName", "", false, nothing},
                                 {"crlDistributionPoints", "", false, nothing},
                                 {"certificatePolicies", "", false, nothing},
                                 {"extendedKeyUsage", "", false, nothing},
                                 {"authorityInfoAccess", "", false, nothing},
                                 // No list, and no DER.
                                 {"issuerAltName", "", false, Bytes{0x04, 0x01, 0x00}},
                                 {"issuerAltName", "", false, Bytes{0x30, 0x02, 0x00}},
                                 {"subjectKeyIdentifier", "hash", true},
                                 {"authorityKeyIdentifier", "keyid:always", true},
                                 {"keyUsage", "", true, Bytes{0x03, 0x02, 0x07, 0x00}},
                                 // A path length without CA.
                                 {"basicConstraints", "", true, Bytes{0x30, 0x03, 0x02, 0x01, 0x00}}};
  Tally tally;
  for (const ExtensionSpec& extension : cases) {
    for (const bool in_leaf : {true, false}) {
      Pki pki;
      auto& spec = in_leaf ? pki.leaf_spec : pki.ca_spec;
      spec.extensions = test::with(test::without(spec.extensions, extension.oid), extension);
      pki.make();
      const auto anchor = test::parsed(pki.root.der);
      const Ours ours = [&](const std::vector<CertificatePtr>& chain) {
        return codes_of(judge(chain, anchor, SignatureSuite::any_strong).failures);
      };
      compare({pki.leaf.der, pki.ca.der}, pki.root.der, test::kNow, ours,
              extension.oid + (in_leaf ? ", leaf" : ", issuer"), tally);
    }
  }
  EXPECT_EQ(tally.taken_by_both, 0U);
  EXPECT_EQ(tally.compared, 2 * std::size(cases));
}

// --- Genuine chains

TEST(GenuineChainsBesideOpenssl, AreJudgedAlikeWhateverIsAltered) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  for (const test::VendorChain& vendor : test::vendor_chains()) {
    Tally tally;
    const Bytes& anchor = vendor.chain.back();
    const auto compare_at = [&](const std::vector<Bytes>& chain, UtcTime at, const std::string& what) {
      const Ours judge = [&](const std::vector<CertificatePtr>& certificates) {
        return codes_of(
            ChainChecker::check(certificates, vendor.platform, vendor.role, AnchorSet::pinned(), {at}).failures());
      };
      compare(chain, anchor, at, judge, vendor.name + ", " + what, tally);
    };
    compare_at(vendor.chain, vendor.at, "as issued");
    EXPECT_EQ(tally.taken_by_both, 1U) << vendor.name;
    // Every limit of every validity, a second around it.
    for (const Bytes& der : vendor.chain) {
      const auto certificate = test::parsed(der);
      for (const UtcTime limit : {certificate->not_before(), certificate->not_after()}) {
        for (const int by : {-1, 0, 1}) {
          compare_at(vendor.chain, limit + std::chrono::seconds{by}, "at a limit");
        }
      }
    }
    // Another order, something missing, something twice.
    for (std::size_t i = 0; i < vendor.chain.size(); ++i) {
      std::vector<Bytes> chain = vendor.chain;
      chain.erase(chain.begin() + static_cast<std::ptrdiff_t>(i));
      compare_at(chain, vendor.at, "one missing");
      chain = vendor.chain;
      chain.insert(chain.end(), chain[i]);
      compare_at(chain, vendor.at, "one twice");
      chain = vendor.chain;
      std::swap(chain[i], chain[(i + 1) % chain.size()]);
      compare_at(chain, vendor.at, "another order");
    }
    // A bit anywhere.
    for (std::size_t which = 0; which < vendor.chain.size(); ++which) {
      std::vector<Bytes> chain = vendor.chain;
      for (std::size_t bit = 0; bit < chain[which].size() * 8; bit += stride(397)) {
        const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
        chain[which][bit / 8] ^= mask;
        compare_at(chain, vendor.at, "certificate " + std::to_string(which) + ", bit " + std::to_string(bit));
        chain[which][bit / 8] ^= mask;
      }
    }
    tally.print(vendor.name);
  }
}

}  // namespace
}  // namespace tenzro::tee::x509
