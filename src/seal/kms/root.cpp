// SPDX-License-Identifier: Apache-2.0
#include "seal/kms/root.hpp"

namespace tenzro::tee::kms {

Result<SealingRoot> find_root(TeeProvider&, const SealingRequest&, const KmsSealingEntry&, const SealingNetwork&,
                              const Patience&) {
  return Error(ErrorCode::not_available, "not built yet");
}

}  // namespace tenzro::tee::kms
