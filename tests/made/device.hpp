// SPDX-License-Identifier: Apache-2.0
// A GPU or switch with a hierarchy like NVIDIA's under keys of the test's own: its report, its manifests, and what the
// issuers say of its certificates.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "formats/pem.hpp"
#include "made/der.hpp"
#include "made/joined.hpp"
#include "made/ocsp.hpp"
#include "made/rim_signer.hpp"
#include "made/spdm_report.hpp"
#include "tenzro/tee/verifier.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::test {

/// Documents and certificates in memory.
class MadeSource final : public CollateralSource {
 public:
  void add(CollateralKind kind, Bytes body, std::string source = "made") {
    CollateralDocument document;
    document.kind = kind;
    document.body = std::move(body);
    document.source = std::move(source);
    documents_.push_back(std::make_shared<const CollateralDocument>(std::move(document)));
  }
  void remove(CollateralKind kind) {
    std::erase_if(documents_, [kind](const CollateralDocumentPtr& one) { return one->kind == kind; });
  }
  void add_certificate(Bytes der) { certificates_.push_back(std::move(der)); }

  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    requests.push_back(request.kind);
    std::vector<CollateralDocumentPtr> out;
    for (const CollateralDocumentPtr& document : documents_) {
      if (document->kind == request.kind) {
        out.push_back(document);
      }
    }
    return out;
  }
  std::span<const Bytes> loose_certificates() const override { return certificates_; }

  std::vector<CollateralKind> requests;

 private:
  std::vector<CollateralDocumentPtr> documents_;
  std::vector<Bytes> certificates_;
};

inline Bytes der_sequence(const std::vector<Bytes>& parts, std::uint8_t tag = 0x30) { return tlv(tag, joined(parts)); }

/// SEQUENCE { sha384, OCTET STRING }
inline Bytes der_firmware_digest(const Bytes& digest) {
  const Bytes sha384 = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02};
  return der_sequence({sha384, der_sequence({digest}, 0x04)});
}
inline Bytes der_composite_device_id(const Bytes& key, const Bytes& digest) {
  return der_sequence({{0x02, 0x01, 0x01}, key, der_firmware_digest(digest)});
}
/// Vendor, two firmware ids of which the second is zero, flags.
inline Bytes der_tcb_info(const Bytes& digest, std::uint8_t flags = 0x80) {
  return der_sequence({der_sequence({{'N', 'V', 'I', 'D', 'I', 'A'}}, 0x80),
                       der_sequence({der_firmware_digest(digest), der_firmware_digest(Bytes(48))}, 0xa6),
                       der_sequence({{0x00, flags, 0x00, 0x00, 0x01}}, 0x87)});
}

/// Good in every respect unless a member says otherwise; make() and the writers take the members as they are then.
struct MadeDevice {
  // What it is.
  std::string device = "GH100 A01 GSP";  ///< what its certificates are named after
  std::string serial_number = "41431D480FE5E87274";
  std::string arch = "HOPPER";
  std::string last_label = "CERTIFICATE";  ///< of the root in its PEM chain
  Bytes nonce = Bytes(32, 0x5a);
  Bytes fwid = Bytes(48, 0xf1);
  std::map<std::uint16_t, Bytes> opaque = {{3, text("550.90.07")}, {6, {0x00, 0x9f, 0x00, 0x96, 0x01, 0, 0, 0}},
                                           {11, {0x55}},           {15, text("882")},
                                           {17, text("1010")},     {18, text("0200")},
                                           {20, Bytes(48, 0xf1)}};
  std::map<std::size_t, Bytes> measurements{};  ///< by index, from 0; all others are zero
  // What is published of it: measurements 1 and 7 are 0x11.. and 0x77..
  MadeRim driver_rim{
      .version = "550.90.07", .golden = {{7, true, {Bytes(48, 0x70), Bytes(48, 0x77)}}}, .chain = {}, .sign = {}};
  MadeRim vbios_rim{.version = "96.00.9F.00.01",
                    .golden = {{0, true, {Bytes(48)}}, {1, true, {Bytes(48, 0x11)}}, {35, true, {Bytes(48, 0x35)}}},
                    .chain = {},
                    .sign = {}};

  // Who says so.
  CertificateSpec root_spec{.common_name = "NVIDIA Device Identity CA",
                            .organization = "NVIDIA",
                            .extensions = root_extensions(),
                            .signing = Signing::sha384};
  CertificateSpec identity_spec{.common_name = "NVIDIA GH100 Identity",
                                .organization = "NVIDIA Corporation",
                                .serial = {0x51},
                                .extensions = ca_extensions(),
                                .signing = Signing::sha384};
  CertificateSpec ica_spec{.common_name = "NVIDIA GH100 Provisioner ICA 1",
                           .organization = "NVIDIA Corporation",
                           .serial = {0x52},
                           .extensions = ca_extensions(),
                           .signing = Signing::sha384};
  CertificateSpec brom_spec{.organization = "NVIDIA Corporation",
                            .serial = {0x53},
                            .extensions = ca_extensions(),
                            .signing = Signing::sha384};
  CertificateSpec leaf_spec{.organization = "NVIDIA Corporation",
                            .serial = {0x54},
                            .extensions = leaf_extensions(),
                            .signing = Signing::sha384};
  /// Of the leaf, in place of the one that fwid gives; empty value: none.
  std::optional<ExtensionSpec> firmware_extension{};
  Party root, identity, ica, brom, leaf;
  MadeRimSigner rim_signer{};

  static Bytes text(std::string_view value) {
    Bytes out(value.begin(), value.end());
    out.push_back(0);
    return out;
  }

  MadeDevice& make() {
    root = issue(root_spec, ec_key("P-384"), nullptr);
    identity = issue(identity_spec, ec_key("P-384"), &root);
    ica = issue(ica_spec, ec_key("P-384"), &identity);
    rim_signer.make();
    return make_own();
  }
  /// The device's own two certificates, under the same issuers as before.
  MadeDevice& make_own() {
    brom_spec.common_name = device + " BROM";
    brom_spec.serial_number = serial_number;
    brom = issue(brom_spec, ec_key("P-384"), &ica);
    leaf_spec.common_name = device + " FMC LF";
    CertificateSpec with_id = leaf_spec;
    const x509::CertificatePtr made_by = parsed(brom.der);
    const ByteView key = made_by->public_key_info();
    const ExtensionSpec id = firmware_extension.value_or(
        ExtensionSpec{"2.23.133.5.4.1", {}, false, der_composite_device_id(Bytes(key.begin(), key.end()), fwid)});
    if (!id.oid.empty()) {
      with_id.extensions.push_back(id);
    }
    leaf = issue(with_id, ec_key("P-384"), &brom);
    return *this;
  }

  std::vector<Bytes> anchors() const { return {root.der, rim_signer.root.der}; }
  std::vector<Bytes> chain() const { return {leaf.der, brom.der, ica.der, identity.der, root.der}; }

  Bytes report() const {
    MadeSpdmReport made;
    made.nonce = nonce;
    for (std::size_t number = 1; number <= made.measurements; ++number) {
      made.values[number] = Bytes(48);
    }
    made.values[1 + 1] = Bytes(48, 0x11);
    made.values[7 + 1] = Bytes(48, 0x77);
    for (const auto& [index, value] : measurements) {
      made.values[index + 1] = value;
    }
    made.opaque.assign(opaque.begin(), opaque.end());
    made.sign = [this](ByteView data) { return sign_raw_p384(leaf.key, data); };
    return made.bytes();
  }

  /// One element of the JSON that NVIDIA's tools write.
  std::string evidence_element() const {
    std::string pem;
    for (const Bytes& certificate : chain()) {
      pem += pem::encode(certificate == root.der ? last_label : "CERTIFICATE", certificate);
    }
    return R"({"arch":")" + arch + R"(","nonce":")" + to_hex(nonce) + R"(","evidence":")" + to_base64(report()) +
           R"(","certificate":")" + to_base64({reinterpret_cast<const std::uint8_t*>(pem.data()), pem.size()}) + "\"}";
  }
  AttestationReport evidence() const {
    const std::string json = "[" + evidence_element() + "]";
    AttestationReport out;
    out.platform = Platform::nvidia_gpu;
    out.evidence.assign(json.begin(), json.end());
    return out;
  }

  void add_rims(MadeSource& to) const {
    to.add(CollateralKind::rim, rim_signer.signing(driver_rim).bytes(), "driver.xml");
    to.add(CollateralKind::rim, rim_signer.signing(vbios_rim).bytes(), "vbios.xml");
  }
  /// What the issuer says of one certificate.
  static Bytes status_of(const Party& certificate, const Party& issuer, int status = V_OCSP_CERTSTATUS_GOOD,
                         std::optional<int> reason = std::nullopt) {
    MadeOcsp made;
    made.answers = {{.certificate = certificate.der,
                     .issuer = issuer.der,
                     .status = status,
                     .this_update = kNow - std::chrono::hours{1},
                     .next_update = kNow + std::chrono::hours{23},
                     .reason = reason}};
    made.key = issuer.key.get();
    made.signer = issuer.der;
    made.produced_at = kNow - std::chrono::hours{1};
    return made_ocsp_response(made);
  }
  void add_statuses(MadeSource& to) const {
    for (const auto& [certificate, issuer] : device_pairs()) {
      to.add(CollateralKind::ocsp, status_of(*certificate, *issuer));
    }
    for (const auto& [certificate, issuer] : signer_pairs()) {
      to.add(CollateralKind::ocsp, status_of(*certificate, *issuer));
    }
  }
  std::vector<std::pair<const Party*, const Party*>> device_pairs() const {
    return {{&brom, &ica}, {&ica, &identity}, {&identity, &root}};
  }
  std::vector<std::pair<const Party*, const Party*>> signer_pairs() const {
    return {{&rim_signer.leaf, &rim_signer.l3}, {&rim_signer.l3, &rim_signer.ca}, {&rim_signer.ca, &rim_signer.root}};
  }
  std::shared_ptr<MadeSource> source() const {
    auto out = std::make_shared<MadeSource>();
    add_rims(*out);
    add_statuses(*out);
    return out;
  }
  VerifyOptions options() const {
    auto nonce_of = EvidenceNonce::from_caller_data(nonce);
    return VerifyOptions::bound_to_nonce(*std::move(nonce_of)).at(kNow).replace_trust_anchors(anchors());
  }
};

}  // namespace tenzro::tee::test
