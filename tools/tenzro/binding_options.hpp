// SPDX-License-Identifier: Apache-2.0
// What evidence is bound to, as the command line gives it: by who makes evidence, and by who judges it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tenzro/tee/challenge.hpp"

namespace tenzro::cli {

// Given and empty is not the same as not given: an empty value is refused, never ignored.
struct BindingArguments {
  std::optional<std::string> user_data{}, user_data_hex{}, user_data_file{}, nonce_hex{};

  bool has_user_data() const noexcept { return user_data || user_data_hex || user_data_file; }
};

/// "<option>: why", invalid_argument.
tee::Error bad_value(std::string_view option, const tee::Error& error);

/// Empty when none is given. invalid_argument: a value that cannot be bound to; io_failure, malformed_input: the file.
tee::Result<std::optional<tee::ReportData>> bound_user_data(const BindingArguments& arguments);
tee::Result<std::optional<tee::EvidenceNonce>> bound_nonce(const BindingArguments& arguments);

}  // namespace tenzro::cli
