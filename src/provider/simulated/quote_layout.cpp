// SPDX-License-Identifier: Apache-2.0
// Quote structures, written in the order of the vendor's tables.
// Source: Intel SGX ECDSA QuoteLibReference (version 3) and Intel TDX DCAP quoting library (versions 4 and 5).
#include "provider/simulated/quote_layout.hpp"

#include "provider/simulated/byte_writer.hpp"

namespace tenzro::tee::simulated {

namespace {
bool is_sgx(const QuoteSpec& spec) { return spec.body_type == tdx::BodyType::sgx_report; }

Bytes write_td_report(const QuoteSpec& spec) {
  const tdx::TdReport& td = spec.td;
  ByteWriter out;
  out.put(td.tee_tcb_svn);
  out.put(td.mr_seam);
  out.put(td.mr_signer_seam);
  out.put(td.seam_attributes);
  out.put(td.td_attributes);
  out.put(td.xfam);
  out.put(td.mr_td);
  out.put(td.mr_config_id);
  out.put(td.mr_owner);
  out.put(td.mr_owner_config);
  for (const ByteArray<48>& rtmr : td.rtmr) {
    out.put(rtmr);
  }
  out.put(td.report_data);
  if (spec.body_type == tdx::BodyType::td_report_10) {
    return std::move(out).take();
  }
  out.put(td.tee_tcb_svn2.value_or(td.tee_tcb_svn));
  out.put(td.mr_service_td.value_or(ByteArray<48>{}));
  if (spec.body_type == tdx::BodyType::td_report_15_extended) {
    out.put(spec.td_extension);
  }
  return std::move(out).take();
}

Bytes body_of(const QuoteSpec& spec) {
  if (spec.body) {
    return *spec.body;
  }
  return is_sgx(spec) ? write_sgx_report(spec.enclave) : write_td_report(spec);
}
}  // namespace

Bytes write_sgx_report(const tdx::SgxReport& report) {
  ByteWriter out;
  out.put(report.cpu_svn);
  out.le(report.misc_select);
  out.zeros(28);
  out.put(report.attributes);
  out.put(report.mr_enclave);
  out.zeros(32);
  out.put(report.mr_signer);
  out.zeros(96);
  out.le(report.isv_prod_id);
  out.le(report.isv_svn);
  out.zeros(60);
  out.put(report.report_data);
  return std::move(out).take();
}

Bytes write_signed_part(const QuoteSpec& spec) {
  ByteWriter out;
  out.le(spec.version);
  out.le(spec.attestation_key_type);
  out.le(spec.tee_type.value_or(is_sgx(spec) ? tdx::kTeeTypeSgx : tdx::kTeeTypeTdx));
  if (spec.version == 3) {
    out.le(spec.qe.isv_svn);
    out.le(spec.pck.pce_svn);
  } else {
    out.zeros(4);
  }
  out.put(spec.qe_vendor_id);
  out.put(spec.header_user_data);
  const Bytes body = body_of(spec);
  if (spec.version >= 5) {
    out.le(static_cast<std::uint16_t>(spec.body_type));
    out.le(static_cast<std::uint32_t>(body.size()));
  }
  out.put(body);
  return std::move(out).take();
}

Bytes write_signature_data(const QuoteSpec& spec, const SignatureData& data) {
  ByteWriter certified;
  certified.put(data.qe_report);
  certified.put(data.qe_report_signature);
  certified.le(static_cast<std::uint16_t>(spec.qe_auth_data.size()));
  certified.put(spec.qe_auth_data);
  certified.le(spec.certification_type);
  certified.le(static_cast<std::uint32_t>(data.certification_data.size()));
  certified.put(data.certification_data);
  const Bytes inner = std::move(certified).take();

  ByteWriter content;
  content.put(data.quote_signature);
  content.put(data.attestation_key);
  if (spec.version >= 4) {
    content.le(spec.outer_certification_type);
    content.le(static_cast<std::uint32_t>(inner.size()));
  }
  content.put(inner);
  const Bytes whole = std::move(content).take();

  ByteWriter out;
  out.le(static_cast<std::uint32_t>(whole.size()));
  out.put(whole);
  return std::move(out).take();
}

}  // namespace tenzro::tee::simulated
