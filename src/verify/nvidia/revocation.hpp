// SPDX-License-Identifier: Apache-2.0
// Whether certificates of devices and of manifests' signers are withdrawn: each issuer is asked by OCSP.
#pragma once
#include <span>
#include <string_view>

#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/anchor_set.hpp"

namespace tenzro::tee::nvidia {

/// A chain that was found good, leaf first; its root may be missing.
struct CheckedChain {
  std::span<const x509::CertificatePtr> certificates;
  ChainRole role{};
  const x509::AnchorSet& anchors;
};

/// The certificates between a device's own key and the root. The device made its own certificate when it started: no
/// service knows it. True when all of them are good, now.
bool judge_device_revocation(const CheckedChain& chain, const Question& question, VerdictBuilder& verdict);

/// A manifest's signer and the certificates above it. id: of the manifest, for Check::id. allow_hold: a signer that is
/// withdrawn for the time being is a warning.
bool judge_signer_revocation(std::string_view id, const CheckedChain& chain, bool allow_hold, const Question& question,
                             VerdictBuilder& verdict);

}  // namespace tenzro::tee::nvidia
