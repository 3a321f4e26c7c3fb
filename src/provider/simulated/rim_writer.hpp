// SPDX-License-Identifier: Apache-2.0
// Reference integrity manifests of NVIDIA's form, signed.
#pragma once
#include <string>
#include <vector>

#include "collateral/nvidia/rim.hpp"
#include "provider/simulated/intel_hierarchy.hpp"

namespace tenzro::tee::simulated {

/// What the manifest says. Texts: letters, digits and ". _ -", which need no escape.
struct RimParts {
  std::string product{};                            ///< "GH100"
  std::string edition = "GPU";                      ///< or "SWITCH"
  std::string version{};                            ///< "550.90.07"
  ByteArray<48> tag_id{};                           ///< of this manifest among all
  std::vector<nvidia::GoldenMeasurement> active{};  ///< at most 10 alternatives each; all other indices are inactive
  std::vector<Bytes> chain{};                       ///< DER, leaf first
};

/// XML in its canonical form. signer: the P-384 key of the chain's leaf.
Bytes write_rim(const RimParts& parts, EVP_PKEY* signer);

}  // namespace tenzro::tee::simulated
