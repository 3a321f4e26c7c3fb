// SPDX-License-Identifier: Apache-2.0
// What a judgement of evidence asks for, kept for one without a network.
#pragma once
#include <memory>

#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee {

/// As gather_collateral, where another judgement than the default one is to be prepared. At the present time: nothing
/// is kept of one at a time of the caller's.
Result<Bytes> gather_collateral_for(const AttestationReport& report, std::shared_ptr<CollateralSource> source,
                                    const VerifyOptions& options);

}  // namespace tenzro::tee
