// SPDX-License-Identifier: Apache-2.0
// Nor is the outcome of a path check.
// REFUSED: could not convert|value of type .* is not contextually convertible
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void check(const std::vector<Bytes>& chain) {
#ifdef MISUSE
  if (verify_certificate_chain(chain, Platform::intel_tdx)) {
    return;
  }
#else
  if (verify_certificate_chain(chain, Platform::intel_tdx).valid()) {
    return;
  }
#endif
}
