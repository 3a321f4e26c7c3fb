// SPDX-License-Identifier: Apache-2.0
#include "x509/token_signer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "collateral/nvidia/key_set.hpp"
#include "made/keys.hpp"
#include "made/pki.hpp"
#include "support/vectors.hpp"
#include "x509/chain_checker.hpp"
#include "x509/known_intermediates.hpp"

namespace tenzro::tee::x509 {
namespace {

using test::Party;
constexpr UtcTime kWithinIssuer = std::chrono::sys_days{std::chrono::year{2026} / 6 / 28};

Bytes issuer_der() {
  const ByteView der = pinned_token_issuer().der();
  return {der.begin(), der.end()};
}

test::CertificateSpec leaf_spec() {
  return {.common_name = "NVIDIA Attestation Service GPU GH100",
          .organization = "NVIDIA Corporation",
          .not_before = kWithinIssuer - std::chrono::hours{24},
          .not_after = kWithinIssuer + std::chrono::hours{24},
          .extensions = {{"keyUsage", "digitalSignature,keyEncipherment,keyAgreement", true},
                         {"extendedKeyUsage", "serverAuth,clientAuth"}},
          .signing = test::Signing::pkcs1_sha256};
}

/// A key and the certificates that stand beside it.
struct MadeKey {
  Bytes x_y;
  std::vector<Bytes> certificates;

  std::optional<Finding> judge(KeySource source, UtcTime at = kWithinIssuer) const {
    return judge_token_signer({ByteView(x_y).first<96>(), certificates, source}, at);
  }
  /// The message where it is not trusted; "" where it is.
  std::string problem(KeySource source, UtcTime at = kWithinIssuer) const {
    const auto finding = judge(source, at);
    if (!finding) {
      return {};
    }
    EXPECT_EQ(finding->check, "chain");
    EXPECT_EQ(finding->code, "token_key_not_trusted");
    return finding->message;
  }
};

MadeKey make_key(const test::CertificateSpec& spec, const Party& issuer) {
  crypto::PkeyPtr key = test::ec_key("P-384");
  MadeKey out{test::x_y(key, 48), {}};
  out.certificates = {test::issue(spec, std::move(key), &issuer).der, issuer.der};
  return out;
}

/// The name and bytes of the pinned issuer, and another key.
Party impostor() { return {test::rsa_key(2048), issuer_der()}; }

Party other_issuer(crypto::PkeyPtr key) {
  return test::issue({.common_name = "NVIDIA Attestation Service GPU Intermediate 004",
                      .organization = "NVIDIA Corporation",
                      .not_before = kWithinIssuer - std::chrono::hours{48},
                      .not_after = kWithinIssuer + std::chrono::hours{48},
                      .extensions = test::root_extensions()},
                     std::move(key), nullptr);
}

TEST(TokenSigner, HasThePinnedIssuer) {
  EXPECT_EQ(to_hex(pinned_token_issuer().sha256()), "2df8907cf4d6c277b855d407ec178a649930a8e73f7294e8fce66e6ee27c5175");
  EXPECT_EQ(pinned_token_issuer().key_bits(), 2048);
  EXPECT_EQ(pinned_token_issuer().not_after(), std::chrono::sys_days{std::chrono::year{2029} / 12 / 8});
}

// ATTACK(X20): the key size that is excepted here is excepted nowhere else.
TEST(TokenSigner, LendsItsIssuerToNobodyElse) {
  const auto is_issuer = [](const CertificatePtr& one) {
    return std::ranges::equal(one->der(), pinned_token_issuer().der());
  };
  EXPECT_TRUE(std::ranges::none_of(known_intermediates(), is_issuer));
  for (const Platform platform : {Platform::intel_tdx, Platform::intel_sgx, Platform::amd_sev_snp, Platform::aws_nitro,
                                  Platform::aws_nitro_tpm, Platform::nvidia_gpu}) {
    for (const ChainRole role :
         {ChainRole::evidence_signer, ChainRole::vcek, ChainRole::vlek, ChainRole::tcb_signer, ChainRole::rim_signer}) {
      EXPECT_TRUE(std::ranges::none_of(AnchorSet::pinned().roots(platform, role), is_issuer));
    }
  }
}

// ATTACK(X20)
TEST(TokenSigner, LetsItsIssuerIssueNoDeviceAndNoManifestSigner) {
  const Bytes leaf = make_key(leaf_spec(), impostor()).certificates[0];
  for (const ChainRole role : {ChainRole::evidence_signer, ChainRole::rim_signer}) {
    for (const std::vector<Bytes>& chain :
         {std::vector{leaf, issuer_der()}, std::vector{leaf, issuer_der(), issuer_der(), issuer_der(), issuer_der()}}) {
      const ChainResult judged =
          ChainChecker::check(chain, Platform::nvidia_gpu, role, AnchorSet::pinned(), {kWithinIssuer});
      EXPECT_FALSE(judged.valid());
      EXPECT_FALSE(judged.failures().empty());
    }
  }
}

// ATTACK(X20): an RSA-2048 issuer is refused even where its root is trusted.
TEST(TokenSigner, LeavesTheKeySizesOfPathsAlone) {
  const Party root = other_issuer(test::ec_key("P-384"));
  test::CertificateSpec issuer_spec = leaf_spec();
  issuer_spec.common_name = "intermediate";
  issuer_spec.extensions = test::ca_extensions();
  issuer_spec.signing = test::Signing::sha384;
  const Party issuer = test::issue(issuer_spec, test::rsa_key(2048), &root);
  test::CertificateSpec spec = leaf_spec();
  spec.extensions = test::leaf_extensions();
  const Bytes leaf = test::issue(spec, test::ec_key("P-384"), &issuer).der;
  const CertificatePtr anchor = test::parsed(root.der);
  PathQuestion question;
  question.leaf = test::parsed(leaf);
  question.untrusted = {test::parsed(issuer.der)};
  question.anchors = std::span(&anchor, 1);
  question.moment.at = kWithinIssuer;
  for (const SignatureSuite suite : {SignatureSuite::any_strong, SignatureSuite::ecdsa_p384_sha384}) {
    question.suite = suite;
    const PathAnswer answer = check_path(question);
    ASSERT_FALSE(answer.failures.empty());
    EXPECT_TRUE(std::ranges::any_of(answer.failures, [](const Finding& one) {
      return one.code == "key_not_allowed" || one.code == "signature_algorithm_not_allowed";
    })) << answer.failures.front().code;
  }
}

// ATTACK(V11): certificates that the attacker made.
TEST(TokenSigner, RefusesFromAnybodyWhatThePinnedIssuerDidNotSign) {
  const std::string_view not_pinned =
      "the token's key: its issuer is not the pinned one, while anybody may have made this key set";
  MadeKey made = make_key(leaf_spec(), other_issuer(test::rsa_key(2048)));
  EXPECT_EQ(made.problem(KeySource::anybody), not_pinned) << "under another CA of the same name";
  made.certificates.push_back(issuer_der());
  EXPECT_EQ(made.problem(KeySource::anybody), not_pinned) << "the pinned one in another place";
  made.certificates.resize(1);
  EXPECT_EQ(made.problem(KeySource::anybody), not_pinned) << "no issuer at all";
  made.certificates.push_back(issuer_der());
  EXPECT_EQ(made.problem(KeySource::anybody),
            "the token's key: its certificate names another issuer than the one that is trusted");
  EXPECT_EQ(make_key(leaf_spec(), impostor()).problem(KeySource::anybody),
            "the token's key: its certificate is not signed by the issuer that is trusted");
  test::CertificateSpec spec = leaf_spec();
  spec.signing = test::Signing::pss_sha384;
  EXPECT_EQ(make_key(spec, impostor()).problem(KeySource::anybody),
            "the token's key: its certificate is not signed by the issuer that is trusted");
  made.certificates.clear();
  EXPECT_EQ(made.problem(KeySource::anybody),
            "the token's key: it has no certificate, while anybody may have made this key set");
}

// ATTACK(V11): a self-made certificate beside the pinned issuer.
TEST(TokenSigner, RefusesSelfMadeCertificates) {
  crypto::PkeyPtr key = test::ec_key("P-384");
  MadeKey made{test::x_y(key, 48), {}};
  test::CertificateSpec spec = leaf_spec();
  spec.signing = test::Signing::sha384;
  made.certificates = {test::issue(spec, std::move(key), nullptr).der, issuer_der()};
  EXPECT_EQ(made.problem(KeySource::anybody),
            "the token's key: its certificate names another issuer than the one that is trusted");
}

// ATTACK(V11): whoever says it, a certificate of another key vouches for nothing.
TEST(TokenSigner, RefusesCertificatesOfOtherKeys) {
  const Party issuer = other_issuer(test::rsa_key(2048));
  MadeKey made = make_key(leaf_spec(), issuer);
  for (const KeySource source : {KeySource::anybody, KeySource::verifier}) {
    MadeKey other = made;
    other.x_y = test::x_y(test::ec_key("P-384"), 48);
    EXPECT_EQ(other.problem(source), "the token's key: its certificate is of another key");
    other.x_y = Bytes(96, 1);
    EXPECT_TRUE(other.problem(source).starts_with("the token's key: ")) << "no point of the curve";
    other = made;
    for (crypto::PkeyPtr& key : std::array{test::ec_key("P-256"), test::rsa_key(3072)}) {
      other.certificates[0] = test::issue(leaf_spec(), std::move(key), &issuer).der;
      EXPECT_EQ(other.problem(source), "the token's key: its certificate is of another key");
    }
    other.certificates[0].pop_back();
    EXPECT_TRUE(other.problem(source).starts_with("the token's key: certificate: ")) << other.problem(source);
  }
}

TEST(TokenSigner, RefusesCertificatesThatWereNotValidWhenTheTokenWasSigned) {
  const MadeKey made = make_key(leaf_spec(), other_issuer(test::rsa_key(2048)));
  const auto end = kWithinIssuer + std::chrono::hours{24};
  const auto start = kWithinIssuer - std::chrono::hours{24};
  using std::chrono::seconds;
  EXPECT_EQ(made.problem(KeySource::verifier, start), "");
  EXPECT_EQ(made.problem(KeySource::verifier, end - seconds{1}), "");
  EXPECT_EQ(
      made.problem(KeySource::verifier, end),
      "the token's key: its certificate is valid from 2026-06-27T00:00:00Z to 2026-06-29T00:00:00Z, and the token "
      "was signed at 2026-06-29T00:00:00Z");
  EXPECT_NE(made.problem(KeySource::verifier, start - seconds{1}), "");
  EXPECT_NE(made.problem(KeySource::anybody, end), "");
}

TEST(TokenSigner, BelievesTheVerifiersOwnKeySet) {
  MadeKey made = make_key(leaf_spec(), other_issuer(test::rsa_key(2048)));
  EXPECT_EQ(made.problem(KeySource::verifier), "");
  made.certificates.resize(1);
  EXPECT_EQ(made.problem(KeySource::verifier), "");
  made.certificates.clear();
  EXPECT_EQ(made.problem(KeySource::verifier), "");
}

/// The genuine key sets, and a time at which all keys of one are valid: their own.
class GenuineKeys : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::have_vectors()) {
      GTEST_SKIP() << "no real vectors here";
    }
    for (const std::string name : {"one-gpu-pass", "eight-gpu-nonce-mismatch"}) {
      const auto set = nvidia::parse_key_set(test::read_vector("nvidia/nras/" + name + "/jwks.json"));
      for (const nvidia::TokenKey& key : set.value().keys) {
        keys_.push_back({Bytes(key.x_y.begin(), key.x_y.end()), key.certificates});
      }
    }
    ASSERT_EQ(keys_.size(), 68U);
  }
  static UtcTime start_of(const MadeKey& key) { return test::parsed(key.certificates[0])->not_before(); }

  std::vector<MadeKey> keys_;
};

TEST_F(GenuineKeys, AreBelievedWhoeverBringsThem) {
  for (const MadeKey& key : keys_) {
    EXPECT_EQ(key.problem(KeySource::anybody, start_of(key)), "");
    EXPECT_EQ(key.problem(KeySource::verifier, start_of(key)), "");
    EXPECT_NE(key.problem(KeySource::anybody, start_of(key) - std::chrono::seconds{1}), "");
    EXPECT_NE(key.problem(KeySource::anybody, start_of(key) + std::chrono::hours{72}), "");
  }
}

// ATTACK(V11): a genuine certificate beside another key.
TEST_F(GenuineKeys, DoNotLendTheirCertificates) {
  MadeKey stolen = keys_[0];
  stolen.x_y = test::x_y(test::ec_key("P-384"), 48);
  EXPECT_EQ(stolen.problem(KeySource::anybody, start_of(keys_[0])),
            "the token's key: its certificate is of another key");
  stolen.x_y = keys_[1].x_y;
  EXPECT_EQ(stolen.problem(KeySource::anybody, start_of(keys_[0])),
            "the token's key: its certificate is of another key");
}

// ATTACK(P2): every bit of the certificate, the issuer and the key.
TEST_F(GenuineKeys, AreRefusedWithAnyBitFlipped) {
  const MadeKey& good = keys_[0];
  const UtcTime at = start_of(good);
  std::size_t flips = 0;
  const auto flip_each = [&](auto part) {
    MadeKey sized = good;
    for (std::size_t bit = 0; bit < 8 * part(sized).size(); ++bit, ++flips) {
      MadeKey made = good;
      part(made)[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_NE(made.problem(KeySource::anybody, at), "") << bit;
    }
  };
  flip_each([](MadeKey& key) -> Bytes& { return key.certificates[0]; });
  flip_each([](MadeKey& key) -> Bytes& { return key.certificates[1]; });
  flip_each([](MadeKey& key) -> Bytes& { return key.x_y; });
  EXPECT_GT(flips, 14'000U);
}

// ATTACK(X20): the genuine issuer and what it really signed.
TEST_F(GenuineKeys, AreNoDevicesAndNoManifestSigners) {
  for (const ChainRole role : {ChainRole::evidence_signer, ChainRole::rim_signer}) {
    const ChainResult judged = ChainChecker::check(keys_[0].certificates, Platform::nvidia_gpu, role,
                                                   AnchorSet::pinned(), {start_of(keys_[0])});
    EXPECT_FALSE(judged.valid());
    const AnchorSet custom = AnchorSet::custom({issuer_der()}).value();
    const ChainResult under_itself =
        ChainChecker::check(keys_[0].certificates, Platform::nvidia_gpu, role, custom, {start_of(keys_[0])});
    EXPECT_FALSE(under_itself.valid()) << "even where a caller trusts it";
  }
}

// An issuer of the caller's own vouches for what the pinned one would, and for nothing more.
TEST(TokenSigner, HoldsWhatTheCallersOwnIssuerSignedToTheSameRules) {
  using test::Signing;
  const auto problem_under = [](const Party& root, const test::CertificateSpec& spec, bool names_root = true) {
    MadeKey made = make_key(spec, root);
    if (!names_root) {
      made.certificates[0] = test::issue(spec, test::ec_key("P-384"), nullptr).der;
    }
    const CertificatePtr issuer = test::parsed(root.der);
    const TokenSigner signer{ByteView(made.x_y).first<96>(), made.certificates, KeySource::anybody, issuer.get()};
    const auto finding = judge_token_signer(signer, kWithinIssuer);
    return finding ? finding->message : std::string();
  };
  const auto issuer_with = [](crypto::PkeyPtr key, std::vector<test::ExtensionSpec> extensions, Signing signing) {
    return test::issue({.common_name = "issuer",
                        .not_before = kWithinIssuer - std::chrono::hours{48},
                        .not_after = kWithinIssuer + std::chrono::hours{48},
                        .extensions = std::move(extensions),
                        .signing = signing},
                       std::move(key), nullptr);
  };
  const Party good = issuer_with(test::ec_key("P-384"), test::root_extensions(), Signing::sha384);
  test::CertificateSpec spec = leaf_spec();
  spec.signing = Signing::sha384;
  ASSERT_EQ(problem_under(good, spec), "");

  const std::string_view not_signed = "the token's key: its certificate is not signed by the issuer that is trusted";
  // Keys that chains may not have, and issuers that may not issue; each signature is good.
  const Party p521 = issuer_with(test::ec_key("P-521"), test::root_extensions(), Signing::sha384);
  EXPECT_EQ(problem_under(p521, spec), not_signed);
  spec.signing = Signing::pss_sha384;
  EXPECT_EQ(problem_under(issuer_with(test::rsa_key(3072), test::root_extensions(), Signing::pss_sha384), spec), "");
  EXPECT_EQ(problem_under(issuer_with(test::rsa_key(2048), test::root_extensions(), Signing::pss_sha384), spec),
            not_signed);
  spec.signing = Signing::sha384;
  for (auto extensions : {test::replaced(test::root_extensions(), {"basicConstraints", "CA:FALSE", true}),
                          test::without(test::root_extensions(), "keyUsage"),
                          test::replaced(test::root_extensions(), {"keyUsage", "cRLSign", true})}) {
    EXPECT_EQ(problem_under(issuer_with(test::ec_key("P-384"), extensions, Signing::sha384), spec), not_signed);
  }
  // The issuer's name and bytes, and another key.
  EXPECT_EQ(problem_under({test::ec_key("P-384"), good.der}, spec), not_signed);

  const auto with = [&](test::ExtensionSpec extension) {
    test::CertificateSpec changed = spec;
    changed.extensions = test::replaced(spec.extensions, extension);
    if (changed.extensions.size() == spec.extensions.size() &&
        std::ranges::none_of(spec.extensions, [&](const auto& one) { return one.oid == extension.oid; })) {
      changed.extensions.push_back(extension);
    }
    return problem_under(good, changed);
  };
  EXPECT_EQ(with({"basicConstraints", "CA:TRUE", true}), "the token's key: its certificate is a CA's");
  EXPECT_EQ(with({"keyUsage", "keyAgreement", true}), "the token's key: its certificate is not for signing");
  test::CertificateSpec without_usage = spec;
  without_usage.extensions = test::without(spec.extensions, "keyUsage");
  EXPECT_EQ(problem_under(good, without_usage), "the token's key: its certificate is not for signing");
  EXPECT_EQ(with({"1.3.6.1.4.1.99999.1", "", true, Bytes{0x05, 0x00}}),
            "the token's key: its certificate has the critical extension 1.3.6.1.4.1.99999.1, which is not understood");
  EXPECT_EQ(with({"1.3.6.1.4.1.99999.1", "", false, Bytes{0x05, 0x00}}), "");
  test::CertificateSpec renamed = spec;
  renamed.organization = "NVIDIA";
  EXPECT_NE(problem_under(good, renamed).find("no name of the service"), std::string::npos);
  renamed = spec;
  renamed.common_name = "An NVIDIA Attestation Service";
  EXPECT_NE(problem_under(good, renamed).find("no name of the service"), std::string::npos);
  test::CertificateSpec foreign = spec;
  foreign.issuer_name = "another issuer";
  EXPECT_EQ(problem_under(good, foreign),
            "the token's key: its certificate names another issuer than the one that is trusted");
}

TEST(TokenSigner, NeedsAnOwnIssuerThatWasValidWhenTheTokenWasSigned) {
  const Party root = test::issue({.common_name = "issuer",
                                  .not_before = kWithinIssuer - std::chrono::hours{1},
                                  .not_after = kWithinIssuer + std::chrono::hours{1},
                                  .extensions = test::root_extensions(),
                                  .signing = test::Signing::sha384},
                                 test::ec_key("P-384"), nullptr);
  test::CertificateSpec spec = leaf_spec();
  spec.signing = test::Signing::sha384;
  const MadeKey made = make_key(spec, root);
  const CertificatePtr issuer = test::parsed(root.der);
  const TokenSigner signer{ByteView(made.x_y).first<96>(), made.certificates, KeySource::verifier, issuer.get()};
  EXPECT_FALSE(judge_token_signer(signer, kWithinIssuer));
  for (const UtcTime at : {kWithinIssuer - std::chrono::hours{2}, kWithinIssuer + std::chrono::hours{1}}) {
    const auto finding = judge_token_signer(signer, at);
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->code, "token_key_not_trusted");
    EXPECT_TRUE(finding->message.starts_with("the token's key: its issuer is valid from ")) << finding->message;
  }
}

}  // namespace
}  // namespace tenzro::tee::x509
