// SPDX-License-Identifier: Apache-2.0
// From the arguments of `tenzro verify` to the library's options.
#pragma once
#include "commands.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::cli {

/// invalid_argument: a value that the library refuses. malformed_input or io_failure: a named file that cannot be used.
tee::Result<tee::VerifyOptions> verify_options(const VerifyArguments& arguments);

}  // namespace tenzro::cli
