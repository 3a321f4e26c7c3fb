// SPDX-License-Identifier: Apache-2.0
// Which compiled-in root stands for what.
#include "x509/anchor_set.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "x509/embedded_certificates.hpp"

#ifndef TENZRO_TEE_SIMULATION
#error "TENZRO_TEE_SIMULATION must be defined to 0 or 1"
#endif

namespace tenzro::tee {

std::string_view to_string(TrustAnchors anchors) noexcept {
  switch (anchors) {
    case TrustAnchors::pinned:
      return "pinned";
    case TrustAnchors::custom:
      return "custom";
    case TrustAnchors::simulated:
      return "simulated";
  }
  return "unknown";
}

}  // namespace tenzro::tee

namespace tenzro::tee::x509 {

namespace {

struct Use {
  Platform platform;
  ChainRole role;
  std::string_view root;
};

constexpr Use kPinned[] = {
    {Platform::intel_tdx, ChainRole::evidence_signer, "intel_sgx_root_ca"},
    {Platform::intel_tdx, ChainRole::tcb_signer, "intel_sgx_root_ca"},
    {Platform::intel_sgx, ChainRole::evidence_signer, "intel_sgx_root_ca"},
    {Platform::intel_sgx, ChainRole::tcb_signer, "intel_sgx_root_ca"},
    {Platform::amd_sev_snp, ChainRole::evidence_signer, "amd_ark_milan"},
    {Platform::amd_sev_snp, ChainRole::evidence_signer, "amd_ark_genoa"},
    {Platform::amd_sev_snp, ChainRole::evidence_signer, "amd_ark_turin"},
    {Platform::amd_sev_snp, ChainRole::vcek, "amd_ark_milan"},
    {Platform::amd_sev_snp, ChainRole::vcek, "amd_ark_genoa"},
    {Platform::amd_sev_snp, ChainRole::vcek, "amd_ark_turin"},
    {Platform::amd_sev_snp, ChainRole::vlek, "amd_ark_milan"},
    {Platform::amd_sev_snp, ChainRole::vlek, "amd_ark_genoa"},
    {Platform::amd_sev_snp, ChainRole::vlek, "amd_ark_turin"},
    {Platform::aws_nitro, ChainRole::evidence_signer, "aws_nitro_enclaves_root_g1"},
    {Platform::aws_nitro_tpm, ChainRole::evidence_signer, "aws_nitro_enclaves_root_g1"},
    {Platform::nvidia_gpu, ChainRole::evidence_signer, "nvidia_device_identity_ca"},
    {Platform::nvidia_gpu, ChainRole::evidence_signer, "nvidia_device_identity_ca_l1b"},
    {Platform::nvidia_gpu, ChainRole::rim_signer, "nvidia_corim_signing_root_ca"},
};

#if TENZRO_TEE_SIMULATION
constexpr Use kSimulated[] = {
    {Platform::intel_tdx, ChainRole::evidence_signer, "simulated_intel_root"},
    {Platform::intel_tdx, ChainRole::tcb_signer, "simulated_intel_root"},
    {Platform::intel_sgx, ChainRole::evidence_signer, "simulated_intel_root"},
    {Platform::intel_sgx, ChainRole::tcb_signer, "simulated_intel_root"},
    {Platform::amd_sev_snp, ChainRole::evidence_signer, "simulated_amd_ark"},
    {Platform::amd_sev_snp, ChainRole::vcek, "simulated_amd_ark"},
    {Platform::amd_sev_snp, ChainRole::vlek, "simulated_amd_ark"},
    {Platform::aws_nitro, ChainRole::evidence_signer, "simulated_aws_root"},
    {Platform::aws_nitro_tpm, ChainRole::evidence_signer, "simulated_aws_root"},
    {Platform::nvidia_gpu, ChainRole::evidence_signer, "simulated_nvidia_device_root"},
    {Platform::nvidia_gpu, ChainRole::rim_signer, "simulated_nvidia_rim_root"},
};
#endif

/// Null when this root is not compiled in. Aborts when it is there and broken: that build must trust nothing.
CertificatePtr embedded(std::string_view name) {
  for (const EmbeddedCertificate& root : embedded_roots()) {
    if (root.name != name) {
      continue;
    }
    auto certificate = Certificate::parse(root.der);
    if (!certificate) {
      std::abort();
    }
    return *std::move(certificate);
  }
  return nullptr;
}

}  // namespace

class AnchorSetBuilder {
 public:
  /// One certificate object per root, shared by all its uses.
  static AnchorSet build(TrustAnchors kind, std::span<const Use> uses) {
    AnchorSet out(kind);
    std::vector<std::pair<std::string_view, CertificatePtr>> parsed;
    for (const Use& use : uses) {
      auto known = std::ranges::find(parsed, use.root, &std::pair<std::string_view, CertificatePtr>::first);
      if (known == parsed.end()) {
        known = parsed.insert(parsed.end(), {use.root, embedded(use.root)});
      }
      if (known->second == nullptr) {
        continue;
      }
      const auto same_use = [&](const AnchorSet::Entry& entry) {
        return entry.platform == use.platform && entry.role == use.role;
      };
      auto entry = std::ranges::find_if(out.entries_, same_use);
      if (entry == out.entries_.end()) {
        entry = out.entries_.insert(entry, {use.platform, use.role, {}});
      }
      entry->roots.push_back(known->second);
    }
    out.seal();
    return out;
  }
};

void AnchorSet::seal() {
  Bytes all{static_cast<std::uint8_t>(kind_)};
  const auto add = [&all](const std::vector<CertificatePtr>& roots) {
    const ByteArray<2> count{static_cast<std::uint8_t>(roots.size() >> 8), static_cast<std::uint8_t>(roots.size())};
    all.insert(all.end(), count.begin(), count.end());
    for (const CertificatePtr& root : roots) {
      all.insert(all.end(), root->sha256().begin(), root->sha256().end());
    }
  };
  for (const Entry& entry : entries_) {
    all.push_back(static_cast<std::uint8_t>(entry.platform));
    all.push_back(static_cast<std::uint8_t>(entry.role));
    add(entry.roots);
  }
  add(for_all_);
  id_ = crypto::sha256(all);
}

const AnchorSet& AnchorSet::pinned() {
  static const AnchorSet set = AnchorSetBuilder::build(TrustAnchors::pinned, kPinned);
  return set;
}

const AnchorSet* AnchorSet::simulated() {
#if TENZRO_TEE_SIMULATION
  static const AnchorSet set = AnchorSetBuilder::build(TrustAnchors::simulated, kSimulated);
  return &set;
#else
  return nullptr;
#endif
}

Result<AnchorSet> AnchorSet::custom(const std::vector<Bytes>& der,
                                    const std::function<Result<CertificatePtr>(ByteView)>& read) {
  AnchorSet out(TrustAnchors::custom);
  for (std::size_t i = 0; i < der.size(); ++i) {
    auto certificate = read(der[i]);
    if (!certificate) {
      return Error(ErrorCode::invalid_argument, concat("trust anchor ", i + 1, ": ", certificate.error().message()));
    }
    const AnchorSet* const simulation = simulated();
    if (simulation != nullptr && simulation->has_root_of_any(der[i])) {
      return Error(ErrorCode::invalid_argument,
                   concat("trust anchor ", i + 1,
                          ": is a simulated root, whose key everybody knows; to accept simulated evidence, say so "
                          "(--allow-simulated)"));
    }
    out.for_all_.push_back(*std::move(certificate));
  }
  out.seal();
  return out;
}

std::span<const CertificatePtr> AnchorSet::roots(Platform platform, ChainRole role) const noexcept {
  if (kind_ == TrustAnchors::custom) {
    return for_all_;
  }
  for (const Entry& entry : entries_) {
    if (entry.platform == platform && entry.role == role) {
      return entry.roots;
    }
  }
  return {};
}

CertificatePtr AnchorSet::find_root(Platform platform, ChainRole role, ByteView der) const noexcept {
  for (const CertificatePtr& root : roots(platform, role)) {
    if (std::ranges::equal(root->der(), der)) {
      return root;
    }
  }
  return nullptr;
}

bool AnchorSet::has_root_of_any(ByteView der) const noexcept {
  return std::ranges::any_of(entries_, [der](const Entry& entry) {
    return std::ranges::any_of(entry.roots,
                               [der](const CertificatePtr& root) { return std::ranges::equal(root->der(), der); });
  });
}

bool AnchorSet::has_root(Platform platform, ChainRole role, ByteView der) const noexcept {
  return find_root(platform, role, der) != nullptr;
}

}  // namespace tenzro::tee::x509
