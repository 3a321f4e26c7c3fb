// SPDX-License-Identifier: Apache-2.0
// Whether a reference manifest is NVIDIA's: content, signature, and the signer's chain, as one question.
#pragma once
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "collateral/nvidia/rim.hpp"
#include "tenzro/tee/finding.hpp"
#include "x509/anchor_set.hpp"
#include "x509/path_checker.hpp"
#include "x509/signature_checks.hpp"

namespace tenzro::tee::nvidia {

/// A manifest as it was read, and what it is judged by. Everything referred to must outlive the judgement.
struct RimQuestion {
  const Rim& rim;
  ByteArray<32> document_sha256{};  ///< over the whole XML that rim was read from: what its signature is remembered by
  std::string_view name;            ///< for messages: "the driver's reference manifest (file.xml)"
  const x509::AnchorSet& anchors;   ///< those of the evidence
  x509::Moment moment;
  x509::SignatureChecks* checks = nullptr;  ///< null: nothing is remembered
  /// How a certificate is read.
  std::function<Result<x509::CertificatePtr>(ByteView)> read = x509::Certificate::parse;
};

/// What was found. Authentic only when there are no failures.
struct RimAuthenticity {
  /// rim_digest_mismatch, rim_signature_invalid (check "device"); certificate_malformed, anchor_set_mixed and the codes
  /// of ChainChecker (check "chain"). Every message begins with RimQuestion::name.
  std::vector<Finding> failures;
  std::vector<x509::CertificatePtr> chain;    ///< as sent, leaf first; empty when one of them cannot be read
  std::vector<CertificateInfo> certificates;  ///< the path, leaf first, anchor last, where the chain holds
  std::optional<UtcTime> valid_until;         ///< the earliest end in the path, where the chain holds

  bool authentic() const noexcept { return failures.empty() && valid_until.has_value(); }
};

/// The content must have the digest that was signed. The chain in the manifest must hold at the moment and end in
/// NVIDIA's root for manifests; a root that was sent must be that root. The signature must be by the chain's leaf: no
/// other key is ever tried, and where the chain does not hold, not even this one.
RimAuthenticity judge_rim(const RimQuestion& question);

}  // namespace tenzro::tee::nvidia
