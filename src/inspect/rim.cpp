// SPDX-License-Identifier: Apache-2.0
// NVIDIA's reference manifests, decoded.
#include <utility>

#include "collateral/nvidia/rim.hpp"
#include "core/try.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {

Result<Json> describe_rim(ByteView xml) {
  TENZRO_ASSIGN_OR_RETURN(const nvidia::Rim rim, nvidia::parse_rim(xml));
  Json out = Json::object();
  out["product"] = rim.product;
  out["edition"] = rim.edition;
  out["version"] = rim.version;
  out["active_count"] = rim.active.size();
  Json active = Json::array();
  for (const nvidia::GoldenMeasurement& golden : rim.active) {
    Json alternatives = Json::array();
    for (const auto& value : golden.alternatives) {
      alternatives.push_back(to_hex(value));
    }
    active.push_back({{"index", golden.index}, {"alternatives", std::move(alternatives)}});
  }
  out["active"] = std::move(active);
  out["signature"] = to_hex(rim.signature);
  out["certificates"] = describe_certificates(rim.certificates);
  return out;
}

}  // namespace tenzro::tee::inspect_detail
