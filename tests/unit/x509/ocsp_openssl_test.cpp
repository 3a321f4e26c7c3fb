// SPDX-License-Identifier: Apache-2.0
// A second opinion: OpenSSL's OCSP_basic_verify, OCSP_resp_find_status and OCSP_check_validity beside ours.
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <optional>
#include <random>

#include "made/ocsp_pki.hpp"
#include "support/alterations.hpp"
#include "x509/ocsp.hpp"

namespace tenzro::tee::x509 {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using test::MadeOcsp;
using test::OcspPki;

/// OpenSSL's check of dates knows the present only, so everything here lives now.
const UtcTime kPresent = std::chrono::floor<seconds>(std::chrono::system_clock::now());

/// The status when OpenSSL takes the response for good, with the root as the only anchor.
std::optional<int> status_by_openssl(const Bytes& der, const OcspPki& pki) {
  const unsigned char* at = der.data();
  const test::OcspResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  if (!response || OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return std::nullopt;
  }
  const test::OcspBasicPtr basic(OCSP_response_get1_basic(response.get()));
  if (!basic) {
    return std::nullopt;
  }
  const CertificatePtr root = test::parsed(pki.chain.root.der), ca = test::parsed(pki.chain.ca.der),
                       leaf = test::parsed(pki.chain.leaf.der);
  const crypto::StorePtr store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root->openssl());
  const crypto::CertificateStackPtr untrusted(sk_X509_new_null());
  sk_X509_push(untrusted.get(), ca->openssl());
  if (OCSP_basic_verify(basic.get(), untrusted.get(), store.get(), 0) != 1) {
    return std::nullopt;
  }
  for (const EVP_MD* hash : {EVP_sha1(), EVP_sha256(), EVP_sha384()}) {
    const test::OcspIdPtr id(OCSP_cert_to_id(hash, leaf->openssl(), ca->openssl()));
    int status = -1, reason = -1;
    ASN1_GENERALIZEDTIME *revoked = nullptr, *this_update = nullptr, *next_update = nullptr;
    if (OCSP_resp_find_status(basic.get(), id.get(), &status, &reason, &revoked, &this_update, &next_update) != 1) {
      continue;
    }
    return OCSP_check_validity(this_update, next_update, 0, -1) == 1 ? std::optional(status) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<int> status_by_us(const Bytes& der, const OcspPki& pki) {
  const auto response = OcspResponse::parse(der);
  if (!response) {
    return std::nullopt;
  }
  const OcspJudgement found =
      (*response)->judge(*test::parsed(pki.chain.leaf.der), *test::parsed(pki.chain.ca.der), kPresent, seconds{0});
  if (!found.failures.empty()) {
    return std::nullopt;
  }
  switch (found.status) {
    case CertificateStatus::good:
      return V_OCSP_CERTSTATUS_GOOD;
    case CertificateStatus::revoked:
    case CertificateStatus::on_hold:
      return V_OCSP_CERTSTATUS_REVOKED;
    case CertificateStatus::unknown:
      break;
  }
  return V_OCSP_CERTSTATUS_UNKNOWN;
}

/// The made chain, moved to the present.
OcspPki present_pki() {
  OcspPki pki;
  for (test::CertificateSpec* spec :
       {&pki.chain.root_spec, &pki.chain.ca_spec, &pki.chain.leaf_spec, &pki.responder_spec}) {
    spec->not_before = kPresent - hours{240};
    spec->not_after = kPresent + hours{240};
  }
  return std::move(pki.make());
}

MadeOcsp at_present(MadeOcsp spec) {
  spec.produced_at = kPresent - hours{1};
  for (test::MadeOcspAnswer& answer : spec.answers) {
    answer.this_update = kPresent - hours{1};
    answer.next_update = kPresent + hours{1};
  }
  return spec;
}

TEST(OpensslAgreesOnOcsp, OnGoodResponses) {
  const OcspPki pki = present_pki();
  for (const MadeOcsp& base : {at_present(pki.by_issuer()), at_present(pki.by_responder())}) {
    for (const bool by_key : {false, true}) {
      for (const EVP_MD* hash : {EVP_sha1(), EVP_sha256(), EVP_sha384()}) {
        for (const int status : {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_REVOKED, V_OCSP_CERTSTATUS_UNKNOWN}) {
          MadeOcsp spec = base;
          spec.responder_by_key = by_key;
          spec.answers[0].id_hash = hash;
          spec.answers[0].status = status;
          const Bytes der = test::made_ocsp_response(spec);
          EXPECT_EQ(status_by_us(der, pki), status);
          EXPECT_EQ(status_by_openssl(der, pki), status);
        }
      }
    }
  }
}

TEST(OpensslAgreesOnOcsp, OnBadResponses) {
  OcspPki pki = present_pki();
  const OcspPki other = present_pki();
  std::vector<std::pair<const char*, MadeOcsp>> bad;
  const auto add = [&](const char* what, MadeOcsp spec, const auto& change) {
    change(spec);
    bad.emplace_back(what, std::move(spec));
  };
  const MadeOcsp good = at_present(pki.by_responder());
  add("stale", good, [](MadeOcsp& s) { s.answers[0].next_update = kPresent - hours{1} + seconds{1}; });
  add("of the future", good, [](MadeOcsp& s) {
    s.answers[0].this_update = kPresent + hours{1};
    s.answers[0].next_update = kPresent + hours{2};
  });
  add("other certificate", good, [&](MadeOcsp& s) { s.answers[0].certificate = pki.responder.der; });
  add("no signer", good, [](MadeOcsp& s) { s.embeds_signer = false; });
  add("other issuer's responder", good, [&](MadeOcsp& s) {
    s.key = other.responder.key.get();
    s.signer = other.responder.der;
  });
  add("other issuer", at_present(pki.by_issuer()), [&](MadeOcsp& s) {
    s.key = other.chain.ca.key.get();
    s.signer = other.chain.ca.der;
  });
  const test::Party of_root = test::issue(pki.responder_spec, test::ec_key("P-384"), &pki.chain.root);
  add("the root's responder", good, [&](MadeOcsp& s) {
    s.key = of_root.key.get();
    s.signer = of_root.der;
  });
  pki.responder_spec.extensions = test::without(test::responder_extensions(), "extendedKeyUsage");
  const test::Party without_usage = test::issue(pki.responder_spec, test::ec_key("P-384"), &pki.chain.ca);
  add("not for OCSP", good, [&](MadeOcsp& s) {
    s.key = without_usage.key.get();
    s.signer = without_usage.der;
  });
  for (const auto& [what, spec] : bad) {
    const Bytes der = test::made_ocsp_response(spec);
    EXPECT_EQ(status_by_us(der, pki), std::nullopt) << what;
    EXPECT_EQ(status_by_openssl(der, pki), std::nullopt) << what;
  }
}

/// Whatever happens to the bytes, we never accept what OpenSSL refuses.
TEST(OpensslAgreesOnOcsp, OnMutatedResponses) {
  const OcspPki pki = present_pki();
  std::mt19937 random(20'251'201);
  const std::size_t each = test::rounds(600, 10'000);
  std::size_t refused_by_both = 0;
  for (const MadeOcsp& spec : {at_present(pki.by_issuer()), at_present(pki.by_responder())}) {
    const Bytes der = test::made_ocsp_response(spec);
    for (std::size_t i = 0; i < each; ++i) {
      Bytes changed = der;
      for (auto n = 1 + random() % 3; n > 0; --n) {
        changed[random() % changed.size()] = static_cast<std::uint8_t>(random());
      }
      if (random() % 8 == 0) {
        changed.resize(random() % changed.size());
      }
      const auto ours = status_by_us(changed, pki), theirs = status_by_openssl(changed, pki);
      if (ours) {
        EXPECT_EQ(ours, theirs);
      }
      refused_by_both += !ours && !theirs ? 1 : 0;
    }
  }
  EXPECT_GT(refused_by_both, each * 5 / 3);
}

}  // namespace
}  // namespace tenzro::tee::x509
