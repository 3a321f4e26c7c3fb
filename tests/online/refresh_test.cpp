// SPDX-License-Identifier: Apache-2.0
// Documents that become older while they are in use: nobody waits for their refresh, and nothing gets in by it that a
// verifier has not judged.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "collateral/bundle.hpp"
#include "online/collateral_service.hpp"
#include "support/alterations.hpp"

namespace tenzro::tee::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto kTcb = CollateralKind::tcb_info;
constexpr auto kKinds = {kTcb, CollateralKind::qe_identity, CollateralKind::root_crl, CollateralKind::pck_crl};

bool has(const std::vector<Finding>& findings, std::string_view code) {
  return std::ranges::any_of(findings, [code](const Finding& finding) { return finding.code == code; });
}

/// Judged at the present time; the source's clock can be put forward.
class BackgroundRefresh : public testing::Test {
 protected:
  BackgroundRefresh() { serve_number(17); }
  void TearDown() override { gate.open(); }

  OnlineOptions options() {
    OnlineOptions out = service.options();
    out.timeout = minutes{10};  // whoever waited for the service would not end before the test's own limit
    out.cache_dir = folder.path() / "cache";
    out.clock = [this] { return now.load(); };
    return out;
  }
  std::shared_ptr<CollateralSource> source() { return source_of(options()); }

  static simulated::QuoteSpec with_fmspc(const ByteArray<6>& fmspc) {
    simulated::QuoteSpec out = simulated::tdx_quote_spec();
    out.pck.fmspc = fmspc;
    return out;
  }
  /// Documents for both platforms, issued after what was served before.
  void serve_number(std::uint32_t number) {
    issued += seconds{1};
    platform.collateral.evaluation_data_number = number;
    platform.collateral.root_crl.number = platform.collateral.pck_crl.number = number;
    platform.collateral.issued = issued;
    serve_platform(first);
    serve_platform(other);
  }
  void serve_platform(const simulated::QuoteSpec& quote) {
    service.serve_platform(quote.pck.fmspc, platform.maker.collateral(quote, platform.collateral));
  }
  void stall() {
    service.change_all([this](Answer& answer) { answer.instead = [this](Connection&) { gate.pass(); }; });
  }
  void take_down() {
    service.change_all([](Answer& answer) { answer.status = "404 Gone"; });
  }
  VerificationResult judge(const std::shared_ptr<CollateralSource>& from, const simulated::QuoteSpec& quote) const {
    return platform.judge({from}, std::nullopt, quote);
  }
  VerificationResult judge(const std::shared_ptr<CollateralSource>& from) const { return judge(from, first); }
  void expect_good(const std::shared_ptr<CollateralSource>& from, const simulated::QuoteSpec& quote) const {
    const VerificationResult verdict = judge(from, quote);
    EXPECT_TRUE(verdict.valid()) << describe(verdict);
  }
  void expect_good(const std::shared_ptr<CollateralSource>& from) const { expect_good(from, first); }
  static std::uint32_t number_of(const VerificationResult& verdict) {
    return verdict.tcb() ? verdict.tcb()->evaluation_data_number.value_or(0) : 0;
  }

  Result<CollateralDocument> find(CollateralSource& from, CollateralKind kind = kTcb) const {
    auto found = from.find(platform.request(kind));
    if (!found) {
      return std::move(found).error();
    }
    return *found->front();
  }
  CollateralDocument accept(CollateralSource& from, CollateralKind kind = kTcb) const {
    auto document = find(from, kind);
    EXPECT_TRUE(document) << (document ? "" : document.error().message());
    from.accepted(platform.request(kind), *document);
    return *document;
  }
  /// Until the background has done what it was asked for. The limit only keeps a failing test from running for ever.
  static bool eventually(const std::function<bool()>& happened) {
    const auto limit = std::chrono::steady_clock::now() + minutes{2};
    while (!happened()) {
      if (std::chrono::steady_clock::now() > limit) {
        return false;
      }
      std::this_thread::yield();
    }
    return true;
  }

  const UtcTime start = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  UtcTime issued = start - hours{48};
  TestPlatform platform;
  const simulated::QuoteSpec first = platform.quote;
  const simulated::QuoteSpec other = with_fmspc({0x11, 0x22, 0x33, 0x44, 0x55, 0x66});
  Gate gate;
  FakeIntel service;
  TemporaryFolder folder;
  std::atomic<UtcTime> now{start};
};

// --- A stalled service ---

TEST_F(BackgroundRefresh, AStallSlowsNobodyWhoseCollateralIsRemembered) {
  const auto one = source();
  expect_good(one, first);
  expect_good(one, other);
  stall();
  now = start + hours{25};  // everything is due
  expect_good(one, first);
  gate.wait_for_somebody();
  for (int i = 0; i < 3; ++i) {
    expect_good(one, first);
    expect_good(one, other);
  }
  // Also from the folder, by another source.
  const auto restarted = source();
  expect_good(restarted, first);
  expect_good(restarted, other);
  EXPECT_FALSE(gate.is_open());
}

TEST_F(BackgroundRefresh, AStallSlowsNobodyWhoseCollateralComesFromFiles) {
  const auto path = folder.path() / "bundle.json";
  std::ofstream(path) << collateral::bundle_to_json(platform.documents());
  stall();
  const VerificationResult verdict = platform.judge({*offline_collateral({path}), source()}, std::nullopt);
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
  EXPECT_EQ(service.server().requests(), 0U);
}

/// One that is needed hangs; the others that are in memory do not wait for the one who waits.
TEST_F(BackgroundRefresh, AFetchThatIsNeededStallsOnlyThoseWhoNeedIt) {
  const auto one = source();
  expect_good(one, first);
  stall();
  std::thread needs_it([&] { EXPECT_FALSE(judge(one, other).valid()); });
  gate.wait_for_somebody();
  expect_good(one, first);
  now = start + hours{25};
  expect_good(one, first);
  gate.open();
  needs_it.join();
}

TEST_F(BackgroundRefresh, AStallStopsNoneOfManyThreads) {
  const auto one = source();
  expect_good(one, first);
  expect_good(one, other);
  stall();
  now = start + hours{25};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this, i, &one] {
        for (int round = 0; round < 4; ++round) {
          expect_good(one, (i + round) % 2 == 0 ? first : other);
        }
      });
    }
  }
  EXPECT_FALSE(gate.is_open());
}

TEST_F(BackgroundRefresh, EachDocumentIsAskedForOnceHoweverManyWantIt) {
  const auto one = source();
  expect_good(one);
  stall();
  now = start + hours{25};
  for (int i = 0; i < 5; ++i) {
    expect_good(one);
  }
  gate.wait_for_somebody();
  EXPECT_EQ(service.server().requests(), 4U + 1U);
}

TEST_F(BackgroundRefresh, DestructionEndsARefreshThatHangs) {
  auto one = source();
  expect_good(one);
  stall();
  now = start + hours{25};
  expect_good(one);
  gate.wait_for_somebody();
  one.reset();
  EXPECT_FALSE(gate.is_open()) << "waited for the service";
}

TEST_F(BackgroundRefresh, DestructionEndsAPauseBetweenAttempts) {
  auto one = source();
  expect_good(one);
  service.change_all([](Answer& answer) {
    answer.status = "503 Busy";
    answer.headers = "Retry-After: 500\r\n";
  });
  now = start + hours{25};
  expect_good(one);
  ASSERT_TRUE(eventually([this] { return service.server().requests() > 4; }));
  one.reset();
}

// --- What comes of a refresh ---

TEST_F(BackgroundRefresh, ANewerDocumentTakesEffectOnceItWasJudged) {
  const auto one = source();
  EXPECT_EQ(number_of(judge(one)), 17U);
  serve_number(18);
  now = start + hours{25};
  EXPECT_EQ(number_of(judge(one)), 17U) << "waited for the newer one";
  ASSERT_TRUE(eventually([&] {
    const VerificationResult verdict = judge(one);
    EXPECT_TRUE(verdict.valid()) << describe(verdict);
    return number_of(verdict) == 18;
  }));
  take_down();
  const VerificationResult restarted = judge(source());
  EXPECT_EQ(number_of(restarted), 18U) << "not remembered: " << describe(restarted);
}

TEST_F(BackgroundRefresh, WhatNobodyJudgedReplacesNothing) {
  const auto one = source();
  const CollateralDocument before = accept(*one);
  serve_number(18);
  now = start + hours{25};
  ASSERT_TRUE(eventually([&] { return find(*one)->body != before.body; }));
  EXPECT_EQ(find(*source())->body, before.body) << "stored without a judgement";
  now = start + hours{25} + seconds{10};
  EXPECT_EQ(find(*one)->body, before.body);
  now = start + hours{25} + minutes{5};  // and is fetched once more
  ASSERT_TRUE(eventually([&] { return find(*one)->body != before.body; }));
  accept(*one);
  EXPECT_NE(find(*source())->body, before.body);
}

TEST_F(BackgroundRefresh, TheSameDocumentAgainIsJustYounger) {
  const auto one = source();
  expect_good(one);
  now = start + hours{25};
  expect_good(one);
  ASSERT_TRUE(eventually([this] { return service.server().requests() == 8; }));
  expect_good(one);
  now = start + hours{48};
  expect_good(one);
  EXPECT_EQ(service.server().requests(), 8U);
}

// ATTACK(T6) ATTACK(X12)
TEST_F(BackgroundRefresh, ARolledBackDocumentIsRefusedWithARemark) {
  serve_number(18);
  const auto one = source();
  expect_good(one);
  std::map<CollateralKind, Bytes> before;
  for (const CollateralKind kind : kKinds) {
    before[kind] = find(*one, kind)->body;
  }
  serve_number(17);
  now = start + hours{25};
  for (const CollateralKind kind : kKinds) {
    ASSERT_TRUE(eventually([&] { return find(*one, kind)->remark.has_value(); })) << to_string(kind);
    EXPECT_EQ(find(*one, kind)->remark->code, "collateral_rolled_back");
    EXPECT_EQ(find(*one, kind)->body, before[kind]);
  }
  const VerificationResult verdict = judge(one);
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
  EXPECT_EQ(number_of(verdict), 18U);
  EXPECT_TRUE(has(verdict.warnings(), "collateral_rolled_back"));
}

TEST_F(BackgroundRefresh, AForgedDocumentIsRefusedWithARemark) {
  const auto one = source();
  expect_good(one);
  const simulated::TdxEvidenceMaker forger("somebody else");
  simulated::CollateralSpec spec = platform.collateral;
  spec.evaluation_data_number = 99;
  spec.root_crl.number = spec.pck_crl.number = 99;
  service.serve(forger.collateral(platform.quote, spec));
  now = start + hours{25};
  for (const CollateralKind kind : kKinds) {
    const Bytes before = find(*one, kind)->body;
    ASSERT_TRUE(eventually([&] { return find(*one, kind)->remark.has_value(); })) << to_string(kind);
    EXPECT_EQ(find(*one, kind)->remark->code, "collateral_not_refreshed");
    EXPECT_EQ(find(*one, kind)->body, before);
  }
  EXPECT_EQ(number_of(judge(one)), 17U);
}

// ATTACK(H13)
TEST_F(BackgroundRefresh, AnOutageIsAWarningUntilTheDocumentsExpire) {
  const auto one = source();
  expect_good(one);
  take_down();
  now = start + hours{25};
  ASSERT_TRUE(eventually([&] {
    const VerificationResult verdict = judge(one);
    EXPECT_TRUE(verdict.valid()) << describe(verdict);
    return std::ranges::count(verdict.warnings(), "collateral_not_refreshed", &Finding::code) == 4;
  }));
  now = issued + std::chrono::days{30};
  const VerificationResult expired = judge(one);
  ASSERT_FALSE(expired.valid());
  for (const Finding& failure : expired.failures()) {
    EXPECT_TRUE(failure.code == "collateral_missing" || failure.code == "revocation_missing") << describe(expired);
  }
}

TEST_F(BackgroundRefresh, WhatHasExpiredIsFetchedBeforeTheAnswer) {
  const auto one = source();
  const CollateralDocument before = accept(*one);
  now = issued + std::chrono::days{30};
  issued = now.load() - hours{1};
  serve_number(17);
  const auto found = find(*one);
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_NE(found->body, before.body);
}

// --- TCB recoveries: TCB info and QE identity are of use together only ---

class TcbRecovery : public BackgroundRefresh {
 protected:
  /// The service has moved on with one document and not yet with the other.
  void serve_half(CollateralKind kind, std::uint32_t number) {
    simulated::CollateralSpec spec = platform.collateral;
    spec.evaluation_data_number = number;
    spec.issued = issued += seconds{1};
    std::vector<CollateralDocument> documents = platform.maker.collateral(platform.quote, spec);
    std::erase_if(documents, [kind](const CollateralDocument& one) { return one.kind != kind; });
    service.serve_platform(platform.quote.pck.fmspc, documents);
  }
};

TEST_F(TcbRecovery, HalfOfItTakesNoEffectWhileTheOldOnesAreCurrent) {
  for (const CollateralKind kind : {kTcb, CollateralKind::qe_identity}) {
    now = start;
    std::filesystem::remove_all(folder.path() / "cache");
    serve_number(17);
    const auto one = source();
    expect_good(one);
    serve_half(kind, 18);
    now = start + hours{25};
    ASSERT_TRUE(eventually([&] {
      const VerificationResult verdict = judge(one);
      EXPECT_TRUE(verdict.valid()) << describe(verdict);
      EXPECT_EQ(number_of(verdict), 17U);
      return has(verdict.warnings(), "collateral_not_refreshed");
    }));
    serve_number(18);
    ASSERT_TRUE(eventually([&] {
      now = now.load() + minutes{1};
      const VerificationResult verdict = judge(one);
      EXPECT_TRUE(verdict.valid()) << describe(verdict);
      return number_of(verdict) == 18;
    }));
  }
}

TEST_F(TcbRecovery, ANewPlatformTakesTheYoungButOldIdentityAlong) {
  for (const auto how : {CollateralRefresh::in_background, CollateralRefresh::before_answering}) {
    std::filesystem::remove_all(folder.path() / "cache");
    now = start;
    serve_number(17);
    OnlineOptions with = options();
    with.refresh = how;
    expect_good(source_of(with), first);
    serve_number(18);
    now = start + hours{1};  // nothing is due by age
    const auto one = source_of(with);
    expect_good(one, other);
    // And the first platform, whose TCB info is now known to be old, in this process and in the next.
    EXPECT_EQ(number_of(judge(source_of(with), first)), 18U);
    EXPECT_EQ(number_of(judge(one, first)), 18U);
  }
}

TEST_F(TcbRecovery, APlatformWithoutItsHalfIsRefusedOnceTheIdentityHasMovedOn) {
  const auto one = source();
  expect_good(one, first);
  expect_good(one, other);
  now = start + hours{23};
  serve_number(18);
  const simulated::QuoteSpec third = with_fmspc({1, 2, 3, 4, 5, 6});
  serve_platform(third);
  expect_good(one, third);
  take_down();
  const VerificationResult verdict = judge(one, first);
  ASSERT_FALSE(verdict.valid());
  EXPECT_EQ(verdict.failures().front().code, "evaluation_data_number_mismatch") << describe(verdict);
  serve_number(18);
  now = start + hours{23} + seconds{5};
  expect_good(one, first);
}

// --- Anything, in any order, by several threads ---

TEST_F(BackgroundRefresh, NumbersNeverFallAndVerdictsStayGood) {
  for (std::uint32_t seed = 1; seed <= test::rounds(2, 8); ++seed) {
    std::filesystem::remove_all(folder.path() / "cache");
    now = start;
    issued = start - hours{48};
    serve_number(17);
    OnlineOptions with = options();
    with.timeout = milliseconds{300};
    with.refresh = seed % 2 == 0 ? CollateralRefresh::before_answering : CollateralRefresh::in_background;
    const auto one = source_of(with);
    expect_good(one, first);
    expect_good(one, other);

    std::atomic<bool> over = false;
    std::vector<std::jthread> verifiers;
    for (int i = 0; i < 3; ++i) {
      verifiers.emplace_back([&, i] {
        std::map<bool, std::uint32_t> seen;
        for (int round = i; !over; ++round) {
          const bool even = round % 2 == 0;
          const VerificationResult verdict = judge(one, even ? first : other);
          // Only this may ever be said: the other half of a TCB recovery cannot be had.
          for (const Finding& failure : verdict.failures()) {
            EXPECT_EQ(failure.code, "evaluation_data_number_mismatch") << describe(verdict);
          }
          if (verdict.valid()) {
            EXPECT_GE(number_of(verdict), seen[even]);
            seen[even] = number_of(verdict);
          }
        }
      });
    }
    std::mt19937 engine(seed);
    const auto random = [&engine](std::uint32_t below) { return static_cast<std::uint32_t>(engine() % below); };
    std::uint32_t number = 17;
    for (int i = 0; i < 30; ++i) {
      switch (random(6)) {
        case 0:
          serve_number(number += random(2));
          break;
        case 1:
          serve_number(number - random(3));
          break;
        case 2:
          take_down();
          break;
        case 3:
          service.change_all([](Answer& answer) { answer.instead = [](Connection& to) { to.hold(); }; });
          break;
        case 4:
          service.change_all([](Answer& answer) { answer.instead = [](Connection& to) { to.reset(); }; });
          break;
        default:
          service.change_all([](Answer& answer) { answer.body.resize(answer.body.size() / 2); });
      }
      now = now.load() + minutes{random(600)};  // at most 13 days in all: nothing expires
      for (std::uint32_t work = random(2000); work != 0; --work) {
        std::this_thread::yield();
      }
    }
    // In the end all is well.
    over = true;
    verifiers.clear();
    serve_number(++number);
    now = now.load() + hours{25};
    for (const simulated::QuoteSpec* which : {&first, &other}) {
      EXPECT_TRUE(eventually([&] {
        now = now.load() + seconds{5};
        return number_of(judge(one, *which)) == number;
      }));
    }
  }
}

}  // namespace
}  // namespace tenzro::tee::test
