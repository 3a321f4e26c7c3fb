// SPDX-License-Identifier: Apache-2.0
// An ordinary platform of today: what a quote says when nothing else is asked for.
#include <algorithm>
#include <string_view>

#include "core/encoded_text.hpp"
#include "crypto/digest.hpp"
#include "provider/simulated/event_log.hpp"
#include "provider/simulated/tdx_evidence.hpp"

namespace tenzro::tee::simulated {

namespace {
/// Measurements that say of themselves, to whoever looks for them, that they were made up.
ByteArray<48> measurement(std::string_view what) {
  return crypto::sha384({as_bytes("tenzro-sim-measurement"), as_bytes(what)});
}
ByteArray<32> identity(std::string_view what) {
  return crypto::sha256({as_bytes("tenzro-sim-measurement"), as_bytes(what)});
}
ByteArray<16> machine_id(std::string_view what) {
  const ByteArray<32> whole = identity(what);
  ByteArray<16> out{};
  std::copy_n(whole.begin(), out.size(), out.begin());
  return out;
}

constexpr ByteArray<16> kCpuSvn = {2, 2, 2, 2, 255, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0};
}  // namespace

tdx::TdReport default_td() {
  tdx::TdReport td;
  td.tee_tcb_svn = {5, 1, 2};  // SVN 5 of module 1.5, late microcode SVN 2
  td.mr_seam = measurement("tdx-module");
  td.td_attributes = {0x00, 0x00, 0x00, 0x10};  // SEPT_VE_DISABLE, as Linux guests set it
  td.xfam = {0xe7, 0x02, 0x06};
  td.mr_td = measurement("firmware");
  td.rtmr = event_log_registers();
  return td;
}

tdx::SgxReport default_enclave() {
  tdx::SgxReport enclave;
  enclave.cpu_svn = kCpuSvn;
  enclave.attributes = {0x05, 0, 0, 0, 0, 0, 0, 0, 0xe7};  // INIT, MODE64BIT
  enclave.mr_enclave = identity("enclave");
  enclave.mr_signer = identity("enclave-signer");
  enclave.isv_prod_id = 1;
  enclave.isv_svn = 1;
  return enclave;
}

tdx::SgxReport default_qe(bool tdx) {
  tdx::SgxReport qe;
  qe.cpu_svn = kCpuSvn;
  qe.attributes = {0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7};  // INIT, MODE64BIT, PROVISIONKEY
  qe.mr_enclave = identity(tdx ? "td-quoting-enclave" : "quoting-enclave");
  qe.mr_signer = identity("quoting-enclave-signer");
  qe.isv_prod_id = tdx ? 2 : 1;
  qe.isv_svn = tdx ? 6 : 8;
  return qe;
}

tdx::PckExtension default_pck(bool platform_ca) {
  tdx::PckExtension pck;
  pck.ppid = machine_id("ppid");
  pck.tcb_components = kCpuSvn;
  pck.pce_svn = 13;
  pck.cpu_svn = kCpuSvn;
  pck.fmspc = {0x53, 0x49, 0x4d, 0x00, 0x00, static_cast<std::uint8_t>(platform_ca ? 1 : 2)};
  if (platform_ca) {
    pck.sgx_type = 1;
    pck.platform_instance_id = machine_id("platform-instance");
    pck.dynamic_platform = pck.cached_keys = pck.smt_enabled = true;
  }
  return pck;
}

QuoteSpec tdx_quote_spec() {
  QuoteSpec spec;
  spec.td = default_td();
  spec.enclave = default_enclave();
  spec.qe = default_qe(true);
  spec.pck = default_pck(true);
  return spec;
}

QuoteSpec sgx_quote_spec() {
  QuoteSpec spec;
  spec.version = 3;
  spec.body_type = tdx::BodyType::sgx_report;
  spec.td = default_td();
  spec.enclave = default_enclave();
  spec.qe = default_qe(false);
  spec.pck = default_pck(false);
  spec.platform_ca = false;
  return spec;
}

}  // namespace tenzro::tee::simulated
