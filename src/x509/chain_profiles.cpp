// SPDX-License-Identifier: Apache-2.0
// Vendor chains as they are issued: Intel SGX PCK Certificate and CRL Profile; AMD publication 57230 (VCEK and VLEK);
// AWS Nitro Enclaves attestation process; NVIDIA device and reference-manifest chains as seen on genuine evidence.
#include "x509/chain_profiles.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "x509/path_rules.hpp"

namespace tenzro::tee::x509 {

namespace {

using Names = std::optional<std::string>;

Names wrong(const Certificate& certificate, std::size_t position, std::string_view wanted) {
  return concat(describe(certificate, position), " of ", printable(certificate.organization(), 64), ": expected ",
                wanted);
}

bool is_of(const Certificate& certificate, std::string_view organization) {
  return certificate.organization() == organization;
}

// --- Intel
constexpr std::string_view kIntel = "Intel Corporation";

Names intel_pck(std::span<const CertificatePtr> path, const Certificate&) {
  if (path[0]->common_name() != "Intel SGX PCK Certificate" || !is_of(*path[0], kIntel)) {
    return wrong(*path[0], 0, "Intel SGX PCK Certificate of Intel Corporation");
  }
  const std::string& issuer = path[1]->common_name();
  const bool is_pck_ca = issuer == "Intel SGX PCK Platform CA" || issuer == "Intel SGX PCK Processor CA";
  if (!is_pck_ca || !is_of(*path[1], kIntel)) {
    return wrong(*path[1], 1, "Intel SGX PCK Platform CA or Intel SGX PCK Processor CA of Intel Corporation");
  }
  return std::nullopt;
}

Names intel_tcb_signer(std::span<const CertificatePtr> path, const Certificate&) {
  if (path[0]->common_name() == "Intel SGX TCB Signing" && is_of(*path[0], kIntel)) {
    return std::nullopt;
  }
  return wrong(*path[0], 0, "Intel SGX TCB Signing of Intel Corporation");
}

// --- AMD: three product lines, each with its own root; the names tie leaf, issuer and root to one of them.
constexpr std::string_view kAmd = "Advanced Micro Devices";
constexpr std::string_view kAmdProducts[] = {"Milan", "Genoa", "Turin"};

Names amd_leaf(std::span<const CertificatePtr> path, const Certificate& anchor, std::string_view leaf,
               std::string_view issuer_prefix) {
  if (path[0]->common_name() != leaf || !is_of(*path[0], kAmd)) {
    return wrong(*path[0], 0, concat(leaf, " of ", kAmd));
  }
  for (const std::string_view product : kAmdProducts) {
    if (path[1]->common_name() != concat(issuer_prefix, product)) {
      continue;
    }
    if (anchor.common_name() != concat("ARK-", product)) {
      return wrong(anchor, 2, concat("ARK-", product, ", the root of the same product line"));
    }
    return is_of(*path[1], kAmd) ? std::nullopt : wrong(*path[1], 1, kAmd);
  }
  return wrong(*path[1], 1, concat(issuer_prefix, "Milan, -Genoa or -Turin"));
}

Names amd_vcek(std::span<const CertificatePtr> path, const Certificate& anchor) {
  return amd_leaf(path, anchor, "SEV-VCEK", "SEV-");
}

Names amd_vlek(std::span<const CertificatePtr> path, const Certificate& anchor) {
  return amd_leaf(path, anchor, "SEV-VLEK", "SEV-VLEK-");
}

Names amd_either(std::span<const CertificatePtr> path, const Certificate& anchor) {
  return path[0]->common_name() == "SEV-VLEK" ? amd_vlek(path, anchor) : amd_vcek(path, anchor);
}

// --- AWS
Names aws_document(std::span<const CertificatePtr> path, const Certificate& anchor) {
  if (anchor.common_name() != "aws.nitro-enclaves") {
    return std::nullopt;  // not a root of AWS but one that the caller trusts instead: AWS's names mean nothing under it
  }
  if (!path[0]->common_name().ends_with(".aws")) {
    return wrong(*path[0], 0, "a name that ends in .aws");
  }
  for (std::size_t i = 1; i < path.size(); ++i) {
    // The root is called aws.nitro-enclaves; all that it issues are called <something>.aws.nitro-enclaves.
    if (!path[i]->common_name().ends_with(concat(".", anchor.common_name()))) {
      return wrong(*path[i], i, concat("a name that ends in .", anchor.common_name()));
    }
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_of(*path[i], "Amazon")) {
      return wrong(*path[i], i, "Amazon");
    }
  }
  return std::nullopt;
}

// --- NVIDIA
constexpr std::string_view kNvidia = "NVIDIA Corporation";

/// A key that vouches for another one of the same name would stand between an issuer and what is said of it.
Names no_self_issued(std::span<const CertificatePtr> path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i]->self_issued()) {
      return wrong(*path[i], i, "a name other than its issuer's");
    }
  }
  return std::nullopt;
}

Names nvidia_device(std::span<const CertificatePtr> path, const Certificate&) {
  // The chip (GH100, GB100, LS_10, ...) is compared with the report's kind by whoever reads the report.
  if (!path[0]->common_name().ends_with(" FMC LF")) {
    return wrong(*path[0], 0, "a name that ends in FMC LF");
  }
  if (!path[1]->common_name().ends_with(" BROM")) {
    return wrong(*path[1], 1, "a name that ends in BROM");
  }
  if (path[2]->common_name().find(" Provisioner ICA ") == std::string::npos) {
    return wrong(*path[2], 2, "a Provisioner ICA");
  }
  if (!path[3]->common_name().ends_with(" Identity")) {
    return wrong(*path[3], 3, "a name that ends in Identity");
  }
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_of(*path[i], kNvidia)) {
      return wrong(*path[i], i, kNvidia);
    }
  }
  return no_self_issued(path);
}

Names nvidia_rim(std::span<const CertificatePtr> path, const Certificate&) {
  const std::string& leaf = path[0]->common_name();
  const bool is_signer = leaf.ends_with("RIM L4 Signer") || leaf.starts_with("NVIDIA Reference Value L4 ");
  if (!is_signer) {
    return wrong(*path[0], 0, "a signer of reference manifests (L4)");
  }
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (!path[i]->common_name().starts_with("NVIDIA Reference Value ")) {
      return wrong(*path[i], i, "a name that begins with NVIDIA Reference Value");
    }
  }
  return no_self_issued(path);
}

constexpr auto kP256 = SignatureSuite::ecdsa_p256_sha256;
constexpr auto kP384 = SignatureSuite::ecdsa_p384_sha384;
constexpr auto kPss = SignatureSuite::rsa_pss_sha384;

// Who must have key identifiers. Intel's leaves name their issuer's, as RFC 5280 wants; AMD's and AWS's do not.
constexpr std::size_t kEvery = 0;
constexpr std::size_t kAllIssuers = 1;
// AWS's instance certificates, which issue the leaves, had no key identifiers until 2022.
constexpr std::size_t kAllButInstance = 2;

constexpr ChainProfile kProfiles[] = {
    {Platform::intel_tdx, ChainRole::evidence_signer, kP256, 3, 3, true, kEvery, intel_pck},
    {Platform::intel_tdx, ChainRole::tcb_signer, kP256, 2, 2, false, kEvery, intel_tcb_signer},
    {Platform::intel_sgx, ChainRole::evidence_signer, kP256, 3, 3, true, kEvery, intel_pck},
    {Platform::intel_sgx, ChainRole::tcb_signer, kP256, 2, 2, false, kEvery, intel_tcb_signer},
    {Platform::amd_sev_snp, ChainRole::evidence_signer, kPss, 3, 3, false, kAllIssuers, amd_either},
    {Platform::amd_sev_snp, ChainRole::vcek, kPss, 3, 3, false, kAllIssuers, amd_vcek},
    {Platform::amd_sev_snp, ChainRole::vlek, kPss, 3, 3, false, kAllIssuers, amd_vlek},
    {Platform::aws_nitro, ChainRole::evidence_signer, kP384, 3, 6, true, kAllButInstance, aws_document},
    {Platform::aws_nitro_tpm, ChainRole::evidence_signer, kP384, 3, 6, true, kAllButInstance, aws_document},
    {Platform::nvidia_gpu, ChainRole::evidence_signer, kP384, 5, 5, false, kAllIssuers, nvidia_device},
    {Platform::nvidia_gpu, ChainRole::rim_signer, kP384, 4, 4, false, kAllIssuers, nvidia_rim},
};

}  // namespace

const ChainProfile* find_profile(Platform platform, ChainRole role) noexcept {
  const auto* found = std::ranges::find_if(
      kProfiles, [&](const ChainProfile& profile) { return profile.platform == platform && profile.role == role; });
  return found == std::end(kProfiles) ? nullptr : found;
}

}  // namespace tenzro::tee::x509
