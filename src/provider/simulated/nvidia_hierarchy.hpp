// SPDX-License-Identifier: Apache-2.0
// NVIDIA's two certificate hierarchies, of devices and of reference manifests, imitated: real formats under keys that
// everybody knows.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "provider/simulated/intel_hierarchy.hpp"

namespace tenzro::tee::simulated {

/// One GPU: its permanent identity, and the key of its firmware, which signs reports.
struct NvidiaDevice {
  ByteArray<8> pdi{};  ///< per-device identifier
  Identity brom, leaf;
};

/// All P-384. The label "tenzro-sim-nvidia-v1" gives the simulated hierarchies, whose root certificates are the
/// compiled-in simulated anchors, byte for byte; any other label gives independent ones with the same names. Unlike
/// genuine signers of manifests, which live for two years, simulated ones last as long as their root.
/// Threads: const members may be called from several threads at once.
class NvidiaHierarchy {
 public:
  static constexpr std::string_view kSimulatedLabel = "tenzro-sim-nvidia-v1";
  explicit NvidiaHierarchy(std::string_view label = kSimulatedLabel);

  const Identity& device_root() const noexcept { return device_root_; }
  const Identity& identity_ca() const noexcept { return identity_ca_; }
  const Identity& provisioner() const noexcept { return provisioner_; }
  const Identity& rim_root() const noexcept { return rim_root_; }
  const Identity& rim_ca() const noexcept { return rim_ca_; }
  const Identity& rim_l3() const noexcept { return rim_l3_; }
  const Identity& rim_signer() const noexcept { return rim_signer_; }
  const std::string& label() const noexcept { return label_; }

  /// The GPU of this number; its keys and PDI follow from label and number. firmware_id: SHA-384, which the leaf
  /// vouches for. Its two certificates are made anew by each call: their signatures differ.
  NvidiaDevice device(unsigned number, const ByteArray<48>& firmware_id) const;
  std::vector<Bytes> device_chain(const NvidiaDevice& device) const;  ///< DER, leaf first, root last
  std::vector<Bytes> rim_chain() const;                               ///< likewise

 private:
  std::string label_;
  Identity device_root_, identity_ca_, provisioner_;
  Identity rim_root_, rim_ca_, rim_l3_, rim_signer_;
};

}  // namespace tenzro::tee::simulated
