// SPDX-License-Identifier: Apache-2.0
// A proof that nothing was checked for.
// REFUSED: is private|private constructor
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void use(const TdxClaims& claims) {
#ifdef MISUSE
  const VerifiedReport proof(Platform::intel_tdx, TrustAnchors::pinned, claims, UtcTime{});
#else
  (void)claims;
#endif
}
