// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/revocation.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "verify/ocsp_answer.hpp"

namespace tenzro::tee::nvidia {

namespace {

using x509::CertificatePtr;

/// The one that stands above; of the last one, a root of the set that the chain was found to end in. Never null for a
/// checked chain.
CertificatePtr issuer_of(const CheckedChain& chain, std::size_t place) {
  const auto roots = chain.anchors.roots(Platform::nvidia_gpu, chain.role);
  if (place + 1 < chain.certificates.size()) {
    return chain.certificates[place + 1];
  }
  const auto root = std::ranges::find_if(roots, [&](const CertificatePtr& one) {
    return std::ranges::equal(one->subject(), chain.certificates[place]->issuer());
  });
  return root == roots.end() ? nullptr : *root;
}

struct Asked {
  std::size_t first = 0;      ///< place of the first certificate that is asked about
  std::string_view whose{};   ///< for messages
  std::string_view prefix{};  ///< of Check::id
  bool allow_hold = false;
};

/// Every certificate from there on but the root, which nobody but itself vouches for.
bool judge_statuses(const CheckedChain& chain, const Asked& asked, const Question& question, VerdictBuilder& verdict) {
  const auto roots = chain.anchors.roots(Platform::nvidia_gpu, chain.role);
  const auto request = [&](CollateralKind kind) {
    CollateralRequest out;
    out.kind = kind;
    out.platform = Platform::nvidia_gpu;
    out.simulated = chain.anchors.kind() == TrustAnchors::simulated;
    out.root = roots.empty() ? ByteView() : roots.front()->der();
    return out;
  };
  DocumentFinder finder(question, request, verdict);
  bool good = true;
  for (std::size_t place = asked.first; place < chain.certificates.size(); ++place) {
    const CertificatePtr& certificate = chain.certificates[place];
    const CertificatePtr issuer = issuer_of(chain, place);
    if (chain.anchors.has_root(Platform::nvidia_gpu, chain.role, certificate->der())) {
      break;
    }
    if (issuer == nullptr) {
      verdict.fail("ocsp", demanded_by::kDefault,
                   {"revocation", "revocation_missing", "the issuer of a certificate is not known"});
      return false;
    }
    const std::string id = concat(asked.prefix, place);
    const std::string what = concat(asked.whose, " ", place);
    const StatusOutcome outcome =
        judge_status({*certificate, *issuer, id, what, asked.allow_hold}, question, finder, verdict);
    good = good && outcome.answered && outcome.status == x509::CertificateStatus::good;
  }
  return good;
}

}  // namespace

bool judge_device_revocation(const CheckedChain& chain, const Question& question, VerdictBuilder& verdict) {
  if (question.ocsp == Revocation::off) {
    skip_status(question, verdict);
    return false;
  }
  return judge_statuses(chain, {.first = 1, .whose = "device's certificate", .prefix = "device."}, question, verdict);
}

bool judge_signer_revocation(std::string_view id, const CheckedChain& chain, bool allow_hold, const Question& question,
                             VerdictBuilder& verdict) {
  if (question.ocsp == Revocation::off) {
    return false;  // which the device's own chain has said
  }
  const std::string prefix = concat(id, ".");
  return judge_statuses(
      chain, {.first = 0, .whose = "manifest signer's certificate", .prefix = prefix, .allow_hold = allow_hold},
      question, verdict);
}

}  // namespace tenzro::tee::nvidia
