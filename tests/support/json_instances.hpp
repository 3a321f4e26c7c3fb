// SPDX-License-Identifier: Apache-2.0
// The JSON library's templates are compiled in one file for all tests that share a precompiled header.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#define TENZRO_JSON_INSTANCES(KIND, JSON)                                                                             \
  KIND template class nlohmann::basic_json<JSON>;                                                                     \
  KIND template class nlohmann::detail::serializer<nlohmann::basic_json<JSON>>;                                       \
  KIND template class nlohmann::detail::lexer<nlohmann::basic_json<JSON>,                                             \
                                              nlohmann::detail::iterator_input_adapter<std::string::const_iterator>>; \
  KIND template class nlohmann::detail::parser<nlohmann::basic_json<JSON>,                                            \
                                               nlohmann::detail::iterator_input_adapter<std::string::const_iterator>>;

TENZRO_JSON_INSTANCES(extern, std::map)
TENZRO_JSON_INSTANCES(extern, nlohmann::ordered_map)
