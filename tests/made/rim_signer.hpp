// SPDX-License-Identifier: Apache-2.0
// A hierarchy like NVIDIA's for reference manifests, under keys of the test's own.
#pragma once
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "made/pki.hpp"
#include "made/rim.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::test {

/// r || s of an ECDSA signature on P-384 over SHA-384 of data.
inline Bytes sign_raw_p384(const crypto::PkeyPtr& key, ByteView data) {
  const crypto::MdCtxPtr context(EVP_MD_CTX_new());
  std::size_t size = 256;
  Bytes der(size);
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &size, data.data(), data.size()) != 1) {
    throw std::runtime_error("EVP_DigestSign");
  }
  const unsigned char* at = der.data();
  const crypto::Handle<ECDSA_SIG, ECDSA_SIG_free> parts(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  Bytes out(96);
  if (BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out.data(), 48) != 48 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), out.data() + 48, 48) != 48) {
    throw std::runtime_error("BN_bn2binpad");
  }
  return out;
}

/// Root, CA of the chip, L3, L4 signer; each a good one unless its spec says otherwise.
struct MadeRimSigner {
  CertificateSpec root_spec{.common_name = "NVIDIA CoRIM signing Root CA",
                            .organization = "NVIDIA",
                            .extensions = root_extensions(),
                            .signing = Signing::sha384};
  CertificateSpec ca_spec{.common_name = "NVIDIA Reference Value GH100 CA",
                          .organization = "NVIDIA Corporation",
                          .serial = {0x22},
                          .extensions = ca_extensions(),
                          .signing = Signing::sha384};
  CertificateSpec l3_spec{.common_name = "NVIDIA Reference Value L3 GH100 001",
                          .organization = "NVIDIA Corporation",
                          .serial = {0x33},
                          .extensions = ca_extensions("CA:TRUE,pathlen:0"),
                          .signing = Signing::sha384};
  CertificateSpec leaf_spec{.common_name = "HCC RIM L4 Signer",
                            .organization = "NVIDIA Corporation",
                            .serial = {0x44},
                            .extensions = leaf_extensions(),
                            .signing = Signing::sha384};
  const char* leaf_curve = "P-384";
  Party root, ca, l3, leaf;

  MadeRimSigner& make() {
    root = issue(root_spec, ec_key("P-384"), nullptr);
    ca = issue(ca_spec, ec_key("P-384"), &root);
    l3 = issue(l3_spec, ec_key("P-384"), &ca);
    leaf = issue(leaf_spec, ec_key(leaf_curve), &l3);
    return *this;
  }

  std::vector<Bytes> chain() const { return {leaf.der, l3.der, ca.der, root.der}; }
  x509::AnchorSet anchors() const { return x509::AnchorSet::custom({root.der}).value(); }
  /// The same manifest with this chain and signed by its leaf.
  MadeRim signing(MadeRim rim = {}) const {
    rim.chain = chain();
    rim.sign = [this](ByteView data) { return sign_raw_p384(leaf.key, data); };
    return rim;
  }
};

}  // namespace tenzro::tee::test
