// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/key_finder.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "made/nras.hpp"
#include "support/findings.hpp"

namespace tenzro::tee::nvidia {
namespace {

/// Gives the same to everybody who asks, whatever for.
class Offering final : public CollateralSource {
 public:
  explicit Offering(Error problem) : problem_(std::move(problem)) {}
  Offering(CollateralKind kind, const std::string& text) {
    auto document = std::make_shared<CollateralDocument>();
    document->kind = kind;
    document->body.assign(text.begin(), text.end());
    documents_.push_back(std::move(document));
  }
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest&) override {
    if (problem_) {
      return *problem_;
    }
    return documents_;
  }

 private:
  std::optional<Error> problem_;
  std::vector<CollateralDocumentPtr> documents_;
};

class KeyFinding : public testing::Test {
 protected:
  std::optional<FoundTokenKey> find(std::vector<CollateralSource*> sources, std::string_view key_id = "made-key-1") {
    question_.sources = std::move(sources);
    return finder_.find(key_id);
  }
  test::Codes failures() && {
    test::Codes out = test::codes_in(std::move(verdict_).finish(false, false).failures());
    out.erase("verification_incomplete");  // nothing else was judged here
    return out;
  }

  const test::MadeNras nras_{UtcTime{}};
  Offering keys_{CollateralKind::jwks, nras_.key_set()};
  Question question_;
  VerdictBuilder verdict_{UtcTime{}};
  KeyFinder finder_{question_, verdict_};
};

TEST_F(KeyFinding, SaysWhyThereIsNoKeySet) {
  Offering none(Error(ErrorCode::collateral_missing, "not asked")),
      silent(Error(ErrorCode::collateral_unreachable, "no answer"));
  EXPECT_FALSE(find({}));
  EXPECT_EQ(finder_.why_none().code, "collateral_missing");
  EXPECT_FALSE(find({&none}));
  EXPECT_EQ(finder_.why_none().code, "collateral_missing");
  EXPECT_FALSE(find({&silent}));
  EXPECT_EQ(finder_.why_none().code, "collateral_unreachable");
  EXPECT_TRUE(finder_.had_none());
}

TEST_F(KeyFinding, TakesNoDocumentOfAnotherKindForAKeySet) {
  Offering other(CollateralKind::rim, nras_.key_set()), broken(CollateralKind::rim, "{");
  EXPECT_FALSE(find({&other, &broken}));
  EXPECT_TRUE(finder_.had_none());
  EXPECT_EQ(std::move(*this).failures(), test::Codes{}) << "nobody said that they were any";
}

TEST_F(KeyFinding, LearnsTheSameSetOnce) {
  Offering again(CollateralKind::jwks, nras_.key_set());
  EXPECT_FALSE(find({&keys_, &again}, "another"));
  EXPECT_TRUE(find({&keys_, &again}));
  EXPECT_EQ(std::move(*this).failures(), test::Codes{});
}

}  // namespace
}  // namespace tenzro::tee::nvidia
