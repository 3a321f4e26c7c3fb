// SPDX-License-Identifier: Apache-2.0
// Asking Intel's services, and remembering what a verifier found good.
#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "net/http_client.hpp"
#include "online/answer.hpp"
#include "online/cache_folder.hpp"
#include "online/endpoints.hpp"
#include "online/fetched_document.hpp"

namespace tenzro::tee {

namespace online {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds kFailureLife{5};              ///< how long "no" is an answer without asking again
constexpr seconds kUnjudgedLife{10};            ///< how long a fetched document waits for a verifier to accept it
constexpr minutes kBetweenRefreshes{5};         ///< while the remembered document is current
constexpr std::chrono::hours kMargin{24};       ///< refreshed so long before it expires
constexpr milliseconds kRefreshTimeout{2'000};  ///< nobody needs the answer yet
constexpr std::size_t kMaxSlots = 4096;
constexpr milliseconds kLongestTimeout{600'000};

UtcTime system_now() { return std::chrono::floor<seconds>(std::chrono::system_clock::now()); }

using Documents = std::vector<CollateralDocumentPtr>;

/// What is known of one document of one service, under one root.
struct Slot {
  FetchedPtr accepted;  ///< the newest that a verifier found good: what is served, and what later ones are held against
  FetchedPtr unjudged;  ///< fetched since
  std::optional<Error> failure;   ///< of the last attempt
  std::optional<Finding> remark;  ///< why the accepted one is served although a newer one was asked for
  UtcTime failed_at{}, attempted_at{};
  bool folder_read = false;
  bool in_flight = false;  ///< a thread is asking: the others wait, or take what is still current
};

bool within(UtcTime then, seconds life, UtcTime now) { return then <= now && now < then + life; }

class OnlineSource final : public CollateralSource {
 public:
  OnlineSource(Endpoints endpoints, net::HttpClient client, const OnlineOptions& options)
      : endpoints_(std::move(endpoints)),
        client_(std::move(client)),
        folder_(options.cache_dir),
        timeout_(options.timeout),
        refresh_after_(options.refresh_after),
        clock_(options.clock ? options.clock : system_now),
        folder_problem_(folder_.problem()) {}

  Result<Documents> find(const CollateralRequest& request) override;
  void accepted(const CollateralRequest& request, const CollateralDocument& document) override;
  std::vector<Finding> warnings() const override;

 private:
  /// What one thread found out for all.
  struct Attempt {
    FetchedPtr accepted, unjudged;
    std::optional<Error> failure;
    bool asked = false;
  };

  static std::string key_of(const CollateralRequest& request, const std::string& url) {
    return concat(url, " under ", to_hex(crypto::sha256(request.root)));
  }
  std::shared_ptr<Slot> slot_for(const std::string& key);
  std::optional<Result<Documents>> known_answer(const Slot& slot, UtcTime now) const;
  Result<Documents> remembered(const CollateralRequest& request, const std::string& url);
  Attempt attempt(const CollateralRequest& request, const std::string& url, const std::string& key, const Slot& before,
                  UtcTime now);
  Result<FetchedDocument> fetch(const CollateralRequest& request, const std::string& url, milliseconds timeout,
                                UtcTime now);
  static std::optional<Error> refusal(const FetchedDocument& offered, const FetchedDocument& accepted,
                                      const CollateralRequest& request, UtcTime now);
  bool is_due(const FetchedDocument& document, UtcTime now) const {
    return document.fetched_at > now || now - document.fetched_at >= refresh_after_ ||
           document.next_update - now < kMargin;
  }

  const Endpoints endpoints_;
  const net::HttpClient client_;
  const CacheFolder folder_;
  const milliseconds timeout_;
  const std::chrono::hours refresh_after_;
  const std::function<UtcTime()> clock_;
  const std::string folder_problem_;

  std::mutex mutex_;  // guards all below
  std::condition_variable landed_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
  std::map<std::string, std::pair<UtcTime, std::string>> down_;  // servers that did not answer: when, and what happened
};

Documents served(const FetchedPtr& fetched, const std::optional<Finding>& remark = {}) {
  if (!remark) {
    return {CollateralDocumentPtr(fetched, &fetched->document)};
  }
  auto out = std::make_shared<CollateralDocument>(fetched->document);
  out->remark = remark;
  return {std::move(out)};
}

std::string server_of(const std::string& url) { return url.substr(0, url.find('/', url.find("//") + 2)); }

Finding remark_of(const Error& failure, CollateralKind kind) {
  const bool rolled_back = failure.code() == ErrorCode::collateral_rolled_back;
  return {.check = kind == CollateralKind::root_crl || kind == CollateralKind::pck_crl ? "revocation" : "tcb",
          .code = rolled_back ? "collateral_rolled_back" : "collateral_not_refreshed",
          .message = concat("a remembered document, still current, is used because it could not be refreshed: ",
                            failure.message(), "; look at the service")};
}

std::shared_ptr<Slot> OnlineSource::slot_for(const std::string& key) {
  if (slots_.size() >= kMaxSlots && !slots_.contains(key)) {
    std::erase_if(slots_, [](const auto& entry) { return !entry.second->in_flight; });
  }
  std::shared_ptr<Slot>& slot = slots_[key];
  if (!slot) {
    slot = std::make_shared<Slot>();
  }
  return slot;
}

/// The answer when it takes no asking and no waiting.
std::optional<Result<Documents>> OnlineSource::known_answer(const Slot& slot, UtcTime now) const {
  const bool current = slot.accepted && slot.accepted->is_current(now);
  if (slot.in_flight) {
    return current ? std::optional(Result<Documents>(served(slot.accepted, slot.remark))) : std::nullopt;
  }
  if (!slot.folder_read) {
    return std::nullopt;
  }
  if (slot.unjudged && within(slot.unjudged->fetched_at, kUnjudgedLife, now)) {
    return Result<Documents>(served(slot.unjudged));
  }
  if (current && (!is_due(*slot.accepted, now) || within(slot.attempted_at, kBetweenRefreshes, now))) {
    return Result<Documents>(served(slot.accepted, slot.remark));
  }
  if (!current && slot.failure && within(slot.failed_at, kFailureLife, now)) {
    return Result<Documents>(*slot.failure);
  }
  return std::nullopt;
}

Result<Documents> OnlineSource::find(const CollateralRequest& request) {
  const std::string url = request.simulated ? std::string() : endpoints_.url(request);
  if (url.empty()) {
    return Documents();
  }
  if (!request.at_now || request.root.empty()) {
    TENZRO_ASSIGN_OR_RETURN(FetchedDocument fetched, fetch(request, url, timeout_, clock_()));
    return Documents{std::make_shared<const CollateralDocument>(std::move(fetched.document))};
  }
  return remembered(request, url);
}

Result<Documents> OnlineSource::remembered(const CollateralRequest& request, const std::string& url) {
  const std::string key = key_of(request, url);
  std::unique_lock lock(mutex_);
  const std::shared_ptr<Slot> slot = slot_for(key);
  UtcTime now = clock_();
  for (auto known = known_answer(*slot, now); known || slot->in_flight; known = known_answer(*slot, now)) {
    if (known) {
      return *std::move(known);
    }
    landed_.wait(lock);
    now = clock_();
  }

  // Lands whatever happens: the others wait for it.
  struct Flight {
    Slot& slot;
    std::unique_lock<std::mutex>& lock;
    std::condition_variable& landed;
    ~Flight() {
      if (!lock.owns_lock()) {
        lock.lock();
      }
      slot.in_flight = false;
      landed.notify_all();
    }
  };
  slot->in_flight = true;
  const Flight flight{*slot, lock, landed_};
  const Slot before = *slot;
  lock.unlock();
  Attempt found = attempt(request, url, key, before, now);
  lock.lock();
  now = clock_();

  slot->folder_read = true;
  // A verifier may meanwhile have accepted what was offered before.
  if (found.accepted && (!slot->accepted || !lower(found.accepted->number, slot->accepted->number))) {
    slot->accepted = std::move(found.accepted);
  }
  if (found.asked) {
    slot->attempted_at = now;
    slot->unjudged = std::move(found.unjudged);
    slot->failure = found.failure;
    slot->failed_at = now;
    slot->remark = found.failure ? std::optional(remark_of(*found.failure, request.kind)) : std::nullopt;
  }
  if (slot->unjudged) {
    return served(slot->unjudged);
  }
  if (slot->accepted && slot->accepted->is_current(now)) {
    return served(slot->accepted, slot->remark);
  }
  return found.failure ? *std::move(found.failure)
                       : Error(ErrorCode::internal, concat(url, ": neither an answer nor a failure"));
}

OnlineSource::Attempt OnlineSource::attempt(const CollateralRequest& request, const std::string& url,
                                            const std::string& key, const Slot& before, UtcTime now) {
  Attempt out;
  out.accepted = before.accepted;
  // Also when something is in memory: another process may have been faster.
  if (auto stored = folder_.load(key, request);
      stored && (!out.accepted ||
                 (stored->fetched_at > out.accepted->fetched_at && !lower(stored->number, out.accepted->number)))) {
    stored->document.source = concat(url, " (cached)");
    out.accepted = std::make_shared<const FetchedDocument>(*std::move(stored));
  }
  const bool current = out.accepted && out.accepted->is_current(now);
  if (current && !is_due(*out.accepted, now)) {
    return out;
  }

  out.asked = true;
  auto fetched = fetch(request, url, current ? std::min(timeout_, kRefreshTimeout) : timeout_, now);
  if (!fetched) {
    out.failure = std::move(fetched).error();
    return out;
  }
  if (out.accepted) {
    out.failure = refusal(*fetched, *out.accepted, request, now);
    if (out.failure) {
      return out;
    }
    if (current && fetched->document.body == out.accepted->document.body) {
      // The same as before: nothing to judge, only known to be the newest for longer.
      FetchedDocument again = *out.accepted;
      again.fetched_at = now;
      folder_.store(key, request, again);
      out.accepted = std::make_shared<const FetchedDocument>(std::move(again));
      return out;
    }
  }
  out.unjudged = std::make_shared<const FetchedDocument>(*std::move(fetched));
  return out;
}

/// Why an offered document may not take the place of an accepted one; nothing when it may be judged.
std::optional<Error> OnlineSource::refusal(const FetchedDocument& offered, const FetchedDocument& accepted,
                                           const CollateralRequest& request, UtcTime now) {
  const std::string& url = offered.document.source;
  if (offered.fits && lower(offered.number, accepted.number)) {
    return Error(ErrorCode::collateral_rolled_back,
                 concat(url, ": offers number 0x", to_hex(offered.number), " (issued ", to_rfc3339(offered.issued),
                        ") after 0x", to_hex(accepted.number), " (issued ", to_rfc3339(accepted.issued),
                        "): old collateral can hide a revocation; ask the service's operator"));
  }
  if (!accepted.is_current(now)) {
    return std::nullopt;  // nothing to lose: the verifier says what is wrong with it
  }
  if (!offered.fits || !offered.is_current(now) || !is_genuine(offered, request)) {
    return Error(ErrorCode::malformed_input,
                 concat(url, ": offers a document that does not fit, is out of date or forged"));
  }
  if (offered.issued < accepted.issued) {
    return Error(ErrorCode::collateral_unreachable,
                 concat(url, ": offers a document of ", to_rfc3339(offered.issued), ", older than the one at hand"));
  }
  return std::nullopt;
}

Result<FetchedDocument> OnlineSource::fetch(const CollateralRequest& request, const std::string& url,
                                            milliseconds timeout, UtcTime now) {
  const std::string server = server_of(url);
  {
    const std::lock_guard lock(mutex_);
    const auto down = down_.find(server);
    if (down != down_.end() && within(down->second.first, kFailureLife, now)) {
      return Error(ErrorCode::collateral_unreachable,
                   concat(url, ": not asked, as a moment ago: ", down->second.second));
    }
  }
  net::Fetched answer = client_.get(url, timeout);
  const bool silent = answer.problem == net::FetchProblem::timed_out ||
                      answer.problem == net::FetchProblem::connection_failed ||
                      answer.problem == net::FetchProblem::name_unresolved;
  {
    const std::lock_guard lock(mutex_);
    if (silent) {
      down_[server] = {clock_(), answer.message};
    } else {
      down_.erase(server);
    }
  }
  TENZRO_ASSIGN_OR_RETURN(CollateralDocument document, read_answer(std::move(answer), request.kind, url));
  auto fetched = examine(std::move(document), clock_(), request);
  if (!fetched) {
    return Error(ErrorCode::malformed_input, concat(url, ": ", fetched.error().message()));
  }
  return fetched;
}

void OnlineSource::accepted(const CollateralRequest& request, const CollateralDocument& document) {
  const std::string url = request.simulated ? std::string() : endpoints_.url(request);
  if (url.empty() || !request.at_now || request.root.empty()) {
    return;
  }
  const std::string key = key_of(request, url);
  FetchedPtr fresh;
  {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(key);
    // Only what was fetched here, byte for byte; not what a caller's file or the sender's report holds.
    if (slot == slots_.end() || !slot->second->unjudged || slot->second->unjudged->document.body != document.body ||
        slot->second->unjudged->document.issuer_chain != document.issuer_chain) {
      return;
    }
    fresh = std::exchange(slot->second->unjudged, nullptr);
    if (slot->second->accepted && lower(fresh->number, slot->second->accepted->number)) {
      return;
    }
    slot->second->accepted = fresh;
  }
  folder_.store(key, request, *fresh);
}

std::vector<Finding> OnlineSource::warnings() const {
  if (folder_problem_.empty()) {
    return {};
  }
  return {{.check = "tcb",
           .code = "collateral_cache_unusable",
           .message = concat("collateral is not remembered across runs: ", folder_problem_)}};
}

}  // namespace
}  // namespace online

Result<std::shared_ptr<CollateralSource>> online_collateral(const OnlineOptions& options) {
  if (options.timeout < std::chrono::milliseconds{1} || options.timeout > online::kLongestTimeout) {
    return Error(ErrorCode::invalid_argument, "timeout: must be 1 ms to 10 minutes");
  }
  if (options.refresh_after < std::chrono::hours{1} || options.refresh_after > std::chrono::hours{24 * 366}) {
    return Error(ErrorCode::invalid_argument, "refresh_after: must be 1 hour to 366 days");
  }
  TENZRO_ASSIGN_OR_RETURN(online::Endpoints endpoints, online::Endpoints::make(options));
  TENZRO_ASSIGN_OR_RETURN(
      net::HttpClient client,
      net::HttpClient::make({.ca_file = options.ca_file, .proxy = options.proxy, .no_proxy = options.no_proxy}));
  return std::shared_ptr<CollateralSource>(
      std::make_shared<online::OnlineSource>(std::move(endpoints), std::move(client), options));
}

}  // namespace tenzro::tee
