// SPDX-License-Identifier: Apache-2.0
// Revocation lists: complete, current, signed by their issuer, and nothing else.
#include "x509/crl.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "made/pki.hpp"
#include "support/vectors.hpp"
#include "x509/embedded_certificates.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::x509 {
namespace {

using std::chrono::seconds;
using test::issue_list;
using test::kEnd;
using test::kNow;
using test::kStart;
using test::ListSpec;
using test::Pki;

constexpr seconds kNone{0};

std::string codes(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.check, "revocation");
    out += (out.empty() ? "" : ",") + finding.code;
  }
  return out;
}

ListSpec good_list() {
  ListSpec spec;
  spec.extensions = test::list_extensions();
  return spec;
}

/// The codes for a list of the root that was changed before it was made.
std::string code_when(const std::function<void(ListSpec&)>& change) {
  static const Pki pki = std::move(Pki().make());
  ListSpec spec = good_list();
  change(spec);
  const auto list = test::parsed_list(issue_list(spec, pki.root));
  return list ? codes(list->check(*test::parsed(pki.root.der), kNow, kNone)) : "unreadable";
}

std::string code_with(test::ExtensionSpec extension) {
  return code_when([&](ListSpec& spec) { spec.extensions.push_back(std::move(extension)); });
}

TEST(RevocationList, ReadsItsFields) {
  Pki pki;
  pki.make();
  ListSpec spec = good_list();
  spec.entries = {{{0x02}}, {{0x80, 0x01}}, {{0x01, 0x00}}};
  const auto list = test::parsed_list(issue_list(spec, pki.root));
  EXPECT_EQ(list->issuer_common_name(), "root");
  EXPECT_EQ(list->this_update(), kStart);
  ASSERT_TRUE(list->next_update().has_value());
  EXPECT_EQ(*list->next_update(), kEnd);
  ASSERT_TRUE(list->number().has_value());
  EXPECT_EQ(to_hex(*list->number()), "07");
  EXPECT_EQ(list->revoked_count(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(list->revoked_serials()));
  EXPECT_EQ(codes(list->check(*test::parsed(pki.root.der), kNow, kNone)), "");
}

TEST(RevocationList, FindsSerialsWhateverTheirLeadingZeros) {
  Pki pki;
  pki.make();
  ListSpec spec = good_list();
  spec.entries = {{{0x80, 0x01}}, {{0x05}}, {{}}};
  const auto list = test::parsed_list(issue_list(spec, pki.root));
  EXPECT_TRUE(list->revokes(Bytes{0x00, 0x80, 0x01}));
  EXPECT_TRUE(list->revokes(Bytes{0x80, 0x01}));
  EXPECT_TRUE(list->revokes(Bytes{0x00, 0x00, 0x05}));
  EXPECT_TRUE(list->revokes(Bytes{0x00}));
  EXPECT_FALSE(list->revokes(Bytes{0x06}));
  EXPECT_FALSE(list->revokes(Bytes{0x05, 0x00}));
  EXPECT_FALSE(list->revokes(Bytes{0x01, 0x80, 0x01}));
}

// ATTACK(X11): whatever the reason, removeFromCRL and certificateHold among them.
TEST(RevocationList, RevokesForAnyReason) {
  Pki pki;
  pki.make();
  for (const std::uint8_t reason :
       {std::uint8_t{0}, std::uint8_t{1}, std::uint8_t{6}, std::uint8_t{8}, std::uint8_t{10}}) {
    ListSpec spec = good_list();
    spec.entries = {{{0x33}, {{"CRLReason", "", false, Bytes{0x0a, 0x01, reason}}}}};
    const auto list = test::parsed_list(issue_list(spec, pki.ca));
    EXPECT_TRUE(list->revokes(test::parsed(pki.leaf.der)->serial())) << int{reason};
  }
}

// ATTACK(X12)
TEST(RevocationList, OfAnotherIssuerIsRefused) {
  Pki pki;
  pki.make();
  const auto list = test::parsed_list(issue_list(good_list(), pki.root));
  EXPECT_EQ(codes(list->check(*test::parsed(pki.ca.der), kNow, kNone)), "crl_issuer_mismatch");
}

// ATTACK(X12)
TEST(RevocationList, SignedByAnotherKeyIsRefused) {
  Pki pki, other;
  pki.make();
  other.make();
  const auto list = test::parsed_list(issue_list(good_list(), other.root));
  EXPECT_EQ(codes(list->check(*test::parsed(pki.root.der), kNow, kNone)), "crl_signature_invalid");
}

TEST(RevocationList, WithAnyBitOfItsSignedPartFlippedIsRefused) {
  Pki pki;
  pki.make();
  ListSpec spec = good_list();
  spec.entries = {{{0x33}}};
  const Bytes der = issue_list(spec, pki.root);
  const CertificatePtr root = test::parsed(pki.root.der);
  for (std::size_t bit = 0; bit < der.size() * 8; ++bit) {
    Bytes changed = der;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    const auto list = RevocationList::parse(changed);
    if (list) {
      EXPECT_NE(codes((*list)->check(*root, kNow, kNone)), "") << bit;
    }
  }
}

// ATTACK(X7)
TEST(RevocationList, OfAnIssuerThatMayNotSignListsIsRefused) {
  for (const char* usage : {"keyCertSign", ""}) {
    Pki pki;
    pki.root_spec.extensions = test::without(test::root_extensions(), "keyUsage");
    if (*usage != 0) {
      pki.root_spec.extensions.push_back({"keyUsage", usage, true});
    }
    pki.make();
    const auto list = test::parsed_list(issue_list(good_list(), pki.root));
    EXPECT_EQ(codes(list->check(*test::parsed(pki.root.der), kNow, kNone)), "crl_signer_not_allowed");
  }
}

// ATTACK(X12)
TEST(RevocationList, IsValidFromThisUpdateUntilNextUpdate) {
  Pki pki;
  pki.make();
  const CertificatePtr root = test::parsed(pki.root.der);
  const auto list = test::parsed_list(issue_list(good_list(), pki.root));
  const auto at = [&](UtcTime time, seconds skew) { return codes(list->check(*root, time, skew)); };
  constexpr seconds kSkew{120}, kSecond{1};
  EXPECT_EQ(at(kStart, kNone), "");
  EXPECT_EQ(at(kStart - kSecond, kNone), "collateral_not_yet_valid");
  EXPECT_EQ(at(kStart - kSkew, kSkew), "");
  EXPECT_EQ(at(kStart - kSkew - kSecond, kSkew), "collateral_not_yet_valid");
  for (const seconds skew : {kNone, kSkew}) {
    EXPECT_EQ(at(kEnd - kSecond, skew), "");
    EXPECT_EQ(at(kEnd, skew), "collateral_expired");
    EXPECT_EQ(at(kEnd + kSecond, skew), "collateral_expired");
  }
}

// ATTACK(X12)
TEST(RevocationList, WithoutWhatMakesItCompleteIsRefused) {
  EXPECT_EQ(code_when([](ListSpec&) {}), "");
  EXPECT_EQ(code_when([](ListSpec& s) { s.next_update.reset(); }), "crl_no_next_update");
  EXPECT_EQ(code_when([](ListSpec& s) { s.extensions = test::without(s.extensions, "crlNumber"); }), "crl_no_number");
  EXPECT_EQ(code_when([](ListSpec& s) { s.extensions = test::without(s.extensions, "authorityKeyIdentifier"); }),
            "crl_no_authority_key_id");
  EXPECT_EQ(code_when([](ListSpec& s) { s.signing = test::Signing::sha1; }), "crl_signature_algorithm");
  EXPECT_EQ(code_when([](ListSpec& s) { s.signing = test::Signing::sha384; }), "crl_signature_algorithm");
}

// ATTACK(X12). Found by the fuzz target chain_resigned (seeds/chain_resigned/other_key_id.bin): a list with a good
// signature that names another key.
TEST(RevocationList, ThatNamesAnotherKeyIsRefused) {
  const auto named = [](Bytes value) {
    return code_when([&](ListSpec& s) {
      s.extensions = test::replaced(s.extensions, {"authorityKeyIdentifier", "", false, value});
    });
  };
  Bytes other{0x30, 0x16, 0x80, 0x14};
  other.resize(other.size() + 20, 0x5a);
  EXPECT_EQ(named(other), "crl_issuer_mismatch");
  EXPECT_EQ(named({0x30, 0x00}), "crl_no_authority_key_id");
  EXPECT_EQ(named({0x30, 0x02, 0x80, 0x00}), "crl_no_authority_key_id");
  EXPECT_EQ(named({0x30, 0x0b, 0xa1, 0x06, 0xa4, 0x04, 0x30, 0x02, 0x31, 0x00, 0x82, 0x01, 0x11}),
            "crl_no_authority_key_id");
}

// ATTACK(X12) ATTACK(X9): OpenSSL 3.0 takes a delta list for a complete one.
TEST(RevocationList, OfPartOfTheCertificatesIsRefused) {
  for (const bool critical : {true, false}) {
    EXPECT_EQ(code_with({"deltaCRL", "", critical, Bytes{0x02, 0x01, 0x01}}), "crl_delta");
    EXPECT_EQ(code_with({"issuingDistributionPoint", "", critical, Bytes{0x30, 0x03, 0x84, 0x01, 0xff}}),
              "crl_indirect");
    EXPECT_EQ(code_with({"issuingDistributionPoint", "", critical, Bytes{0x30, 0x03, 0x81, 0x01, 0xff}}),
              "crl_partial");
    EXPECT_EQ(code_with({"issuingDistributionPoint", "", critical, Bytes{0x30, 0x03, 0x82, 0x01, 0xff}}),
              "crl_partial");
    EXPECT_EQ(code_with({"issuingDistributionPoint", "", critical, Bytes{0x30, 0x04, 0x83, 0x02, 0x00, 0x80}}),
              "crl_partial");
    EXPECT_EQ(code_with({"issuingDistributionPoint", "", critical, Bytes{0x30, 0x00}}), "crl_partial");
  }
  EXPECT_EQ(code_with({"1.3.6.1.4.1.99999.1", "", true, Bytes{0x05, 0x00}}), "crl_unknown_critical_extension");
  EXPECT_EQ(code_with({"1.3.6.1.4.1.99999.1", "", false, Bytes{0x05, 0x00}}), "");
  EXPECT_EQ(code_when([](ListSpec& s) {
              s.extensions = test::replaced(s.extensions, {"crlNumber", "", true, Bytes{0x02, 0x01, 0x07}});
            }),
            "crl_unknown_critical_extension");
}

// ATTACK(X9)
TEST(RevocationList, WithAnEntryThatIsNotUnderstoodIsRefused) {
  const auto entry_with = [](test::ExtensionSpec extension) {
    return code_when([&](ListSpec& s) { s.entries = {{{0x01}}, {{0x02}, {std::move(extension)}}}; });
  };
  EXPECT_EQ(entry_with({"1.3.6.1.4.1.99999.1", "", true, Bytes{0x05, 0x00}}), "crl_unknown_critical_extension");
  EXPECT_EQ(entry_with({"1.3.6.1.4.1.99999.1", "", false, Bytes{0x05, 0x00}}), "");
  EXPECT_EQ(entry_with({"certificateIssuer", "", true, Bytes{0x30, 0x03, 0x82, 0x01, 'x'}}), "crl_indirect");
  EXPECT_EQ(entry_with({"certificateIssuer", "", false, Bytes{0x30, 0x03, 0x82, 0x01, 'x'}}), "crl_indirect");
}

TEST(RevocationList, OfAnotherShapeCannotBeRead) {
  Pki pki;
  pki.make();
  const Bytes der = issue_list(good_list(), pki.root);
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(RevocationList::parse(ByteView(der).first(size)).has_value()) << size;
  }
  Bytes longer = der;
  longer.push_back(0x00);
  EXPECT_FALSE(RevocationList::parse(longer).has_value());
  EXPECT_FALSE(RevocationList::parse(Bytes(kMaxCrlSize + 1, 0x30)).has_value());
  EXPECT_FALSE(RevocationList::parse(pki.root.der).has_value());
  ListSpec version_1;
  version_1.version = 0;
  EXPECT_FALSE(RevocationList::parse(issue_list(version_1, pki.root)).has_value());
}

TEST(RevocationList, HasANumberFromZeroTo20Bytes) {
  Pki pki;
  pki.make();
  const auto read_with = [&](const Bytes& number) {
    ListSpec spec = good_list();
    spec.extensions = test::replaced(spec.extensions, {"crlNumber", "", false, number});
    return RevocationList::parse(issue_list(spec, pki.root)).has_value();
  };
  Bytes longest{0x02, 0x15, 0x00};
  longest.resize(23, 0xff);
  EXPECT_TRUE(read_with(longest));
  longest[2] = 0x01;
  EXPECT_FALSE(read_with(longest)) << "21 bytes";
  EXPECT_TRUE(read_with({0x02, 0x01, 0x00}));
  EXPECT_FALSE(read_with({0x02, 0x01, 0x80})) << "negative";
}

TEST(RevocationList, SaysWhyItIsNotRead) {
  Pki pki;
  pki.make();
  const auto large = RevocationList::parse(Bytes(kMaxCrlSize + 1, 0x30));
  ASSERT_FALSE(large);
  EXPECT_NE(large.error().message().find("at most"), std::string::npos) << large.error().message();
  // The algorithm outside of the signature is another one than inside.
  Bytes der = issue_list(good_list(), pki.root);
  const Bytes ecdsa_sha256{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
  const auto first = std::ranges::search(der, ecdsa_sha256);
  const auto second = std::ranges::search(std::ranges::subrange(first.end(), der.end()), ecdsa_sha256);
  ASSERT_NE(second.begin(), der.end());
  second.begin()[9] = 0x03;
  const auto differing = RevocationList::parse(der);
  ASSERT_FALSE(differing);
  EXPECT_NE(differing.error().message().find("differs"), std::string::npos) << differing.error().message();
}

TEST(RevocationList, OfALargeSizeIsSearchedQuickly) {
  Pki pki;
  pki.make();
  ListSpec spec = good_list();
  for (unsigned i = 0; i < 20'000; ++i) {
    spec.entries.push_back({{0x01, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}});
  }
  const auto list = test::parsed_list(issue_list(spec, pki.root));
  const auto before = std::chrono::steady_clock::now();
  for (unsigned i = 0; i < 20'000; ++i) {
    const Bytes serial{0x01, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    ASSERT_TRUE(list->revokes(serial));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds{1});
}

/// The code of a path whose issuers' lists are demanded.
std::string path_code(const Pki& pki, const std::vector<Bytes>& lists) {
  const std::vector anchors{test::parsed(pki.root.der)};
  PathQuestion question;
  question.leaf = test::parsed(pki.leaf.der);
  question.untrusted = {test::parsed(pki.ca.der)};
  question.anchors = anchors;
  question.moment = {kNow};
  question.revocation_lists.emplace();
  for (const Bytes& der : lists) {
    question.revocation_lists->push_back(test::parsed_list(der));
  }
  const PathAnswer answer = check_path(question);
  return answer.failures.empty() ? "" : answer.failures[0].code;
}

// ATTACK(X11) ATTACK(X12)
TEST(PathRevocation, DemandsTheListOfEveryIssuer) {
  Pki pki;
  pki.make();
  const Bytes root_list = issue_list(good_list(), pki.root), ca_list = issue_list(good_list(), pki.ca);
  EXPECT_EQ(path_code(pki, {root_list, ca_list}), "");
  EXPECT_EQ(path_code(pki, {}), "revocation_missing");
  EXPECT_EQ(path_code(pki, {root_list}), "revocation_missing");
  EXPECT_EQ(path_code(pki, {ca_list}), "revocation_missing");
  const auto revoking = [&](const test::Party& issuer, const Bytes& serial) {
    ListSpec spec = good_list();
    spec.entries = {{serial}};
    return issue_list(spec, issuer);
  };
  EXPECT_EQ(path_code(pki, {root_list, revoking(pki.ca, {0x33})}), "certificate_revoked");
  EXPECT_EQ(path_code(pki, {revoking(pki.root, {0x22}), ca_list}), "certificate_revoked");
  EXPECT_EQ(path_code(pki, {revoking(pki.root, {0x11}), ca_list}), "certificate_revoked") << "the root itself";
  EXPECT_EQ(path_code(pki, {revoking(pki.root, {0x33}), revoking(pki.ca, {0x22})}), "") << "of the other issuer";
  ListSpec stale = good_list();
  stale.next_update = kNow;
  EXPECT_EQ(path_code(pki, {root_list, issue_list(stale, pki.ca)}), "collateral_expired");
  EXPECT_EQ(path_code(pki, {root_list, issue_list(stale, pki.ca), ca_list}), "") << "a good one stands beside it";
}

TEST(GenuineRevocationLists, AreGoodAtTheirTime) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const CertificatePtr intel_root = test::parsed(test::read_vector("tdx/roots/intel_sgx_root_ca.der"));
  const CertificatePtr pck_ca = test::parsed(test::read_vector("tdx/roots/intel_pck_platform_ca.der"));
  for (const auto& [file, issuer, count] : {std::tuple{"tdx/collateral/root_ca_crl_2023-04.der", intel_root, 0},
                                            std::tuple{"tdx/collateral/root_ca_crl_2025-03.der", intel_root, 0},
                                            std::tuple{"tdx/collateral/pck_platform_crl_2023-06.der", pck_ca, 44}}) {
    const auto list = test::parsed_list(test::read_vector(file));
    EXPECT_EQ(codes(list->check(*issuer, list->this_update(), kNone)), "") << file;
    EXPECT_EQ(codes(list->check(*issuer, *list->next_update(), kNone)), "collateral_expired") << file;
    EXPECT_EQ(list->revoked_count(), static_cast<std::size_t>(count)) << file;
    EXPECT_NE(codes(list->check(issuer == pck_ca ? *intel_root : *pck_ca, list->this_update(), kNone)), "") << file;
  }
}

TEST(GenuineRevocationLists, OfAmdAreSignedByTheirRoots) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  for (const std::string product : {"milan", "genoa", "turin"}) {
    for (const std::string root : {"amd_ark_milan", "amd_ark_genoa", "amd_ark_turin"}) {
      const auto list = test::parsed_list(test::read_vector("sev-snp/crl/" + product + "_vcek_crl_2026-08.der"));
      const auto embedded = std::ranges::find(embedded_roots(), root, &EmbeddedCertificate::name);
      const std::string found = codes(list->check(*test::parsed(embedded->der), list->this_update(), kNone));
      EXPECT_EQ(found.empty(), root.ends_with(product)) << product << " under " << root << ": " << found;
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::x509
