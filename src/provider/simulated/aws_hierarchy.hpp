// SPDX-License-Identifier: Apache-2.0
// AWS's certificate hierarchy for Nitro, imitated: real formats under keys that everybody knows.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provider/simulated/intel_hierarchy.hpp"

namespace tenzro::tee::simulated {

/// How a certificate is made; the defaults are those of a genuine issuer.
struct AwsCertificateSpec {
  std::string common_name{};
  UtcTime not_before{}, not_after{};
  bool is_ca = true;
  std::optional<unsigned> path_length{};
  std::string organization = "Amazon";
  bool with_key_ids = true;                 ///< instance certificates of 2022 had none, leaves never have
  bool with_crl_distribution_point = true;  ///< the root, instances and leaves have none
  std::uint8_t key_usage = 0x86;            ///< first octet of the BIT STRING (bit 0 is 0x80)
  bool critical_key_usage = true;           ///< not in leaves
  bool unknown_critical_extension = false;  ///< for tests
  crypto::Hash signature_hash = crypto::Hash::sha384;
};

/// P-384 throughout. Signed by issuer; self-signed when issuer is null.
Bytes make_aws_certificate(const AwsCertificateSpec& spec, EVP_PKEY* subject_key, const Identity* issuer);

/// A list as AWS's CAs would sign it: make_crl with ECDSA and SHA-384, whatever hash the spec names.
Bytes make_aws_crl(CrlSpec spec, const Identity& issuer);

/// Root, regional, zonal and instance certificate. The label "tenzro-sim-aws-v1" gives the simulated hierarchy, whose
/// root certificate is the compiled-in simulated anchor, byte for byte; any other label gives an independent one with
/// the same names. Unlike genuine ones, which live for days, all of them last as long as their root.
/// Threads: const members may be called from several threads at once.
class AwsHierarchy {
 public:
  static constexpr std::string_view kSimulatedLabel = "tenzro-sim-aws-v1";
  explicit AwsHierarchy(std::string_view label = kSimulatedLabel);

  const Identity& root() const noexcept { return root_; }
  const Identity& regional() const noexcept { return regional_; }
  const Identity& zonal() const noexcept { return zonal_; }
  const Identity& instance() const noexcept { return instance_; }
  const std::string& label() const noexcept { return label_; }
  std::vector<Bytes> cabundle() const;  ///< as documents carry it: root first

  static constexpr std::string_view kInstanceId = "i-0123456789abcdef0";

 private:
  std::string label_;
  Identity root_, regional_, zonal_, instance_;
};

}  // namespace tenzro::tee::simulated
