// SPDX-License-Identifier: Apache-2.0
// The SGX extension of a PCK certificate, written.
#pragma once
#include "evidence/tdx/pck_extension.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::simulated {

/// The extension's value: members 1 to 5 always; 6 when there is a platform instance id; 7 when any configuration flag
/// is set to either value, with those that are. Source: Intel SGX PCK certificate and CRL profile specification.
Bytes write_pck_extension(const tdx::PckExtension& extension);

}  // namespace tenzro::tee::simulated
