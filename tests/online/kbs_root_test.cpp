// SPDX-License-Identifier: Apache-2.0
// The sealing root of a key broker, against brokers of every kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <stop_token>

#include "core/encoded_text.hpp"
#include "online/key_broker.hpp"
#include "seal/sealer.hpp"
#include "support/temporary_folder.hpp"
#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee {
namespace {

using std::chrono::milliseconds;
using test::Connection;
using test::http_answer;
using test::KeyBroker;
using test::make_identity;
using test::Server;
using test::ServerIdentity;

const auto kSimulation = InsecureSimulation::for_development_only();
const SealKeyId kKey = SealKeyId::parse("model-key").value();

/// A simulated TEE that counts how often it is asked, and may answer otherwise.
class CountedTee final : public TeeProvider {
 public:
  explicit CountedTee(Platform platform = Platform::intel_tdx)
      : inner_(make_simulated_provider(platform, kSimulation).value()) {}
  Platform tee_type() const noexcept override { return inner_->tee_type(); }
  std::string_view provider_name() const noexcept override { return inner_->provider_name(); }
  bool simulated() const noexcept override { return says_simulated; }

  bool says_simulated = true;
  std::size_t asked = 0;
  std::function<Result<AttestationReport>(const AttestationRequest&)> otherwise{};

 private:
  Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) override {
    ++asked;
    return otherwise ? otherwise(request) : inner_->generate_attestation(request, patience);
  }
  std::unique_ptr<TeeProvider> inner_;
};

class KbsRoot : public testing::Test {
 protected:
  /// Pinned by its key.
  static SealOptions options_for(const std::string& url, const ServerIdentity& pinned) {
    SealOptions options;
    options.root = SealingSource::kbs;
    options.config.emplace().kbs =
        KbsSealingEntry{.url = url, .resource = std::string(KeyBroker::kResource), .pinned_key = test::key_of(pinned)};
    options.patience.at_most = std::chrono::seconds{20};
    return options;
  }
  SealOptions options() const { return options_for(broker.url(), identity); }
  /// Pinned by its authority.
  SealOptions options_by_file(const ServerIdentity& pinned) const {
    SealOptions out = options();
    const std::string path = folder.path() / "ca.pem";
    std::ofstream(path) << pinned.certificate;
    out.config->kbs->pinned_key.clear();
    out.config->kbs->ca_file = path;
    return out;
  }
  Result<SealingRoot> root(const SealOptions& with) { return Sealer::root_to_seal(kKey, tee, with); }
  Result<SealingRoot> root() { return root(options()); }
  Result<SealingRoot> unsealing_root(const std::string& tag, const std::string& metadata = "{}") {
    return Sealer::root_to_unseal(kKey, tee, options(), {.vendor_tag = tag, .metadata = metadata});
  }
  std::string tag() const {
    return "simulated-intel-tdx-broker;url=" + broker.url() + ";resource=" + std::string(KeyBroker::kResource);
  }
  /// The error of an attempt against the broker as it is now.
  Error refusal() {
    auto out = root();
    EXPECT_FALSE(out);
    return out ? Error(ErrorCode::internal, "none") : out.error();
  }
  void expect_nothing_asked() const {
    EXPECT_EQ(broker.requests(), 0U);
    EXPECT_EQ(tee.asked, 0U);
  }
  void otherwise(decltype(test::BrokerBehaviour::answer_otherwise) answer) {
    broker.change([&answer](auto& behaviour) { behaviour.answer_otherwise = std::move(answer); });
  }
  void resource_is(const Bytes& bytes) {
    broker.change([&bytes](auto& behaviour) { behaviour.resource = bytes; });
  }
  /// Answers this at one step, whatever the broker would have said.
  void answer_at(std::string_view step, std::string answer) {
    otherwise([step, answer = std::move(answer)](Connection& to, std::string_view, std::string_view path) {
      return path.starts_with(step) && to.send(answer);
    });
  }

  ServerIdentity identity = make_identity("localhost", true);
  KeyBroker broker{identity};
  CountedTee tee;
  test::TemporaryFolder folder;
};

constexpr std::array<std::string_view, 3> kSteps = {"auth", "attest", "resource"};

TEST_F(KbsRoot, IsGivenToWhomTheBrokerTrusts) {
  for (const SealOptions& with : {options(), options_by_file(identity)}) {
    const auto found = root(with);
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_TRUE(std::ranges::equal(found->secret.reveal(), test::BrokerBehaviour{}.resource));
    EXPECT_EQ(found->vendor_tag, tag());
    EXPECT_EQ(found->metadata, "{}");
  }
  EXPECT_EQ(broker.complaints(), "");
  EXPECT_TRUE(broker.last_had_event_log());
  EXPECT_EQ(broker.requests(), 6U);
  EXPECT_EQ(tee.asked, 2U);
  // Another key and another nonce each time.
  EXPECT_NE(broker.report_data().at(0), broker.report_data().at(1));
}

TEST_F(KbsRoot, TagNamesARealTeeWithoutAPrefix) {
  tee.says_simulated = false;
  EXPECT_EQ(root()->vendor_tag, tag().substr(std::string_view("simulated-").size()));
}

TEST_F(KbsRoot, QuoteHoldsUnderTheWholeVerifier) {
  Bytes collateral;
  tee.otherwise = [&collateral](const AttestationRequest& request) {
    auto report = make_simulated_provider(Platform::intel_tdx, kSimulation).value()->generate_attestation(request);
    collateral = report->collateral;
    return report;
  };
  ASSERT_TRUE(root());
  AttestationReport report;
  report.platform = Platform::intel_tdx;
  report.evidence = broker.last_quote();
  report.collateral = collateral;
  const auto verdict_for = [&report](const Bytes& data) {
    auto how = VerifyOptions::bound_to_caller_data(ReportData::from_caller_data(data).value());
    how.accept_simulated(kSimulation);
    return AttestationVerifier(std::vector<std::shared_ptr<CollateralSource>>{}).verify(report, how);
  };
  Bytes data = broker.report_data().at(0);
  EXPECT_TRUE(verdict_for(data).valid());
  data.front() ^= 1;
  EXPECT_FALSE(verdict_for(data).valid());
}

TEST_F(KbsRoot, BindsBySha512WhereTheBrokerWantsIt) {
  broker.change([](auto& behaviour) { behaviour.hash = "sha512"; });
  EXPECT_TRUE(root());
  EXPECT_EQ(broker.complaints(), "");
  broker.change([](auto& behaviour) { behaviour.hash = "sha256"; });
  EXPECT_EQ(refusal().code(), ErrorCode::io_failure);
}

TEST_F(KbsRoot, SealsAndUnsealsInBothScopes) {
  const Bytes plaintext = {1, 2, 3};
  for (const SealScope scope : {SealScope::measurement, SealScope::signer}) {
    SealOptions with = options();
    with.scope = scope;
    const auto sealed = seal(kKey, plaintext, tee, with);
    ASSERT_TRUE(sealed) << sealed.error().message();
    const auto opened = unseal(kKey, *sealed, tee, with);
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_TRUE(std::ranges::equal(opened->reveal(), plaintext));
    broker.change([](auto& behaviour) { behaviour.resource.front() ^= 1; });
    EXPECT_EQ(unseal(kKey, *sealed, tee, with).error().code(), ErrorCode::authentication_failed);
  }
}

TEST_F(KbsRoot, DoesWithoutAnEventLogThatCannotBeHad) {
  auto inner = make_simulated_provider(Platform::intel_tdx, kSimulation).value();
  for (const ErrorCode code : {ErrorCode::not_available, ErrorCode::permission_denied}) {
    tee.otherwise = [&inner, code](const AttestationRequest& request) -> Result<AttestationReport> {
      if (request.event_log) {
        return Error(code, "no event log");
      }
      return inner->generate_attestation(request);
    };
    EXPECT_TRUE(root());
    EXPECT_FALSE(broker.last_had_event_log());
  }
  EXPECT_EQ(broker.complaints(), "");
}

TEST_F(KbsRoot, TellsTheTeesOwnErrors) {
  tee.otherwise = [](const AttestationRequest&) { return Error(ErrorCode::hardware_failure, "the quoting service"); };
  EXPECT_EQ(refusal().message(), "the quoting service");
  EXPECT_EQ(tee.asked, 1U);
  tee.otherwise = [](const AttestationRequest&) -> Result<AttestationReport> {
    AttestationReport report;
    report.platform = Platform::amd_sev_snp;
    report.evidence = {1};
    return report;
  };
  EXPECT_EQ(refusal().code(), ErrorCode::hardware_failure);
  EXPECT_EQ(broker.requests("attest"), 0U);
}

// --- who answers ---

TEST_F(KbsRoot, AsksNobodyButThePinnedBroker) {
  const ServerIdentity other = make_identity("localhost", true);
  EXPECT_EQ(root(options_by_file(other)).error().code(), ErrorCode::io_failure);
  const auto refused = root(options_for(broker.url(), other));
  EXPECT_EQ(refused.error().code(), ErrorCode::io_failure);
  EXPECT_TRUE(refused.error().message().starts_with("the broker is not the pinned one: tls_failed: "))
      << refused.error().message();
  // One that has every name and date right, and that the file vouches for; the key decides.
  SealOptions both = options_by_file(identity);
  both.config->kbs->pinned_key = test::key_of(other);
  EXPECT_EQ(root(both).error().code(), ErrorCode::io_failure);
  expect_nothing_asked();
}

TEST_F(KbsRoot, ConfigurationWithoutAnIdentityIsRefused) {
  const auto code_with = [this](const std::function<void(KbsSealingEntry&)>& change) {
    SealOptions with = options();
    change(*with.config->kbs);
    return root(with).error().code();
  };
  const std::string authority = broker.url().substr(std::string_view("https://").size());
  for (const std::string& url :
       {"http://" + authority, "HTTPS://" + authority, authority, std::string(), "https://user@" + authority,
        broker.url() + "/?x=1", broker.url() + "#x", "https://" + std::string(3000, 'a') + ".example"}) {
    EXPECT_EQ(code_with([&url](KbsSealingEntry& entry) { entry.url = url; }), ErrorCode::invalid_argument) << url;
  }
  EXPECT_EQ(code_with([](KbsSealingEntry& entry) { entry.pinned_key.clear(); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_with([](KbsSealingEntry& entry) { entry.pinned_key.push_back(0); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_with([](KbsSealingEntry& entry) { entry.pinned_key = Bytes(32, 1); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code_with([](KbsSealingEntry& entry) { entry.resource = "a/b/../c"; }), ErrorCode::invalid_argument);
  SealOptions with = options();
  with.config->kbs->resource = "a/b/" + std::string(2048, 'c');
  const Error too_long = root(with).error();
  EXPECT_EQ(too_long.code(), ErrorCode::invalid_argument);
  EXPECT_EQ(too_long.message(), "sealing.kbs.url: is too long for a vendor tag");
  EXPECT_EQ(code_with([](KbsSealingEntry& entry) { entry.ca_file = "/nonexistent.pem"; }), ErrorCode::io_failure);
  expect_nothing_asked();
}

TEST_F(KbsRoot, FollowsNoRedirect) {
  const KeyBroker elsewhere(identity);
  for (const std::string_view step : kSteps) {
    answer_at(step, http_answer("", "Location: " + elsewhere.url() + "/kbs/v0/auth\r\n", "307 Temporary Redirect"));
    const Error error = refusal();
    EXPECT_EQ(error.code(), ErrorCode::io_failure);
    EXPECT_NE(error.message().find("redirected"), std::string::npos) << error.message();
  }
  EXPECT_EQ(elsewhere.requests(), 0U);
}

TEST_F(KbsRoot, AsksThroughTheProxy) {
  std::string head;
  const Server proxy([&head](Connection& to, const std::string&) {
    head = to.head;
    to.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
  });
  SealOptions with = options_for("https://broker.invalid:8443", identity);
  with.network.proxy = proxy.url();
  EXPECT_FALSE(root(with));
  EXPECT_TRUE(head.starts_with("CONNECT broker.invalid:8443 ")) << head;
  with = options();
  with.network.proxy = proxy.url();
  with.network.no_proxy = "127.0.0.1";
  EXPECT_TRUE(root(with));
}

// --- what is stored ---

// ATTACK(K9): what was sealed names another broker, resource or platform than the caller's own configuration.
TEST_F(KbsRoot, AForeignTagIsRefusedBeforeAnythingIsAsked) {
  const std::string url = ";url=" + broker.url();
  const std::string resource = ";resource=default/keys/one";
  const std::string name = "simulated-intel-tdx-broker";
  const std::vector<std::pair<std::string, std::string>> tags = {
      {name + ";url=https://evil.example" + resource, "url"},
      {name + url + "/" + resource, "url"},
      {name + url + ";resource=default/keys/two", "resource"},
      {name + url + ";resource=default/keys/onE", "resource"},
      {name + url, "resource"},
      {name, "url"},
      {name + resource + url, ""},
      {name + url + resource + ";more=1", "more"},
      {"intel-tdx-broker" + url + resource, "root"},
      {"amd-sev-snp-broker" + url + resource, "root"},
      {"simulated-amd-sev-snp-broker" + url + resource, "root"},
      {"simulated", "root"},
      {"tpm2" + url + resource, "root"}};
  for (const auto& [foreign, parameter] : tags) {
    const auto refused = unsealing_root(foreign);
    ASSERT_FALSE(refused) << foreign;
    EXPECT_EQ(refused.error().code(), ErrorCode::authentication_failed) << foreign;
    EXPECT_NE(refused.error().message().find(parameter), std::string::npos) << refused.error().message();
  }
  for (const std::string& broken : {tag() + ";", tag() + ";url=x", ";" + tag(), tag() + " ", std::string("%"),
                                    tag() + std::string(3000, 'x'), tag() + "\r\n"}) {
    EXPECT_EQ(unsealing_root(broken).error().code(), ErrorCode::authentication_failed) << broken;
  }
  expect_nothing_asked();
}

TEST_F(KbsRoot, ItsOwnTagUnseals) {
  for (const char* metadata : {"{}", R"({"url":"https://evil.example"})"}) {
    const auto found = unsealing_root(tag(), metadata);  // nothing is read from the metadata
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_EQ(found->vendor_tag, tag());
  }
  // An imitation's data are not for the real one, nor the other way round.
  tee.says_simulated = false;
  EXPECT_EQ(unsealing_root(tag()).error().code(), ErrorCode::authentication_failed);
  EXPECT_EQ(tee.asked, 2U);
}

TEST_F(KbsRoot, SevSnpIsToldWhatToUse) {
  CountedTee snp(Platform::amd_sev_snp);
  const auto refused = Sealer::root_to_seal(kKey, snp, options());
  EXPECT_EQ(refused.error().code(), ErrorCode::not_available);
  EXPECT_NE(refused.error().message().find("root snp"), std::string::npos) << refused.error().message();
  EXPECT_EQ(snp.asked, 0U);
  CountedTee nitro(Platform::aws_nitro);
  EXPECT_EQ(Sealer::root_to_seal(kKey, nitro, options()).error().code(), ErrorCode::not_available);
  EXPECT_EQ(Sealer::root_to_seal(kKey, SealingPlace::without_tee(), options()).error().code(),
            ErrorCode::not_available);
  expect_nothing_asked();
}

// --- what a broker says ---

TEST_F(KbsRoot, ResourceHasExactly32Bytes) {
  for (const std::size_t size : {0U, 31U, 33U}) {
    resource_is(Bytes(size, 'S'));
    const Error error = refusal();
    EXPECT_EQ(error.code(), ErrorCode::not_available);
    EXPECT_EQ(error.message(), "the broker's resource default/keys/one holds " + std::to_string(size) +
                                   " bytes, expected 32 random ones");
  }
  resource_is(Bytes(4097, 'S'));
  EXPECT_EQ(refusal().code(), ErrorCode::io_failure);
}

TEST_F(KbsRoot, ANonceThatComesAgainBindsAnotherKey) {
  broker.change([](auto& behaviour) { behaviour.nonce = to_base64(Bytes(32, 0x77)); });
  std::string first;
  otherwise([&first](Connection&, std::string_view answer, std::string_view path) {
    if (path.starts_with("resource")) {
      first = answer;
    }
    return false;
  });
  EXPECT_TRUE(root());
  EXPECT_TRUE(root());
  EXPECT_NE(broker.report_data().at(0), broker.report_data().at(1));
  EXPECT_EQ(broker.complaints(), "");
  answer_at("resource", first);  // of an earlier session
  const Error error = refusal();
  EXPECT_EQ(error.code(), ErrorCode::io_failure);
  EXPECT_EQ(error.message(),
            "the broker does not keep to the protocol: the answer is not for this key, or was altered");
}

// ATTACK(K9): a broker's cookie would become a line of our next request.
TEST_F(KbsRoot, CookiesThatAreNoneEndTheSession) {
  const std::string challenge = R"({"nonce":")" + to_base64(Bytes(32, 1)) + R"(","extra-params":""})";
  for (const std::string& line :
       {std::string(), std::string("Set-Cookie: kbs-session-id=\r\n"), std::string("Set-Cookie: kbs-session-id\r\n"),
        std::string("Set-Cookie: kbs-session-id=a\rX-Evil: 1\r\n"), std::string("Set-Cookie: kbs-session-id=a b\r\n"),
        std::string("Set-Cookie: kbs-session-id=a\x01\r\n"), std::string("Set-Cookie: kbs-session-id=\"a\"\r\n"),
        std::string("Set-Cookie: other=1\r\n"), "Set-Cookie: kbs-session-id=" + std::string(257, 'a') + "\r\n",
        std::string("Set-Cookie: kbs-session-id=a\r\nSet-Cookie: kbs-session-id=b\r\n")}) {
    answer_at("auth", http_answer(challenge, line));
    const Error error = refusal();
    EXPECT_EQ(error.code(), ErrorCode::io_failure) << line;
    EXPECT_TRUE(is_text(error.message())) << error.message();
  }
  EXPECT_EQ(broker.requests("attest"), 0U);
  EXPECT_EQ(tee.asked, 0U);
}

TEST_F(KbsRoot, WhatIsNoAnswerIsRefusedAtEachStep) {
  const std::string cookie = "Set-Cookie: kbs-session-id=abc\r\n";
  const std::string good = R"({"nonce":")" + to_base64(Bytes(32, 1)) + R"(","extra-params":""})";
  const std::vector<std::string> answers = {
      http_answer(R"({"nonce":"","token":7,"protected":"e30"})", cookie),
      "HTTP/1.1 200 OK\r\n" + cookie + "Content-Length: 500\r\n\r\n" + good,  // cut short
      http_answer(std::string(600'000, ' '), cookie),
      http_answer("", cookie),
      "HTTP/1.1 200 OK\r\n" + cookie + "Content-Length: 99999999\r\n\r\n",
      http_answer(good, cookie + "Content-Encoding: gzip\r\n"),
      ""};
  for (const std::string_view step : kSteps) {
    // Behind the first step each attempt costs a key of 3072 bits, so that there the first three must do.
    for (std::size_t i = 0; i < (step == "auth" ? answers.size() : 3); ++i) {
      answer_at(step, answers[i]);
      EXPECT_EQ(refusal().code(), ErrorCode::io_failure) << step << ": " << answers[i].substr(0, 80);
    }
    otherwise([step, cookie](Connection& to, std::string_view, std::string_view path) {
      if (!path.starts_with(step)) {
        return false;
      }
      bool open = to.send("HTTP/1.1 200 OK\r\n" + cookie + "\r\n");
      while (open) {  // without end
        open = to.send(std::string(4096, 'x'));
      }
      return true;
    });
    EXPECT_EQ(refusal().code(), ErrorCode::io_failure) << step;
  }
}

// The others are in tests/unit/seal/kbs/jwe_test.cpp.
TEST_F(KbsRoot, EncryptionsThatAreNotAsTheyShouldBeAreRefused) {
  const auto set = [](const char* name, nlohmann::ordered_json value) {
    return [name, value = std::move(value)](nlohmann::ordered_json jwe) {
      jwe[name] = value;
      return jwe;
    };
  };
  const auto header = [](std::string_view text) { return to_base64url(as_bytes(text)); };
  for (const auto& alter :
       {set("protected", header(R"({"alg":"RSA-OAEP-256","enc":"A128GCM"})")), set("tag", to_base64url(Bytes(16))),
        set("encrypted_key", to_base64url(Bytes(384, 1))), set("recipients", nlohmann::ordered_json::array())}) {
    broker.change([&alter](auto& behaviour) { behaviour.alter_jwe = alter; });
    EXPECT_EQ(refusal().code(), ErrorCode::io_failure);
  }
  broker.change([](auto& behaviour) {
    behaviour.alter_jwe = nullptr;
    behaviour.jwe_parts = {.header = R"({"alg":"RSA1_5","enc":"A256GCM"})", .padding = RSA_PKCS1_PADDING};
  });
  EXPECT_EQ(refusal().message(),
            "the broker does not keep to the protocol: jwe.protected.alg: is \"RSA1_5\", expected \"RSA-OAEP-256\"");
}

TEST_F(KbsRoot, ARefusalIsToldInPrintableWords) {
  const std::vector<std::pair<std::string_view, std::string>> meanings = {
      {"auth", "the broker does not begin a session: "},
      {"attest", "the broker did not accept this TEE's evidence: "},
      {"resource", "the broker does not give default/keys/one to this TEE: "}};
  for (const auto& [step, meaning] : meanings) {
    answer_at(step, http_answer(R"({"type":"x","detail":"Access denied by policy"})", {}, "401 Unauthorized"));
    EXPECT_EQ(refusal().message(), meaning + "Access denied by policy");
    const std::vector<std::string> bodies = {R"({"detail":"\u001b]0;x\u0007\r\nSet: 1"})", std::string(9'000, '\x1b'),
                                             std::string(2'000'000, 'x'), ""};
    for (const std::string& body : std::span(bodies).first(step == "auth" ? bodies.size() : 1)) {
      answer_at(step, http_answer(body, {}, "403 Forbidden"));
      const Error error = refusal();
      EXPECT_EQ(error.code(), ErrorCode::permission_denied);
      EXPECT_TRUE(error.message().starts_with(meaning)) << error.message();
      EXPECT_TRUE(is_text(error.message()) && !error.message().contains('\n') && error.message().size() < 1500);
    }
  }
  answer_at("auth", http_answer("why", {}, "400 Bad Request"));
  EXPECT_EQ(refusal().code(), ErrorCode::io_failure);
  SealOptions with = options();
  otherwise(nullptr);
  with.config->kbs->resource = "default/keys/two";
  const auto missing = root(with);
  EXPECT_EQ(missing.error().code(), ErrorCode::not_available);
  EXPECT_EQ(missing.error().message(), "the broker has no resource default/keys/two: no such resource");
}

// --- patience ---

TEST_F(KbsRoot, PatienceIsForEverythingTogether) {
  SealOptions with = options();
  for (const std::string_view step : kSteps) {
    otherwise([step](Connection& to, std::string_view, std::string_view path) {
      if (path.starts_with(step)) {
        to.hold();
      }
      return path.starts_with(step);
    });
    // Long enough for the steps before it, a fresh key among them; waited out only where the broker is silent.
    with.patience.at_most = step == "auth" ? milliseconds{200} : milliseconds{1'000};
    EXPECT_EQ(root(with).error().code(), ErrorCode::timed_out) << step;
  }
  const std::size_t before = broker.requests();
  for (const milliseconds none : {milliseconds{0}, milliseconds{-1}, milliseconds::min()}) {
    with.patience.at_most = none;
    EXPECT_EQ(root(with).error().code(), ErrorCode::timed_out);
  }
  EXPECT_EQ(broker.requests(), before);
  otherwise(nullptr);
  with.patience.at_most = milliseconds::max();
  EXPECT_TRUE(root(with));
}

TEST_F(KbsRoot, AStopEndsItAtEachStep) {
  for (const std::string_view step : kSteps) {
    std::stop_source stop;
    otherwise([step, &stop](Connection& to, std::string_view, std::string_view path) {
      if (path.starts_with(step)) {
        stop.request_stop();
        to.hold();
      }
      return path.starts_with(step);
    });
    SealOptions with = options();
    with.patience.stop = stop.get_token();
    EXPECT_EQ(root(with).error().code(), ErrorCode::cancelled) << step;
  }
}

TEST_F(KbsRoot, ABrokerThatIsNotThereIsSaidSo) {
  std::string url;
  {
    const Server gone([](Connection&, const std::string&) {}, identity);
    url = gone.url();
  }
  const auto refused = root(options_for(url, identity));
  EXPECT_EQ(refused.error().code(), ErrorCode::io_failure);
  EXPECT_TRUE(refused.error().message().starts_with("the broker cannot be reached: ")) << refused.error().message();
}

}  // namespace
}  // namespace tenzro::tee
