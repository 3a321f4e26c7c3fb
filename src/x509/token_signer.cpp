// SPDX-License-Identifier: Apache-2.0
// Source: key sets of NVIDIA's remote attestation service as captured in 2026: leaves of two days under one RSA-2048
// intermediate, whose own issuer is published nowhere.
#include "x509/token_signer.hpp"
#include "x509/signature_checks.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "core/text.hpp"
#include "x509/embedded_certificates.hpp"
#include "x509/signature_checks.hpp"

namespace tenzro::tee::x509 {

namespace {

constexpr std::string_view kOrganization = "NVIDIA Corporation";
constexpr std::string_view kNameBegin = "NVIDIA Attestation Service ";
/// Basic constraints and key usage, which are looked at here.
constexpr std::array<std::string_view, 2> kUnderstood = {"2.5.29.19", "2.5.29.15"};

Finding not_trusted(std::string_view message) {
  return {"chain", "token_key_not_trusted", concat("the token's key: ", message)};
}

/// Expired at notAfter, without skew, as everywhere.
bool is_valid_at(const Certificate& certificate, UtcTime at) {
  return certificate.not_before() <= at && at < certificate.not_after();
}

std::string life_of(const Certificate& certificate, UtcTime at) {
  return concat("is valid from ", to_rfc3339(certificate.not_before()), " to ", to_rfc3339(certificate.not_after()),
                ", and the token was signed at ", to_rfc3339(at));
}

/// The one place where RSA with 2048 bits is believed.
bool is_signed_by_pinned(const Certificate& leaf) {
  return leaf.signature_algorithm() == SignatureAlgorithm::rsa_pkcs1_sha256 &&
         pinned_token_issuer().rsa_key()->verify_pkcs1(crypto::Hash::sha256, leaf.signed_bytes(), leaf.signature());
}

/// A CA with a key that chains may have.
bool is_signed_by_own(const Certificate& leaf, const Certificate& issuer) {
  constexpr int kLeastRsaBits = 3072;
  const bool is_strong = issuer.key_kind() == KeyKind::ec_p256 || issuer.key_kind() == KeyKind::ec_p384 ||
                         (issuer.key_kind() == KeyKind::rsa && issuer.key_bits() >= kLeastRsaBits);
  const bool may_sign = issuer.is_ca() && issuer.key_usage() && (*issuer.key_usage() & key_usage::kKeyCertSign) != 0;
  return is_strong && may_sign &&
         SignatureChecks().check(signed_thing::kCertificate, issuer, leaf.signature_algorithm(),
                                 {leaf.sha256(), leaf.signed_bytes(), leaf.signature()});
}

/// Empty when the leaf is one that its issuer made for the service. own: null for the pinned one.
std::optional<std::string> problem_under_issuer(const Certificate& leaf, const Certificate* own) {
  const Certificate& issuer = own == nullptr ? pinned_token_issuer() : *own;
  if (!std::ranges::equal(leaf.issuer(), issuer.subject())) {
    return "its certificate names another issuer than the one that is trusted";
  }
  if (own == nullptr ? !is_signed_by_pinned(leaf) : !is_signed_by_own(leaf, *own)) {
    return "its certificate is not signed by the issuer that is trusted";
  }
  if (leaf.is_ca()) {
    return "its certificate is a CA's";
  }
  if (!leaf.key_usage() || (*leaf.key_usage() & key_usage::kDigitalSignature) == 0) {
    return "its certificate is not for signing";
  }
  for (const Extension& extension : leaf.extensions()) {
    if (extension.critical && std::ranges::find(kUnderstood, extension.oid) == kUnderstood.end()) {
      return concat("its certificate has the critical extension ", extension.oid, ", which is not understood");
    }
  }
  if (leaf.organization() != kOrganization || !leaf.common_name().starts_with(kNameBegin)) {
    return concat("its certificate bears the name ", printable(leaf.common_name(), 64), ", no name of the service");
  }
  return std::nullopt;
}

}  // namespace

const Certificate& pinned_token_issuer() {
  // Aborts when it is broken, as for roots: that build is not what its source says.
  static const CertificatePtr issuer = [] {
    const auto embedded = embedded_token_issuers();
    auto parsed =
        embedded.size() == 1 ? Certificate::parse(embedded.front().der) : Error(ErrorCode::internal, "not one issuer");
    if (!parsed || !(*parsed)->rsa_key()) {
      std::abort();
    }
    return *std::move(parsed);
  }();
  return *issuer;
}

std::optional<Finding> judge_token_signer(const TokenSigner& signer, UtcTime signed_at) {
  const bool needs_issuer = signer.source != KeySource::verifier || signer.own_issuer != nullptr;
  if (signer.certificates.empty()) {
    return needs_issuer ? std::optional(not_trusted("it has no certificate, while anybody may have made this key set"))
                        : std::nullopt;
  }
  const auto leaf = Certificate::parse(signer.certificates.front());
  if (!leaf) {
    return not_trusted(leaf.error().message());
  }
  const auto key = crypto::EcPublicKey::from_point(crypto::Curve::p384, signer.x_y);
  if (!key) {
    return not_trusted(key.error().message());
  }
  if ((*leaf)->key_kind() != KeyKind::ec_p384 || !(*leaf)->ec_key()->is_same_as(*key)) {
    return not_trusted("its certificate is of another key");
  }
  if (!is_valid_at(**leaf, signed_at)) {
    return not_trusted(concat("its certificate ", life_of(**leaf, signed_at)));
  }
  if (!needs_issuer) {
    return std::nullopt;
  }
  const Certificate& issuer = signer.own_issuer == nullptr ? pinned_token_issuer() : *signer.own_issuer;
  if (signer.certificates.size() < 2 || !std::ranges::equal(signer.certificates[1], issuer.der())) {
    return not_trusted("its issuer is not the pinned one, while anybody may have made this key set");
  }
  if (!is_valid_at(issuer, signed_at)) {
    return not_trusted(concat("its issuer ", life_of(issuer, signed_at)));
  }
  if (const auto problem = problem_under_issuer(**leaf, signer.own_issuer)) {
    return not_trusted(*problem);
  }
  return std::nullopt;
}

}  // namespace tenzro::tee::x509
