// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/tcb_signer.hpp"

#include <algorithm>
#include <span>

#include "core/text.hpp"
#include "x509/chain_checker.hpp"

namespace tenzro::tee::tdx {

namespace {

constexpr std::string_view kSignerName = "Intel SGX TCB Signing";

Finding chain_failure(std::string code, std::string message) { return {"chain", std::move(code), std::move(message)}; }

}  // namespace

TcbSigner TcbSignerJudge::judge_anew(const std::vector<Bytes>& chain) const {
  TcbSigner out;
  // Signer alone, or signer and the root itself, which need not be parsed again; any other shape is for the checker to
  // refuse.
  const bool ends_in_root = chain.size() == 2 && std::ranges::equal(chain.back(), root_->der());
  std::vector<x509::CertificatePtr> parsed;
  for (const Bytes& der : std::span(chain).first(ends_in_root ? 1 : chain.size())) {
    auto certificate = recall_.certificate(der);
    if (!certificate) {
      out.failures.push_back(chain_failure("certificate_malformed", certificate.error().message()));
      return out;
    }
    parsed.push_back(*std::move(certificate));
  }
  const ChainResult result =
      ChainChecker::check(parsed, platform_, ChainRole::tcb_signer, anchors_, moment_, &recall_.checks());
  if (result.valid() && result.certificates().back().sha256 == root_->sha256()) {
    out.certificate = parsed.front();
    recall_.learn(out.certificate);
    return out;
  }
  out.failures = result.failures();
  // The same names under another root: somebody mixes hierarchies, which deserves its own word.
  std::string_view other = result.valid() ? "another of the caller's" : "";
  for (const x509::AnchorSet* set : {&x509::AnchorSet::pinned(), x509::AnchorSet::simulated()}) {
    if (set != nullptr && set->kind() != anchors_.kind() &&
        ChainChecker::check(parsed, platform_, ChainRole::tcb_signer, *set, moment_).valid()) {
      other = to_string(set->kind());
    }
  }
  if (!other.empty()) {
    out.failures = {
        chain_failure("anchor_set_mixed", concat("it stands under ", other, " roots, while the evidence stands under ",
                                                 to_string(anchors_.kind()), " ones; one verdict uses one root"))};
  }
  if (out.failures.empty()) {
    out.failures.push_back(chain_failure("untrusted_root", "it does not end in a trusted root"));
  }
  return out;
}

const TcbSigner& TcbSignerJudge::judge(const std::vector<Bytes>& chain) {
  const auto known = judged_.find(chain);
  return known != judged_.end() ? known->second : judged_.emplace(chain, judge_anew(chain)).first->second;
}

std::vector<const TcbSigner*> TcbSignerJudge::candidates(const CollateralDocument& document,
                                                         const CollateralSource& source) {
  if (!document.issuer_chain.empty()) {
    return {&judge(document.issuer_chain)};
  }
  std::vector<const TcbSigner*> out;
  for (const Bytes& der : source.loose_certificates()) {
    // Certificates of other roles may lie beside it: they are not judged, and do not speak for or against the document.
    const auto certificate = recall_.certificate(der);
    if (certificate && (*certificate)->common_name() == kSignerName) {
      out.push_back(&judge({der}));
    }
  }
  return out;
}

}  // namespace tenzro::tee::tdx
