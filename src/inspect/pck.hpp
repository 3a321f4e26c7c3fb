// SPDX-License-Identifier: Apache-2.0
// The SGX extension of a PCK certificate, for display.
#pragma once
#include "evidence/tdx/pck_extension.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {

/// Whichever of the two forms it has; which CA issued it is not looked at here.
Result<tdx::PckExtension> read_pck_extension(ByteView value);
Json describe_pck(const tdx::PckExtension& pck);

}  // namespace tenzro::tee::inspect_detail
