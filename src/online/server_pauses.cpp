// SPDX-License-Identifier: Apache-2.0
#include "online/server_pauses.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "online/slot.hpp"

namespace tenzro::tee::online {

namespace {

std::string server_of(const std::string& url) { return url.substr(0, url.find('/', url.find("//") + 2)); }
std::string busy_with(const std::string& server, CollateralKind kind) { return concat(server, " ", to_string(kind)); }

}  // namespace

Result<void> ServerPauses::check(const Errand& errand, UtcTime now) const {
  const std::string server = server_of(errand.url);
  const std::lock_guard lock(mutex_);
  for (const std::string& key : {server, busy_with(server, errand.kind)}) {
    const auto pause = pauses_.find(key);
    if (pause != pauses_.end() && within(pause->second.since, pause->second.life, now)) {
      return Error(ErrorCode::collateral_unreachable,
                   concat(errand.url, ": not asked, as a moment ago: ", pause->second.message));
    }
  }
  return {};
}

std::uint64_t ServerPauses::begin() {
  const std::lock_guard lock(mutex_);
  return ++requests_;
}

void ServerPauses::note(const Errand& errand, std::uint64_t number, const net::Fetched& answer, UtcTime now) {
  const bool silent = answer.problem == net::FetchProblem::timed_out ||
                      answer.problem == net::FetchProblem::connection_failed ||
                      answer.problem == net::FetchProblem::name_unresolved;
  const std::string server = server_of(errand.url);
  const std::string busy = busy_with(server, errand.kind);
  const std::lock_guard lock(mutex_);
  const auto is_news = [&](const std::string& key) {
    const auto pause = pauses_.find(key);
    return pause == pauses_.end() || number > pause->second.noted_at;
  };
  if (silent) {
    if (is_news(server)) {
      pauses_[server] = {now, answer.message, kFailureLife, requests_};
    }
    return;
  }
  if (is_news(server)) {
    pauses_.erase(server);
  }
  if (!is_news(busy)) {
    return;
  }
  if (answer.problem != net::FetchProblem::throttled) {
    pauses_.erase(busy);
    return;
  }
  Pause& pause = pauses_[busy];
  const bool again = pause.life.count() > 0;
  pause = {now, answer.message, again ? std::min(2 * pause.life, kLongestPause) : kFailureLife, requests_};
}

}  // namespace tenzro::tee::online
