// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/aws_hierarchy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "x509/anchor_set.hpp"
#include "x509/certificate.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::simulated {
namespace {

x509::CertificatePtr parsed(const Bytes& der) { return x509::Certificate::parse(der).value(); }

TEST(AwsHierarchy, HasTheCompiledInRoot) {
  const AwsHierarchy hierarchy;
  const auto roots = x509::AnchorSet::simulated()->roots(Platform::aws_nitro, ChainRole::evidence_signer);
  ASSERT_EQ(roots.size(), 1U);
  EXPECT_TRUE(std::ranges::equal(hierarchy.root().certificate, roots.front()->der()));
  // Its key is the one that follows from the label: it verifies what that key signed.
  EXPECT_TRUE(roots.front()->ec_key()->verify_der(crypto::Hash::sha384,
                                                  parsed(hierarchy.regional().certificate)->signed_bytes(),
                                                  parsed(hierarchy.regional().certificate)->signature()));
  EXPECT_TRUE(x509::AnchorSet::pinned().find_root(Platform::aws_nitro, ChainRole::evidence_signer,
                                                  hierarchy.root().certificate) == nullptr);
}

TEST(AwsHierarchy, LooksLikeAGenuineOne) {
  const AwsHierarchy hierarchy("another");
  const auto bundle = hierarchy.cabundle();
  ASSERT_EQ(bundle.size(), 4U);
  std::vector<x509::CertificatePtr> chain;
  for (const Bytes& der : bundle) {
    EXPECT_LE(der.size(), 1024U);
    chain.push_back(parsed(der));
    EXPECT_EQ(chain.back()->key_kind(), x509::KeyKind::ec_p384);
    EXPECT_EQ(chain.back()->signature_algorithm(), x509::SignatureAlgorithm::ecdsa_sha384);
    EXPECT_EQ(chain.back()->organization(), "Amazon");
    EXPECT_TRUE(chain.back()->is_plain()) << "our own reader understands all of it";
  }
  EXPECT_EQ(chain[0]->common_name(), "aws.nitro-enclaves");
  EXPECT_TRUE(chain[0]->self_issued());
  EXPECT_FALSE(chain[0]->path_length().has_value());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(chain[i]->issuer(), chain[i - 1]->subject()));
    EXPECT_EQ(chain[i]->path_length(), std::optional<std::uint32_t>(3 - i));
  }
  EXPECT_EQ(chain[3]->key_usage(), std::optional<std::uint32_t>(x509::key_usage::kKeyCertSign));
}

TEST(AwsHierarchy, IsTheSameForTheSameLabelOnly) {
  const auto key = [](std::string_view label) {
    const auto certificate = parsed(AwsHierarchy(label).zonal().certificate);
    return to_hex(certificate->subject_key_id());
  };
  EXPECT_EQ(key("one"), key("one"));
  EXPECT_NE(key("one"), key("two"));
}

TEST(AwsHierarchy, SignsListsWithSha384) {
  const AwsHierarchy hierarchy("another");
  const UtcTime now{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}};
  const Bytes list = make_aws_crl({.this_update = now,
                                   .next_update = now + std::chrono::days{7},
                                   .revoked_serials = {serial_of(hierarchy.zonal().certificate)}},
                                  hierarchy.regional());
  const auto read = x509::RevocationList::parse(list);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE((*read)->check(*parsed(hierarchy.regional().certificate), now, std::chrono::seconds{0}).empty());
  EXPECT_FALSE((*read)->check(*parsed(hierarchy.root().certificate), now, std::chrono::seconds{0}).empty());
  EXPECT_TRUE((*read)->revokes(parsed(hierarchy.zonal().certificate)->serial()));
}

}  // namespace
}  // namespace tenzro::tee::simulated
