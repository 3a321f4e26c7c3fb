// SPDX-License-Identifier: Apache-2.0
#include "online/key_memory.hpp"

#include <algorithm>
#include <utility>

#include "online/slot.hpp"

namespace tenzro::tee::online {

CollateralDocumentPtr KeyMemory::find(std::string_view key_id, UtcTime now) const {
  if (document_ == nullptr || !within(fetched_at_, kKeysLife, now)) {
    return nullptr;
  }
  const bool has_it = key_id.empty() || std::ranges::find(ids_, key_id) != ids_.end();
  return has_it || within(asked_at_, kBetweenKeyRequests, now) ? document_ : nullptr;
}

void KeyMemory::keep(CollateralDocumentPtr document, std::vector<std::string> ids, UtcTime now) {
  document_ = std::move(document);
  ids_ = std::move(ids);
  fetched_at_ = now;
}

}  // namespace tenzro::tee::online
