// SPDX-License-Identifier: Apache-2.0
// The key set of NVIDIA's remote attestation service, decoded.
#include <utility>

#include "collateral/nvidia/key_set.hpp"
#include "core/try.hpp"
#include "inspect/describe.hpp"

namespace tenzro::tee::inspect_detail {

Result<Json> describe_key_set(ByteView document) {
  TENZRO_ASSIGN_OR_RETURN(const nvidia::KeySet set, nvidia::parse_key_set(document));
  Json keys = Json::array();
  for (const nvidia::TokenKey& key : set.keys) {
    Json one = Json::object();
    one["key_id"] = key.key_id;
    one["public_key"] = to_hex(key.x_y);
    if (!key.certificates.empty()) {
      one["certificates"] = describe_certificates(key.certificates);
    }
    keys.push_back(std::move(one));
  }
  Json out = Json::object();
  out["keys"] = std::move(keys);
  out["other_keys"] = set.other_keys;
  return out;
}

}  // namespace tenzro::tee::inspect_detail
