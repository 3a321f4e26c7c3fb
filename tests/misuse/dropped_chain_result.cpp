// SPDX-License-Identifier: Apache-2.0
// A path check whose outcome is ignored.
// REFUSED: unused-result|nodiscard
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void check(const std::vector<Bytes>& chain) {
#ifdef MISUSE
  verify_certificate_chain(chain, Platform::intel_tdx);
#else
  if (!verify_certificate_chain(chain, Platform::intel_tdx).valid()) {
    return;
  }
#endif
}
