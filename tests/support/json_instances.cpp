// SPDX-License-Identifier: Apache-2.0
#include "support/json_instances.hpp"

TENZRO_JSON_INSTANCES(, std::map)
TENZRO_JSON_INSTANCES(, nlohmann::ordered_map)
