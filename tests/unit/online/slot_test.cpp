// SPDX-License-Identifier: Apache-2.0
#include "online/slot.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::online {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Kind = Step::Kind;

constexpr UtcTime kNow{days{20'000}};
constexpr auto kTcb = CollateralKind::tcb_info;

/// Fetched an hour after it was issued.
FetchedPtr document(std::uint8_t number, UtcTime issued = kNow - hours{2}, days life = days{30}) {
  FetchedDocument out;
  out.number = {number};
  out.issued = issued;
  out.fetched_at = issued + hours{1};
  out.next_update = issued + life;
  out.fits = true;
  return std::make_shared<const FetchedDocument>(out);
}

Slot remembering(FetchedPtr accepted) {
  Slot out;
  out.folder_read = true;
  out.accepted = std::move(accepted);
  return out;
}

Step step(const Slot& slot, UtcTime now = kNow, const Slot* partner = nullptr, bool asked = false) {
  return next_step({slot, partner, now, hours{24}}, asked);
}

// --- Nothing is known ---

TEST(Slot, OneReadsTheFolderAndTheOthersWait) {
  Slot slot;
  EXPECT_EQ(step(slot).kind, Kind::read_folder);
  slot.in_flight = true;
  EXPECT_EQ(step(slot).kind, Kind::wait);
}

TEST(Slot, OneAsksAndTheOthersWait) {
  Slot slot = remembering(nullptr);
  EXPECT_EQ(step(slot).kind, Kind::ask);
  slot.in_flight = true;
  EXPECT_EQ(step(slot).kind, Kind::wait);
}

TEST(Slot, NoIsAnAnswerForSeconds) {
  Slot slot;
  slot.adopt({.failure = Error(ErrorCode::collateral_unreachable, "x"), .asked = true}, kTcb, kNow);
  EXPECT_EQ(step(slot).kind, Kind::fail);
  EXPECT_EQ(step(slot, kNow + kFailureLife - seconds{1}).kind, Kind::fail);
  EXPECT_EQ(step(slot, kNow + kFailureLife).kind, Kind::ask);
  EXPECT_EQ(step(slot, kNow - seconds{1}).kind, Kind::ask) << "the clock was set back";
}

// --- Something was accepted ---

TEST(Slot, WhatIsCurrentIsServedWhateverElseHappens) {
  Slot slot = remembering(document(17));
  slot.in_flight = slot.queued = true;
  EXPECT_EQ(step(slot).document, slot.accepted);
  EXPECT_EQ(step(slot, kNow + days{20}).document, slot.accepted);
  EXPECT_FALSE(step(slot, kNow + days{20}).due) << "somebody asks already";
  EXPECT_EQ(step(slot, kNow + days{30}).kind, Kind::wait) << "expired";
}

TEST(Slot, IsDueAfterADayAndADayBeforeItExpires) {
  const Slot slot = remembering(document(17));
  EXPECT_FALSE(step(slot, kNow + hours{22}).due);
  EXPECT_TRUE(step(slot, kNow + hours{23}).due);
  EXPECT_FALSE(step(remembering(document(17, kNow - hours{2}, days{2})), kNow + hours{22}).due);
  EXPECT_TRUE(step(remembering(document(17, kNow - hours{2}, days{1})), kNow).due);
  EXPECT_TRUE(step(slot, kNow - hours{1} - seconds{1}).due) << "fetched in the future";
}

TEST(Slot, IsNotAskedForAgainAtOnce) {
  Slot slot = remembering(document(17, kNow - days{3}));
  slot.adopt({.failure = Error(ErrorCode::collateral_unreachable, "down"), .asked = true}, kTcb, kNow);
  ASSERT_EQ(step(slot).kind, Kind::serve);
  EXPECT_FALSE(step(slot).due);
  ASSERT_TRUE(step(slot).remark);
  EXPECT_EQ(step(slot).remark->code, "collateral_not_refreshed");
  EXPECT_TRUE(step(slot, kNow + kBetweenRefreshes).due);
}

TEST(Slot, ARolledBackOfferIsRemarkedAsSuch) {
  Slot slot = remembering(document(17, kNow - days{3}));
  slot.adopt({.failure = Error(ErrorCode::collateral_rolled_back, "16"), .asked = true}, CollateralKind::pck_crl, kNow);
  ASSERT_TRUE(step(slot).remark);
  EXPECT_EQ(step(slot).remark->code, "collateral_rolled_back");
  EXPECT_EQ(step(slot).remark->check, "revocation");
  slot.adopt({.accepted = document(17), .asked = true}, CollateralKind::pck_crl, kNow);
  EXPECT_FALSE(step(slot).remark);
}

// --- Something newer was fetched ---

TEST(Slot, WhatNobodyHasSeenWaitsForAVerifierHoweverLateOneComes) {
  Slot slot = remembering(document(17));
  slot.adopt({.unjudged = document(18), .asked = true}, kTcb, kNow);
  EXPECT_EQ(step(slot, kNow + days{25}).document, slot.unjudged);
  EXPECT_EQ(step(slot, kNow + days{30}).kind, Kind::ask) << "both expired";
}

TEST(Slot, WhatNoVerifierAcceptsIsNotOfferedForLong) {
  Slot slot = remembering(document(17));
  slot.adopt({.unjudged = document(18), .asked = true}, kTcb, kNow);
  slot.offered_at = kNow + hours{5};
  EXPECT_EQ(step(slot, kNow + hours{5} + kUnjudgedLife - seconds{1}).document, slot.unjudged);
  EXPECT_EQ(step(slot, kNow + hours{5} + kUnjudgedLife).document, slot.accepted);
}

TEST(Slot, WhatIsOutOfDateIsOfferedToBeCalledSo) {
  Slot slot;
  slot.adopt({.unjudged = document(17, kNow - days{40}), .asked = true}, kTcb, kNow);
  EXPECT_EQ(step(slot).document, slot.unjudged);
  EXPECT_EQ(step(slot, kNow + kUnjudgedLife).kind, Kind::ask);
}

TEST(Slot, TheAcceptedOneIsReplacedByNothingLower) {
  Slot slot = remembering(document(17));
  slot.adopt({.unjudged = document(18), .asked = true}, kTcb, kNow);
  slot.adopt({.accepted = document(19)}, kTcb, kNow);  // by another process, through the folder
  EXPECT_EQ(step(slot).document, slot.accepted) << "offered although something newer is accepted";
  slot.accept_unjudged();
  EXPECT_EQ(slot.accepted->number, Bytes{19});
  slot.adopt({.accepted = document(18)}, kTcb, kNow);
  EXPECT_EQ(slot.accepted->number, Bytes{19});
}

// --- Partners ---

TEST(Slot, HalfATcbRecoveryWaitsForTheOtherHalf) {
  Slot info = remembering(document(17));
  Slot identity = remembering(document(17));
  info.adopt({.unjudged = document(18), .asked = true}, kTcb, kNow);
  Step first = step(info, kNow, &identity);
  EXPECT_EQ(first.document, info.accepted);
  ASSERT_TRUE(first.remark);
  EXPECT_EQ(first.remark->code, "collateral_not_refreshed");
  const Step other = step(identity, kNow, &info);
  EXPECT_EQ(other.document, identity.accepted);
  EXPECT_TRUE(other.due) << "the other half must be asked for although it is young";
  identity.adopt({.unjudged = document(18), .asked = true}, CollateralKind::qe_identity, kNow);
  EXPECT_EQ(step(info, kNow, &identity).document, info.unjudged);
  EXPECT_EQ(step(identity, kNow, &info).document, identity.unjudged);
}

TEST(Slot, HalfATcbRecoveryIsServedWhenTheOldHalfHasExpired) {
  Slot info = remembering(document(17, kNow - days{30}));
  const Slot identity = remembering(document(17));
  info.adopt({.unjudged = document(18), .asked = true}, kTcb, kNow);
  EXPECT_EQ(step(info, kNow, &identity).document, info.unjudged);
}

TEST(Slot, WhatIsBehindItsPartnerIsAskedForBeforeTheAnswer) {
  Slot info = remembering(document(17));
  const Slot identity = remembering(document(18));  // since another platform has moved on
  EXPECT_EQ(step(info, kNow, &identity).kind, Kind::ask);
  EXPECT_EQ(step(identity, kNow, &info).document, identity.accepted);
  // But not again and again, and nobody asks twice.
  EXPECT_EQ(step(info, kNow, &identity, true).document, info.accepted);
  info.adopt({.failure = Error(ErrorCode::collateral_unreachable, "down"), .asked = true}, kTcb, kNow);
  EXPECT_EQ(step(info, kNow, &identity).document, info.accepted);
  EXPECT_EQ(step(info, kNow + kFailureLife, &identity).kind, Kind::ask);
}

TEST(Slot, AnExpiredOrUnknownPartnerSaysNothing) {
  Slot info = remembering(document(17));
  info.adopt({.unjudged = document(18), .asked = true}, kTcb, kNow);
  EXPECT_EQ(step(info).document, info.unjudged);
  const Slot expired = remembering(document(17, kNow - days{30}));
  EXPECT_EQ(step(info, kNow, &expired).document, info.unjudged);
  const Slot newer_but_expired = remembering(document(19, kNow - days{30}));
  EXPECT_EQ(step(remembering(document(17)), kNow, &newer_but_expired).kind, Kind::serve);
}

TEST(Slot, ADocumentOfAnotherPlatformMovesNobody) {
  FetchedDocument foreign = *document(99);
  foreign.fits = false;
  Slot identity;
  identity.adopt({.unjudged = std::make_shared<const FetchedDocument>(foreign), .asked = true},
                 CollateralKind::qe_identity, kNow);
  const Step found = step(remembering(document(17)), kNow, &identity);
  EXPECT_EQ(found.kind, Kind::serve);
  EXPECT_FALSE(found.due);
}

}  // namespace
}  // namespace tenzro::tee::online
