// SPDX-License-Identifier: Apache-2.0
// AMD's extensions of VCEK and VLEK certificates, written.
#pragma once
#include <string>
#include <vector>

#include "evidence/snp/certificate_extensions.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::simulated {

/// One extension of a certificate.
struct ExtensionValue {
  std::string oid;  ///< dotted
  Bytes value;      ///< content of extnValue
};

/// The extensions of Milan and Genoa in the order in which AMD writes them: structVersion, productName, the eight
/// levels, then HWID (raw bytes) or CSP_ID, whichever there is. Source: AMD publication 57230, and genuine
/// certificates.
std::vector<ExtensionValue> write_amd_extensions(const snp::LeafExtensions& extensions);

}  // namespace tenzro::tee::simulated
