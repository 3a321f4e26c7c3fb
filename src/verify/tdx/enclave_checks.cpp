// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/enclave_checks.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "verify/tdx/tcb_evaluation.hpp"

namespace tenzro::tee::tdx {

namespace {

using demanded_by::kVendor;

/// Every bit of the mask must be as in value.
template <std::size_t N>
bool matches_under_mask(const ByteArray<N>& actual, const ByteArray<N>& value, const ByteArray<N>& mask) {
  for (std::size_t i = 0; i < N; ++i) {
    if ((actual[i] & mask[i]) != value[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool judge_qe(const SgxReport& qe, const intel::QeIdentity& identity, VerdictBuilder& verdict) {
  bool good = true;
  const auto judge = [&](std::string_view id, bool matches, std::string_view code, std::string expected,
                         std::string actual) {
    if (matches) {
      verdict.pass(id, kVendor, std::move(expected), std::move(actual));
      return;
    }
    good = false;
    verdict.fail(id, kVendor,
                 {"platform", std::string(code),
                  concat("the enclave that signed for this platform is not Intel's quoting enclave: ", id, " is ",
                         actual, ", its identity says ", expected)},
                 expected, actual);
  };
  judge("qe.misc_select", matches_under_mask(qe.misc_select_bytes, identity.misc_select, identity.misc_select_mask),
        "qe_misc_select_mismatch", to_hex(identity.misc_select), to_hex(qe.misc_select_bytes));
  judge("qe.attributes", matches_under_mask(qe.attributes, identity.attributes, identity.attributes_mask),
        "qe_attributes_mismatch", to_hex(identity.attributes), to_hex(qe.attributes));
  judge("qe.mr_signer", qe.mr_signer == identity.mr_signer, "qe_mr_signer_mismatch", to_hex(identity.mr_signer),
        to_hex(qe.mr_signer));
  judge("qe.isv_prod_id", qe.isv_prod_id == identity.isv_prod_id, "qe_isv_prod_id_mismatch",
        std::to_string(identity.isv_prod_id), std::to_string(qe.isv_prod_id));
  return good;
}

bool judge_tdx_module(const Quote& quote, const intel::TcbInfo& info, VerdictBuilder& verdict) {
  const TdReport td = read_td_report(quote);
  const intel::TdxModule* module = info.tdx_module ? &*info.tdx_module : nullptr;
  const auto version = td.tee_tcb_svn[1];
  if (version > 0) {
    const intel::TdxModuleIdentity* identity = find_module_identity(info, td.tee_tcb_svn);
    module = identity == nullptr ? nullptr : &identity->module;
  }
  if (module == nullptr) {
    verdict.fail("tdx_module", kVendor,
                 {"platform", "tdx_module_unknown", concat("the TCB info does not know TDX module version ", version)});
    return false;
  }
  bool good = true;
  if (td.mr_signer_seam != module->mr_signer) {
    good = false;
    verdict.fail("tdx_module.mr_signer_seam", kVendor,
                 {"platform", "tdx_module_signer_mismatch", "the TDX module is not signed by Intel"},
                 to_hex(module->mr_signer), to_hex(td.mr_signer_seam));
  }
  if (!matches_under_mask(td.seam_attributes, module->attributes, module->attributes_mask) ||
      td.seam_attributes != ByteArray<8>{}) {
    good = false;
    verdict.fail(
        "tdx_module.seam_attributes", kVendor,
        {"platform", "tdx_module_attributes_mismatch", "the TDX module runs with unexpected attributes (debug?)"},
        to_hex(module->attributes), to_hex(td.seam_attributes));
  }
  if (good) {
    verdict.pass("tdx_module", kVendor, {}, concat("version ", version));
  }
  return good;
}

}  // namespace tenzro::tee::tdx
