// SPDX-License-Identifier: Apache-2.0
// TDX and SGX evidence under an imitated Intel hierarchy, with the collateral that judges it.
#include "provider/simulated/tdx_evidence.hpp"

#include <algorithm>
#include <chrono>

#include "collateral/bundle.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "formats/pem.hpp"
#include "provider/simulated/quote_layout.hpp"

namespace tenzro::tee::simulated {

namespace {
using namespace std::chrono;
constexpr days kLifetime{30};
// Long, as the CAs' own: see there.
constexpr UtcTime kPckFrom = sys_days{2023y / January / 1};
constexpr UtcTime kPckUntil = sys_days{2049y / December / 31};

Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

/// Source: Intel SGX ECDSA QuoteLibReference, "QE report": SHA-256(attestation key || authentication data), then zeros.
ByteArray<64> qe_report_data(const ByteArray<64>& attestation_key, ByteView auth_data) {
  const ByteArray<32> digest = crypto::sha256({attestation_key, auth_data});
  ByteArray<64> out{};
  std::ranges::copy(digest, out.begin());
  return out;
}

CrlSpec dated(CrlSpec spec, UtcTime issued) {
  if (spec.this_update == UtcTime{}) {
    spec.this_update = issued;
    spec.next_update = spec.next_update.value_or(issued + kLifetime);
  }
  return spec;
}
}  // namespace

Bytes signed_document(std::string_view member, std::string_view value, EVP_PKEY* signer) {
  const ByteArray<64> signature = sign(signer, bytes_of(value));
  return bytes_of(concat("{\"", member, "\":", value, ",\"signature\":\"", to_hex(signature), "\"}"));
}

Bytes pem_chain(const std::vector<Bytes>& certificates) {
  std::string text;
  for (const Bytes& certificate : certificates) {
    text += pem::encode("CERTIFICATE", certificate);
  }
  text.push_back('\0');
  return bytes_of(text);
}

crypto::PkeyPtr TdxEvidenceMaker::pck_key() const { return key_from_label(concat(hierarchy_.label(), "/pck")); }

crypto::PkeyPtr TdxEvidenceMaker::attestation_key(const QuoteSpec& spec) const {
  return key_from_label(spec.attestation_key_label.empty() ? concat(hierarchy_.label(), "/attestation")
                                                           : spec.attestation_key_label);
}

Bytes TdxEvidenceMaker::pck_certificate(const QuoteSpec& spec) const {
  if (spec.pck_certificate) {
    return *spec.pck_certificate;
  }
  const CertificateSpec leaf{.common_name = "Intel SGX PCK Certificate",
                             .not_before = spec.pck_not_before.value_or(kPckFrom),
                             .not_after = spec.pck_not_after.value_or(kPckUntil),
                             .pck = spec.pck};
  return make_certificate(leaf, pck_key().get(), &hierarchy_.pck_ca(spec.platform_ca));
}

Bytes TdxEvidenceMaker::quote(const QuoteSpec& spec) const {
  Bytes out = write_signed_part(spec);
  const crypto::PkeyPtr attestation = attestation_key(spec);
  SignatureData data;
  data.quote_signature = sign(attestation.get(), out);
  data.attestation_key = public_point(attestation.get());
  tdx::SgxReport qe = spec.qe;
  qe.report_data = spec.qe_report_data.value_or(qe_report_data(data.attestation_key, spec.qe_auth_data));
  data.qe_report = write_sgx_report(qe);
  data.qe_report_signature = sign(pck_key().get(), data.qe_report);
  if (spec.certification_data) {
    data.certification_data = *spec.certification_data;
  } else if (spec.pck_chain) {
    data.certification_data = pem_chain(*spec.pck_chain);
  } else {
    data.certification_data = pem_chain(
        {pck_certificate(spec), hierarchy_.pck_ca(spec.platform_ca).certificate, hierarchy_.root().certificate});
  }
  const Bytes rest = write_signature_data(spec, data);
  out.insert(out.end(), rest.begin(), rest.end());
  out.insert(out.end(), spec.trailing.begin(), spec.trailing.end());
  return out;
}

std::vector<CollateralDocument> TdxEvidenceMaker::collateral(const QuoteSpec& quote, const CollateralSpec& spec) const {
  const Identity& root = hierarchy_.root();
  const Identity& pck_ca = hierarchy_.pck_ca(quote.platform_ca);
  const Identity& signer = spec.tcb_signer != nullptr ? *spec.tcb_signer : hierarchy_.tcb_signer();
  const auto document = [](CollateralKind kind, Bytes body, std::vector<Bytes> issuer_chain) {
    CollateralDocument out;
    out.kind = kind;
    out.body = std::move(body);
    out.issuer_chain = std::move(issuer_chain);
    return out;
  };
  const std::string tcb_info = spec.tcb_info ? *spec.tcb_info : tcb_info_json(quote, spec);
  const std::string qe_identity = spec.qe_identity ? *spec.qe_identity : qe_identity_json(quote, spec);
  return {document(CollateralKind::tcb_info, signed_document("tcbInfo", tcb_info, signer.key.get()),
                   {signer.certificate, root.certificate}),
          document(CollateralKind::qe_identity, signed_document("enclaveIdentity", qe_identity, signer.key.get()),
                   {signer.certificate, root.certificate}),
          document(CollateralKind::root_crl, make_crl(dated(spec.root_crl, spec.issued), root), {root.certificate}),
          document(CollateralKind::pck_crl, make_crl(dated(spec.pck_crl, spec.issued), pck_ca),
                   {pck_ca.certificate, root.certificate})};
}

AttestationReport TdxEvidenceMaker::report(const QuoteSpec& spec, const CollateralSpec& enclosed) const {
  const bool tdx = spec.body_type != tdx::BodyType::sgx_report;
  AttestationReport out;
  out.platform = tdx ? Platform::intel_tdx : Platform::intel_sgx;
  out.simulated = true;
  out.evidence = quote(spec);
  out.collateral = bytes_of(collateral::bundle_to_json(collateral(spec, enclosed)));
  out.generated_at = enclosed.issued;
  const ByteArray<16>& svn = spec.td.tee_tcb_svn;
  out.firmware_version = tdx ? concat(svn[1], ".", svn[0]) : concat(spec.qe.isv_svn);
  out.report_data_hex = to_hex(tdx ? spec.td.report_data : spec.enclave.report_data);
  // The signature follows the signed part and the four bytes of a length.
  const ByteView evidence = out.evidence;
  out.signature_hex = to_hex(evidence.subspan(write_signed_part(spec).size() + 4, 64));
  return out;
}

}  // namespace tenzro::tee::simulated
