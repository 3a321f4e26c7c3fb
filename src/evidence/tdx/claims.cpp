// SPDX-License-Identifier: Apache-2.0
#include "evidence/tdx/claims.hpp"

#include "core/text.hpp"

namespace tenzro::tee::tdx {

namespace {
/// Attribute bit of an enclave that the host may debug (Intel SGX, ATTRIBUTES.DEBUG), and of such a TD
/// (TDATTRIBUTES.DEBUG).
constexpr std::uint8_t kEnclaveDebug = 0x02;
constexpr std::uint8_t kTdDebug = 0x01;

Bytes copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
}  // namespace

TdxClaims tdx_claims(const Quote& quote) {
  const TdReport td = read_td_report(quote);
  TdxClaims out;
  out.quote_version = quote.header.version;
  out.tee_tcb_svn = td.tee_tcb_svn;
  out.tee_tcb_svn2 = td.tee_tcb_svn2;
  out.mr_seam = td.mr_seam;
  out.mr_signer_seam = td.mr_signer_seam;
  out.seam_attributes = td.seam_attributes;
  out.td_attributes = td.td_attributes;
  out.xfam = td.xfam;
  out.mr_td = td.mr_td;
  out.mr_config_id = td.mr_config_id;
  out.mr_owner = td.mr_owner;
  out.mr_owner_config = td.mr_owner_config;
  out.mr_service_td = td.mr_service_td;
  out.rtmr = td.rtmr;
  out.report_data.value = copy(td.report_data);
  out.qe_vendor_id = quote.header.qe_vendor_id;
  out.debug = (td.td_attributes[0] & kTdDebug) != 0;
  out.trailing_bytes = quote.trailing_bytes;
  return out;
}

SgxClaims sgx_claims(const Quote& quote) {
  const SgxReport report = read_sgx_report(quote.body.first<kSgxReportSize>());
  SgxClaims out;
  out.mr_enclave = report.mr_enclave;
  out.mr_signer = report.mr_signer;
  out.isv_prod_id = report.isv_prod_id;
  out.isv_svn = report.isv_svn;
  out.attributes = report.attributes;
  out.cpu_svn = report.cpu_svn;
  out.misc_select = report.misc_select;
  out.report_data.value = copy(report.report_data);
  out.debug = (report.attributes[0] & kEnclaveDebug) != 0;
  return out;
}

SgxReport read_qe_report(const Quote& quote) { return read_sgx_report(quote.qe_report.first<kSgxReportSize>()); }

ByteView report_data(const Quote& quote) {
  constexpr std::size_t kTdReportData = 520;   // TD report
  constexpr std::size_t kSgxReportData = 320;  // SGX report
  return quote.body.subspan(quote.is_tdx() ? kTdReportData : kSgxReportData, 64);
}

std::string firmware_version(const Quote& quote) {
  if (!quote.is_tdx()) {
    return std::to_string(read_qe_report(quote).isv_svn);
  }
  return concat(unsigned{quote.body[1]}, ".", unsigned{quote.body[0]});  // TEE_TCB_SVN: [1] major, [0] minor
}

}  // namespace tenzro::tee::tdx
