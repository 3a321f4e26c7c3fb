// SPDX-License-Identifier: Apache-2.0
// TDX and SGX quotes, decoded.
#include <optional>
#include <utility>

#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "evidence/claims_json.hpp"
#include "evidence/tdx/claims.hpp"
#include "formats/pem.hpp"
#include "inspect/attributes.hpp"
#include "inspect/describe.hpp"
#include "inspect/pck.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

std::string_view name_of(tdx::BodyType type) {
  switch (type) {
    case tdx::BodyType::sgx_report:
      return "sgx_report";
    case tdx::BodyType::td_report_10:
      return "td_report_1.0";
    case tdx::BodyType::td_report_15:
      return "td_report_1.5";
    case tdx::BodyType::td_report_15_extended:
      return "td_report_1.5_extended";
  }
  return "unknown";
}

std::string_view certification_name(std::uint16_t type) {
  switch (static_cast<tdx::CertificationType>(type)) {
    case tdx::CertificationType::ppid_clear:
      return "ppid_clear";
    case tdx::CertificationType::ppid_rsa2048:
      return "ppid_rsa2048";
    case tdx::CertificationType::ppid_rsa3072:
      return "ppid_rsa3072";
    case tdx::CertificationType::pck_leaf:
      return "pck_leaf";
    case tdx::CertificationType::pck_chain:
      return "pck_chain";
    case tdx::CertificationType::qe_report:
      return "qe_report";
    case tdx::CertificationType::platform_manifest:
      return "platform_manifest";
  }
  return "unknown";
}

/// Four bytes at offset 8: SVNs of the quoting enclaves in version 3, reserved later.
std::uint16_t header_le16(const tdx::Quote& quote, std::size_t offset) {
  return static_cast<std::uint16_t>(quote.signed_bytes[offset] | (quote.signed_bytes[offset + 1] << 8));
}

Json describe_header(const tdx::Quote& quote) {
  const tdx::Header& header = quote.header;
  Json out = Json::object();
  out["version"] = header.version;
  out["attestation_key_type"] = header.attestation_key_type;
  if (header.attestation_key_type == tdx::kAttestationKeyEcdsaP256) {
    out["attestation_key_algorithm"] = "ecdsa-p256";
  }
  out["tee_type"] = concat("0x", to_hex(ByteArray<1>{static_cast<std::uint8_t>(header.tee_type)}));
  out["qe_svn"] = header_le16(quote, 8);
  out["pce_svn"] = header_le16(quote, 10);
  out["qe_vendor_id"] = to_hex(header.qe_vendor_id);
  out["user_data"] = to_hex(header.user_data);
  return out;
}

Json enclave_attributes(const ByteArray<16>& attributes) {
  const FixedView<16> view{std::span<const std::uint8_t, 16>(attributes)};
  return {{"flags", enclave_flag_names(view.bytes<0, 8>())}, {"xfrm", xfam_names(view.bytes<8, 8>())}};
}

Json describe_enclave(const tdx::SgxReport& report) {
  Json out = Json::object();
  out["mr_enclave"] = to_hex(report.mr_enclave);
  out["mr_signer"] = to_hex(report.mr_signer);
  out["isv_prod_id"] = report.isv_prod_id;
  out["isv_svn"] = report.isv_svn;
  out["attributes"] = to_hex(report.attributes);
  // The claim is the integer, most significant digit first; the report holds it little-endian.
  ByteArray<4> misc{};
  for (std::size_t i = 0; i < misc.size(); ++i) {
    misc[i] = static_cast<std::uint8_t>(report.misc_select >> (24 - 8 * i));
  }
  out["misc_select"] = to_hex(misc);
  out["cpu_svn"] = to_hex(report.cpu_svn);
  out["report_data"] = to_hex(report.report_data);
  return out;
}

/// Fields that only the extended TD report 1.5 has (Intel DCAP, sgx_quote_5.h).
Json describe_extended(ByteView body) {
  const auto view = FixedView<tdx::kTdReport15ExtendedSize>::exactly(body);
  if (!view) {
    return {};
  }
  Json out = Json::object();
  out["vm_id"] = view->le<std::uint8_t, 648>();
  out["td_id"] = to_hex(view->bytes<649, 32>());
  out["devinfo_hash"] = to_hex(view->bytes<681, 48>());
  out["init_servtd_hash"] = to_hex(view->bytes<729, 48>());
  out["init_servtd_attributes"] = to_hex(view->bytes<777, 8>());
  out["init_cpu_svn"] = to_hex(view->bytes<785, 16>());
  out["init_tee_tcb_svn"] = to_hex(view->bytes<801, 16>());
  out["init_tee_fmspc"] = to_hex(view->bytes<817, 12>());
  out["current_servtd_hash"] = to_hex(view->bytes<829, 48>());
  out["current_servtd_attributes"] = to_hex(view->bytes<877, 8>());
  return out;
}

Json td_claims(const tdx::Quote& quote, const std::optional<tdx::PckExtension>& pck) {
  TdxClaims claims = tdx::tdx_claims(quote);
  if (pck) {
    claims.fmspc = pck->fmspc;
    claims.pce_id = pck->pce_id;
  }
  return evidence::claims_json(claims);
}

Json enclave_claims(const tdx::Quote& quote, const std::optional<tdx::PckExtension>& pck) {
  SgxClaims claims = tdx::sgx_claims(quote);
  if (pck) {
    claims.fmspc = pck->fmspc;
  }
  return evidence::claims_json(claims);
}

std::optional<tdx::PckExtension> pck_of(ByteView leaf) {
  const auto certificate = x509::Certificate::parse(leaf);
  if (!certificate) {
    return {};
  }
  const x509::Extension* extension = (*certificate)->extension(tdx::kSgxExtensionOid);
  if (extension == nullptr) {
    return {};
  }
  auto pck = read_pck_extension(extension->value);
  return pck ? std::optional(*std::move(pck)) : std::nullopt;
}

tdx::SgxReport sgx_report(ByteView bytes) { return tdx::read_sgx_report(bytes.first<tdx::kSgxReportSize>()); }

}  // namespace

Json describe_quote(const tdx::Quote& quote) {
  Json certificates = Json::array();
  std::optional<tdx::PckExtension> pck;
  if (quote.certification_type == static_cast<std::uint16_t>(tdx::CertificationType::pck_chain)) {
    if (const auto blocks = pem::split_quote_chain(quote.certification_data); blocks) {
      for (const pem::Block& block : *blocks) {
        certificates.push_back(describe_certificate(block.der));
      }
      if (!blocks->empty()) {
        pck = pck_of(blocks->front().der);
      }
    } else {
      certificates.push_back(undecoded(blocks.error()));
    }
  }

  Json out = Json::object();
  out["header"] = describe_header(quote);
  out["body_type"] = name_of(quote.body_type);
  if (quote.is_tdx()) {
    const tdx::TdReport td = tdx::read_td_report(quote);
    out["claims"] = td_claims(quote, pck);
    out["td_attributes_set"] = td_attribute_names(td.td_attributes);
    out["xfam_set"] = xfam_names(td.xfam);
    if (quote.body_type == tdx::BodyType::td_report_15_extended) {
      out["extended"] = describe_extended(quote.body);
    }
  } else {
    const tdx::SgxReport report = sgx_report(quote.body);
    out["claims"] = enclave_claims(quote, pck);
    out["attributes_set"] = enclave_attributes(report.attributes);
  }
  out["signature"] = to_hex(quote.signature);
  out["attestation_key"] = to_hex(quote.attestation_key);
  const tdx::SgxReport qe = sgx_report(quote.qe_report);
  out["qe_report"] = describe_enclave(qe);
  out["qe_report"]["attributes_set"] = enclave_attributes(qe.attributes);
  out["qe_report_signature"] = to_hex(quote.qe_report_signature);
  out["qe_auth_data"] = to_hex(quote.qe_auth_data);
  out["certification_data_type"] = quote.certification_type;
  out["certification_data_name"] = certification_name(quote.certification_type);
  out["certification_data_size"] = quote.certification_data.size();
  out["certificates"] = std::move(certificates);
  out["trailing_bytes"] = quote.trailing_bytes;
  return out;
}

}  // namespace tenzro::tee::inspect_detail
