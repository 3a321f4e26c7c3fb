// SPDX-License-Identifier: Apache-2.0
// A remote attestation service of the test's own: keys, a key set, and answers with any claim changed.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "made/keys.hpp"
#include "made/nras_claims.hpp"
#include "made/pki.hpp"

namespace tenzro::tee::test {

/// One key of the service.
struct MadeNrasKey {
  std::string id;
  crypto::PkeyPtr key;                ///< P-384
  std::vector<Bytes> certificates{};  ///< "x5c"; none: the key set has no such member

  NrasJson jwk() const {
    const Bytes point = x_y(key, 48);
    NrasJson out = {{"kty", "EC"},
                    {"crv", "P-384"},
                    {"kid", id},
                    {"x", base64url(ByteView(point).first(48))},
                    {"y", base64url(ByteView(point).subspan(48))}};
    for (const Bytes& certificate : certificates) {
      out["x5c"].push_back(to_base64(certificate));
    }
    return out;
  }
};

/// Certificates as the service's keys have, valid for a day around that time, under an RSA-2048 issuer of the test's
/// own. Programs that call it are linked with unit/x509/test_pki.cpp.
inline std::vector<Bytes> made_nras_certificates(const crypto::PkeyPtr& key, UtcTime around) {
  const std::chrono::hours day{24};
  CertificateSpec issuer{.common_name = "NVIDIA Attestation Service GPU Intermediate 004",
                         .organization = "NVIDIA Corporation",
                         .not_before = around - 2 * day,
                         .not_after = around + 2 * day,
                         .extensions = root_extensions()};
  CertificateSpec leaf{.common_name = "NVIDIA Attestation Service GPU GH100",
                       .organization = "NVIDIA Corporation",
                       .not_before = around - day,
                       .not_after = around + day,
                       .extensions = {{"keyUsage", "digitalSignature", true}}};
  issuer.signing = Signing::pkcs1_sha256;
  leaf.signing = Signing::pkcs1_sha256;
  const Party ca = issue(issuer, rsa_key(2048), nullptr);
  return {issue(leaf, share(key), &ca).der, ca.der};
}

/// The same under a P-384 issuer of the test's own, for tests that replace the trust anchors by it.
inline std::vector<Bytes> made_nras_certificates_under(const crypto::PkeyPtr& key, const Party& issuer) {
  const CertificateSpec leaf{.common_name = "NVIDIA Attestation Service GPU GH100",
                             .organization = "NVIDIA Corporation",
                             .extensions = {{"keyUsage", "digitalSignature", true}},
                             .signing = Signing::sha384};
  return {issue(leaf, share(key), &issuer).der, issuer.der};
}
inline Party made_nras_issuer() {
  return issue({.common_name = "NVIDIA Attestation Service GPU Intermediate 004",
                .organization = "NVIDIA Corporation",
                .extensions = root_extensions(),
                .signing = Signing::sha384},
               ec_key("P-384"), nullptr);
}

/// A device and its claims, as they will be signed.
struct MadeNrasDevice {
  std::string name;
  NrasJson claims;
};

/// The service. Every member may be changed before answer() is called.
class MadeNras {
 public:
  NrasOrigin origin;
  MadeNrasKey key{"made-key-1", make_ec_key("P-384")};
  NrasJson header = {{"kid", "made-key-1"}, {"alg", "ES384"}};
  std::vector<MadeNrasDevice> devices;
  NrasJson overall = NrasJson::object();  ///< members of the overall token's claims that differ; null takes one away
  /// Signs header and payload, which stand in the compact form; by default with the key and ES384.
  std::function<Bytes(std::string_view)> sign = [this](std::string_view input) {
    const ByteView bytes(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    return raw_signature(sign_der(key.key, crypto::Hash::sha384, bytes), 48);
  };

  explicit MadeNras(UtcTime issued_at) { origin.issued_at = issued_at; }
  MadeNras(const MadeNras&) = delete;  // sign refers to this object
  MadeNras& operator=(const MadeNras&) = delete;
  ~MadeNras() = default;

  MadeNras& add_gpus(unsigned count, std::string_view version = "2.0") {
    for (unsigned i = 0; i < count; ++i) {
      devices.push_back({"GPU-" + std::to_string(i), nras_gpu_claims(origin, version, i)});
    }
    return *this;
  }
  MadeNras& add_switches(unsigned count, std::string_view version = "2.0") {
    for (unsigned i = 0; i < count; ++i) {
      devices.push_back({"SWITCH-" + std::to_string(i), nras_switch_claims(origin, version, i)});
    }
    return *this;
  }

  std::string key_set() const { return NrasJson{{"keys", NrasJson::array({key.jwk()})}}.dump(); }

  std::string token(const NrasJson& claims) const {
    const std::string input = base64url(header.dump()) + "." + base64url(claims.dump());
    return input + "." + base64url(sign(input));
  }
  std::vector<std::pair<std::string, std::string>> device_tokens() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const MadeNrasDevice& device : devices) {
      out.emplace_back(device.name, token(device.claims));
    }
    return out;
  }
  std::string overall_token(const std::vector<std::pair<std::string, std::string>>& tokens) const {
    NrasJson claims = nras_overall_claims(origin, tokens);
    for (const auto& item : overall.items()) {
      if (item.value().is_null()) {
        claims.erase(item.key());
      } else {
        claims[item.key()] = item.value();
      }
    }
    return token(claims);
  }
  /// The whole answer.
  std::string answer() const {
    const auto tokens = device_tokens();
    return nras_bundle(overall_token(tokens), tokens);
  }
};

}  // namespace tenzro::tee::test
