// SPDX-License-Identifier: Apache-2.0
// The keys that NVIDIA's remote attestation service signs with, as they came from it: nobody signs them, so they live
// in memory alone, and not for long.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::online {

inline constexpr std::chrono::hours kKeysLife{1};
/// Tokens with key ids that nobody ever had must not make us ask for each of them.
inline constexpr std::chrono::minutes kBetweenKeyRequests{1};

/// Threads: guarded by whoever owns it.
class KeyMemory {
 public:
  /// The remembered keys when they answer this request: they are young enough, and the wanted one is among them, or
  /// they were asked for a moment ago. Null: ask.
  CollateralDocumentPtr find(std::string_view key_id, UtcTime now) const;
  /// The service is being asked.
  void note_request(UtcTime now) { asked_at_ = now; }
  /// ids: of the keys in the document.
  void keep(CollateralDocumentPtr document, std::vector<std::string> ids, UtcTime now);

 private:
  CollateralDocumentPtr document_;
  std::vector<std::string> ids_;
  UtcTime fetched_at_{}, asked_at_{};
};

}  // namespace tenzro::tee::online
