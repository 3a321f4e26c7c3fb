// SPDX-License-Identifier: Apache-2.0
// Where collateral is fetched from and kept, as command line and environment say.
#pragma once
#include <memory>

#include "commands.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::cli {

/// invalid_argument: a value that the library refuses. io_failure, malformed_input: the file of extra authorities.
/// Reads TENZRO_PCCS_URL, TENZRO_CA_FILE, TENZRO_CACHE_DIR, XDG_CACHE_HOME, HOME, HTTPS_PROXY and NO_PROXY (both in
/// lower case too). An empty variable counts as none.
tee::Result<tee::OnlineOptions> online_options(const OnlineArguments& arguments);
tee::Result<std::shared_ptr<tee::CollateralSource>> online_source(const OnlineArguments& arguments);

}  // namespace tenzro::cli
