// SPDX-License-Identifier: Apache-2.0
// A second opinion: OpenSSL's own revocation check against ours, on genuine Intel chains and on chains made here. Both
// flags are set, since CRL_CHECK_ALL without CRL_CHECK checks nothing.
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <ctime>
#include <optional>

#include "made/pki.hpp"
#include "support/vectors.hpp"
#include "vendor_chains.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::x509 {
namespace {

using std::chrono::seconds;

struct Case {
  std::vector<Bytes> chain;  ///< leaf first, root last
  std::vector<Bytes> lists;
  UtcTime at;
};

bool openssl_accepts(const Case& c) {
  const crypto::StorePtr store(X509_STORE_new());
  const crypto::CertificateStackPtr untrusted(sk_X509_new_null());
  std::vector<CertificatePtr> certificates;
  for (const Bytes& der : c.chain) {
    certificates.push_back(test::parsed(der));
  }
  X509_STORE_add_cert(store.get(), certificates.back()->openssl());
  for (std::size_t i = 1; i + 1 < certificates.size(); ++i) {
    sk_X509_push(untrusted.get(), certificates[i]->openssl());
  }
  for (const Bytes& der : c.lists) {
    const unsigned char* at = der.data();
    const crypto::CrlPtr list(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
    X509_STORE_add_crl(store.get(), list.get());
  }
  const crypto::StoreCtxPtr ctx(X509_STORE_CTX_new());
  X509_STORE_CTX_init(ctx.get(), store.get(), certificates[0]->openssl(), untrusted.get());
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(ctx.get());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
  X509_VERIFY_PARAM_set_time(param, static_cast<std::time_t>(c.at.time_since_epoch().count()));
  return X509_verify_cert(ctx.get()) == 1;
}

bool we_accept(const Case& c) {
  const std::vector anchors{test::parsed(c.chain.back())};
  PathQuestion question;
  question.leaf = test::parsed(c.chain[0]);
  for (std::size_t i = 1; i + 1 < c.chain.size(); ++i) {
    question.untrusted.push_back(test::parsed(c.chain[i]));
  }
  question.anchors = anchors;
  question.moment = {c.at};
  question.suite = SignatureSuite::ecdsa_p256_sha256;
  question.revocation_lists.emplace();
  for (const Bytes& der : c.lists) {
    if (auto list = RevocationList::parse(der)) {
      question.revocation_lists->push_back(*std::move(list));
    }
  }
  return check_path(question).failures.empty();
}

/// Both answers, which must be the same.
std::optional<bool> agreed(const Case& c) {
  const bool ours = we_accept(c), theirs = openssl_accepts(c);
  EXPECT_EQ(ours, theirs);
  return ours == theirs ? std::optional(ours) : std::nullopt;
}

TEST(OpensslAgrees, OnGenuineIntelChains) {
  if (!test::have_vectors()) {
    GTEST_SKIP() << "no vectors";
  }
  const Bytes root_list = test::read_vector("tdx/collateral/root_ca_crl_2025-03.der");
  int accepted = 0;
  for (const char* name : {"intel-pck-platform", "intel-pck-platform-v5", "intel-pck-platform-gcp"}) {
    const auto chain = test::vendor_chain(name).chain;
    for (const char* file :
         {"tdx/collateral/pck_platform_crl_2025-07.der", "tdx/collateral/pck_platform_crl_2025-08.der",
          "tdx/collateral/pck_platform_crl_2025-10.der", "tdx/collateral/pck_platform_crl_2023-06.der"}) {
      const Bytes pck_list = test::read_vector(file);
      const auto list = test::parsed_list(pck_list);
      for (const UtcTime at : {list->this_update() - seconds{1}, list->this_update(), *list->next_update() - seconds{1},
                               *list->next_update(), *list->next_update() + seconds{1}}) {
        for (const auto& lists : {std::vector{root_list, pck_list}, {root_list}, {pck_list}, std::vector<Bytes>{}}) {
          accepted += agreed({chain, lists, at}) == true ? 1 : 0;
        }
      }
    }
  }
  EXPECT_GE(accepted, 12);
}

TEST(OpensslAgrees, OnMadeChains) {
  test::Pki pki;
  pki.make();
  const std::vector chain{pki.leaf.der, pki.ca.der, pki.root.der};
  test::ListSpec good;
  good.extensions = test::list_extensions();
  const auto revoking = [&](const Bytes& serial) {
    test::ListSpec spec = good;
    spec.entries = {{serial}};
    return spec;
  };
  const Bytes root_list = issue_list(good, pki.root), ca_list = issue_list(good, pki.ca);
  EXPECT_EQ(agreed({chain, {root_list, ca_list}, test::kNow}), true);
  EXPECT_EQ(agreed({chain, {root_list, issue_list(revoking({0x33}), pki.ca)}, test::kNow}), false);
  EXPECT_EQ(agreed({chain, {issue_list(revoking({0x22}), pki.root), ca_list}, test::kNow}), false);
  EXPECT_EQ(agreed({chain, {issue_list(revoking({0x11}), pki.root), ca_list}, test::kNow}), false);
  EXPECT_EQ(agreed({chain, {issue_list(revoking({0x44}), pki.root), ca_list}, test::kNow}), true);
}

// Where we differ on purpose: OpenSSL 3.0 takes a delta list, and one that never expires, for a complete current one.
TEST(OpensslAgrees, ExceptOnDeltaListsAndListsWithoutEnd) {
  test::Pki pki;
  pki.make();
  const std::vector chain{pki.leaf.der, pki.ca.der, pki.root.der};
  test::ListSpec good, endless;
  good.extensions = endless.extensions = test::list_extensions();
  endless.next_update.reset();
  const Bytes root_list = issue_list(good, pki.root);
  const Case without_end{chain, {root_list, issue_list(endless, pki.ca)}, test::kNow + std::chrono::hours{1}};
  EXPECT_TRUE(openssl_accepts(without_end));
  EXPECT_FALSE(we_accept(without_end));
  test::ListSpec delta = good;
  delta.extensions.push_back({"deltaCRL", "", true, Bytes{0x02, 0x01, 0x01}});
  EXPECT_FALSE(we_accept({chain, {root_list, issue_list(delta, pki.ca)}, test::kNow}));
}

}  // namespace
}  // namespace tenzro::tee::x509
