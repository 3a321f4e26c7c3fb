// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/rim_authenticity.hpp"

#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "x509/chain_checker.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr Platform kPlatform = Platform::nvidia_gpu;
constexpr ChainRole kRole = ChainRole::rim_signer;

/// A root that is an anchor has been read before.
Result<x509::CertificatePtr> read_certificate(const RimQuestion& question, ByteView der) {
  if (auto root = question.anchors.find_root(kPlatform, kRole, der)) {
    return root;
  }
  return question.read(der);
}

/// The chain as sent, or nothing and the reasons.
std::vector<x509::CertificatePtr> read_chain(const RimQuestion& question, std::vector<Finding>& failures) {
  std::vector<x509::CertificatePtr> out;
  for (std::size_t i = 0; i < question.rim.certificates.size(); ++i) {
    auto certificate = read_certificate(question, question.rim.certificates[i]);
    if (!certificate) {
      failures.push_back(
          {"chain", "certificate_malformed", concat("certificate ", i, ": ", certificate.error().message())});
      return {};
    }
    out.push_back(*std::move(certificate));
  }
  return out;
}

/// Another compiled-in set under which this chain would hold; null: none.
const x509::AnchorSet* other_set(const RimQuestion& question, const std::vector<x509::CertificatePtr>& chain) {
  for (const x509::AnchorSet* set : {&x509::AnchorSet::pinned(), x509::AnchorSet::simulated()}) {
    if (set != nullptr && set->kind() != question.anchors.kind() &&
        ChainChecker::check(chain, kPlatform, kRole, *set, question.moment).valid()) {
      return set;
    }
  }
  return nullptr;
}

void judge_chain_and_signature(const RimQuestion& question, RimAuthenticity& out) {
  out.chain = read_chain(question, out.failures);
  if (out.chain.empty()) {
    return;
  }
  const ChainResult chain =
      ChainChecker::check(out.chain, kPlatform, kRole, question.anchors, question.moment, question.checks);
  if (!chain.valid()) {
    // The same names under another root: somebody mixes hierarchies, which deserves its own word.
    if (const x509::AnchorSet* other = other_set(question, out.chain)) {
      out.failures.push_back(
          {"chain", "anchor_set_mixed",
           concat("stands under the ", to_string(other->kind()), " roots, while the evidence stands under the ",
                  to_string(question.anchors.kind()), " ones; one verdict uses one set")});
      return;
    }
    std::ranges::copy(chain.failures(), std::back_inserter(out.failures));
    if (chain.failures().empty()) {
      out.failures.push_back({"chain", "untrusted_root", "the chain was not found to end in a trusted root"});
    }
    return;
  }
  out.certificates = chain.certificates();
  out.valid_until = std::ranges::min(out.certificates, {}, &CertificateInfo::not_after).not_after;

  x509::SignatureChecks unremembered;
  x509::SignatureChecks& checks = question.checks != nullptr ? *question.checks : unremembered;
  const x509::Certificate& leaf = *out.chain.front();
  if (!checks.check_raw_p384(x509::signed_thing::kReferenceManifest, leaf,
                             {question.document_sha256, question.rim.signed_info, question.rim.signature})) {
    out.failures.push_back(
        {"device", "rim_signature_invalid",
         concat("is not signed by the certificate that its chain begins with, ", printable(leaf.common_name(), 64))});
  }
}

}  // namespace

RimAuthenticity judge_rim(const RimQuestion& question) {
  RimAuthenticity out;
  if (!question.rim.digest_matches) {
    out.failures.push_back(
        {"device", "rim_digest_mismatch", "was altered after it was signed: its content has another digest"});
  }
  judge_chain_and_signature(question, out);
  for (Finding& failure : out.failures) {
    failure.message = concat(question.name, ": ", failure.message);
  }
  return out;
}

}  // namespace tenzro::tee::nvidia
