// SPDX-License-Identifier: Apache-2.0
// Choosing and checking the Intel collateral that one quote needs.
#pragma once
#include <optional>
#include <vector>

#include "collateral/intel/tcb_info.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/anchor_set.hpp"
#include "x509/crl.hpp"

namespace tenzro::tee::tdx {

/// What a quote's own, already anchored, certificate chain says is needed.
struct CollateralNeeds {
  Platform platform = Platform::intel_tdx;  ///< intel_tdx or intel_sgx: the flavour of the documents
  ByteArray<6> fmspc{};
  ByteArray<2> pce_id{};
  x509::CertificatePtr leaf, intermediate, root;  ///< the PCK chain
};

/// The two documents that judge the TCB: signed, current and fitting.
struct TrustedCollateral {
  std::shared_ptr<const intel::TcbInfo> tcb_info;        ///< never null
  std::shared_ptr<const intel::QeIdentity> qe_identity;  ///< never null
  bool lists_judged = false;                             ///< both revocation lists were there and good
};

/// Looks the documents up in the question's sources, judges each, and checks that none of the certificates involved is
/// revoked. Reasons go to the verdict. Nothing when TCB info or QE identity cannot be relied on.
std::optional<TrustedCollateral> judge_collateral(const Question& question, const CollateralNeeds& needs,
                                                  const x509::AnchorSet& anchors, VerdictBuilder& verdict);

}  // namespace tenzro::tee::tdx
