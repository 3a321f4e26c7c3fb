// SPDX-License-Identifier: Apache-2.0
#include "seal/kbs/root.hpp"

namespace tenzro::tee::kbs {

Result<SealingRoot> find_root(TeeProvider&, const SealingRequest&, const KbsSealingEntry&, const SealingNetwork&,
                              const Patience&) {
  return Error(ErrorCode::not_available, "not built yet");
}

}  // namespace tenzro::tee::kbs
