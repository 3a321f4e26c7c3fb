// SPDX-License-Identifier: Apache-2.0
#include "x509/straight_path.hpp"

#include <algorithm>

namespace tenzro::tee::x509 {

namespace {

using Path = std::vector<CertificatePtr>;

bool same_name(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

bool is_valid_at(const Certificate& certificate, UtcTime instant) {
  return certificate.not_before() <= instant && instant < certificate.not_after();
}

/// below: how many certificates of the path it stands above, the leaf not counted.
bool may_issue(const Certificate& certificate, std::size_t below) {
  return certificate.is_ca() && (!certificate.path_length() || below <= *certificate.path_length()) &&
         (certificate.key_usage().value_or(0) & key_usage::kKeyCertSign) != 0;
}

bool names_issuer(const Certificate& subject, const Certificate& issuer) {
  const bool key_ids_agree = subject.authority_key_id().empty() || issuer.subject_key_id().empty() ||
                             std::ranges::equal(subject.authority_key_id(), issuer.subject_key_id());
  return key_ids_agree && same_name(subject.issuer(), issuer.subject());
}

bool is_issued_by(const Certificate& subject, const Certificate& issuer, SignatureChecks& checks) {
  return names_issuer(subject, issuer) &&
         checks.check(signed_thing::kCertificate, issuer, subject.signature_algorithm(),
                      {subject.sha256(), subject.signed_bytes(), subject.signature()});
}

/// Which anchor the path ends in; null unless exactly one bears the wanted name.
CertificatePtr anchor_named(ByteView name, std::span<const CertificatePtr> anchors) {
  CertificatePtr out;
  for (const CertificatePtr& anchor : anchors) {
    if (!same_name(anchor->subject(), name)) {
      continue;
    }
    if (out != nullptr) {
      return nullptr;
    }
    out = anchor;
  }
  return out;
}

/// What needs no signature: kind, dates, and the right to issue.
bool is_straight(const Path& path, std::span<const CertificatePtr> anchors, UtcTime instant) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const Certificate& certificate = *path[i];
    if (!certificate.is_plain() || !is_valid_at(certificate, instant) || (i > 0 && !may_issue(certificate, i - 1))) {
      return false;
    }
    const bool is_anchor = i + 1 == path.size();
    if (is_anchor && !names_issuer(certificate, certificate)) {
      return false;
    }
    // Leaves of AMD and AWS have no such identifier; of an issuer, it decides which of several keys is meant.
    const bool is_intermediate = i > 0 && !is_anchor;
    if (is_intermediate && certificate.authority_key_id().empty()) {
      return false;
    }
    // A certificate that bears an anchor's name, or its own issuer's, leaves a choice of paths.
    if (!is_anchor && (certificate.self_issued() || std::ranges::any_of(anchors, [&](const CertificatePtr& anchor) {
                         return same_name(anchor->subject(), certificate.subject());
                       }))) {
      return false;
    }
  }
  return true;
}

}  // namespace

Path find_straight_path(const PathQuestion& question, UtcTime instant) {
  if (question.untrusted.size() > question.max_intermediates) {
    return {};
  }
  Path path{question.leaf};
  path.insert(path.end(), question.untrusted.begin(), question.untrusted.end());
  path.push_back(anchor_named(path.back()->issuer(), question.anchors));
  if (path.back() == nullptr || !is_straight(path, question.anchors, instant)) {
    return {};
  }
  SignatureChecks unremembered;
  SignatureChecks& checks = question.checks == nullptr ? unremembered : *question.checks;
  const Certificate& anchor = *path.back();
  if (question.check_anchor_signature && !is_issued_by(anchor, anchor, checks)) {
    return {};
  }
  // From the anchor down: a signature is looked at only when its signer is known to be one of ours.
  for (std::size_t i = path.size() - 1; i > 0; --i) {
    if (!is_issued_by(*path[i - 1], *path[i], checks)) {
      return {};
    }
  }
  return path;
}

}  // namespace tenzro::tee::x509
