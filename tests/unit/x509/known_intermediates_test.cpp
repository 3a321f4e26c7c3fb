// SPDX-License-Identifier: Apache-2.0
#include "x509/known_intermediates.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "x509/anchor_set.hpp"

namespace tenzro::tee {
namespace {

using x509::known_intermediates;

TEST(KnownIntermediates, AreThoseThatAmdPublishes) {
  std::set<std::string> names, fingerprints;
  for (const x509::CertificatePtr& certificate : known_intermediates()) {
    names.insert(certificate->common_name());
    fingerprints.insert(to_hex(certificate->sha256()));
  }
  EXPECT_EQ(names, (std::set<std::string>{"SEV-Milan", "SEV-Genoa", "SEV-Turin", "SEV-VLEK-Milan", "SEV-VLEK-Genoa",
                                          "SEV-VLEK-Turin"}));
  EXPECT_EQ(fingerprints, (std::set<std::string>{"67d303bd3905fd38db8b20e0793699870e7fa612eaad5dec358293fd8c0bac1b",
                                                 "5464738c1546aed5f2cecf1dc98c5c960a92e8913238a61711bc90ec6e828521",
                                                 "5b77ef5fe7a7a004fd9032668fba9d0fda22f88c4442069a479636a6ae3b3185",
                                                 "c5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5",
                                                 "197e610743a917d6b9bb982a5a9226ccc0a15b611be0619e626aca9151457372",
                                                 "104e10a8bd060a3c20a434261a57d0588fd65a88915b4f65b08bdecaf8df1a3c"}));
}

TEST(KnownIntermediates, StandUnderAPinnedRootAndAreNone) {
  const auto roots = x509::AnchorSet::pinned().roots(Platform::amd_sev_snp, ChainRole::evidence_signer);
  for (const x509::CertificatePtr& certificate : known_intermediates()) {
    EXPECT_TRUE(std::ranges::any_of(roots, [&](const x509::CertificatePtr& root) {
      return std::ranges::equal(root->subject(), certificate->issuer());
    })) << certificate->common_name();
    for (const ChainRole role : {ChainRole::evidence_signer, ChainRole::vcek, ChainRole::vlek}) {
      EXPECT_FALSE(x509::AnchorSet::pinned().has_root(Platform::amd_sev_snp, role, certificate->der()));
    }
  }
}

}  // namespace
}  // namespace tenzro::tee
