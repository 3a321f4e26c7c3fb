// SPDX-License-Identifier: Apache-2.0
// The genuine chains among the vectors, each with a time at which it is good.
#pragma once
#include <string>
#include <vector>

#include "tenzro/tee/certificates.hpp"

namespace tenzro::tee::test {

struct VendorChain {
  std::string name;
  Platform platform;
  ChainRole role;
  std::string product;       ///< chains of one product (and role) have the same anchor
  std::vector<Bytes> chain;  ///< leaf first, root last
  UtcTime at;
};

/// Intel PCK (both CAs) and TCB signing, AMD VCEK and VLEK of three products, AWS Nitro, NVIDIA device and manifest
/// signer.
std::vector<VendorChain> vendor_chains();

/// One of them by its name.
VendorChain vendor_chain(const std::string& name);

}  // namespace tenzro::tee::test
