// SPDX-License-Identifier: Apache-2.0
// Evidence judged with the collateral of a hostile service: refused within the deadline, for the reason that holds.
#include <chrono>
#include <fstream>

#include "collateral/bundle.hpp"
#include "online/collateral_service.hpp"

namespace tenzro::tee::test {
namespace {

using std::chrono::milliseconds;

class HostileService : public testing::Test {
 protected:
  HostileService() { service.serve(platform.documents()); }

  /// All failures have these codes, and the first of them comes.
  void expect_refused(const std::string& code, const std::string& word = {}) {
    OnlineOptions options = service.options();
    options.timeout = timeout;
    const auto start = std::chrono::steady_clock::now();
    const VerificationResult verdict = platform.judge({source_of(options)});
    // Four documents; after the first silence of a server nobody waits for it again.
    EXPECT_LT(std::chrono::steady_clock::now() - start, 4 * timeout + milliseconds{5'000});
    EXPECT_FALSE(verdict.valid());
    ASSERT_FALSE(verdict.failures().empty());
    bool said = word.empty();
    for (const Finding& failure : verdict.failures()) {
      EXPECT_TRUE(failure.code == code || (code == "collateral_missing" && failure.code == "revocation_missing"))
          << describe(verdict);
      said |= failure.message.find(word) != std::string::npos;
    }
    EXPECT_TRUE(said) << describe(verdict);
  }
  void every_answer(const std::function<void(Connection&)>& instead) {
    service.change_all([&](Answer& answer) { answer.instead = instead; });
  }

  TestPlatform platform;
  FakeIntel service;
  milliseconds timeout{2'000};
};

// ATTACK(H3): all of this file.

TEST_F(HostileService, IsNotHostileToBeginWith) {
  const VerificationResult verdict = platform.judge({source_of(service.options())});
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
  EXPECT_EQ(service.server().requests(), 4U);
}
TEST_F(HostileService, SaysNothing) {
  timeout = milliseconds{300};
  every_answer([](Connection& to) { to.hold(); });
  expect_refused("collateral_unreachable", "timed_out");
  EXPECT_EQ(service.server().requests(), 1U) << "waited for a silent server more than once";
}
TEST_F(HostileService, SendsAByteAtATime) {
  timeout = milliseconds{300};
  every_answer([](Connection& to) {
    for (const char c : http_answer(std::string(4000, ' '))) {
      if (!to.send(std::string_view(&c, 1))) {
        return;
      }
      ::usleep(10'000);
    }
  });
  expect_refused("collateral_unreachable", "timed_out");
}
TEST_F(HostileService, NeverEnds) {
  timeout = milliseconds{20'000};
  every_answer([](Connection& to) {
    to.send("HTTP/1.1 200 OK\r\n\r\n");
    while (to.send(std::string(65536, ' '))) {
    }
  });
  expect_refused("collateral_unreachable", "body_too_large");
}
TEST_F(HostileService, SendsHeadersWithoutEnd) {
  every_answer([](Connection& to) {
    to.send("HTTP/1.1 200 OK\r\n");
    while (to.send("X: y\r\n")) {
    }
  });
  expect_refused("collateral_unreachable", "headers_too_large");
}
TEST_F(HostileService, SendsOneHugeHeader) {
  service.change_all([](Answer& answer) { answer.headers += "X: " + std::string(std::size_t{1} << 20, 'a') + "\r\n"; });
  expect_refused("collateral_unreachable", "headers_too_large");
}
TEST_F(HostileService, SendsChunksWithoutEnd) {
  timeout = milliseconds{20'000};
  every_answer([](Connection& to) {
    to.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (to.send("8000\r\n" + std::string(0x8000, ' ') + "\r\n")) {
    }
  });
  expect_refused("collateral_unreachable", "body_too_large");
}
TEST_F(HostileService, DeclaresMoreThanIsRead) {
  every_answer([](Connection& to) { to.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"); });
  expect_refused("collateral_unreachable", "body_too_large");
}
TEST_F(HostileService, SpeaksNoHttp) {
  every_answer([](Connection& to) { to.send("220 mail.example ESMTP\r\n"); });
  expect_refused("collateral_unreachable", "not_http");
}
TEST_F(HostileService, CutsItsAnswers) {
  every_answer([](Connection& to) { to.send("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{\"tcbInfo\""); });
  expect_refused("collateral_unreachable", "cut_short");
}
TEST_F(HostileService, DeclaresLessThanItSends) {
  service.change_all([](Answer& answer) {
    const std::string body(answer.body.begin(), answer.body.end());
    answer.instead = [body, headers = answer.headers](Connection& to) {
      to.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size() - 1) + "\r\n" + headers + "\r\n" +
              body);
    };
  });
  expect_refused("collateral_malformed");
}
TEST_F(HostileService, SendsHtml) {
  service.change_all([](Answer& answer) {
    const std::string html = "<html><body>Sign in to this network</body></html>";
    answer.body.assign(html.begin(), html.end());
    answer.headers = "Content-Type: text/html\r\n";
  });
  expect_refused("collateral_malformed");
}
TEST_F(HostileService, SendsNothingAsADocument) {
  service.change_all([](Answer& answer) { answer.body.clear(); });
  expect_refused("collateral_malformed");
}
TEST_F(HostileService, SendsOneDocumentForAnother) {
  Bytes tcb_info;
  service.change(CollateralKind::tcb_info, [&](Answer& answer) { tcb_info = answer.body; });
  service.change_all([&](Answer& answer) { answer.body = tcb_info; });
  expect_refused("collateral_malformed");
}
TEST_F(HostileService, Redirects) {
  service.change_all([](Answer& answer) {
    answer.status = "302 Found";
    answer.headers = "Location: http://169.254.169.254/latest/meta-data\r\n";
  });
  expect_refused("collateral_unreachable", "redirected");
}
TEST_F(HostileService, HasNone) {
  for (const std::string status : {"404 Not Found", "410 Gone"}) {
    service.change_all([&](Answer& answer) { answer.status = status; });
    expect_refused("collateral_missing", "not_found");
  }
}
TEST_F(HostileService, IsOutOfOrder) {
  service.change_all([](Answer& answer) { answer.status = "500 Internal Server Error"; });
  expect_refused("collateral_unreachable", "server_failed");
}
TEST_F(HostileService, IsOverloaded) {
  service.change_all([](Answer& answer) {
    answer.status = "429 Too Many Requests";
    answer.headers = "Retry-After: 600\r\n";
  });
  expect_refused("collateral_unreachable", "throttled");
}
// ATTACK(P7)
TEST_F(HostileService, Compresses) {
  service.change_all([](Answer& answer) { answer.headers += "Content-Encoding: gzip\r\n"; });
  expect_refused("collateral_unreachable", "encoded");
}
TEST_F(HostileService, ClosesAtOnce) {
  every_answer([](Connection&) {});
  expect_refused("collateral_unreachable", "cut_short");
}
TEST_F(HostileService, Resets) {
  every_answer([](Connection& to) { to.reset(); });
  expect_refused("collateral_unreachable", "cut_short");
}
TEST_F(HostileService, SendsAChainThatIsNone) {
  for (const std::string chain : {"garbage", "%", "%zz", "-----BEGIN%20CERTIFICATE-----%0AAAAA", "%2D%2D"}) {
    service.change(CollateralKind::tcb_info,
                   [&](Answer& answer) { answer.headers = "TCB-Info-Issuer-Chain: " + chain + "\r\n"; });
    expect_refused("collateral_malformed", "tcb-info-issuer-chain");
  }
}
TEST_F(HostileService, SendsNoChain) {
  service.change(CollateralKind::tcb_info, [](Answer& answer) { answer.headers.clear(); });
  expect_refused("collateral_missing");
}
TEST_F(HostileService, SendsTwoChains) {
  service.change(CollateralKind::tcb_info, [](Answer& answer) { answer.headers += answer.headers; });
  expect_refused("collateral_missing");
}
// ATTACK(T5)
TEST_F(HostileService, SendsTheTcbInfoOfABetterPlatform) {
  TestPlatform other;
  other.quote.pck.fmspc = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66};
  const std::vector<CollateralDocument> documents = other.documents();
  service.change(CollateralKind::tcb_info, [&](Answer& answer) { answer.body = documents.front().body; });
  ASSERT_EQ(documents.front().kind, CollateralKind::tcb_info);
  expect_refused("collateral_missing", "112233445566");
}
// ATTACK(T6)
TEST_F(HostileService, SendsExpiredDocuments) {
  platform.collateral.issued = kNow - std::chrono::days{31};
  service.serve(platform.documents());
  expect_refused("collateral_expired");
}
TEST_F(HostileService, SendsDocumentsOfTomorrow) {
  platform.collateral.issued = kNow + std::chrono::days{1};
  service.serve(platform.documents());
  const VerificationResult verdict = platform.judge({source_of(service.options())});
  EXPECT_FALSE(verdict.valid());
  for (const Finding& failure : verdict.failures()) {
    EXPECT_TRUE(failure.code == "collateral_not_yet_valid" || failure.code == "crl_not_yet_valid") << describe(verdict);
  }
}
TEST_F(HostileService, SendsForgedDocuments) {
  const simulated::TdxEvidenceMaker forger("somebody else");
  const std::vector<CollateralDocument> forged = forger.collateral(platform.quote, platform.collateral);
  service.serve(forged);
  const VerificationResult verdict = platform.judge({source_of(service.options())});
  EXPECT_FALSE(verdict.valid());
  EXPECT_GE(verdict.failures().size(), 4U) << describe(verdict);
}
TEST_F(HostileService, SendsAlteredDocuments) {
  service.change(CollateralKind::tcb_info, [](Answer& answer) {
    const std::string word = "\"tcbEvaluationDataNumber\":1";
    const auto at = std::search(answer.body.begin(), answer.body.end(), word.begin(), word.end());
    ASSERT_NE(at, answer.body.end());
    *(at + static_cast<std::ptrdiff_t>(word.size())) = '8';
  });
  const VerificationResult verdict = platform.judge({source_of(service.options())});
  ASSERT_FALSE(verdict.valid());
  EXPECT_EQ(verdict.failures().front().code, "tcb_info_signature_invalid") << describe(verdict);
}
TEST_F(HostileService, IsNotThere) {
  OnlineOptions options = service.options();
  options.base_urls = {{CollateralService::intel_pccs, "http://127.0.0.1:1"}};
  const VerificationResult verdict = platform.judge({source_of(options)});
  for (const Finding& failure : verdict.failures()) {
    EXPECT_EQ(failure.code, "collateral_unreachable");
  }
  EXPECT_EQ(verdict.failures().size(), 4U) << describe(verdict);
}
TEST_F(HostileService, HasACertificateThatNobodyVouchesFor) {
  FakeIntel tls(FakeIntel::Style::pcs, make_identity("other.example", true));
  tls.serve(platform.documents());
  const VerificationResult verdict = platform.judge({source_of(tls.options())});
  ASSERT_FALSE(verdict.valid());
  for (const Finding& failure : verdict.failures()) {
    EXPECT_EQ(failure.code, "collateral_unreachable");
    EXPECT_NE(failure.message.find("tls_failed"), std::string::npos) << failure.message;
  }
}
TEST_F(HostileService, HasACertificateOfAnotherName) {
  const TemporaryFolder folder;
  const ServerIdentity identity = make_identity("other.example", false);
  FakeIntel tls(FakeIntel::Style::pcs, identity);
  tls.serve(platform.documents());
  OnlineOptions options = tls.options();
  options.ca_file = folder.path() / "ca.pem";
  std::ofstream(options.ca_file) << identity.certificate;
  const VerificationResult verdict = platform.judge({source_of(options)});
  ASSERT_EQ(verdict.failures().size(), 4U) << describe(verdict);
  for (const Finding& failure : verdict.failures()) {
    EXPECT_EQ(failure.code, "collateral_unreachable");
    EXPECT_NE(failure.message.find("tls_failed"), std::string::npos) << failure.message;
  }
  EXPECT_EQ(tls.server().requests(), 0U);
}
TEST_F(HostileService, IsNotAskedForEvidenceThatStandsUnderNoTrustedRoot) {
  AttestationReport report;
  report.evidence = simulated::TdxEvidenceMaker("an unknown hierarchy").quote(platform.quote);
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.replace_trust_anchors({platform.root});
  EXPECT_FALSE(AttestationVerifier(source_of(service.options())).verify(report, options).valid());
  EXPECT_EQ(service.server().requests(), 0U);
}
TEST_F(HostileService, IsNotAskedForSimulatedEvidence) {
  AttestationReport report;
  report.evidence = simulated::TdxEvidenceMaker().quote(platform.quote);
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.accept_simulated(InsecureSimulation::for_development_only());
  const VerificationResult verdict = AttestationVerifier(source_of(service.options())).verify(report, options);
  EXPECT_FALSE(verdict.valid());
  EXPECT_EQ(service.server().requests(), 0U);
}
TEST_F(HostileService, DoesNotSpoilWhatTheReportEncloses) {
  every_answer([](Connection& to) { to.reset(); });
  AttestationReport report;
  report.evidence = platform.maker.quote(platform.quote);
  const std::string enclosed = collateral::bundle_to_json(platform.documents());
  report.collateral.assign(enclosed.begin(), enclosed.end());
  VerifyOptions options = VerifyOptions::unbound_replay_possible();
  options.at(kNow).replace_trust_anchors({platform.root});
  const VerificationResult verdict = AttestationVerifier(source_of(service.options())).verify(report, options);
  EXPECT_TRUE(verdict.valid()) << describe(verdict);
}

}  // namespace
}  // namespace tenzro::tee::test
