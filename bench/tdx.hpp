// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tenzro::bench {

/// Parsing and verifying TDX quotes, made ones under the simulated hierarchy and, where there are any, genuine ones.
void add_tdx_rows();
/// What a verifier's memory takes for each platform.
void add_memory_rows();

}  // namespace tenzro::bench
