// SPDX-License-Identifier: Apache-2.0
#include "inspection_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tenzro::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string scalar(const Json& value) {
  if (value.is_string()) {
    return safe_text(value.get_ref<const std::string&>());
  }
  if (value.is_boolean()) {
    return value.get<bool>() ? "yes" : "no";
  }
  return safe_text(value.dump(-1, ' ', true, Json::error_handler_t::replace));
}

std::string joined(const Json& list) {
  std::string out;
  for (const Json& item : list) {
    if (!out.empty()) {
      out += ", ";
    }
    out += scalar(item);
  }
  return out;
}

bool is_line(const Json& value) {
  return !value.is_structured() ||
         (value.is_array() && std::ranges::none_of(value, [](const Json& item) { return item.is_structured(); }));
}

}  // namespace

void append_value(std::string& out, std::string_view key, const nlohmann::ordered_json& value, std::size_t depth) {
  if (value.is_null() || (value.is_structured() && value.empty())) {
    return;
  }
  out.append(2 * depth, ' ');
  out += safe_text(key);
  if (is_line(value)) {
    out += ": " + (value.is_array() ? joined(value) : scalar(value)) + "\n";
    return;
  }
  out += ":\n";
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      append_value(out, name, member, depth + 1);
    }
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    append_value(out, std::to_string(i), value[i], depth + 1);
  }
}

std::string inspection_text(const std::string& json, const Globals& globals, const Painter& painter) {
  const Json document = Json::parse(json, nullptr, false);
  std::string out;
  if (!document.is_object()) {
    return out;
  }
  const std::string kind = document.value("kind", "");
  out += painter(Style::heading, safe_text(kind)) + " (decoded, not verified)\n";
  if (globals.quiet) {
    return out;
  }
  for (const auto& [name, value] : document.items()) {
    if (name != "kind" && name != "verified") {
      append_value(out, name, value, 0);
    }
  }
  return out;
}

}  // namespace tenzro::cli
