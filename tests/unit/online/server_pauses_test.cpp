// SPDX-License-Identifier: Apache-2.0
#include "online/server_pauses.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::online {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr UtcTime kNow{days{20'000}};
const std::string kUrl = "https://kds.test/vcek/v1/Milan/1";
const std::string kOther = "https://kds.test/vcek/v1/Milan/2";
const ServerPauses::Errand kLeaf{kUrl, CollateralKind::amd_chain};
const ServerPauses::Errand kOtherLeaf{kOther, CollateralKind::amd_chain};
const ServerPauses::Errand kList{kUrl, CollateralKind::amd_crl};

net::Fetched answer(net::FetchProblem problem) {
  net::Fetched out;
  out.problem = problem;
  out.message = "what happened";
  return out;
}

bool left_alone(const ServerPauses& pauses, const ServerPauses::Errand& errand, UtcTime at) {
  const auto result = pauses.check(errand, at);
  if (!result) {
    EXPECT_EQ(result.error().code(), ErrorCode::collateral_unreachable);
    EXPECT_EQ(result.error().message(), errand.url + ": not asked, as a moment ago: what happened");
  }
  return !result;
}

TEST(ServerPauses, ASilentServerIsLeftAloneWhateverIsWanted) {
  for (const auto problem :
       {net::FetchProblem::timed_out, net::FetchProblem::connection_failed, net::FetchProblem::name_unresolved}) {
    ServerPauses pauses;
    EXPECT_FALSE(left_alone(pauses, kLeaf, kNow));
    pauses.note(kLeaf, pauses.begin(), answer(problem), kNow);
    EXPECT_TRUE(left_alone(pauses, kOtherLeaf, kNow + seconds{1}));
    EXPECT_TRUE(left_alone(pauses, kList, kNow + seconds{1}));
    EXPECT_FALSE(left_alone(pauses, kList, kNow + seconds{5}));
    const std::string elsewhere = "https://other.test/";
    EXPECT_FALSE(left_alone(pauses, {elsewhere, CollateralKind::amd_crl}, kNow));
  }
}

TEST(ServerPauses, OneThatIsAskedTooMuchIsLeftAloneWithThatKindEverLonger) {
  ServerPauses pauses;
  UtcTime now = kNow;
  for (const int pause : {5, 10, 20, 40, 80, 160, 300, 300}) {
    EXPECT_FALSE(left_alone(pauses, kLeaf, now));
    pauses.note(kLeaf, pauses.begin(), answer(net::FetchProblem::throttled), now);
    EXPECT_TRUE(left_alone(pauses, kOtherLeaf, now + seconds{pause - 1}));
    EXPECT_FALSE(left_alone(pauses, kList, now));
    now += seconds{pause};
  }
  pauses.note(kOtherLeaf, pauses.begin(), answer(net::FetchProblem::none), now);
  pauses.note(kLeaf, pauses.begin(), answer(net::FetchProblem::throttled), now);
  EXPECT_FALSE(left_alone(pauses, kLeaf, now + seconds{5})) << "a good answer begins anew";
}

TEST(ServerPauses, AnswersToWhatWasAskedBeforeSayNothingNew) {
  ServerPauses pauses;
  const auto first = pauses.begin(), second = pauses.begin(), third = pauses.begin();
  pauses.note(kLeaf, first, answer(net::FetchProblem::throttled), kNow);
  pauses.note(kLeaf, second, answer(net::FetchProblem::throttled), kNow);
  EXPECT_FALSE(left_alone(pauses, kLeaf, kNow + seconds{5})) << "they came at once: one refusal";
  pauses.note(kLeaf, third, answer(net::FetchProblem::none), kNow);
  EXPECT_TRUE(left_alone(pauses, kLeaf, kNow + seconds{4})) << "nor does one good answer among them end it";
}

}  // namespace
}  // namespace tenzro::tee::online
