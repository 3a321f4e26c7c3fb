// SPDX-License-Identifier: Apache-2.0
// The two report bodies that a quote carries, read by the offsets of Intel's tables.
#include "evidence/tdx/quote.hpp"

namespace tenzro::tee::tdx {

// Intel SGX, REPORTBODY.
SgxReport read_sgx_report(std::span<const std::uint8_t, kSgxReportSize> bytes) {
  const FixedView<kSgxReportSize> view(bytes);
  SgxReport out;
  out.cpu_svn = view.array<0, 16>();
  out.misc_select = view.le<std::uint32_t, 16>();
  out.misc_select_bytes = view.array<16, 4>();
  out.attributes = view.array<48, 16>();
  out.mr_enclave = view.array<64, 32>();
  out.mr_signer = view.array<128, 32>();
  out.isv_prod_id = view.le<std::uint16_t, 256>();
  out.isv_svn = view.le<std::uint16_t, 258>();
  out.report_data = view.array<320, 64>();
  return out;
}

namespace {

// Intel TDX DCAP quote format, "TD Quote Body" 1.5 extended.
TdReportExtension read_extension(const FixedView<kTdReport15ExtendedSize>& view) {
  TdReportExtension out;
  out.vm_id = view.le<std::uint8_t, 648>();
  out.td_id = view.array<649, 32>();
  out.dev_info_hash = view.array<681, 48>();
  out.init_servtd_hash = view.array<729, 48>();
  out.init_servtd_attr = view.array<777, 8>();
  out.init_cpu_svn = view.array<785, 16>();
  out.init_tee_tcb_svn = view.array<801, 16>();
  out.init_tee_fmspc = view.array<817, 12>();
  out.cur_servtd_hash = view.array<829, 48>();
  out.cur_servtd_attr = view.array<877, 8>();
  return out;
}

}  // namespace

// Intel TDX DCAP quote format, "TD Quote Body" 1.0 and 1.5. The extended 1.5 body begins like 1.5.
TdReport read_td_report(const Quote& quote) {
  const FixedView<kTdReport10Size> view(quote.body.first<kTdReport10Size>());
  TdReport out;
  out.tee_tcb_svn = view.array<0, 16>();
  out.mr_seam = view.array<16, 48>();
  out.mr_signer_seam = view.array<64, 48>();
  out.seam_attributes = view.array<112, 8>();
  out.td_attributes = view.array<120, 8>();
  out.xfam = view.array<128, 8>();
  out.mr_td = view.array<136, 48>();
  out.mr_config_id = view.array<184, 48>();
  out.mr_owner = view.array<232, 48>();
  out.mr_owner_config = view.array<280, 48>();
  out.rtmr = {view.array<328, 48>(), view.array<376, 48>(), view.array<424, 48>(), view.array<472, 48>()};
  out.report_data = view.array<520, 64>();
  if (quote.body.size() >= kTdReport15Size) {
    const FixedView<kTdReport15Size> newer(quote.body.first<kTdReport15Size>());
    out.tee_tcb_svn2 = newer.array<584, 16>();
    out.mr_service_td = newer.array<600, 48>();
  }
  if (quote.body_type == BodyType::td_report_15_extended) {
    out.extension = read_extension(FixedView<kTdReport15ExtendedSize>(quote.body.first<kTdReport15ExtendedSize>()));
  }
  return out;
}

}  // namespace tenzro::tee::tdx
