// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace tenzro::bench {

/// Parsing and verifying genuine SEV-SNP reports, where there are any.
void add_snp_rows();

}  // namespace tenzro::bench
