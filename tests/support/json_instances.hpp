// SPDX-License-Identifier: Apache-2.0
// What of the JSON library takes long to compile, compiled in one file for all tests that share a precompiled header:
// its templates, and the choice among all operators that might print a value which converts to nearly anything.
#pragma once
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>

#define TENZRO_JSON_INSTANCES(KIND, JSON)                                                                              \
  KIND template class nlohmann::basic_json<JSON>;                                                                      \
  KIND template class nlohmann::detail::serializer<nlohmann::basic_json<JSON>>;                                        \
  KIND template class nlohmann::detail::lexer<nlohmann::basic_json<JSON>,                                              \
                                              nlohmann::detail::iterator_input_adapter<std::string::const_iterator>>;  \
  KIND template class nlohmann::detail::parser<nlohmann::basic_json<JSON>,                                             \
                                               nlohmann::detail::iterator_input_adapter<std::string::const_iterator>>; \
  KIND template class nlohmann::detail::lexer<nlohmann::basic_json<JSON>,                                              \
                                              nlohmann::detail::iterator_input_adapter<const char*>>;                  \
  KIND template class nlohmann::detail::parser<nlohmann::basic_json<JSON>,                                             \
                                               nlohmann::detail::iterator_input_adapter<const char*>>;

TENZRO_JSON_INSTANCES(extern, std::map)
TENZRO_JSON_INSTANCES(extern, nlohmann::ordered_map)

namespace nlohmann {
/// For GoogleTest.
void PrintTo(const json& value, std::ostream* out);
void PrintTo(const ordered_json& value, std::ostream* out);
}  // namespace nlohmann
