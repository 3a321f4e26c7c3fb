// SPDX-License-Identifier: Apache-2.0
// What a build without tpm2-tss answers.
#include "seal/tpm/root.hpp"

namespace tenzro::tee {

namespace {

Error not_built() {
  return Error(ErrorCode::not_available,
               "this build cannot ask a TPM; install tpm2-tss (Debian: libtss2-dev) and build again with "
               "-DTENZRO_TEE_TPM=ON, or use another root");
}

}  // namespace

namespace tpm {
Result<SealingRoot> find_root(const SealingRequest& /*request*/, const TpmSealingEntry& /*entry*/,
                              MissingCounter /*missing*/, const Patience& /*patience*/) {
  return not_built();
}
}  // namespace tpm

Result<std::unique_ptr<GenerationCounter>> open_tpm_counter(const TpmSealingEntry& /*entry*/,
                                                            MissingCounter /*missing*/, const Patience& /*patience*/) {
  return not_built();
}

}  // namespace tenzro::tee
