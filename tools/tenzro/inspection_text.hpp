// SPDX-License-Identifier: Apache-2.0
// Indented "key: value" lines for people.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "commands.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

/// json: a document that the library made.
std::string inspection_text(const std::string& json, const Globals& globals, const Painter& painter);

/// One value and what is in it, each line indented by that many steps. Empty lists and nulls are left out.
void append_value(std::string& out, std::string_view key, const nlohmann::ordered_json& value, std::size_t depth);

}  // namespace tenzro::cli
