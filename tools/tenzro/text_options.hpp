// SPDX-License-Identifier: Apache-2.0
// Options with a text behind them, as every command declares them.
#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "binding_options.hpp"

namespace tenzro::cli {

/// value: how the help names what is given. Stands alone there: neither a type nor excluded options beside it.
CLI::Option* add_text(CLI::App& app, const std::string& name, std::optional<std::string>& into,
                      const std::string& value, const std::string& help);
CLI::Option* add_repeatable(CLI::App& app, const std::string& name, std::vector<std::string>& into,
                            const std::string& value, const std::string& help);

/// --user-data, --user-data-hex and --user-data-file, of which one may be given. what: help of the first.
std::vector<CLI::Option*> add_user_data(CLI::App& app, BindingArguments& arguments, const std::string& what);

}  // namespace tenzro::cli
