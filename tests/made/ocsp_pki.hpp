// SPDX-License-Identifier: Apache-2.0
// An issuer, a certificate of it, and its responder, in the suite of NVIDIA's chains.
#pragma once
#include "made/ocsp.hpp"
#include "made/pki.hpp"

namespace tenzro::tee::test {

inline std::vector<ExtensionSpec> responder_extensions() {
  return with(with(leaf_extensions(), {"extendedKeyUsage", "OCSPSigning", false}), {"noCheck", "ignored", false});
}

/// root -> ca -> leaf and ca -> responder; all P-384 and SHA-384. The leaf is a CA of its own, as NVIDIA's devices are.
struct OcspPki {
  Pki chain;
  CertificateSpec responder_spec{
      .common_name = "responder", .serial = {0x44}, .extensions = responder_extensions(), .signing = Signing::sha384};
  Party responder;

  OcspPki() {
    for (CertificateSpec* spec : {&chain.root_spec, &chain.ca_spec, &chain.leaf_spec}) {
      spec->signing = Signing::sha384;
    }
    chain.root.key = ec_key("P-384");
    chain.ca.key = ec_key("P-384");
    chain.leaf.key = ec_key("P-384");
    responder.key = ec_key("P-384");
    make();
  }
  OcspPki& make() {
    chain.make();
    make_responder();
    return *this;
  }
  void make_responder() { responder = issue(responder_spec, std::move(responder.key), &chain.ca); }

  const Party& issuer() const { return chain.ca; }
  MadeOcspAnswer answer() const {
    return {.certificate = chain.leaf.der, .issuer = chain.ca.der, .this_update = kStart, .next_update = kEnd};
  }
  /// Signed by the issuer itself.
  MadeOcsp by_issuer() const {
    return {.answers = {answer()}, .key = chain.ca.key.get(), .signer = chain.ca.der, .produced_at = kStart};
  }
  MadeOcsp by_responder() const {
    return {.answers = {answer()},
            .key = responder.key.get(),
            .signer = responder.der,
            .produced_at = kStart,
            .embeds_signer = true};
  }
};

}  // namespace tenzro::tee::test
