// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/nras_request.hpp"

#include <utility>

#include "formats/json.hpp"

namespace tenzro::tee::nvidia {

std::string nras_request(Architecture architecture, const ByteArray<32>& nonce, std::span<const DeviceEvidence> devices,
                         unsigned version) {
  json::Output list = json::Output::array();
  for (const DeviceEvidence& device : devices) {
    if (device.architecture == architecture) {
      list.push_back({{"evidence", to_base64(device.report)}, {"certificate", to_base64(device.certificate_chain)}});
    }
  }
  json::Output request = {
      {"nonce", to_hex(nonce)}, {"arch", to_string(architecture)}, {"evidence_list", std::move(list)}};
  if (version > 3) {
    request["claims_version"] = "3.0";
  }
  return request.dump();
}

}  // namespace tenzro::tee::nvidia
