// SPDX-License-Identifier: Apache-2.0
// When a path is valid: dates of every certificate, to the second, with and without skew.
#include <gtest/gtest.h>

#include <algorithm>

#include "made/pki.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee::x509 {
namespace {

using std::chrono::seconds;
using test::kEnd;
using test::kNow;
using test::kStart;
using test::Pki;

constexpr seconds kSkew{120};

std::string code_at(const Pki& pki, UtcTime at, seconds skew) {
  const std::vector anchors{test::parsed(pki.root.der)};
  PathQuestion question;
  question.leaf = test::parsed(pki.leaf.der);
  question.untrusted = {test::parsed(pki.ca.der)};
  question.anchors = anchors;
  question.moment = {at, skew};
  const PathAnswer answer = check_path(question);
  return answer.failures.empty() ? "" : answer.failures[0].code;
}

constexpr test::CertificateSpec Pki::* kEach[] = {&Pki::root_spec, &Pki::ca_spec, &Pki::leaf_spec};

// ATTACK(X10)
TEST(PathTime, BeginsAtTheLatestNotBefore) {
  for (const auto which : kEach) {
    Pki pki;
    (pki.*which).not_before = kNow;
    pki.make();
    for (const auto& [offset, exact, skewed] :
         {std::tuple{-121, "certificate_not_yet_valid", "certificate_not_yet_valid"},
          std::tuple{-120, "certificate_not_yet_valid", ""}, std::tuple{-1, "certificate_not_yet_valid", ""},
          std::tuple{0, "", ""}, std::tuple{1, "", ""}}) {
      EXPECT_EQ(code_at(pki, kNow + seconds{offset}, seconds{0}), exact) << offset;
      EXPECT_EQ(code_at(pki, kNow + seconds{offset}, kSkew), skewed) << offset;
    }
  }
}

// ATTACK(X10): skew is not for the end.
TEST(PathTime, EndsAtTheEarliestNotAfter) {
  for (const auto which : kEach) {
    Pki pki;
    (pki.*which).not_after = kNow;
    pki.make();
    for (const seconds skew : {seconds{0}, kSkew}) {
      EXPECT_EQ(code_at(pki, kNow - seconds{1}, skew), "");
      EXPECT_EQ(code_at(pki, kNow, skew), "certificate_expired");
      EXPECT_EQ(code_at(pki, kNow + seconds{1}, skew), "certificate_expired");
    }
  }
}

// One certificate ends before another begins: there is no instant at which the path is valid, whatever the skew.
TEST(PathTime, NeedsOneInstantAtWhichAllAreValid) {
  Pki pki;
  pki.ca_spec.not_after = kNow + seconds{30};
  pki.leaf_spec.not_before = kNow + seconds{60};
  pki.make();
  EXPECT_EQ(code_at(pki, kNow, kSkew), "certificate_expired");
  EXPECT_EQ(code_at(pki, kNow + seconds{60}, kSkew), "certificate_expired");

  pki.ca_spec.not_after = kNow + seconds{61};
  pki.make();
  EXPECT_EQ(code_at(pki, kNow, kSkew), "");
  EXPECT_EQ(code_at(pki, kNow + seconds{60}, kSkew), "");
  EXPECT_EQ(code_at(pki, kNow + seconds{61}, kSkew), "certificate_expired");
}

TEST(PathTime, GivesNegativeSkewNoMeaning) {
  Pki pki;
  pki.leaf_spec.not_before = kNow;
  pki.make();
  EXPECT_EQ(code_at(pki, kNow, seconds{-120}), "");
  EXPECT_EQ(code_at(pki, kNow - seconds{1}, seconds{-120}), "certificate_not_yet_valid");
}

TEST(PathTime, ReachesBeyondWhatNanosecondsCanCount) {
  Pki pki;
  for (const auto which : kEach) {
    (pki.*which).not_after = *from_rfc3339("9999-12-31T23:59:59Z");
  }
  pki.make();
  EXPECT_EQ(code_at(pki, *from_rfc3339("2400-01-01T00:00:00Z"), seconds{0}), "");
  EXPECT_EQ(code_at(pki, *from_rfc3339("9999-12-31T23:59:58Z"), seconds{0}), "");
  EXPECT_EQ(code_at(pki, *from_rfc3339("9999-12-31T23:59:59Z"), seconds{0}), "certificate_expired");
}

}  // namespace
}  // namespace tenzro::tee::x509
