// SPDX-License-Identifier: Apache-2.0
// A supplied chain against its profile: shape first, then the anchor, then path validation, then names.
#include "x509/chain_checker.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "x509/chain_profiles.hpp"
#include "x509/path_rules.hpp"

namespace tenzro::tee {

namespace {

using x509::AnchorSet;
using x509::CertificatePtr;
using x509::chain_finding;
using x509::ChainProfile;
using x509::describe;

constexpr std::size_t kMaxSupplied = 8;

using Chain = std::span<const CertificatePtr>;
using Findings = std::vector<Finding>;

bool same(const CertificatePtr& a, const CertificatePtr& b) { return std::ranges::equal(a->der(), b->der()); }

bool is_anchor(const CertificatePtr& certificate, Chain anchors) {
  return std::ranges::any_of(anchors, [&](const CertificatePtr& anchor) { return same(anchor, certificate); });
}

/// Each certificate once, each issued by the next as its name says.
void check_order(Chain chain, Findings& out) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto earlier = chain.first(i);
    if (std::ranges::any_of(earlier, [&](const CertificatePtr& other) { return same(other, chain[i]); })) {
      out.push_back(chain_finding("certificate_duplicated", concat(describe(*chain[i], i), ": is in the chain twice")));
    }
  }
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    if (std::ranges::equal(chain[i]->issuer(), chain[i + 1]->subject())) {
      continue;
    }
    out.push_back(chain_finding("certificate_order",
                                concat(describe(*chain[i], i), ": its issuer is not the next certificate, ",
                                       printable(chain[i + 1]->common_name(), 64), "; the leaf comes first")));
  }
}

/// The root that came with the chain is compared with the anchors and then set aside: it is never one itself.
/// Says how many of the supplied certificates are left.
std::size_t check_root(Chain chain, const ChainProfile& profile, Chain anchors, Findings& out) {
  const CertificatePtr& last = chain.back();
  if (is_anchor(last, anchors)) {
    return chain.size() - 1;
  }
  if (last->self_issued()) {
    const bool has_a_roots_name = std::ranges::any_of(
        anchors, [&](const CertificatePtr& anchor) { return std::ranges::equal(anchor->subject(), last->subject()); });
    const std::string who = describe(*last, chain.size() - 1);
    if (has_a_roots_name || profile.carries_root) {
      out.push_back(chain_finding("root_mismatch", concat(who, ": is not the trusted root",
                                                          has_a_roots_name ? ", though it bears its name" : "")));
    } else {
      out.push_back(chain_finding("untrusted_root", concat(who, ": is not a trusted root")));
    }
    return chain.size() - 1;
  }
  // A root elsewhere than at the end is a matter of order, which was reported.
  const bool elsewhere = std::ranges::any_of(chain, [&](const CertificatePtr& c) { return is_anchor(c, anchors); });
  if (profile.carries_root && !elsewhere) {
    out.push_back(
        chain_finding("root_mismatch", "the chain does not end in the trusted root, which its format carries"));
  }
  return chain.size();
}

void check_length(std::size_t without_root, const ChainProfile& profile, Findings& out) {
  const std::size_t length = without_root + 1;
  if (length >= profile.min_length && length <= profile.max_length) {
    return;
  }
  const std::string wanted = profile.min_length == profile.max_length
                                 ? std::to_string(profile.min_length)
                                 : concat(profile.min_length, " to ", profile.max_length);
  out.push_back(chain_finding("chain_length",
                              concat("the chain has ", length, " certificates with its root, expected ", wanted)));
}

std::vector<CertificateInfo> describe_all(Chain chain) {
  std::vector<CertificateInfo> out;
  out.reserve(chain.size());
  for (const CertificatePtr& certificate : chain) {
    out.push_back(certificate->info());
  }
  return out;
}

/// Path validation of a chain whose shape is right.
x509::PathAnswer check_shaped(Chain chain, std::size_t without_root, const ChainProfile& profile,
                              const AnchorSet& anchors, const x509::Moment& moment, x509::SignatureChecks* checks) {
  const bool has_root = without_root < chain.size();
  x509::PathQuestion question;
  question.leaf = chain[0];
  question.untrusted.assign(chain.begin() + 1, chain.begin() + static_cast<std::ptrdiff_t>(without_root));
  question.anchors = anchors.roots(profile.platform, profile.role);
  // The anchor's own object: where two anchors share a key, the path must end in the one that was supplied.
  if (has_root) {
    const auto at =
        std::ranges::find_if(question.anchors, [&](const CertificatePtr& a) { return same(a, chain.back()); });
    question.anchors = std::span(at, 1);
  }
  question.check_anchor_signature = anchors.kind() == TrustAnchors::custom;
  question.moment = moment;
  question.checks = checks;
  question.suite = profile.suite;
  question.max_intermediates = profile.max_length - 2;
  question.key_ids_from = profile.key_ids_from;
  x509::PathAnswer answer = check_path(question);
  if (!answer.failures.empty()) {
    return answer;
  }

  const bool all_used =
      answer.path.size() == without_root + 1 &&
      std::equal(chain.begin(), chain.begin() + static_cast<std::ptrdiff_t>(without_root), answer.path.begin(), same);
  if (!all_used) {
    answer.failures.push_back(chain_finding("certificate_unused", "the path does not use every supplied certificate"));
    return answer;
  }
  const Chain below_anchor = Chain(answer.path).first(without_root);
  if (auto problem = profile.name_problem(below_anchor, *answer.path.back())) {
    answer.failures.push_back(chain_finding("certificate_name", *std::move(problem)));
  }
  return answer;
}

}  // namespace

ChainResult ChainChecker::check(std::span<const CertificatePtr> chain, Platform platform, ChainRole role,
                                const AnchorSet& anchors, const x509::Moment& moment, x509::SignatureChecks* checks) {
  ChainResult out;
  const ChainProfile* profile = x509::find_profile(platform, role);
  if (profile == nullptr) {
    out.failures_.push_back(chain_finding(
        "chain_profile_unknown", concat("there are no chains of this role for platform ", to_string(platform))));
    return out;
  }
  const Chain roots = anchors.roots(platform, role);
  if (roots.empty()) {
    out.failures_.push_back(chain_finding("untrusted_root", concat("there is no ", to_string(anchors.kind()),
                                                                   " root for platform ", to_string(platform))));
    return out;
  }
  const bool has_null = std::ranges::any_of(chain, [](const CertificatePtr& c) { return c == nullptr; });
  if (chain.empty() || chain.size() > kMaxSupplied || has_null) {
    out.failures_.push_back(
        chain_finding("chain_length", concat(chain.size(), " certificates, expected 1 to ", kMaxSupplied)));
    return out;
  }

  check_order(chain, out.failures_);
  const std::size_t without_root = check_root(chain, *profile, roots, out.failures_);
  check_length(without_root, *profile, out.failures_);
  if (!out.failures_.empty()) {
    out.certificates_ = describe_all(chain);
    return out;
  }
  x509::PathAnswer answer = check_shaped(chain, without_root, *profile, anchors, moment, checks);
  out.failures_ = std::move(answer.failures);
  out.anchored_ = answer.anchored;
  out.certificates_ = describe_all(out.failures_.empty() ? Chain(answer.path) : chain);
  return out;
}

ChainResult ChainChecker::check(const std::vector<Bytes>& chain, Platform platform, ChainRole role,
                                const AnchorSet& anchors, const x509::Moment& moment) {
  ChainResult out;
  if (chain.size() > kMaxSupplied) {
    out.failures_.push_back(
        chain_finding("chain_length", concat(chain.size(), " certificates, expected 1 to ", kMaxSupplied)));
    return out;
  }
  std::vector<CertificatePtr> parsed;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    // A supplied root that is an anchor has been parsed before.
    if (auto root = anchors.find_root(platform, role, chain[i])) {
      parsed.push_back(std::move(root));
      continue;
    }
    auto certificate = x509::Certificate::parse(chain[i]);
    if (certificate) {
      parsed.push_back(*std::move(certificate));
    } else {
      out.failures_.push_back(
          chain_finding("certificate_malformed", concat("certificate ", i, ": ", certificate.error().message())));
    }
  }
  if (!out.failures_.empty()) {
    return out;
  }
  return check(parsed, platform, role, anchors, moment);
}

ChainResult verify_certificate_chain(const std::vector<Bytes>& chain, Platform platform, ChainRole role, UtcTime at) {
  return ChainChecker::check(chain, platform, role, AnchorSet::pinned(), {at, std::chrono::seconds{0}});
}

ChainResult verify_certificate_chain(const std::vector<Bytes>& chain, Platform platform, UtcTime at) {
  return verify_certificate_chain(chain, platform, ChainRole::evidence_signer, at);
}

ChainResult verify_certificate_chain(const std::vector<Bytes>& chain, Platform platform) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return ChainChecker::check(chain, platform, ChainRole::evidence_signer, AnchorSet::pinned(), {now, x509::kClockSkew});
}

}  // namespace tenzro::tee
