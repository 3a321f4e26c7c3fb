// SPDX-License-Identifier: Apache-2.0
// What is known of one document of one service, and what that means for who wants it now.
#pragma once
#include <chrono>
#include <optional>

#include "online/fetched_document.hpp"

namespace tenzro::tee::online {

inline constexpr std::chrono::seconds kFailureLife{5};  ///< how long "no" is an answer without asking again
/// How long a fetched document waits, once a verifier has seen it, for one to accept it.
inline constexpr std::chrono::seconds kUnjudgedLife{10};
inline constexpr std::chrono::minutes kBetweenRefreshes{5};  ///< while the remembered document is current
inline constexpr std::chrono::hours kMargin{24};             ///< refreshed so long before it expires

/// What came of reading the folder, or of asking the service as well.
struct Attempt {
  FetchedPtr accepted{};  ///< the one from before, or one that another process accepted since
  FetchedPtr unjudged{};
  std::optional<Error> failure{};
  bool asked = false;
};

/// One document of one service, under one root.
/// Threads: guarded by whoever owns it.
struct Slot {
  FetchedPtr accepted;  ///< the newest that a verifier found good: what is served, and what later ones are held against
  FetchedPtr unjudged;  ///< fetched since
  std::optional<UtcTime> offered_at;  ///< the unjudged one, for the first time
  std::optional<Error> failure;       ///< of the last attempt
  std::optional<Finding> remark;      ///< why the accepted one is served although a newer one was asked for
  UtcTime attempted_at{};
  std::uint64_t used = 0;  ///< the larger, the later
  bool folder_read = false;
  bool in_flight = false;  ///< a thread is reading or asking
  bool queued = false;     ///< a refresh waits for its turn

  void adopt(Attempt found, CollateralKind kind, UtcTime now);
  /// A verifier found it good: it becomes the accepted one, unless that has a higher number by now.
  void accept_unjudged();
};

/// TCB info and QE identity come in pairs, both of one TCB recovery, and are of no use otherwise: each has the other as
/// its partner. Revocation lists have none.
struct Situation {
  const Slot& slot;
  const Slot* partner;  ///< null: there is none, or nothing is known of it
  UtcTime now;
  std::chrono::hours refresh_after;
};

/// What to do for one who wants the document.
struct Step {
  enum class Kind : std::uint8_t {
    unknown = 0,
    serve,        ///< this document
    read_folder,  ///< since nobody has yet
    ask,          ///< the service: there is nothing to serve, or nothing that goes with its partner
    wait,         ///< for the thread that does one of these
    fail          ///< for the reason of the last attempt
  };
  Kind kind = Kind::unknown;
  FetchedPtr document{};
  std::optional<Finding> remark{};
  bool due = false;  ///< serve: it is time to ask for a newer one
};

/// The rules, in this order:
/// - A fetched document is offered until a verifier accepts it, or for kUnjudgedLife. But of a newer TCB recovery than
///   the accepted, current one it is held back until its partner is there: half a recovery would fail every verdict.
/// - Then the accepted one, while it is current. It is due for a refresh when it is old, expires soon, or its partner
///   has moved on.
/// - One that is behind the document that its partner is served with is of no use, and asked for at once.
/// asked: this caller has just asked; it takes what there is.
Step next_step(const Situation& situation, bool asked);

/// The highest number of a document that may be served, now or once its partner is there; empty for none.
Bytes highest_number(const Slot& slot, UtcTime now);

/// Whether an accepted document is old enough, or near enough to its end, to ask for it again.
bool is_due(const FetchedDocument& document, UtcTime now, std::chrono::hours refresh_after);

/// then <= now < then + life. Clocks that were set back do not make a memory last.
bool within(UtcTime then, std::chrono::seconds life, UtcTime now);

}  // namespace tenzro::tee::online
