// SPDX-License-Identifier: Apache-2.0
// SEV-SNP platforms under a hierarchy of the test's own that bears AMD's names: root, ASK, ASVK, a VCEK and a VLEK.
#pragma once
#include <openssl/ecdsa.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collateral/contents_source.hpp"
#include "crypto/digest.hpp"
#include "evidence/snp/tcb.hpp"
#include "made/pki.hpp"
#include "made/snp.hpp"
#include "support/findings.hpp"
#include "tenzro/tee.hpp"

namespace tenzro::tee::test {

inline Bytes der_number(std::uint8_t value) { return value < 0x80 ? Bytes{2, 1, value} : Bytes{2, 2, 0, value}; }
inline Bytes der_text(std::string_view text) {
  Bytes out = {0x16, static_cast<std::uint8_t>(text.size())};
  out.insert(out.end(), text.begin(), text.end());
  return out;
}

/// AMD's extensions of a leaf for this TCB. hwid or csp_id: whichever is not empty.
inline std::vector<ExtensionSpec> amd_leaf_extensions(snp::Product product, const snp::Tcb& tcb, const Bytes& hwid,
                                                      const std::string& csp_id) {
  const std::string arc = "1.3.6.1.4.1.3704.1.";
  std::vector<ExtensionSpec> out;
  const auto add = [&](const char* tail, Bytes value) { out.push_back({arc + tail, "", false, std::move(value)}); };
  add("1", der_number(product == snp::Product::turin ? 1 : 0));
  add("2", der_text(product == snp::Product::milan ? "Milan-B0" : to_string(product)));
  add("3.1", der_number(tcb.bootloader));
  add("3.2", der_number(tcb.tee));
  add("3.3", der_number(tcb.snp));
  add("3.8", der_number(tcb.microcode));
  if (tcb.fmc) {
    add("3.9", der_number(*tcb.fmc));
  }
  if (!hwid.empty()) {
    add("4", hwid);
  }
  if (!csp_id.empty()) {
    add("5", der_text(csp_id));
  }
  return out;
}

/// Keys are made once: RSA keys take their time.
struct SnpKeys {
  crypto::PkeyPtr (*rsa)() = [] { return rsa_key(3072); };
  crypto::PkeyPtr root = rsa(), ask = rsa(), leaf = ec_key("P-384"), other = ec_key("P-384");
  static const SnpKeys& get() {
    static const SnpKeys keys;
    return keys;
  }
};
inline crypto::PkeyPtr shared(const crypto::PkeyPtr& key) {
  EVP_PKEY_up_ref(key.get());
  return crypto::PkeyPtr(key.get());
}

struct MadeSnpPlatform {
  MadeSnpReport report{};
  snp::Product product = snp::Product::genoa;
  bool vlek = false;
  std::string csp_id = "CN=cc-nowhere.example";
  bool other_key = false;                   ///< the leaf is for a key that signs nothing
  crypto::PkeyPtr (*leaf_key)() = nullptr;  ///< and this is it
  std::string issuer{};                     ///< common name of the ASK or ASVK; "SEV-Genoa" and the like by default
  std::optional<Bytes> hwid{};              ///< the report's chip by default
  std::optional<snp::Tcb> leaf_tcb{};       ///< the report's TCB by default
  std::optional<snp::Product> named{};      ///< by the leaf's own extension; the platform's product by default
  UtcTime leaf_start = kStart, leaf_end = kEnd;
  UtcTime issuers_start = kStart, issuers_end = kEnd;
  Party root{}, ask{}, leaf{};

  MadeSnpPlatform& make() {
    const std::string name(to_string(product));
    constexpr const char* kAmd = "Advanced Micro Devices";
    const auto spec = [&](const std::string& common_name, Bytes serial, std::vector<ExtensionSpec> extensions) {
      CertificateSpec out;
      out.common_name = common_name;
      out.organization = kAmd;
      out.serial = std::move(serial);
      out.extensions = std::move(extensions);
      out.signing = Signing::pss_sha384;
      out.not_before = issuers_start;
      out.not_after = issuers_end;
      return out;
    };
    root = issue(spec("ARK-" + name, {1, 0, 0}, root_extensions()), shared(SnpKeys::get().root), nullptr);
    const std::string intermediate = issuer.empty() ? (vlek ? "SEV-VLEK-" : "SEV-") + name : issuer;
    ask = issue(spec(intermediate, {1, 0, 1}, ca_extensions("CA:TRUE,pathlen:0")), shared(SnpKeys::get().ask), &root);
    const Bytes chip =
        product == snp::Product::turin ? Bytes(report.chip_id.begin(), report.chip_id.begin() + 8) : report.chip_id;
    CertificateSpec leaf_spec =
        spec(vlek ? "SEV-VLEK" : "SEV-VCEK", {0},
             amd_leaf_extensions(named.value_or(product), leaf_tcb.value_or(snp::read_tcb(report.tcb, product)),
                                 vlek ? Bytes() : hwid.value_or(chip), vlek ? csp_id : ""));
    leaf_spec.not_before = leaf_start;
    leaf_spec.not_after = leaf_end;
    leaf =
        issue(leaf_spec,
              leaf_key != nullptr ? leaf_key() : shared(other_key ? SnpKeys::get().other : SnpKeys::get().leaf), &ask);
    return *this;
  }

  /// The report's bytes with the leaf's signature over them.
  static Bytes sign(Bytes bytes, const crypto::PkeyPtr& key = SnpKeys::get().leaf) {
    const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
    const auto digest = crypto::sha384(ByteView(bytes).first(snp::kSignedSize));
    Bytes der(256);
    std::size_t size = der.size();
    EXPECT_EQ(EVP_PKEY_sign_init(context.get()), 1);
    EXPECT_EQ(EVP_PKEY_sign(context.get(), der.data(), &size, digest.data(), digest.size()), 1);
    const unsigned char* at = der.data();
    const crypto::Handle<ECDSA_SIG, ECDSA_SIG_free> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    fill_at(bytes, snp_at::kR, 144, 0);
    BN_bn2lebinpad(ECDSA_SIG_get0_r(signature.get()), bytes.data() + snp_at::kR, 72);
    BN_bn2lebinpad(ECDSA_SIG_get0_s(signature.get()), bytes.data() + snp_at::kS, 72);
    return bytes;
  }
  Bytes signed_report() const { return sign(report.bytes()); }

  Bytes list(const std::vector<Bytes>& revoked = {}, UtcTime issued = kStart, UtcTime until = kEnd) const {
    ListSpec spec;
    spec.this_update = issued;
    spec.next_update = until;
    for (const Bytes& serial : revoked) {
      spec.entries.push_back({serial});
    }
    spec.extensions = list_extensions();
    spec.signing = Signing::pss_sha384;
    return issue_list(spec, root);
  }
};

inline CollateralDocument amd_document(CollateralKind kind, Bytes body, std::string source) {
  CollateralDocument out;
  out.kind = kind;
  out.body = std::move(body);
  out.source = std::move(source);
  return out;
}

/// What a caller of `verify` has at hand for one made platform.
struct SnpCaller {
  collateral::Contents files{};
  VerifyOptions options = VerifyOptions::unbound_replay_possible();

  /// Everything that it takes.
  explicit SnpCaller(const MadeSnpPlatform& platform) {
    files.certificates = {platform.leaf.der, platform.ask.der};
    files.documents.push_back(
        amd_document(CollateralKind::amd_crl, platform.list(), platform.vlek ? "vlek_crl.der" : "crl.der"));
    options.at(kNow).replace_trust_anchors({platform.root.der});
  }
  VerificationResult judge(const AttestationReport& report) const {
    return AttestationVerifier(std::make_shared<collateral::ContentsSource>(files)).verify(report, options);
  }
  VerificationResult judge(Bytes evidence) const {
    AttestationReport report;
    report.platform = Platform::amd_sev_snp;
    report.evidence = std::move(evidence);
    return judge(report);
  }
};

}  // namespace tenzro::tee::test
