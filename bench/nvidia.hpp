// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tenzro::bench {

/// One GPU: its report alone, and with manifests and OCSP answers.
void add_nvidia_rows();

}  // namespace tenzro::bench
