// SPDX-License-Identifier: Apache-2.0
// Asking vendors' services, and remembering what a verifier found good.
#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <stop_token>
#include <utility>

#include "collateral/documents.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "net/http_client.hpp"
#include "online/answer.hpp"
#include "online/background_worker.hpp"
#include "online/cache_folder.hpp"
#include "online/endpoints.hpp"
#include "online/fetched_document.hpp"
#include "online/key_memory.hpp"
#include "online/lookup.hpp"
#include "online/nvidia.hpp"
#include "online/server_pauses.hpp"
#include "online/slot.hpp"
#include "x509/known_intermediates.hpp"

namespace tenzro::tee {

namespace online {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kRefreshTimeout{2'000};  ///< for a caller who waits, though there is something to serve
constexpr std::size_t kMaxSlots = 4096;
constexpr milliseconds kLongestTimeout{600'000};

UtcTime system_now() { return std::chrono::floor<seconds>(std::chrono::system_clock::now()); }

using Documents = std::vector<CollateralDocumentPtr>;

class OnlineSource final : public CollateralSource {
 public:
  OnlineSource(Endpoints endpoints, net::HttpClient client, const OnlineOptions& options)
      : endpoints_(std::move(endpoints)),
        client_(std::move(client)),
        folder_(options.cache_dir),
        timeout_(options.timeout),
        refresh_after_(options.refresh_after),
        refresh_(options.refresh),
        ocsp_nonce_(options.ocsp_nonce),
        service_key_(options.nvidia_service_key),
        clock_(options.clock ? options.clock : system_now),
        folder_problem_(folder_.problem()) {}

  Result<Documents> find(const CollateralRequest& request) override;
  void accepted(const CollateralRequest& request, const CollateralDocument& document) override;
  Result<Bytes> appraise_remotely(const AppraisalRequest& request) override;
  std::string token_issuer() const override { return endpoints_.token_issuer(); }
  std::vector<Finding> warnings() const override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// How an attempt is made.
  struct Manner {
    milliseconds timeout;
    bool reads_folder = true;
    std::stop_token stop{};
  };

  static bool is_remembered(const CollateralRequest& request) {
    return !request.simulated && request.at_now && !request.root.empty();
  }
  std::shared_ptr<Slot> slot_for(const std::string& key);
  void make_room();
  Situation situation(const Slot& slot, const Lookup& what, UtcTime now) const;
  Result<Documents> remembered(const Lookup& what);
  void read_folder(Slot& slot, const Lookup& what, Lock& lock);
  void ask(Slot& slot, const Lookup& what, const Manner& manner, Lock& lock);
  Attempt attempt(const Lookup& what, const FetchedPtr& accepted, const Bytes& needed, const Manner& manner) const;
  void refresh_in_background(const std::shared_ptr<Slot>& slot, const CollateralRequest& request);
  Result<FetchedDocument> fetch(const Lookup& what, const Manner& manner) const;
  Result<CollateralDocument> fetch_document(const Lookup& what, const Manner& manner) const;
  Result<CollateralDocument> fetch_ocsp_response(const Lookup& what, const Manner& manner) const;
  Result<CollateralDocument> fetch_manifest(const Lookup& what, const Manner& manner) const;
  Result<Documents> find_keys(const Lookup& what);
  net::Fetched get(const net::HttpRequest& request, CollateralKind kind, const Manner& manner) const;
  Result<void> add_issuers(const Lookup& what, const Manner& manner, CollateralDocument& document) const;

  const Endpoints endpoints_;
  const net::HttpClient client_;
  const CacheFolder folder_;
  const milliseconds timeout_;
  const std::chrono::hours refresh_after_;
  const CollateralRefresh refresh_;
  const OcspNonce ocsp_nonce_;
  const std::string service_key_;  // NVIDIA's; goes nowhere but into requests to its services
  const std::function<UtcTime()> clock_;
  const std::string folder_problem_;
  mutable ServerPauses pauses_;

  // Held while the keys are asked for, so that they are asked for once; taken before the other one.
  std::mutex asking_for_keys_;
  KeyMemory keys_;  // guarded by mutex_

  // Nothing is read, written or asked by who holds it: whoever is served from memory waits for nobody.
  mutable std::mutex mutex_;  // guards all below but the worker
  std::condition_variable landed_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
  std::uint64_t uses_ = 0;
  BackgroundWorker worker_;  // the last member: its thread uses the others
};

/// Marks a slot as somebody's, for as long as the mutex is given away. Lands whatever happens: the others wait for it.
class Flight {
 public:
  Flight(Slot& slot, std::unique_lock<std::mutex>& lock, std::condition_variable& landed)
      : slot_(slot), lock_(lock), landed_(landed) {
    slot_.in_flight = true;
    lock_.unlock();
  }
  ~Flight() {
    if (!lock_.owns_lock()) {
      lock_.lock();
    }
    slot_.in_flight = false;
    landed_.notify_all();
  }
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;
  void land() { lock_.lock(); }

 private:
  Slot& slot_;
  std::unique_lock<std::mutex>& lock_;
  std::condition_variable& landed_;
};

/// The owner of a document without a remark is what was fetched; one with a remark is a copy.
Documents served(const FetchedPtr& fetched, std::optional<Finding> remark) {
  if (!remark) {
    return {CollateralDocumentPtr(fetched, &fetched->document)};
  }
  auto out = std::make_shared<CollateralDocument>(fetched->document);
  out->remark = std::move(remark);
  return {std::move(out)};
}

/// Why an offered document may not take the place of an accepted one; nothing when it may be judged.
std::optional<Error> refusal(const FetchedDocument& offered, const FetchedDocument& accepted,
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

std::shared_ptr<Slot> OnlineSource::slot_for(const std::string& key) {
  auto found = slots_.find(key);
  if (found == slots_.end()) {
    if (slots_.size() >= kMaxSlots) {
      make_room();
    }
    found = slots_.emplace(key, std::make_shared<Slot>()).first;
  }
  found->second->used = ++uses_;
  return found->second;
}

/// What was judged is worth more than what was only asked for: it is the memory that roll-back is noticed by.
void OnlineSource::make_room() {
  auto least = slots_.end();
  for (auto at = slots_.begin(); at != slots_.end(); ++at) {
    const Slot& slot = *at->second;
    const auto worth = [](const Slot& one) { return std::pair(one.accepted != nullptr, one.used); };
    if (!slot.in_flight && !slot.queued && (least == slots_.end() || worth(slot) < worth(*least->second))) {
      least = at;
    }
  }
  if (least != slots_.end()) {
    slots_.erase(least);
  }
}

Situation OnlineSource::situation(const Slot& slot, const Lookup& what, UtcTime now) const {
  const auto partner = slots_.find(what.partner_key);
  return {slot, partner == slots_.end() ? nullptr : partner->second.get(), now, refresh_after_};
}

Result<Documents> OnlineSource::find(const CollateralRequest& request) {
  const Lookup what(request, endpoints_);
  if (request.simulated || what.url.empty()) {
    return Documents();
  }
  if (request.kind == CollateralKind::jwks) {
    return find_keys(what);
  }
  if (is_remembered(request)) {
    return remembered(what);
  }
  TENZRO_ASSIGN_OR_RETURN(FetchedDocument fetched, fetch(what, {.timeout = timeout_}));
  return Documents{std::make_shared<const CollateralDocument>(std::move(fetched.document))};
}

Result<Documents> OnlineSource::remembered(const Lookup& what) {
  Lock lock(mutex_);
  const std::shared_ptr<Slot> slot = slot_for(what.key);
  bool just_read = false;
  for (bool asked = false;;) {
    const UtcTime now = clock_();
    Step step = next_step(situation(*slot, what, now), asked);
    if (step.kind == Step::Kind::wait) {
      landed_.wait(lock);
      continue;
    }
    if (step.kind == Step::Kind::read_folder) {
      read_folder(*slot, what, lock);
      just_read = true;
      continue;
    }
    const bool refreshes = step.due && refresh_ == CollateralRefresh::before_answering;
    if (!asked && (step.kind == Step::Kind::ask || refreshes)) {
      const bool can_do_without = slot->accepted && slot->accepted->is_current(now);
      ask(*slot, what,
          {.timeout = can_do_without ? std::min(timeout_, kRefreshTimeout) : timeout_, .reads_folder = !just_read},
          lock);
      asked = true;
      continue;
    }
    if (step.kind != Step::Kind::serve) {
      return slot->failure.value_or(Error(ErrorCode::internal, concat(what.url, ": neither an answer nor a failure")));
    }
    if (step.document == slot->unjudged && !slot->offered_at) {
      slot->offered_at = now;
    }
    const bool refresh = step.due && !asked;
    slot->queued |= refresh;
    lock.unlock();
    if (refresh) {
      refresh_in_background(slot, what.request);
    }
    return served(step.document, std::move(step.remark));
  }
}

void OnlineSource::read_folder(Slot& slot, const Lookup& what, Lock& lock) {
  Flight flight(slot, lock, landed_);
  Attempt found;
  if (auto stored = folder_.load(what.folder_key(), what.request)) {
    stored->document.source = concat(what.url, " (cached)");
    found.accepted = std::make_shared<const FetchedDocument>(*std::move(stored));
  }
  flight.land();
  slot.adopt(std::move(found), what.request.kind, clock_());
}

void OnlineSource::ask(Slot& slot, const Lookup& what, const Manner& manner, Lock& lock) {
  const FetchedPtr accepted = slot.accepted;
  const Situation before = situation(slot, what, clock_());
  const Bytes needed = before.partner == nullptr ? Bytes() : highest_number(*before.partner, before.now);
  Flight flight(slot, lock, landed_);
  Attempt found = attempt(what, accepted, needed, manner);
  flight.land();
  if (!manner.stop.stop_requested()) {
    slot.adopt(std::move(found), what.request.kind, clock_());
  }
}

/// needed: the number below which the document does not go with its partner.
Attempt OnlineSource::attempt(const Lookup& what, const FetchedPtr& accepted, const Bytes& needed,
                              const Manner& manner) const {
  Attempt out;
  out.accepted = accepted;
  const UtcTime now = clock_();
  // Also when something is in memory: another process may have been faster.
  if (auto stored = manner.reads_folder ? folder_.load(what.folder_key(), what.request) : std::nullopt;
      stored && (!out.accepted ||
                 (stored->fetched_at > out.accepted->fetched_at && !lower(stored->number, out.accepted->number)))) {
    stored->document.source = concat(what.url, " (cached)");
    out.accepted = std::make_shared<const FetchedDocument>(*std::move(stored));
  }
  const bool current = out.accepted && out.accepted->is_current(now);
  if (current && !is_due(*out.accepted, now, refresh_after_) && !lower(out.accepted->number, needed)) {
    return out;
  }

  out.asked = true;
  auto fetched = fetch(what, manner);
  if (!fetched) {
    out.failure = std::move(fetched).error();
    return out;
  }
  if (out.accepted) {
    out.failure = refusal(*fetched, *out.accepted, what.request, now);
    if (out.failure) {
      return out;
    }
    if (current && fetched->document.body == out.accepted->document.body) {
      // The same as before: nothing to judge, only known to be the newest for longer.
      FetchedDocument again = *out.accepted;
      again.fetched_at = now;
      again.issued = fetched->issued;  // the same but for manifests, whose end counts from when they came
      again.next_update = fetched->next_update;
      folder_.store(what.folder_key(), what.request, again);
      out.accepted = std::make_shared<const FetchedDocument>(std::move(again));
      return out;
    }
  }
  out.unjudged = std::make_shared<const FetchedDocument>(*std::move(fetched));
  return out;
}

/// The slot is marked as queued. Who asked has an answer already, so a lack of memory is nothing to tell of here; the
/// next one tries again.
void OnlineSource::refresh_in_background(const std::shared_ptr<Slot>& slot, const CollateralRequest& request) {
  bool posted = false;
  try {
    const auto kept = std::make_shared<const KeptLookup>(request, endpoints_);
    posted = worker_.post([this, slot, kept](const std::stop_token& stop) {
      const Lookup& what = kept->lookup();
      Lock lock(mutex_);
      slot->queued = false;
      // Meanwhile somebody may have been faster, or it has expired: then who needs it asks.
      if (next_step(situation(*slot, what, clock_()), false).due) {
        ask(*slot, what, {.timeout = timeout_, .stop = stop}, lock);
      }
    });
  } catch (const std::bad_alloc&) {
    posted = false;
  }
  if (!posted) {
    const Lock lock(mutex_);
    slot->queued = false;
  }
}

/// The kind's own way of asking.
Result<CollateralDocument> OnlineSource::fetch_document(const Lookup& what, const Manner& manner) const {
  const CollateralKind kind = what.request.kind;
  if (kind == CollateralKind::ocsp) {
    return fetch_ocsp_response(what, manner);
  }
  if (kind == CollateralKind::rim) {
    return fetch_manifest(what, manner);
  }
  TENZRO_ASSIGN_OR_RETURN(CollateralDocument document,
                          read_answer(get({.url = what.url}, kind, manner), kind, what.url));
  TENZRO_RETURN_IF_ERROR(add_issuers(what, manner, document));
  return document;
}

Result<CollateralDocument> OnlineSource::fetch_ocsp_response(const Lookup& what, const Manner& manner) const {
  TENZRO_ASSIGN_OR_RETURN(const auto exchange, nvidia::OcspExchange::about(what.request, ocsp_nonce_));
  const net::HttpRequest question{.url = what.url,
                                  .post = net::Posted{"application/ocsp-request", exchange.question()},
                                  .accept = "application/ocsp-response",
                                  .bearer = service_key_,
                                  .max_body = ocsp::kMaxResponse};
  TENZRO_ASSIGN_OR_RETURN(CollateralDocument document,
                          read_answer(get(question, what.request.kind, manner), what.request.kind, what.url));
  if (auto checked = exchange.check(document.body, what.request); !checked) {
    return std::move(checked).error().with_context(what.url);
  }
  return document;
}

Result<CollateralDocument> OnlineSource::fetch_manifest(const Lookup& what, const Manner& manner) const {
  const net::HttpRequest question{
      .url = what.url, .accept = "application/json", .bearer = service_key_, .max_body = nvidia::kMaxManifestAnswer};
  TENZRO_ASSIGN_OR_RETURN(CollateralDocument document,
                          read_answer(get(question, what.request.kind, manner), what.request.kind, what.url));
  auto manifest = nvidia::read_manifest(document.body, what.request.rim_id);
  if (!manifest) {
    return std::move(manifest).error().with_context(what.url);
  }
  document.body = *std::move(manifest);
  return document;
}

/// Nobody signs them, so no verifier can find them good: they are remembered as they came.
Result<Documents> OnlineSource::find_keys(const Lookup& what) {
  const bool remembers = what.request.at_now;
  const auto known = [&] {
    const Lock lock(mutex_);
    return remembers ? keys_.find(what.request.key_id, clock_()) : nullptr;
  };
  if (auto keys = known()) {
    return Documents{std::move(keys)};
  }
  const std::lock_guard one_at_a_time(asking_for_keys_);
  if (auto keys = known()) {
    return Documents{std::move(keys)};
  }
  TENZRO_RETURN_IF_ERROR(pauses_.check({what.url, what.request.kind}, clock_()));
  if (remembers) {
    const Lock lock(mutex_);
    keys_.note_request(clock_());
  }
  const net::HttpRequest question{
      .url = what.url, .accept = "application/json", .bearer = service_key_, .max_body = nvidia::kMaxKeys};
  TENZRO_ASSIGN_OR_RETURN(
      CollateralDocument document,
      read_answer(get(question, what.request.kind, {.timeout = timeout_}), what.request.kind, what.url));
  auto ids = nvidia::key_ids(document.body);
  if (!ids) {
    return std::move(ids).error().with_context(what.url);
  }
  auto found = std::make_shared<const CollateralDocument>(std::move(document));
  if (remembers) {
    const Lock lock(mutex_);
    keys_.keep(found, *std::move(ids), clock_());
  }
  return Documents{std::move(found)};
}

Result<Bytes> OnlineSource::appraise_remotely(const AppraisalRequest& request) {
  const std::string url = endpoints_.appraisal_url(request);
  constexpr CollateralKind kKind = CollateralKind::unknown;  // it is no document
  TENZRO_RETURN_IF_ERROR(pauses_.check({url, kKind}, clock_()));
  const net::HttpRequest question{.url = url,
                                  .post = net::Posted{"application/json", as_bytes(request.body)},
                                  .accept = "application/json",
                                  .bearer = service_key_,
                                  .headers = request.allow_certificate_hold
                                                 ? std::vector<std::string>{"X-NVIDIA-OCSP-ALLOW-CERT-HOLD: true"}
                                                 : std::vector<std::string>{},
                                  .max_body = nvidia::kMaxAppraisal};
  net::Fetched answer = get(question, kKind, {.timeout = timeout_});
  if (answer.problem == net::FetchProblem::not_found) {
    return Error(ErrorCode::unsupported, std::move(answer.message));
  }
  if (!answer.ok()) {
    return Error(ErrorCode::collateral_unreachable, answer.problem == net::FetchProblem::unauthorized
                                                        ? concat(answer.message, kWantsKey)
                                                        : std::move(answer.message));
  }
  return std::move(answer.body);
}

Result<FetchedDocument> OnlineSource::fetch(const Lookup& what, const Manner& manner) const {
  TENZRO_RETURN_IF_ERROR(pauses_.check({what.url, what.request.kind}, clock_()));
  TENZRO_ASSIGN_OR_RETURN(CollateralDocument document, fetch_document(what, manner));
  auto fetched = examine(std::move(document), clock_(), what.request);
  if (!fetched) {
    return Error(ErrorCode::malformed_input, concat(what.url, ": ", fetched.error().message()));
  }
  return fetched;
}

net::Fetched OnlineSource::get(const net::HttpRequest& request, CollateralKind kind, const Manner& manner) const {
  const std::uint64_t number = pauses_.begin();
  net::Fetched answer = client_.fetch(request, manner.timeout, manner.stop);
  pauses_.note({request.url, kind}, number, answer, clock_());
  return answer;
}

/// AMD serves a certificate without its issuers. Those that are known need not be asked for.
Result<void> OnlineSource::add_issuers(const Lookup& what, const Manner& manner, CollateralDocument& document) const {
  const std::string url = endpoints_.issuer_chain_url(what.request);
  const auto leaf = url.empty() ? Result<x509::CertificatePtr>(nullptr) : x509::Certificate::parse(document.body);
  if (!leaf || *leaf == nullptr ||
      std::ranges::any_of(x509::known_intermediates(), [&](const x509::CertificatePtr& known) {
        return std::ranges::equal(known->subject(), (*leaf)->issuer());
      })) {
    return {};
  }
  net::Fetched answer = get({.url = url}, what.request.kind, manner);
  if (!answer.ok()) {
    return Error(ErrorCode::collateral_unreachable, std::move(answer.message));
  }
  auto chain = collateral::read_issuer_chain(as_text(answer.body));
  if (!chain) {
    return Error(ErrorCode::malformed_input, concat(url, ": ", chain.error().message()));
  }
  document.issuer_chain = *std::move(chain);
  return {};
}

void OnlineSource::accepted(const CollateralRequest& request, const CollateralDocument& document) {
  const Lookup what(request, endpoints_);
  if (!is_remembered(request) || what.url.empty()) {
    return;
  }
  FetchedPtr fresh;
  {
    const Lock lock(mutex_);
    const auto found = slots_.find(what.key);
    // Only what was fetched here, byte for byte; not what a caller's file or the sender's report holds.
    if (found == slots_.end() || !found->second->unjudged || found->second->unjudged->document.body != document.body ||
        found->second->unjudged->document.issuer_chain != document.issuer_chain) {
      return;
    }
    fresh = found->second->unjudged;
    found->second->accept_unjudged();
    if (found->second->accepted != fresh) {
      return;
    }
  }
  folder_.store(what.folder_key(), what.request, *fresh);
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
  if (!online::nvidia::is_service_key(options.nvidia_service_key)) {
    return Error(ErrorCode::invalid_argument,
                 "nvidia_service_key: must be printable ASCII without spaces, at most 4096 characters");
  }
  TENZRO_ASSIGN_OR_RETURN(online::Endpoints endpoints, online::Endpoints::make(options));
  TENZRO_ASSIGN_OR_RETURN(
      net::HttpClient client,
      net::HttpClient::make({.ca_file = options.ca_file, .proxy = options.proxy, .no_proxy = options.no_proxy}));
  return std::shared_ptr<CollateralSource>(
      std::make_shared<online::OnlineSource>(std::move(endpoints), std::move(client), options));
}

}  // namespace tenzro::tee
