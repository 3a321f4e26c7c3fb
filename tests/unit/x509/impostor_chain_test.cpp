// SPDX-License-Identifier: Apache-2.0
// Self-made chains that copy a vendor's names, lengths and extensions: refused for the root, and only for the root.
#include <gtest/gtest.h>

#include <algorithm>

#include "made/pki.hpp"
#include "x509/certificate.hpp"
#include "x509/chain_checker.hpp"
#include "x509/embedded_certificates.hpp"

namespace tenzro::tee {
namespace {

using test::CertificateSpec;
using test::issue;
using test::kNow;
using test::Party;
using test::Signing;

struct Link {
  const char *common_name, *organization;
};

struct Impostor {
  const char* name;
  Platform platform;
  ChainRole role;
  bool carries_root;
  std::vector<Link> links;     ///< root first, leaf last
  const char* curve;           ///< of all keys; null: AMD's mix of RSA and P-384
  std::vector<Bytes> chain{};  ///< leaf first, root last
};

Impostor made(Impostor out) {
  const bool amd = out.curve == nullptr;
  std::vector<Party> parties;
  for (std::size_t i = 0; i < out.links.size(); ++i) {
    const bool is_leaf = i + 1 == out.links.size();
    CertificateSpec spec;
    spec.common_name = out.links[i].common_name;
    spec.organization = out.links[i].organization;
    spec.serial = {static_cast<std::uint8_t>(i + 1)};
    spec.extensions = i == 0 ? test::root_extensions() : is_leaf ? test::leaf_extensions() : test::ca_extensions();
    spec.signing = amd                                      ? Signing::pss_sha384
                   : std::string_view(out.curve) == "P-256" ? Signing::sha256
                                                            : Signing::sha384;
    crypto::PkeyPtr key = amd && !is_leaf ? test::rsa_key(3072) : test::ec_key(amd ? "P-384" : out.curve);
    parties.push_back(issue(spec, std::move(key), i == 0 ? nullptr : &parties.back()));
    out.chain.insert(out.chain.begin(), parties.back().der);
  }
  return out;
}

const std::vector<Impostor>& impostors() {
  static const std::vector<Impostor> all = [] {
    constexpr const char* kIntel = "Intel Corporation";
    constexpr const char* kAmd = "Advanced Micro Devices";
    constexpr const char* kNvidia = "NVIDIA Corporation";
    std::vector<Impostor> out;
    out.push_back(made(
        {"intel pck",
         Platform::intel_tdx,
         ChainRole::evidence_signer,
         true,
         {{"Intel SGX Root CA", kIntel}, {"Intel SGX PCK Platform CA", kIntel}, {"Intel SGX PCK Certificate", kIntel}},
         "P-256"}));
    out.push_back(made({"intel tcb",
                        Platform::intel_tdx,
                        ChainRole::tcb_signer,
                        false,
                        {{"Intel SGX Root CA", kIntel}, {"Intel SGX TCB Signing", kIntel}},
                        "P-256"}));
    out.push_back(made({"amd vcek",
                        Platform::amd_sev_snp,
                        ChainRole::vcek,
                        false,
                        {{"ARK-Genoa", kAmd}, {"SEV-Genoa", kAmd}, {"SEV-VCEK", kAmd}},
                        nullptr}));
    out.push_back(made({"aws",
                        Platform::aws_nitro,
                        ChainRole::evidence_signer,
                        true,
                        {{"aws.nitro-enclaves", "Amazon"},
                         {"0123.eu-west-1.aws.nitro-enclaves", "Amazon"},
                         {"i-0123.eu-west-1.aws", "Amazon"}},
                        "P-384"}));
    out.push_back(made({"nvidia device",
                        Platform::nvidia_gpu,
                        ChainRole::evidence_signer,
                        false,
                        {{"NVIDIA Device Identity CA", "NVIDIA"},
                         {"NVIDIA GH100 Identity", kNvidia},
                         {"NVIDIA GH100 Provisioner ICA 1", kNvidia},
                         {"GH100 A01 GSP BROM", kNvidia},
                         {"GH100 A01 GSP FMC LF", kNvidia}},
                        "P-384"}));
    return out;
  }();
  return all;
}

std::string codes(const ChainResult& result) {
  std::string out;
  for (const Finding& finding : result.failures()) {
    out += (out.empty() ? "" : ",") + finding.code;
  }
  return out;
}

// ATTACK(X1) ATTACK(X2)
TEST(ImpostorChain, IsRefusedUnderThePinnedRoots) {
  for (const Impostor& impostor : impostors()) {
    const ChainResult whole = verify_certificate_chain(impostor.chain, impostor.platform, impostor.role, kNow);
    EXPECT_TRUE(codes(whole) == "root_mismatch" || codes(whole) == "untrusted_root")
        << impostor.name << ": " << codes(whole);

    auto rootless = impostor.chain;
    rootless.pop_back();
    const ChainResult without = verify_certificate_chain(rootless, impostor.platform, impostor.role, kNow);
    EXPECT_EQ(codes(without), impostor.carries_root ? "root_mismatch" : "untrusted_root") << impostor.name;
  }
}

// ATTACK(X2): the vendor's own root hung onto a self-made chain.
TEST(ImpostorChain, IsRefusedWithTheGenuineRootAtItsEnd) {
  for (const Impostor& impostor : impostors()) {
    const auto roots = x509::AnchorSet::pinned().roots(impostor.platform, impostor.role);
    ASSERT_FALSE(roots.empty());
    for (const auto& root : roots) {
      auto chain = impostor.chain;
      chain.back().assign(root->der().begin(), root->der().end());
      const ChainResult result = verify_certificate_chain(chain, impostor.platform, impostor.role, kNow);
      // Where even the root's name is copied, the order is right and the signature is not.
      const bool same_name = impostor.platform == Platform::nvidia_gpu;
      EXPECT_EQ(codes(result), same_name ? "untrusted_root" : "certificate_order") << impostor.name;
    }
  }
}

// The same chains are good under their own roots: nothing but the root was wrong with them.
TEST(ImpostorChain, IsGoodUnderItsOwnRootOnly) {
  for (const Impostor& impostor : impostors()) {
    for (const Impostor& other : impostors()) {
      const auto anchors = x509::AnchorSet::custom({other.chain.back()});
      ASSERT_TRUE(anchors.has_value());
      const ChainResult result =
          ChainChecker::check(impostor.chain, impostor.platform, impostor.role, *anchors, {kNow});
      EXPECT_EQ(result.valid(), &impostor == &other)
          << impostor.name << " under " << other.name << ": " << codes(result);
    }
  }
}

// ATTACK(X18): a chain under one set of anchors is nothing under another.
TEST(ImpostorChain, IsRefusedUnderTheSimulatedRoots) {
  const x509::AnchorSet* simulated = x509::AnchorSet::simulated();
  if (simulated == nullptr) {
    GTEST_SKIP() << "built without simulation";
  }
  for (const Impostor& impostor : impostors()) {
    const ChainResult result =
        ChainChecker::check(impostor.chain, impostor.platform, impostor.role, *simulated, {kNow});
    // Where nothing is imitated there is no root at all, and nothing to mismatch.
    const auto roots = simulated->roots(impostor.platform, impostor.role);
    const auto own_root = x509::Certificate::parse(impostor.chain.back()).value();
    const bool same_name = std::ranges::any_of(
        roots, [&](const auto& root) { return std::ranges::equal(root->subject(), own_root->subject()); });
    const bool mismatch = same_name || (impostor.carries_root && !roots.empty());
    EXPECT_EQ(codes(result), mismatch ? "root_mismatch" : "untrusted_root") << impostor.name;
  }
}

// ATTACK(X16): another name anywhere in a chain that is good but for that.
TEST(ImpostorChain, IsRefusedUnderItsOwnRootWithAnotherName) {
  for (const Impostor& impostor : impostors()) {
    for (std::size_t i = 1; i < impostor.links.size(); ++i) {
      for (const bool organization : {false, true}) {
        Impostor changed = impostor;
        changed.chain.clear();
        (organization ? changed.links[i].organization : changed.links[i].common_name) = "Somebody";
        changed = made(std::move(changed));
        const auto anchors = x509::AnchorSet::custom({changed.chain.back()});
        ASSERT_TRUE(anchors.has_value());
        const ChainResult result = ChainChecker::check(changed.chain, changed.platform, changed.role, *anchors, {kNow});
        EXPECT_EQ(codes(result), "certificate_name") << impostor.name << ", certificate " << i << " from the root";
      }
    }
  }
}

// ATTACK(X17): where two anchors fit, the path that is found must be the one that was supplied.
TEST(ImpostorChain, IsRefusedWhereAnAnchorMakesPartOfItIdle) {
  constexpr const char* kAmd = "Advanced Micro Devices";
  const auto spec = [](const char* name, std::vector<test::ExtensionSpec> extensions) {
    return CertificateSpec{
        .common_name = name, .organization = kAmd, .extensions = std::move(extensions), .signing = Signing::pss_sha384};
  };
  const Party root = issue(spec("ARK-Genoa", test::root_extensions()), test::rsa_key(3072), nullptr);
  const Party ask = issue(spec("SEV-Genoa", test::ca_extensions()), test::rsa_key(3072), &root);
  const Party leaf = issue(spec("SEV-VCEK", test::leaf_extensions()), test::ec_key("P-384"), &ask);
  // The intermediate's name and key once more, as a root.
  EVP_PKEY_up_ref(ask.key.get());
  const Party second = issue(spec("SEV-Genoa", test::root_extensions()), crypto::PkeyPtr(ask.key.get()), nullptr);
  const auto codes_under = [&](const std::vector<Bytes>& anchors) {
    return codes(ChainChecker::check(std::vector<Bytes>{leaf.der, ask.der}, Platform::amd_sev_snp, ChainRole::vcek,
                                     *x509::AnchorSet::custom(anchors), {kNow}));
  };
  EXPECT_EQ(codes_under({root.der}), "");
  EXPECT_EQ(codes_under({second.der, root.der}), "certificate_unused");
}

}  // namespace
}  // namespace tenzro::tee
