// SPDX-License-Identifier: Apache-2.0
// AMD's key distribution service, as it answers and as it might answer one day, over a hierarchy that bears AMD's
// names.
#include <atomic>
#include <chrono>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "made/snp_platform.hpp"
#include "online/server.hpp"
#include "support/temporary_folder.hpp"

namespace tenzro::tee::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::shared_ptr<CollateralSource> source_of(const OnlineOptions& options) {
  auto source = online_collateral(options);
  EXPECT_TRUE(source) << (source ? "" : source.error().message());
  return *std::move(source);
}

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

std::string pem_of(const std::vector<Bytes>& chain) {
  std::string out;
  for (const Bytes& der : chain) {
    const std::string text = to_base64(der);
    out += "-----BEGIN CERTIFICATE-----\n";
    for (std::size_t at = 0; at < text.size(); at += 64) {
      out += text.substr(at, 64) + "\n";
    }
    out += "-----END CERTIFICATE-----\n";
  }
  return out;
}

class Kds : public testing::Test {
 protected:
  Kds() { serve(platform); }

  /// Good for a day from now on, as everything that is remembered must be.
  MadeSnpPlatform made(snp::Product product = snp::Product::genoa, bool vlek = false) const {
    MadeSnpPlatform out;
    out.product = product;
    out.vlek = vlek;
    out.issuers_start = out.leaf_start = start - hours{48};
    out.issuers_end = out.leaf_end = start + hours{72};
    if (product == snp::Product::turin) {
      out.report.cpu_id = {0x1a, 0x02, 0x01};
      out.report.tcb = {1, 1, 1, 4, 0, 0, 0, 0x4d};
      out.report.chip_id.assign(64, 0);
      std::fill_n(out.report.chip_id.begin(), 8, std::uint8_t{0xc2});
    }
    if (vlek) {
      out.report.chip_id.assign(64, 0);
      out.report.key_info = 1U << 2U;
    }
    out.make();
    return out;
  }
  void serve(const MadeSnpPlatform& of) {
    const std::string path = (of.vlek ? "/vlek/v1/" : "/vcek/v1/") + std::string(to_string(of.product));
    const Bytes list = of.list({}, start - hours{24}, start + hours{48});
    const std::lock_guard lock(mutex);
    answers.clear();
    answers[path + "/crl"] = http_answer(text_of(list));
    answers[path + "/cert_chain"] = http_answer(pem_of({of.ask.der, of.root.der}));
    if (!of.vlek) {
      answers[leaf_target(of)] = http_answer(text_of(of.leaf.der));
    }
  }
  static std::string leaf_target(const MadeSnpPlatform& of) {
    const auto level = [&of](std::size_t at) { return std::to_string(of.report.tcb.at(at)); };
    const Bytes& chip = of.report.chip_id;
    if (of.product == snp::Product::turin) {
      return "/vcek/v1/Turin/" + to_hex(ByteView(chip).first(8)) + "?fmcSPL=" + level(0) + "&blSPL=" + level(1) +
             "&teeSPL=" + level(2) + "&snpSPL=" + level(3) + "&ucodeSPL=" + level(7);
    }
    return "/vcek/v1/" + std::string(to_string(of.product)) + "/" + to_hex(chip) + "?blSPL=" + level(0) +
           "&teeSPL=" + level(1) + "&snpSPL=" + level(6) + "&ucodeSPL=" + level(7);
  }
  void change(const std::string& target, std::string answer) {
    const std::lock_guard lock(mutex);
    answers[target] = std::move(answer);
  }

  OnlineOptions options() {
    OnlineOptions out;
    out.timeout = seconds{30};
    out.clock = [this] { return now.load(); };
    for (const CollateralService one :
         {CollateralService::intel_pcs, CollateralService::intel_root_crl, CollateralService::amd_kds}) {
      out.base_urls.emplace_back(one, server.url());
    }
    return out;
  }
  static VerificationResult judge(const MadeSnpPlatform& of, const std::shared_ptr<CollateralSource>& from) {
    VerifyOptions options = VerifyOptions::unbound_replay_possible();
    options.replace_trust_anchors({of.root.der});
    AttestationReport report;
    report.platform = Platform::amd_sev_snp;
    report.evidence = of.signed_report();
    return AttestationVerifier(from).verify(report, options);
  }
  VerificationResult judge() { return judge(platform, source_of(options())); }
  std::size_t requests(std::string_view part = {}) const { return server.requests(part); }

  const UtcTime start = std::chrono::floor<seconds>(std::chrono::system_clock::now());
  std::atomic<UtcTime> now{start};
  MadeSnpPlatform platform = made();
  std::mutex mutex;
  std::map<std::string, std::string> answers;
  TemporaryFolder folder;
  Server server{[this](Connection& to, const std::string& target) {
    std::string answer = http_answer("", "", "404 Not Found");
    {
      const std::lock_guard lock(mutex);
      if (const auto found = answers.find(target); found != answers.end()) {
        answer = found->second;
      }
    }
    to.send(answer);
  }};
};

TEST_F(Kds, GivesWhatAReportNeedsOnce) {
  const auto source = source_of(options());
  for (int i = 0; i < 3; ++i) {
    const VerificationResult verdict = judge(platform, source);
    EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
    EXPECT_EQ(words_in(verdict.warnings()).find("collateral"), std::string::npos) << words_in(verdict.warnings());
  }
  EXPECT_EQ(requests(leaf_target(platform)), 1U);
  EXPECT_EQ(requests("/vcek/v1/Genoa/cert_chain"), 1U);  // this ASK is none of AMD's
  EXPECT_EQ(requests("/vcek/v1/Genoa/crl"), 1U);
  EXPECT_EQ(requests(), 3U);
}

TEST_F(Kds, IsAskedForEveryProductInItsOwnWords) {
  for (const snp::Product product : {snp::Product::milan, snp::Product::turin}) {
    MadeSnpPlatform other = made(product);
    if (product == snp::Product::milan) {
      other.report.cpu_id = {0x19, 0x01, 0x01};
      other.make();
    }
    serve(other);
    const VerificationResult verdict = judge(other, source_of(options()));
    EXPECT_TRUE(verdict.valid()) << to_string(product) << words_in(verdict.failures());
  }
}

TEST_F(Kds, IsAskedByTheReportedTcbAndNoOther) {
  Bytes report = platform.report.bytes();
  for (const std::size_t at : {snp_at::kCurrentTcb, snp_at::kLaunchTcb}) {
    report.at(at + 7) = 0x57;  // a host whose current TCB is above the one it reports
  }
  AttestationReport evidence;
  evidence.platform = Platform::amd_sev_snp;
  evidence.evidence = MadeSnpPlatform::sign(report);
  VerifyOptions rules = VerifyOptions::unbound_replay_possible();
  rules.replace_trust_anchors({platform.root.der});
  const auto verdict = AttestationVerifier(source_of(options())).verify(evidence, rules);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(requests(leaf_target(platform)), 1U);
}

TEST_F(Kds, IsAskedAnewForAnotherChipOrTcb) {
  const auto source = source_of(options());
  EXPECT_TRUE(judge(platform, source).valid());
  MadeSnpPlatform other = made();
  other.report.chip_id.assign(64, 0xc3);
  other.make();
  MadeSnpPlatform newer = made();
  newer.report.tcb.back() = 0x57;
  newer.make();
  for (const MadeSnpPlatform* one : {&other, &newer}) {
    change(leaf_target(*one), http_answer(text_of(one->leaf.der)));
    EXPECT_TRUE(judge(*one, source).valid()) << words_in(judge(*one, source).failures());
    EXPECT_EQ(requests(leaf_target(*one)), 1U);
  }
  EXPECT_TRUE(judge(platform, source).valid());
  EXPECT_EQ(requests(leaf_target(platform)), 1U);
}

TEST_F(Kds, IsNotAskedForWhatAnEarlierProcessHadJudged) {
  OnlineOptions with_folder = options();
  with_folder.cache_dir = folder.path() / "cache";
  EXPECT_TRUE(judge(platform, source_of(with_folder)).valid());
  const std::size_t before = requests();
  const VerificationResult again = judge(platform, source_of(with_folder));
  EXPECT_TRUE(again.valid()) << words_in(again.failures());
  EXPECT_EQ(requests(), before);
}

TEST_F(Kds, IsAskedForACertificateAgainOnlyBeforeItExpires) {
  OnlineOptions patient = options();
  patient.refresh = CollateralRefresh::before_answering;
  const auto source = source_of(patient);
  EXPECT_TRUE(judge(platform, source).valid());
  now = start + hours{30};  // the list is due, the certificate is not
  EXPECT_TRUE(judge(platform, source).valid());
  EXPECT_EQ(requests("/crl"), 2U);
  EXPECT_EQ(requests(leaf_target(platform)), 1U);
}

TEST_F(Kds, HasTheListOfVleksOnAPathOfItsOwnAndNoVlek) {
  const MadeSnpPlatform cloud = made(snp::Product::genoa, true);
  serve(cloud);
  const VerificationResult alone = judge(cloud, source_of(options()));
  EXPECT_EQ(codes_in(alone.failures()), std::set<std::string>{"collateral_missing"}) << words_in(alone.failures());
  EXPECT_EQ(requests(), 0U);

  collateral::Contents contents;
  contents.certificates = {cloud.leaf.der, cloud.ask.der};
  const auto files = std::make_shared<collateral::ContentsSource>(contents);
  AttestationReport report;
  report.platform = Platform::amd_sev_snp;
  report.evidence = cloud.signed_report();
  VerifyOptions rules = VerifyOptions::unbound_replay_possible();
  rules.replace_trust_anchors({cloud.root.der});
  const auto verdict = AttestationVerifier(std::vector<std::shared_ptr<CollateralSource>>{files, source_of(options())})
                           .verify(report, rules);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(requests("/vlek/v1/Genoa/crl"), 1U);
  EXPECT_EQ(requests(), 1U);
}

TEST_F(Kds, IsAskedAboutBothProductsThatAnOldReportMayBeOf) {
  MadeSnpPlatform old = made();
  old.report.version = 2;
  old.make();
  serve(old);
  const VerificationResult verdict = judge(old, source_of(options()));
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
  EXPECT_EQ(requests("/vcek/v1/Milan/"), 1U);
  EXPECT_EQ(requests(leaf_target(old)), 1U);
}

// --- A service that has had enough ---

TEST_F(Kds, IsLeftAloneEverLongerWhenItIsAskedTooMuch) {
  change(leaf_target(platform), http_answer("", "", "429 Too Many Requests"));
  OnlineOptions hurried = options();
  hurried.timeout = std::chrono::milliseconds{300};  // no room for the client's own repetitions
  const auto source = source_of(hurried);
  const auto refused = [&] {
    const VerificationResult verdict = judge(platform, source);
    EXPECT_EQ(codes_in(verdict.failures()), std::set<std::string>{"collateral_unreachable"})
        << words_in(verdict.failures());
    return requests();
  };
  std::size_t asked = refused();
  EXPECT_GE(asked, 1U);
  for (const int pause : {5, 10, 20, 40, 80, 160, 300, 300}) {
    now = now.load() + seconds{pause - 1};
    EXPECT_EQ(refused(), asked) << pause;
    now = now.load() + seconds{1 + 5};  // 5: how long a document that was not there is not asked for
    const std::size_t more = refused();
    EXPECT_GT(more, asked) << pause;
    asked = more;
  }
  serve(platform);
  now = now.load() + seconds{300};
  EXPECT_TRUE(judge(platform, source).valid());
}

// Several refusals that were asked for at once are one.
TEST_F(Kds, IsLeftAloneAsLongForManyWhoAskedTogetherAsForOne) {
  OnlineOptions hurried = options();
  hurried.timeout = std::chrono::milliseconds{300};
  const auto service = source_of(hurried);
  constexpr std::uint8_t kStrangers = 6;
  std::vector<MadeSnpPlatform> strangers(kStrangers);
  for (std::uint8_t i = 0; i < kStrangers; ++i) {
    strangers[i].report.chip_id.assign(64, i + 1);
    strangers[i].make();
    change(leaf_target(strangers[i]), http_answer("", "", "429 Too Many Requests"));
  }
  std::latch together(kStrangers);
  {
    std::vector<std::jthread> threads;
    for (const MadeSnpPlatform& stranger : strangers) {
      threads.emplace_back([&] {
        together.arrive_and_wait();
        EXPECT_FALSE(judge(stranger, service).valid());
      });
    }
  }
  const std::size_t asked = requests();
  now = now.load() + seconds{21};  // the second pause would have ended, the third one not
  EXPECT_TRUE(judge(platform, service).valid());
  EXPECT_GT(requests(), asked);
}

// Anybody can send a report that names a chip, for whose certificate the service has to be asked.
TEST_F(Kds, IsStillAskedForListsWhenItHasHadEnoughOfCertificates) {
  MadeSnpPlatform stranger = made();
  stranger.report.chip_id.assign(64, 0xee);
  stranger.make();
  change(leaf_target(stranger), http_answer("", "", "429 Too Many Requests"));
  OnlineOptions hurried = options();
  hurried.timeout = std::chrono::milliseconds{300};
  const auto service = source_of(hurried);
  EXPECT_EQ(codes_in(judge(stranger, service).failures()), std::set<std::string>{"collateral_unreachable"});

  collateral::Contents files;
  files.certificates = {platform.leaf.der, platform.ask.der};
  VerifyOptions rules = VerifyOptions::unbound_replay_possible();
  rules.replace_trust_anchors({platform.root.der});
  AttestationReport report;
  report.evidence = platform.signed_report();
  const AttestationVerifier verifier(
      std::vector<std::shared_ptr<CollateralSource>>{std::make_shared<collateral::ContentsSource>(files), service});
  const VerificationResult verdict = verifier.verify(report, rules);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());
}

TEST_F(Kds, IsNotAskedOnAccountOfBytesThatNobodySigned) {
  AttestationReport report;
  report.platform = Platform::amd_sev_snp;
  report.evidence = platform.report.bytes();
  fill_at(report.evidence, snp_at::kR, 144, 0);
  const VerificationResult verdict =
      AttestationVerifier(source_of(options())).verify(report, VerifyOptions::unbound_replay_possible());
  EXPECT_EQ(codes_in(verdict.failures()), std::set<std::string>{"report_signature_invalid"});
  EXPECT_EQ(requests(), 0U);
}

// --- A service that is hostile, or somebody in its place ---

class HostileKds : public Kds {
 protected:
  /// The leaf's answer is this; then these codes and no others.
  void expect_refused(std::string answer, const std::set<std::string>& codes) {
    change(leaf_target(platform), std::move(answer));
    const VerificationResult verdict = judge();
    EXPECT_FALSE(verdict.valid());
    EXPECT_EQ(codes_in(verdict.failures()), codes) << words_in(verdict.failures());
  }
};

TEST_F(HostileKds, AnotherChipsCertificateIsNotTakenForThisOne) {
  MadeSnpPlatform other = made();
  other.report.chip_id.assign(64, 0xc3);
  other.make();
  expect_refused(http_answer(text_of(other.leaf.der)), {"certificate_hwid_mismatch"});
}

TEST_F(HostileKds, ACertificateOfAnotherTcbIsNotTakenForThisOne) {
  MadeSnpPlatform other = made();
  other.report.tcb.back() = 0x57;
  other.make();
  expect_refused(http_answer(text_of(other.leaf.der)), {"certificate_tcb_mismatch"});
}

TEST_F(HostileKds, SomethingElseThanACertificateIsRefused) {
  const Bytes& leaf = platform.leaf.der;
  for (const std::string& body : {std::string(), std::string("<html>busy</html>"), text_of(platform.list()),
                                  text_of(Bytes(leaf.begin(), leaf.end() - 1)), text_of(leaf) + "x"}) {
    expect_refused(http_answer(body), {"collateral_malformed"});
  }
}

TEST_F(HostileKds, ARedirectionLeadsNowhere) {
  expect_refused(http_answer("", "Location: " + server.url() + "/elsewhere\r\n", "302 Found"),
                 {"collateral_unreachable"});
  EXPECT_EQ(requests("/elsewhere"), 0U);
}

TEST_F(HostileKds, AnEndlessBodyIsCutOff) {
  expect_refused(http_answer(std::string((std::size_t{4} << 20U) + 1, 'x')), {"collateral_unreachable"});
}

TEST_F(HostileKds, AChainOfSomebodyElseVouchesForNothing) {
  change("/vcek/v1/Genoa/cert_chain", http_answer(pem_of({made(snp::Product::milan).ask.der})));
  const VerificationResult verdict = judge();
  EXPECT_FALSE(verdict.valid());
  EXPECT_EQ(codes_in(verdict.failures()), std::set<std::string>{"collateral_missing"}) << words_in(verdict.failures());
}

TEST_F(HostileKds, AForgedIssuerVouchesForNothing) {
  Bytes forged = platform.ask.der;
  forged.back() ^= 1U;
  change("/vcek/v1/Genoa/cert_chain", http_answer(pem_of({forged, platform.root.der})));
  const VerificationResult verdict = judge();
  EXPECT_FALSE(verdict.valid());
  EXPECT_EQ(codes_in(verdict.failures()), std::set<std::string>{"certificate_signature_invalid"})
      << words_in(verdict.failures());
}

TEST_F(HostileKds, AListThatIsNotTheRootsIsNoList) {
  MadeSnpPlatform other = made();
  other.root.key = shared(SnpKeys::get().ask);
  change("/vcek/v1/Genoa/crl", http_answer(text_of(other.list({}, start - hours{24}, start + hours{48}))));
  const VerificationResult verdict = judge();
  EXPECT_FALSE(verdict.valid());
  EXPECT_TRUE(codes_in(verdict.failures()).contains("crl_signature_invalid")) << words_in(verdict.failures());
}

TEST_F(HostileKds, AnOlderListIsRolledBack) {
  OnlineOptions patient = options();
  patient.refresh = CollateralRefresh::before_answering;
  const auto source = source_of(patient);
  EXPECT_TRUE(judge(platform, source).valid());
  change("/vcek/v1/Genoa/crl", http_answer(text_of(platform.list({}, start - hours{47}, start + hours{48}))));
  now = start + hours{30};
  const VerificationResult verdict = judge(platform, source);
  EXPECT_TRUE(verdict.valid()) << words_in(verdict.failures());  // by the one it has
  EXPECT_TRUE(codes_in(verdict.warnings()).contains("collateral_not_refreshed")) << words_in(verdict.warnings());
}

}  // namespace
}  // namespace tenzro::tee::test
