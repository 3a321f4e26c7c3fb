// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/root.hpp"

namespace tenzro::tee {

namespace tpm {
Result<SealingRoot> find_root(const SealingRequest&, const TpmSealingEntry&, const Patience&) {
  return Error(ErrorCode::not_available, "not built yet");
}
}  // namespace tpm

Result<std::unique_ptr<GenerationCounter>> open_tpm_counter(const TpmSealingEntry&, const Patience&) {
  return Error(ErrorCode::not_available, "not built yet");
}

}  // namespace tenzro::tee
