// SPDX-License-Identifier: Apache-2.0
// What is remembered, for how long, against whom, and what a damaged or hostile memory can do.
#include <sys/file.h>
#include <sys/stat.h>

#include <fcntl.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "online/collateral_service.hpp"

namespace tenzro::tee::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto kTcb = CollateralKind::tcb_info;
constexpr auto kPck = CollateralKind::pck_crl;

class OnlineCache : public testing::Test {
 protected:
  OnlineCache() { service.serve(platform.documents()); }

  OnlineOptions options() {
    OnlineOptions out = service.options();
    out.cache_dir = folder.path() / "cache";
    out.clock = [this] { return now.load(); };
    out.refresh = CollateralRefresh::before_answering;  // refresh_test.cpp has the other way
    return out;
  }
  std::shared_ptr<CollateralSource> source() { return source_of(options()); }

  Result<CollateralDocument> find(CollateralSource& from, CollateralKind kind = kTcb) {
    auto found = from.find(platform.request(kind));
    if (!found) {
      return std::move(found).error();
    }
    EXPECT_EQ(found->size(), 1U);
    return *found->front();
  }
  /// As a verifier does that finds it good.
  CollateralDocument accept(CollateralSource& from, CollateralKind kind = kTcb) {
    auto document = find(from, kind);
    EXPECT_TRUE(document) << (document ? "" : document.error().message());
    from.accepted(platform.request(kind), *document);
    return *document;
  }
  void serve_number(std::uint32_t number, UtcTime issued) {
    platform.collateral.evaluation_data_number = number;
    platform.collateral.root_crl.number = number;
    platform.collateral.pck_crl.number = number;
    platform.collateral.issued = issued;
    service.serve(platform.documents());
  }
  void take_down() {
    service.change_all([](Answer& answer) { answer.status = "500 Down"; });
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(folder.path() / "cache")) {
      if (entry.path().extension() == ".json") {
        out.push_back(entry.path());
      }
    }
    return out;
  }
  static std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TestPlatform platform;
  FakeIntel service;
  TemporaryFolder folder;
  std::atomic<UtcTime> now{kNow};
};

// --- What may become the memory ---

// ATTACK(T14)
TEST_F(OnlineCache, OnlyAcceptedDocumentsAreRemembered) {
  const auto first = source();
  ASSERT_TRUE(find(*first));
  EXPECT_TRUE(files().empty());
  // Neither a caller's file, nor another document, nor one for a request at another time.
  CollateralDocument foreign = *find(*first);
  foreign.body.push_back('\n');
  first->accepted(platform.request(kTcb), foreign);
  CollateralRequest past = platform.request(kTcb);
  past.at_now = false;
  first->accepted(past, *find(*first));
  EXPECT_TRUE(files().empty());
  accept(*first);
  EXPECT_EQ(files().size(), 1U);
}

// ATTACK(T14)
TEST_F(OnlineCache, JudgingAtAGivenTimeNeitherUsesNorRaisesIt) {
  const auto one = source();
  CollateralRequest past = platform.request(kTcb);
  past.at_now = false;
  ASSERT_TRUE(one->find(past));
  ASSERT_TRUE(one->find(past));
  EXPECT_EQ(service.requests(kTcb), 2U);
  EXPECT_TRUE(files().empty());
  serve_number(18, kNow - hours{2});
  accept(*one);
  serve_number(17, kNow - hours{1});
  EXPECT_TRUE(one->find(past)) << "the memory was used";
  EXPECT_EQ(service.requests(kTcb), 4U);
}

TEST_F(OnlineCache, UnjudgedDocumentsAreSoonAskedForAgain) {
  const auto one = source();
  ASSERT_TRUE(find(*one));
  ASSERT_TRUE(find(*one));
  EXPECT_EQ(service.requests(kTcb), 1U);
  now = kNow + seconds{10};
  ASSERT_TRUE(find(*one));
  EXPECT_EQ(service.requests(kTcb), 2U);
}

TEST_F(OnlineCache, FailuresAreRememberedForSecondsOnly) {
  const auto one = source();
  service.change_all([](Answer& answer) { answer.status = "404 Not Found"; });
  EXPECT_EQ(find(*one).error().code(), ErrorCode::collateral_missing);
  EXPECT_EQ(find(*one).error().code(), ErrorCode::collateral_missing);
  EXPECT_EQ(service.requests(kTcb), 1U);
  service.serve(platform.documents());
  now = kNow + seconds{5};
  EXPECT_TRUE(find(*one));
}

TEST_F(OnlineCache, RootsDoNotShareAMemory) {
  const auto one = source();
  accept(*one);
  CollateralRequest other = platform.request(kTcb);
  const Bytes root = simulated::TdxEvidenceMaker("another hierarchy").hierarchy().root().certificate;
  other.root = root;
  ASSERT_TRUE(one->find(other));
  EXPECT_EQ(service.requests(kTcb), 2U);
}

// --- Serving ---

TEST_F(OnlineCache, ServesFromMemory) {
  const auto one = source();
  accept(*one);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(find(*one));
  }
  EXPECT_EQ(service.requests(kTcb), 1U);
}

TEST_F(OnlineCache, ServesFromTheFolderAfterARestart) {
  Bytes body;
  for (const CollateralKind kind : {kTcb, kPck, CollateralKind::qe_identity, CollateralKind::root_crl}) {
    accept(*source(), kind);
  }
  const std::size_t before = service.server().requests();
  const auto restarted = source();
  for (const CollateralKind kind : {kTcb, kPck, CollateralKind::qe_identity, CollateralKind::root_crl}) {
    ASSERT_TRUE(find(*restarted, kind));
  }
  EXPECT_EQ(service.server().requests(), before);
}

TEST_F(OnlineCache, WorksWithoutAFolder) {
  OnlineOptions memory_only = options();
  memory_only.cache_dir.clear();
  const auto one = source_of(memory_only);
  accept(*one);
  ASSERT_TRUE(find(*one));
  EXPECT_EQ(service.requests(kTcb), 1U);
  EXPECT_TRUE(one->warnings().empty());
}

// ATTACK(H13)
TEST_F(OnlineCache, ServesWhatIsCurrentWhileTheServiceIsDownAndNothingAfter) {
  accept(*source());
  take_down();
  const auto one = source();
  now = kNow + days{20};  // long due
  const auto still = find(*one);
  ASSERT_TRUE(still);
  ASSERT_TRUE(still->remark);
  EXPECT_EQ(still->remark->code, "collateral_not_refreshed");
  now = kNow + days{29};  // issued a day before, and 30 days are over
  const auto expired = find(*one);
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code(), ErrorCode::collateral_unreachable);
}

TEST_F(OnlineCache, DoesNotAskADeadServiceAgainForEachVerification) {
  accept(*source());
  take_down();
  now = kNow + days{20};
  const auto one = source();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(find(*one));
  }
  EXPECT_LE(service.requests(kTcb), 1U + 3U);  // one attempt, which repeats itself
  now = kNow + days{20} + minutes{5};
  service.serve(platform.documents());
  ASSERT_TRUE(find(*one));
  EXPECT_FALSE(find(*one)->remark);
}

TEST_F(OnlineCache, IsRefreshedWhenItIsADayOldAndBeforeItExpires) {
  const auto one = source();
  accept(*one);
  now = kNow + hours{23};
  ASSERT_TRUE(find(*one));
  EXPECT_EQ(service.requests(kTcb), 1U);
  serve_number(18, kNow);
  now = kNow + hours{24};
  const CollateralDocument newer = accept(*one);
  EXPECT_EQ(service.requests(kTcb), 2U);
  EXPECT_EQ(find(*one)->body, newer.body);
  EXPECT_EQ(service.requests(kTcb), 2U);
}

TEST_F(OnlineCache, TheSameDocumentAgainNeedsNoNewJudgement) {
  const auto one = source();
  const CollateralDocument document = accept(*one);
  now = kNow + hours{25};
  EXPECT_EQ(find(*one)->body, document.body);
  EXPECT_EQ(service.requests(kTcb), 2U);
  now = kNow + hours{48};
  ASSERT_TRUE(find(*one));
  EXPECT_EQ(service.requests(kTcb), 2U);
}

TEST_F(OnlineCache, OneThreadAsksForAll) {
  std::atomic<int> waiting = 0;
  Bytes body;
  service.change(kTcb, [&](Answer& answer) {
    body = answer.body;
    const std::string whole = http_answer(
        std::string_view(reinterpret_cast<const char*>(answer.body.data()), answer.body.size()), answer.headers);
    answer.instead = [&waiting, whole](Connection& to) {
      while (waiting < 8) {
        std::this_thread::yield();
      }
      to.send(whole);
    };
  });
  const auto one = source();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      ++waiting;
      const auto found = one->find(platform.request(kTcb));
      good += found && found->size() == 1 && found->front()->body == body ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(service.requests(kTcb), 1U);
}

// A stalled service must not slow those who need nothing from it.
TEST_F(OnlineCache, OthersDoNotWaitForARefresh) {
  OnlineOptions patient = options();
  patient.timeout = std::chrono::milliseconds{60'000};
  const auto one = source_of(patient);
  accept(*one);
  std::atomic<bool> stalled = false;
  std::atomic<bool> go_on = false;
  service.change(kTcb, [&](Answer& answer) {
    answer.instead = [&](Connection&) {
      stalled = true;
      while (!go_on) {
        std::this_thread::yield();
      }
    };
  });
  now = kNow + hours{25};
  std::thread refreshing([&] { EXPECT_TRUE(find(*one)); });
  while (!stalled) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(find(*one));  // comes back although the other thread has no answer yet
  EXPECT_TRUE(accept(*one, kPck).body.size() > 0);
  go_on = true;
  refreshing.join();
}

// --- Roll-back ---

// ATTACK(T6) ATTACK(X12)
TEST_F(OnlineCache, RefusesALowerNumberOnceTheRememberedOneHasExpired) {
  for (const CollateralKind kind : {kTcb, kPck, CollateralKind::qe_identity, CollateralKind::root_crl}) {
    now = kNow;
    serve_number(18, kNow - hours{1});
    accept(*source(), kind);
    now = kNow + days{31};
    serve_number(17, kNow + days{30});
    for (const auto& one : {source(), source()}) {  // also across restarts
      const auto found = find(*one, kind);
      ASSERT_FALSE(found) << to_string(kind);
      EXPECT_EQ(found.error().code(), ErrorCode::collateral_rolled_back) << found.error().message();
    }
  }
}

// ATTACK(T6)
TEST_F(OnlineCache, KeepsTheHigherNumberWhileItIsCurrent) {
  serve_number(18, kNow - hours{1});
  const auto one = source();
  const CollateralDocument better = accept(*one);
  serve_number(17, kNow);
  now = kNow + hours{25};
  const auto found = find(*one);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->body, better.body);
  ASSERT_TRUE(found->remark);
  EXPECT_EQ(found->remark->code, "collateral_rolled_back");
}

TEST_F(OnlineCache, KeepsTheLaterIssueOfTheSameNumber) {
  const auto one = source();
  const CollateralDocument newer = accept(*one, kPck);
  platform.collateral.issued = kNow - days{5};
  service.serve(platform.documents());
  now = kNow + hours{25};
  EXPECT_EQ(find(*one, kPck)->body, newer.body);
}

TEST_F(OnlineCache, AForgedRefreshDoesNotDisplaceWhatIsGood) {
  const simulated::TdxEvidenceMaker forger("somebody else");
  for (const CollateralKind kind : {kTcb, kPck, CollateralKind::qe_identity, CollateralKind::root_crl}) {
    now = kNow;
    service.serve(platform.documents());
    const auto one = source();
    const CollateralDocument good = accept(*one, kind);
    simulated::CollateralSpec spec = platform.collateral;
    spec.evaluation_data_number = 99;
    spec.root_crl.number = spec.pck_crl.number = 99;
    service.serve(forger.collateral(platform.quote, spec));
    now = kNow + hours{25};
    const auto found = find(*one, kind);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->body, good.body) << to_string(kind);
    EXPECT_TRUE(found->remark);
  }
}

TEST_F(OnlineCache, AForgedHighNumberIsNotRemembered) {
  serve_number(99, kNow - hours{1});
  const auto one = source();
  ASSERT_TRUE(find(*one));  // offered, but no verifier accepts it
  serve_number(17, kNow - hours{1});
  now = kNow + seconds{10};
  EXPECT_TRUE(find(*one));
}

TEST_F(OnlineCache, EarlyAndStandardAreTwoSources) {
  serve_number(18, kNow - hours{1});
  OnlineOptions early = options();
  early.tcb_update = TcbUpdate::early;
  accept(*source_of(early));
  EXPECT_EQ(service.server().requests("update=early"), 1U);
  serve_number(17, kNow - hours{1});
  EXPECT_TRUE(find(*source()));
  EXPECT_EQ(service.server().requests("update=standard"), 1U);
}

// --- The folder ---

TEST_F(OnlineCache, FilesAreOursAlone) {
  accept(*source());
  struct stat status{};
  ASSERT_EQ(::stat((folder.path() / "cache").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
  for (const fs::path& file : files()) {
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << file;
  }
}

TEST_F(OnlineCache, DamagedFilesAreIgnoredAndReplaced) {
  accept(*source());
  ASSERT_EQ(files().size(), 1U);
  const fs::path file = files().front();
  const std::string good = content(file);
  std::string flipped = good;
  flipped[good.find("\"body\":\"") + 2000] ^= 1;
  std::size_t requests = service.requests(kTcb);
  for (const std::string& bad :
       {std::string(), std::string("{"), good.substr(0, good.size() / 2), flipped, good + "x",
        std::string(5 << 20, ' '), std::string(R"({"format":"tenzro-collateral/1","documents":[]})")}) {
    std::ofstream(file, std::ios::binary) << bad;
    accept(*source());
    EXPECT_EQ(service.requests(kTcb), ++requests) << "believed: " << bad.substr(0, 60);
    EXPECT_EQ(content(file), good);
  }
}

TEST_F(OnlineCache, AForgedFileIsNeitherServedNorARollBackMemory) {
  const Bytes good = accept(*source()).body;
  const fs::path file = files().front();
  // The same file with a document that somebody else signed, and a higher number.
  TestPlatform forger;
  forger.maker = simulated::TdxEvidenceMaker("somebody else");
  forger.collateral.evaluation_data_number = 99;
  FakeIntel other;
  other.serve(forger.documents());
  TemporaryFolder elsewhere;
  OnlineOptions theirs = options();
  theirs.base_urls = other.options().base_urls;
  theirs.cache_dir = elsewhere.path();
  const auto their_source = source_of(theirs);
  const auto found = their_source->find(platform.request(kTcb));
  ASSERT_TRUE(found);
  their_source->accepted(platform.request(kTcb), *found->front());
  for (const auto& entry : fs::directory_iterator(elsewhere.path())) {
    if (entry.path().extension() == ".json") {
      fs::copy_file(entry.path(), file, fs::copy_options::overwrite_existing);
    }
  }
  const std::size_t before = service.requests(kTcb);
  EXPECT_EQ(find(*source())->body, good);
  EXPECT_EQ(service.requests(kTcb), before + 1);
}

TEST_F(OnlineCache, WhatAKilledWriterLeftBehindIsNotRead) {
  accept(*source());
  const fs::path file = files().front();
  const fs::path half = file.parent_path() / ("." + file.filename().string() + ".new");
  fs::rename(file, half);  // written, and killed before the rename
  EXPECT_TRUE(files().empty());
  accept(*source());
  EXPECT_EQ(service.requests(kTcb), 2U);
  EXPECT_EQ(files().size(), 1U);
  EXPECT_FALSE(fs::exists(half));
}

TEST_F(OnlineCache, AStoredHigherNumberIsNotOverwritten) {
  const auto slow = source();
  const auto low = find(*slow);  // 17, not yet accepted
  ASSERT_TRUE(low);
  serve_number(18, kNow - hours{1});
  const CollateralDocument high = accept(*source());
  slow->accepted(platform.request(kTcb), *low);
  EXPECT_EQ(find(*source())->body, high.body);
}

TEST_F(OnlineCache, AWriterThatHoldsALockStopsNobody) {
  accept(*source());
  const fs::path file = files().front();
  const std::string before = content(file);
  const int lock =
      ::open((file.parent_path() / ("." + file.filename().string() + ".lock")).c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(lock, 0);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  EXPECT_FALSE(accept(*source(), kPck).body.empty());
  EXPECT_EQ(files().size(), 2U) << "another document waited";
  serve_number(18, kNow);
  now = kNow + hours{25};
  EXPECT_FALSE(accept(*source()).body.empty());
  EXPECT_EQ(content(file), before);
  ::close(lock);
}

TEST_F(OnlineCache, ADocumentOfTheLargestSizeIsRememberedAcrossRestarts) {
  // White space after a signed document is not signed, and not refused.
  service.change(kTcb, [](Answer& answer) { answer.body.resize(kMaxCollateralDocument, ' '); });
  accept(*source());
  EXPECT_TRUE(find(*source()));
  EXPECT_EQ(service.requests(kTcb), 1U);
}

TEST_F(OnlineCache, AFolderThatCannotBeUsedIsAWarning) {
  const fs::path open_to_all = folder.path() / "open";
  fs::create_directory(open_to_all);
  ::chmod(open_to_all.c_str(), 0777);
  std::ofstream(folder.path() / "file") << "x";
  for (const fs::path& bad : {open_to_all, folder.path() / "file", folder.path() / "file/below"}) {
    OnlineOptions with = options();
    with.cache_dir = bad;
    const auto one = source_of(with);
    ASSERT_EQ(one->warnings().size(), 1U) << bad;
    EXPECT_EQ(one->warnings().front().code, "collateral_cache_unusable");
    accept(*one);
    ASSERT_TRUE(find(*one));
  }
  EXPECT_EQ(service.requests(kTcb), 3U);
  EXPECT_TRUE(fs::is_empty(open_to_all));
}

TEST_F(OnlineCache, LinksAreNotFollowed) {
  accept(*source());
  const fs::path file = files().front();
  const fs::path target = folder.path() / "target";
  fs::rename(file, target);
  fs::create_symlink(target, file);
  accept(*source());
  EXPECT_EQ(service.requests(kTcb), 2U);
  EXPECT_FALSE(fs::is_symlink(file));
}

}  // namespace
}  // namespace tenzro::tee::test
