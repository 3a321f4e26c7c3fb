// SPDX-License-Identifier: Apache-2.0
// Response codes of a TPM and of tpm2-tss, as our errors.
#pragma once
#include <tss2/tss2_tpm2_types.h>

#include <string_view>

#include "tenzro/tee/result.hpp"

namespace tenzro::tee::tpm {

/// The TPM's own code (TPM2_RC_...) without the number of the handle, session or parameter that it is about; 0 where
/// the TPM did not speak.
TSS2_RC tpm_code(TSS2_RC code) noexcept;
/// The TPM found fault with an argument (format one).
bool is_about_argument(TSS2_RC code) noexcept;

/// doing: "reading PCRs". not_available, permission_denied or hardware_failure, with what to do where that is known.
Error tpm_error(std::string_view doing, TSS2_RC code);

}  // namespace tenzro::tee::tpm
