// SPDX-License-Identifier: Apache-2.0
// Which servers are left alone for a while, since they did not answer or had had enough.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "net/http_client.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::online {

inline constexpr std::chrono::seconds kLongestPause{300};  ///< for a server that is asked too much

/// A silent server is left alone whatever is wanted. One that was asked too much (429) is left alone with that kind of
/// documents: strangers can have any number of certificates asked for, and that must not keep the revocation lists of
/// genuine evidence from coming.
/// Threads: all members may be called from several threads at once.
class ServerPauses {
 public:
  struct Errand {
    const std::string& url;
    CollateralKind kind;
  };

  /// collateral_unreachable while the server of the URL is left alone, with what had happened.
  Result<void> check(const Errand& errand, UtcTime now) const;
  /// A request is about to be made: its number.
  std::uint64_t begin();
  /// What came of it. What was asked before a pause began says nothing of how the server fares since: several requests
  /// that come at once are one refusal.
  void note(const Errand& errand, std::uint64_t number, const net::Fetched& answer, UtcTime now);

 private:
  struct Pause {
    UtcTime since{};
    std::string message{};
    std::chrono::seconds life{0};
    std::uint64_t noted_at = 0;  ///< requests that had been begun by then
  };
  mutable std::mutex mutex_;
  std::map<std::string, Pause> pauses_;  // by server, or server and kind: as many as are configured
  std::uint64_t requests_ = 0;           // that were begun
};

}  // namespace tenzro::tee::online
