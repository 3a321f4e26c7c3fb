// SPDX-License-Identifier: Apache-2.0
#include "support/json_instances.hpp"

#include <ostream>

TENZRO_JSON_INSTANCES(, std::map)
TENZRO_JSON_INSTANCES(, nlohmann::ordered_map)

namespace nlohmann {
void PrintTo(const json& value, std::ostream* out) { *out << value.dump(); }
void PrintTo(const ordered_json& value, std::ostream* out) { *out << value.dump(); }
}  // namespace nlohmann
