// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tenzro::bench {

/// Parsing and verifying Nitro documents, made ones under the simulated hierarchy and, where there are any, genuine
/// ones.
void add_nitro_rows();

}  // namespace tenzro::bench
