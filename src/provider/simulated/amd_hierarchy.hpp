// SPDX-License-Identifier: Apache-2.0
// AMD's certificate hierarchy for SEV-SNP, imitated: real formats under keys that everybody knows.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/snp/tcb.hpp"
#include "provider/simulated/amd_extension_writer.hpp"
#include "provider/simulated/intel_hierarchy.hpp"

namespace tenzro::tee::simulated {

/// How a certificate is made; the defaults are those of a genuine VCEK or VLEK.
struct AmdCertificateSpec {
  std::string common_name{};
  UtcTime not_before{}, not_after{};
  Bytes serial{0};  ///< big-endian
  bool is_ca = false;
  std::optional<unsigned> path_length{};
  std::uint8_t key_usage = 0;                ///< first octet of the BIT STRING (bit 0 is 0x80); 0: no such extension
  std::string crl_url{};                     ///< empty: no such extension
  std::vector<ExtensionValue> extensions{};  ///< AMD's own, not critical
};

/// RSASSA-PSS with SHA-384 by issuer; self-signed when issuer is null. Authorities have key identifiers, leaves none.
Bytes make_amd_certificate(const AmdCertificateSpec& spec, EVP_PKEY* subject_key, const Identity* issuer);

/// A list as AMD serves it: make_crl with RSASSA-PSS, SHA-384 and entries without a reason, whatever the spec says.
Bytes make_amd_crl(CrlSpec spec, const Identity& ark);

/// Whose key signs a report, and what its certificate says of it.
struct AmdLeafSpec {
  bool vlek = false;
  ByteArray<8> tcb{};                                ///< REPORTED_TCB, as in the report
  ByteArray<64> chip_id{};                           ///< VCEK only
  std::string csp_id{};                              ///< VLEK only
  std::optional<UtcTime> not_before{}, not_after{};  ///< empty: from 2023 on for as long as the ARK lasts
};

/// ARK, ASK and ASVK of one product line, and the VCEKs and VLEKs under them. The label "tenzro-sim-amd-v1" gives the
/// simulated hierarchy, whose ARK certificate is the compiled-in simulated anchor, byte for byte; any other label gives
/// an independent one with the same names, which takes some seconds: RSA keys have to be searched for.
/// Threads: const members may be called from several threads at once.
class AmdHierarchy {
 public:
  static constexpr std::string_view kSimulatedLabel = "tenzro-sim-amd-v1";
  static constexpr snp::Product kProduct = snp::Product::genoa;
  explicit AmdHierarchy(std::string_view label = kSimulatedLabel);

  const Identity& ark() const noexcept { return ark_; }
  const Identity& ask() const noexcept { return ask_; }
  const Identity& asvk() const noexcept { return asvk_; }
  const Identity& issuer(bool vlek) const noexcept { return vlek ? asvk_ : ask_; }
  /// P-384. As with AMD's keys, another chip (or cloud provider) or another TCB has another one.
  crypto::PkeyPtr leaf_key(const AmdLeafSpec& spec) const;
  /// DER of a certificate for that key; issued anew with each call, as AMD's key service does.
  Bytes leaf(const AmdLeafSpec& spec) const;
  const std::string& label() const noexcept { return label_; }

 private:
  std::string label_;
  Identity ark_, ask_, asvk_;
};

}  // namespace tenzro::tee::simulated
