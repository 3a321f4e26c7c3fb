// SPDX-License-Identifier: Apache-2.0
// Every call to OpenSSL in turn fails while a path is judged: none is found then.
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <new>

#include "fakes/failing_openssl.hpp"
#include "made/pki.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::x509 {
namespace {

TEST(OpensslFails, AndNoPathIsFound) {
  test::Pki pki;
  // No plain certificate, so no straight path: OpenSSL searches.
  pki.leaf_spec.extensions.push_back({"1.3.6.1.4.1.99999.1", "", false, Bytes{0x05, 0x00}});
  pki.make();
  test::Pki other;
  other.make();
  // A certificate keeps OpenSSL's reading of it, so each attempt has certificates of its own, read before anything
  // fails.
  std::vector<std::vector<CertificatePtr>> fresh(40);
  for (auto& parsed : fresh) {
    for (const Bytes* der : {&pki.leaf.der, &other.ca.der, &pki.ca.der, &pki.root.der}) {
      parsed.push_back(test::parsed(*der));
    }
  }
  const auto find_path = [&] {
    if (fresh.empty()) {
      ADD_FAILURE() << "more calls than certificates";
      return false;
    }
    const std::vector<CertificatePtr> parsed = std::move(fresh.back());
    fresh.pop_back();
    const std::vector anchors{parsed[3]};
    PathQuestion question;
    question.leaf = parsed[0];
    question.untrusted = {parsed[1], parsed[2]};
    question.anchors = anchors;
    question.check_anchor_signature = true;
    question.moment = {test::kNow};
    question.max_intermediates = 4;
    return check_path(question).failures.empty();
  };
  EXPECT_GE(test::expect_no_success_when_openssl_fails(find_path), 12);
  test::path_error = X509_V_ERR_OUT_OF_MEM;
  test::fail_openssl_call(1, "X509_STORE_CTX_get_error");
  EXPECT_THROW(find_path(), std::bad_alloc) << "no word on the path";
  test::fail_openssl_call(0);
  test::path_error = X509_V_ERR_UNSPECIFIED;
}

TEST(OpensslFails, AndNoCertificateIsRead) {
  test::Pki pki;
  pki.leaf_spec.extensions.push_back({"1.3.6.1.4.1.99999.1", "", false, Bytes{0x05, 0x00}});
  pki.make();
  const auto read = [&] { return Certificate::parse(pki.leaf.der).has_value(); };
  ASSERT_TRUE(read()) << "curves are made once, and stay";
  EXPECT_GE(test::expect_no_success_when_openssl_fails(read), 8);
}

}  // namespace
}  // namespace tenzro::tee::x509
