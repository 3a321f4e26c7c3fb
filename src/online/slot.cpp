// SPDX-License-Identifier: Apache-2.0
#include "online/slot.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "online/answer.hpp"

namespace tenzro::tee::online {

namespace {

Finding not_refreshed(const Error& failure, CollateralKind kind) {
  const bool rolled_back = failure.code() == ErrorCode::collateral_rolled_back;
  return {.check = std::string(check_of(kind)),
          .code = rolled_back ? "collateral_rolled_back" : "collateral_not_refreshed",
          .message = concat("a remembered document, still current, is used because it could not be refreshed: ",
                            failure.message(), "; look at the service")};
}

Finding held_back(const FetchedDocument& newer) {
  return {.check = "tcb",
          .code = "collateral_not_refreshed",
          .message = concat("a remembered document, still current, is used: of the TCB recovery 0x",
                            to_hex(newer.number), " the service has not yet given both TCB info and QE identity")};
}

bool is_alive(const Slot& slot, UtcTime now) {
  if (slot.unjudged && slot.accepted && slot.unjudged->fits && lower(slot.unjudged->number, slot.accepted->number)) {
    return false;  // another process has accepted a newer one
  }
  return slot.unjudged &&
         (slot.offered_at ? within(*slot.offered_at, kUnjudgedLife, now) : slot.unjudged->is_current(now));
}

bool has_current(const Slot& slot, UtcTime now) { return slot.accepted && slot.accepted->is_current(now); }

bool is_held_back(const Slot& slot, const Slot* partner, UtcTime now) {
  if (partner == nullptr || !has_current(slot, now) || !lower(slot.accepted->number, slot.unjudged->number)) {
    return false;
  }
  const Bytes of_partner = highest_number(*partner, now);
  return !of_partner.empty() && lower(of_partner, slot.unjudged->number);
}

/// What may be served; null for nothing.
FetchedPtr candidate(const Slot& slot, const Slot* partner, UtcTime now) {
  if (is_alive(slot, now) && !is_held_back(slot, partner, now)) {
    return slot.unjudged;
  }
  return has_current(slot, now) ? slot.accepted : nullptr;
}

bool is_behind(const FetchedDocument& document, const Situation& of) {
  if (of.partner == nullptr) {
    return false;
  }
  const FetchedPtr other = candidate(*of.partner, &of.slot, of.now);
  return other && document.fits && other->fits && lower(document.number, other->number);
}

Step serve(const FetchedPtr& document, const Situation& of) {
  const Slot& slot = of.slot;
  Step out{.kind = Step::Kind::serve, .document = document};
  if (document != slot.accepted) {
    return out;
  }
  out.remark = is_alive(slot, of.now) ? std::optional(held_back(*slot.unjudged)) : slot.remark;
  const bool wanted = is_due(*document, of.now, of.refresh_after) ||
                      (of.partner != nullptr && lower(document->number, highest_number(*of.partner, of.now)));
  out.due = wanted && !slot.in_flight && !slot.queued && !within(slot.attempted_at, kBetweenRefreshes, of.now);
  return out;
}

}  // namespace

bool within(UtcTime then, std::chrono::seconds life, UtcTime now) { return then <= now && now < then + life; }

bool is_due(const FetchedDocument& document, UtcTime now, std::chrono::hours refresh_after) {
  // A certificate never gets better: another one for the same key and TCB only lasts longer.
  if (document.document.kind == CollateralKind::amd_chain) {
    return document.next_update - now < kMargin;
  }
  // What lives for a day would be due as soon as it came.
  const CollateralKind kind = document.document.kind;
  if (kind == CollateralKind::rim || kind == CollateralKind::ocsp) {
    return document.fetched_at > now || now - document.fetched_at >= refresh_after ||
           document.next_update - now <
               std::min<std::chrono::seconds>(kMargin, (document.next_update - document.issued) / 4);
  }
  return document.fetched_at > now || now - document.fetched_at >= refresh_after ||
         document.next_update - now < kMargin;
}

Bytes highest_number(const Slot& slot, UtcTime now) {
  Bytes out = has_current(slot, now) ? slot.accepted->number : Bytes();
  if (is_alive(slot, now) && slot.unjudged->fits && lower(out, slot.unjudged->number)) {
    out = slot.unjudged->number;
  }
  return out;
}

void Slot::adopt(Attempt found, CollateralKind kind, UtcTime now) {
  folder_read = true;
  // A verifier may meanwhile have accepted what was offered before.
  if (found.accepted && (!accepted || !lower(found.accepted->number, accepted->number))) {
    accepted = std::move(found.accepted);
  }
  if (!found.asked) {
    return;
  }
  attempted_at = now;
  failure = std::move(found.failure);
  remark = failure ? std::optional(not_refreshed(*failure, kind)) : std::nullopt;
  if (found.unjudged || !is_alive(*this, now)) {
    unjudged = std::move(found.unjudged);
    // What is out of date is offered as well, to be called so, but does not wait for anybody.
    offered_at = unjudged && !unjudged->is_current(now) ? std::optional(now) : std::nullopt;
  }
}

void Slot::accept_unjudged() {
  if (unjudged && (!accepted || !lower(unjudged->number, accepted->number))) {
    accepted = unjudged;
  }
  unjudged = nullptr;
  offered_at.reset();
}

Step next_step(const Situation& situation, bool asked) {
  const Slot& slot = situation.slot;
  using Kind = Step::Kind;
  if (!slot.folder_read) {
    return {.kind = slot.in_flight ? Kind::wait : Kind::read_folder};
  }
  const Kind go_and_get = slot.in_flight ? Kind::wait : Kind::ask;
  const bool asked_lately = asked || within(slot.attempted_at, kFailureLife, situation.now);
  if (const FetchedPtr document = candidate(slot, situation.partner, situation.now)) {
    return is_behind(*document, situation) && !asked_lately ? Step{.kind = go_and_get} : serve(document, situation);
  }
  return {.kind = slot.failure && asked_lately && !slot.in_flight ? Kind::fail : go_and_get};
}

}  // namespace tenzro::tee::online
