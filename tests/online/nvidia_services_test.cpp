// SPDX-License-Identifier: Apache-2.0
// NVIDIA's manifests, OCSP responder and attestation service, as they answer and as somebody in their place might.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <latch>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "crypto/digest.hpp"
#include "made/ocsp_pki.hpp"
#include "made/rim_signer.hpp"
#include "online/server.hpp"
#include "support/temporary_folder.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::test {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }
Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

std::shared_ptr<CollateralSource> source_of(const OnlineOptions& options) {
  auto source = online_collateral(options);
  EXPECT_TRUE(source) << (source ? "" : source.error().message());
  return *std::move(source);
}

/// The nonce of an OCSPRequest; empty when it has none.
Bytes nonce_of(const std::string& request) {
  const auto* at = reinterpret_cast<const unsigned char*>(request.data());
  const crypto::Handle<OCSP_REQUEST, OCSP_REQUEST_free> parsed(
      d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(request.size())));
  EXPECT_NE(parsed, nullptr);
  const int place = OCSP_REQUEST_get_ext_by_NID(parsed.get(), NID_id_pkix_OCSP_Nonce, -1);
  if (place < 0) {
    return {};
  }
  X509_EXTENSION* extension = OCSP_REQUEST_get_ext(parsed.get(), place);
  EXPECT_EQ(X509_EXTENSION_get_critical(extension), 1);
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
  const ByteView der(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
  return {der.begin() + 2, der.end()};
}

class NvidiaServices : public testing::Test {
 protected:
  using Handler = std::function<void(Connection&, const std::string& target)>;

  OnlineOptions options() {
    OnlineOptions out;
    out.timeout = milliseconds{5'000};
    out.clock = [this] { return now.load(); };
    out.refresh = CollateralRefresh::before_answering;
    for (const CollateralService one :
         {CollateralService::nvidia_rim, CollateralService::nvidia_ocsp, CollateralService::nvidia_nras}) {
      out.base_urls.emplace_back(one, server.url());
    }
    return out;
  }
  CollateralRequest request(CollateralKind kind) const {
    CollateralRequest out;
    out.kind = kind;
    out.platform = Platform::nvidia_gpu;
    out.root = pki.chain.root.der;
    out.at_now = true;
    if (kind == CollateralKind::rim) {
      out.rim_id = kRimId;
    } else if (kind == CollateralKind::ocsp) {
      out.certificate = pki.chain.leaf.der;
      out.issuer = pki.chain.ca.der;
    }
    return out;
  }
  void answer(const Handler& how) {
    const std::lock_guard lock(mutex);
    handler = how;
  }
  void answer(const std::string& bytes) {
    answer([bytes](Connection& to, const std::string&) { to.send(bytes); });
  }

  /// What comes of asking for this kind now: the code of the error, or none.
  std::optional<ErrorCode> problem(CollateralKind kind, const OnlineOptions& with) {
    const auto found = source_of(with)->find(request(kind));
    said = found ? std::string() : found.error().message();
    return found ? std::nullopt : std::optional(found.error().code());
  }
  std::optional<ErrorCode> problem(CollateralKind kind) { return problem(kind, options()); }

  std::string said;  ///< by the last problem()
  static constexpr const char* kRimId = "NV_GPU_DRIVER_GH100_550.90.07";
  std::atomic<UtcTime> now{kNow};
  const OcspPki pki;
  std::mutex mutex;
  Handler handler;
  TemporaryFolder folder;
  Server server{[this](Connection& to, const std::string& target) {
    Handler how;
    {
      const std::lock_guard lock(mutex);
      how = handler;
    }
    how(to, target);
  }};
};

/// One document, found good, as a verifier would.
Bytes body_of(const std::shared_ptr<CollateralSource>& source, const CollateralRequest& request) {
  const auto found = source->find(request);
  EXPECT_TRUE(found) << (found ? "" : found.error().message());
  EXPECT_EQ(found ? found->size() : 0U, 1U);
  if (!found || found->empty()) {
    return {};
  }
  EXPECT_EQ(found->front()->kind, request.kind);
  EXPECT_FALSE(found->front()->from_bundle && request.kind == CollateralKind::jwks);
  source->accepted(request, *found->front());
  return found->front()->body;
}

// --- ATTACK(H3, P7): what any of the services may do instead of answering ---

TEST_F(NvidiaServices, EndInTheirOwnWordsWhateverTheyDo) {
  OnlineOptions hurried = options();
  hurried.timeout = milliseconds{300};
  const std::vector<std::pair<const char*, Handler>> silences = {
      {"silent", [](Connection& to, const std::string&) { to.hold(); }},
      {"a byte at a time",
       [](Connection& to, const std::string&) {
         for (const char c : http_answer(std::string(4000, ' '))) {
           if (!to.send(std::string_view(&c, 1))) {
             return;
           }
           ::usleep(10'000);
         }
       }},
      {"closed", [](Connection&, const std::string&) {}},
      {"reset", [](Connection& to, const std::string&) { to.reset(); }},
      {"endless",
       [](Connection& to, const std::string&) {
         to.send("HTTP/1.1 200 OK\r\n\r\n");
         while (to.send(std::string(65536, ' '))) {
         }
       }},
      {"redirected",
       [](Connection& to, const std::string&) { to.send(http_answer("", "Location: /elsewhere\r\n", "302 Found")); }},
      {"429", [](Connection& to, const std::string&) { to.send(http_answer("", {}, "429 Slow down")); }},
      {"500", [](Connection& to, const std::string&) { to.send(http_answer("", {}, "500 Oops")); }},
      {"compressed",
       [](Connection& to, const std::string&) { to.send(http_answer("x", "Content-Encoding: gzip\r\n")); }}};
  for (const auto& [what, how] : silences) {
    answer(how);
    for (const CollateralKind kind : {CollateralKind::rim, CollateralKind::ocsp, CollateralKind::jwks}) {
      EXPECT_EQ(problem(kind, hurried), ErrorCode::collateral_unreachable) << what << " " << to_string(kind);
    }
    const auto appraisal = source_of(hurried)->appraise_remotely({.devices = RemoteDevices::gpus, .body = "{}"});
    ASSERT_FALSE(appraisal.has_value()) << what;
    EXPECT_EQ(appraisal.error().code(), ErrorCode::collateral_unreachable) << what;
  }
  EXPECT_EQ(server.requests("/elsewhere"), 0U);
}

TEST_F(NvidiaServices, ThatAnswerSomethingElseAreMalformed) {
  for (const std::string body : {"", "<html>busy</html>", "{}", "[]", "null", "{\"keys\":{}}", "{\"keys\":[0]}",
                                 "{\"keys\":[{\"kid\":1}]}", "0"}) {
    answer(http_answer(body, "Content-Type: text/html\r\n"));
    for (const CollateralKind kind : {CollateralKind::rim, CollateralKind::ocsp, CollateralKind::jwks}) {
      EXPECT_EQ(problem(kind), ErrorCode::malformed_input) << to_string(kind) << ": " << body;
    }
  }
}

TEST_F(NvidiaServices, ThatWantAKeySayWhatToDo) {
  for (const char* status : {"401 Unauthorized", "403 Forbidden"}) {
    answer(http_answer("", {}, status));
    for (const CollateralKind kind : {CollateralKind::rim, CollateralKind::ocsp, CollateralKind::jwks}) {
      EXPECT_EQ(problem(kind), ErrorCode::collateral_unreachable);
      EXPECT_NE(said.find("service key"), std::string::npos) << said;
    }
    const auto appraisal = source_of(options())->appraise_remotely({.devices = RemoteDevices::gpus, .body = "{}"});
    ASSERT_FALSE(appraisal.has_value());
    EXPECT_NE(appraisal.error().message().find("service key"), std::string::npos);
  }
}

// ATTACK(H7)
TEST_F(NvidiaServices, AreToldTheKeyAndNoMessageIs) {
  OnlineOptions with = options();
  with.nvidia_service_key = "nvapi-secret.123";
  std::mutex heads_mutex;
  std::vector<std::string> heads;
  answer([&](Connection& to, const std::string&) {
    const std::lock_guard lock(heads_mutex);
    heads.push_back(to.head);
    to.send(http_answer("", {}, "403 Forbidden"));
  });
  for (const CollateralKind kind : {CollateralKind::rim, CollateralKind::ocsp, CollateralKind::jwks}) {
    EXPECT_EQ(problem(kind, with), ErrorCode::collateral_unreachable);
    EXPECT_EQ(said.find("secret"), std::string::npos) << said;
  }
  static_cast<void>(source_of(with)->appraise_remotely({.devices = RemoteDevices::gpus, .body = "{}"}));
  // AMD's and Intel's services are no business of the key's.
  with.base_urls = {{CollateralService::amd_kds, server.url()}, {CollateralService::intel_root_crl, server.url()}};
  CollateralRequest other;
  other.kind = CollateralKind::root_crl;
  other.platform = Platform::intel_tdx;
  static_cast<void>(source_of(with)->find(other));
  ASSERT_EQ(heads.size(), 5U);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    EXPECT_EQ(heads[i].find("Authorization: Bearer nvapi-secret.123") != std::string::npos, i < 4) << heads[i];
  }
  for (const std::string bad : {"a b", "a\r\nX: y", "\x80", "tab\there"}) {
    with.nvidia_service_key = bad;
    const auto refused = online_collateral(with);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(refused.error().message().find(bad), std::string::npos);
  }
  with.nvidia_service_key = std::string(4097, 'a');
  EXPECT_FALSE(online_collateral(with).has_value());
}

TEST_F(NvidiaServices, AreAskedForNothingThatIsSimulatedOrOfAnotherPlatform) {
  answer(http_answer("", {}, "500 Oops"));
  for (const CollateralKind kind : {CollateralKind::rim, CollateralKind::ocsp, CollateralKind::jwks}) {
    CollateralRequest asked = request(kind);
    asked.simulated = true;
    EXPECT_TRUE(source_of(options())->find(asked)->empty());
    asked = request(kind);
    for (const Platform other : {Platform::amd_sev_snp, Platform::aws_nitro, Platform::intel_tdx}) {
      asked.platform = other;
      EXPECT_TRUE(source_of(options())->find(asked)->empty());
    }
  }
  CollateralRequest incomplete = request(CollateralKind::ocsp);
  incomplete.certificate = {};
  EXPECT_TRUE(source_of(options())->find(incomplete)->empty());
  EXPECT_EQ(server.requests(), 0U);
}

// --- Manifests ---

class Manifests : public NvidiaServices {
 protected:
  Manifests() {
    for (CertificateSpec* spec : {&signer.root_spec, &signer.ca_spec, &signer.l3_spec, &signer.leaf_spec}) {
      spec->not_after = kNow + hours{24 * 365};
    }
    signer.make();
    xml = text_of("550.90.07");
    serve(good());
  }
  std::string text_of(const std::string& version) const {
    MadeRim rim;
    rim.version = version;
    return signer.signing(rim).text();
  }
  CollateralRequest request(CollateralKind kind) const {
    CollateralRequest out = NvidiaServices::request(kind);
    out.root = signer.root.der;
    return out;
  }
  Json good() const {
    return {{"id", kRimId},
            {"rim", to_base64(bytes_of(xml))},
            {"sha256", to_hex(crypto::sha256(bytes_of(xml)))},
            {"last_updated", "2025-03-14T15:09:03.011000"},
            {"rim_format", "TCG"},
            {"request_id", "54922519-b87e-4057-b323-33b9a2bb9743"}};
  }
  void serve(const Json& json) { answer(http_answer(json.dump())); }
  MadeRimSigner signer;
  std::string xml;
};

TEST_F(Manifests, AreAskedForByIdOnce) {
  const auto source = source_of(options());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(body_of(source, request(CollateralKind::rim)), bytes_of(xml));
  }
  EXPECT_EQ(server.requests("/v1/rim/NV_GPU_DRIVER_GH100_550.90.07"), 1U);
  EXPECT_EQ(server.requests(), 1U);
}

TEST_F(Manifests, AreAskedForAgainWithinADay) {
  const auto source = source_of(options());
  EXPECT_EQ(body_of(source, request(CollateralKind::rim)), bytes_of(xml));
  now = kNow + hours{17};
  EXPECT_EQ(body_of(source, request(CollateralKind::rim)), bytes_of(xml));
  EXPECT_EQ(server.requests(), 1U);
  now = kNow + hours{19};
  EXPECT_EQ(body_of(source, request(CollateralKind::rim)), bytes_of(xml));
  EXPECT_EQ(server.requests(), 2U);
  xml = text_of("550.90.08");
  serve(good());
  now = kNow + hours{30};  // the same bytes counted from when they came last
  EXPECT_NE(body_of(source, request(CollateralKind::rim)), bytes_of(xml));
  EXPECT_EQ(server.requests(), 2U);
  now = kNow + hours{19 + 24};
  EXPECT_EQ(body_of(source, request(CollateralKind::rim)), bytes_of(xml));
  EXPECT_EQ(server.requests(), 3U);
  answer(http_answer("", {}, "500 Oops"));
  now = kNow + hours{19 + 24 + 23};
  EXPECT_EQ(body_of(source, request(CollateralKind::rim)), bytes_of(xml)) << "current, though the service is down";
  now = kNow + hours{19 + 24 + 24};
  EXPECT_FALSE(source->find(request(CollateralKind::rim)).has_value());
}

TEST_F(Manifests, SurviveInTheFolderUnlessItIsDamaged) {
  OnlineOptions with = options();
  with.cache_dir = folder.path() / "cache";
  EXPECT_EQ(body_of(source_of(with), request(CollateralKind::rim)), bytes_of(xml));
  EXPECT_EQ(body_of(source_of(with), request(CollateralKind::rim)), bytes_of(xml));
  EXPECT_EQ(server.requests(), 1U);
  for (const auto& entry : std::filesystem::directory_iterator(with.cache_dir)) {
    if (entry.path().extension() != ".json") {
      continue;
    }
    std::ifstream in(entry.path());
    std::string text{std::istreambuf_iterator<char>(in), {}};
    std::string damaged = xml;
    damaged[damaged.find("1111")] = '2';
    const std::string other = to_base64(bytes_of(damaged));
    text.replace(text.find(to_base64(bytes_of(xml))), other.size(), other);
    std::ofstream(entry.path()) << text;
  }
  EXPECT_EQ(body_of(source_of(with), request(CollateralKind::rim)), bytes_of(xml));
  EXPECT_EQ(server.requests(), 2U);
}

TEST_F(Manifests, OfAnotherIdOrHashAreRefused) {
  const auto refused_when = [&](const std::function<void(Json&)>& change) {
    Json json = good();
    change(json);
    serve(json);
    return problem(CollateralKind::rim);
  };
  constexpr auto kMalformed = ErrorCode::malformed_input;
  EXPECT_EQ(refused_when([](Json&) {}), std::nullopt);
  EXPECT_EQ(refused_when([](Json& j) { j.erase("sha256"); }), std::nullopt);
  EXPECT_EQ(refused_when([](Json& j) { j["id"] = "NV_GPU_DRIVER_GH100_535.104.05"; }), kMalformed);
  EXPECT_NE(said.find("535.104.05"), std::string::npos) << said;
  EXPECT_EQ(refused_when([](Json& j) { j.erase("id"); }), kMalformed);
  EXPECT_EQ(refused_when([](Json& j) { j["sha256"] = std::string(64, '0'); }), kMalformed);
  EXPECT_NE(said.find("sha256"), std::string::npos) << said;
  EXPECT_EQ(refused_when([](Json& j) { j["sha256"] = nullptr; }), kMalformed);
  EXPECT_EQ(refused_when([](Json& j) { j["rim"] = "not base64"; }), kMalformed);
  EXPECT_EQ(refused_when([](Json& j) { j["rim"] = ""; }), kMalformed);
  EXPECT_EQ(refused_when([](Json& j) { j["rim"] = std::string((std::size_t{4} << 20U) / 3 + 8, 'A'); }), kMalformed);
}

TEST_F(Manifests, ThatNvidiaDoesNotPublishAreMissing) {
  answer(http_answer("{\"error\":\"RIM_NOT_FOUND\"}", {}, "404 Not Found"));
  EXPECT_EQ(problem(CollateralKind::rim), ErrorCode::collateral_missing);
  EXPECT_NE(said.find("RIM_NOT_FOUND"), std::string::npos) << said;
}

// ATTACK(H4): the parts of an id come from a report.
TEST_F(Manifests, WithIdsThatCouldMeanSomethingInAUrlAreNotAskedFor) {
  const auto source = source_of(options());
  for (const std::string id : {"", ".", "..", "../ids", "a/b", "a?b", "a#b", "a%2fb", "a b", "a\r\nX:y", "a@b", "-a",
                               ".a", "a\\b", "\xc3\xa4", "1a"}) {
    CollateralRequest asked = request(CollateralKind::rim);
    asked.rim_id = id;
    EXPECT_TRUE(source->find(asked)->empty()) << id;
  }
  CollateralRequest asked = request(CollateralKind::rim);
  asked.rim_id = std::string(129, 'a');
  EXPECT_TRUE(source->find(asked)->empty());
  EXPECT_EQ(server.requests(), 0U);
  asked.rim_id = std::string(128, 'a');
  EXPECT_FALSE(source->find(asked).has_value()) << "that one is asked for";
  EXPECT_EQ(server.requests(), 1U);
}

// --- The OCSP responder ---

class Responder : public NvidiaServices {
 protected:
  Responder() { serve(pki.by_responder()); }

  /// Answers with this, and the nonce of the question where `echoes`.
  void serve(MadeOcsp spec, bool echoes = true) {
    answer([spec, echoes](Connection& to, const std::string&) {
      EXPECT_EQ(to.method, "POST");
      EXPECT_NE(to.head.find("Content-Type: application/ocsp-request\r\n"), std::string::npos) << to.head;
      EXPECT_NE(to.head.find("Accept: application/ocsp-response\r\n"), std::string::npos) << to.head;
      MadeOcsp made = spec;
      if (const Bytes nonce = nonce_of(to.body); echoes && !nonce.empty()) {
        EXPECT_EQ(nonce.size(), 32U);
        made.extensions.push_back(ocsp_nonce(nonce));
      }
      to.send(http_answer(text_of(made_ocsp_response(made)), "Content-Type: application/ocsp-response\r\n"));
    });
  }
};

TEST_F(Responder, IsAskedAboutACertificateOnce) {
  const auto source = source_of(options());
  const Bytes first = body_of(source, request(CollateralKind::ocsp));
  EXPECT_FALSE(first.empty());
  EXPECT_EQ(body_of(source, request(CollateralKind::ocsp)), first);
  EXPECT_EQ(server.requests(), 1U);
  // Another certificate, and the same of another issuer, are other questions.
  CollateralRequest other = request(CollateralKind::ocsp);
  other.certificate = pki.responder.der;
  MadeOcsp about_other = pki.by_responder();
  about_other.answers[0].certificate = pki.responder.der;
  serve(about_other);
  EXPECT_NE(body_of(source, other), first);
  EXPECT_EQ(server.requests(), 2U);
  EXPECT_EQ(body_of(source, request(CollateralKind::ocsp)), first);
}

TEST_F(Responder, IsAskedAgainInTheLastQuarterAndNoLaterThanTheEnd) {
  const auto source = source_of(options());
  MadeOcsp day = pki.by_responder();
  day.answers[0].this_update = day.produced_at = kNow;
  day.answers[0].next_update = kNow + hours{24};
  serve(day);
  const Bytes first = body_of(source, request(CollateralKind::ocsp));
  now = kNow + hours{17};
  EXPECT_EQ(body_of(source, request(CollateralKind::ocsp)), first);
  EXPECT_EQ(server.requests(), 1U);
  answer(http_answer("", {}, "500 Oops"));
  now = kNow + hours{19};
  EXPECT_EQ(body_of(source, request(CollateralKind::ocsp)), first);
  EXPECT_GT(server.requests(), 1U);
  const auto remark = source->find(request(CollateralKind::ocsp))->front()->remark;
  ASSERT_TRUE(remark.has_value());
  EXPECT_EQ(remark->code, "collateral_not_refreshed");
  EXPECT_EQ(remark->check, "revocation");
  now = kNow + hours{24};
  EXPECT_FALSE(source->find(request(CollateralKind::ocsp)).has_value());
}

TEST_F(Responder, IsNotAskedForWhatAnEarlierProcessHadJudged) {
  OnlineOptions with = options();
  with.cache_dir = folder.path() / "cache";
  const Bytes first = body_of(source_of(with), request(CollateralKind::ocsp));
  answer(http_answer("", {}, "500 Oops"));
  EXPECT_EQ(body_of(source_of(with), request(CollateralKind::ocsp)), first) << "a stored answer bears an old nonce";
  EXPECT_EQ(server.requests(), 1U);
  // Judged at another time, and for another issuer, the folder has nothing.
  CollateralRequest past = request(CollateralKind::ocsp);
  past.at_now = false;
  EXPECT_FALSE(source_of(with)->find(past).has_value());
  const OcspPki other;
  CollateralRequest of_other = request(CollateralKind::ocsp);
  of_other.issuer = other.chain.ca.der;
  EXPECT_FALSE(source_of(with)->find(of_other).has_value());
}

// ATTACK(H3): a file that somebody else wrote.
TEST_F(Responder, DoesNotBelieveTheFolder) {
  OnlineOptions with = options();
  with.cache_dir = folder.path() / "cache";
  const Bytes first = body_of(source_of(with), request(CollateralKind::ocsp));
  const OcspPki other;
  MadeOcsp forged = other.by_responder();
  forged.answers = {pki.answer()};
  const Bytes bad = made_ocsp_response(forged);
  for (const auto& entry : std::filesystem::directory_iterator(with.cache_dir)) {
    if (entry.path().extension() == ".json") {
      std::ifstream in(entry.path());
      std::string text{std::istreambuf_iterator<char>(in), {}};
      text.replace(text.find(to_base64(first)), to_base64(first).size(), to_base64(bad));
      std::ofstream(entry.path()) << text;
    }
  }
  EXPECT_NE(body_of(source_of(with), request(CollateralKind::ocsp)), bad);
  EXPECT_EQ(server.requests(), 2U);
}

// ATTACK(V8): wrong nonce, none, and one in the wrong place.
TEST_F(Responder, MustEchoTheNonce) {
  const auto with = [&](OcspNonce mode) {
    OnlineOptions out = options();
    out.ocsp_nonce = mode;
    return out;
  };
  constexpr auto kKind = CollateralKind::ocsp;
  constexpr auto kMalformed = ErrorCode::malformed_input;
  MadeOcsp none = pki.by_responder(), another = none, misplaced = none;
  another.extensions = {ocsp_nonce(Bytes(32, 0x5a))};
  for (const OcspNonce mode : {OcspNonce::require, OcspNonce::prefer, OcspNonce::off}) {
    serve(none);
    EXPECT_EQ(problem(kKind, with(mode)), std::nullopt);
    serve(none, false);
    EXPECT_EQ(problem(kKind, with(mode)), mode == OcspNonce::require ? std::optional(kMalformed) : std::nullopt);
    EXPECT_EQ(said.find("nonce") != std::string::npos, mode == OcspNonce::require) << said;
    serve(another, false);
    EXPECT_EQ(problem(kKind, with(mode)), mode != OcspNonce::off ? std::optional(kMalformed) : std::nullopt);
  }
  answer([&](Connection& to, const std::string&) {
    MadeOcsp made = misplaced;
    made.answers[0].extensions = {ocsp_nonce(nonce_of(to.body))};
    to.send(http_answer(text_of(made_ocsp_response(made))));
  });
  EXPECT_EQ(problem(kKind, with(OcspNonce::require)), kMalformed);
  // Off: none is sent.
  answer([&](Connection& to, const std::string&) {
    EXPECT_TRUE(nonce_of(to.body).empty());
    to.send(http_answer(text_of(made_ocsp_response(none))));
  });
  EXPECT_EQ(problem(kKind, with(OcspNonce::off)), std::nullopt);
}

TEST_F(Responder, IsAskedWithAnotherNonceEachTime) {
  // The last connection's thread may end after this test has.
  struct Seen {
    std::mutex mutex;
    std::set<Bytes> nonces;
  };
  const auto seen = std::make_shared<Seen>();
  answer([seen](Connection& to, const std::string&) {
    {
      const std::lock_guard lock(seen->mutex);
      seen->nonces.insert(nonce_of(to.body));
    }
    to.send(http_answer("", {}, "404 Not Found"));
  });
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(problem(CollateralKind::ocsp), ErrorCode::collateral_missing);
  }
  const std::lock_guard lock(seen->mutex);
  EXPECT_EQ(seen->nonces.size(), 8U);
}

// ATTACK(V8): another certificate's answer, or one that is too long.
TEST_F(Responder, MustAnswerWhatItWasAsked) {
  MadeOcsp about_other = pki.by_responder();
  about_other.answers[0].certificate = pki.responder.der;
  serve(about_other);
  EXPECT_EQ(problem(CollateralKind::ocsp), ErrorCode::malformed_input);
  MadeOcsp of_other_issuer = pki.by_responder();
  of_other_issuer.answers[0].issuer = pki.chain.root.der;
  serve(of_other_issuer);
  EXPECT_EQ(problem(CollateralKind::ocsp), ErrorCode::malformed_input);
  answer(http_answer(std::string((std::size_t{64} << 10U) + 1, 'x')));
  EXPECT_EQ(problem(CollateralKind::ocsp), ErrorCode::collateral_unreachable);
}

// The verifier says what is wrong with these; they are forgotten a few seconds after.
TEST_F(Responder, IsAskedAgainAfterAnAnswerThatNobodyAccepted) {
  const auto source = source_of(options());
  const Bytes refusal = made_ocsp_refusal(OCSP_RESPONSE_STATUS_TRYLATER);
  answer(http_answer(text_of(refusal)));
  EXPECT_EQ(source->find(request(CollateralKind::ocsp))->front()->body, refusal);
  EXPECT_EQ(source->find(request(CollateralKind::ocsp))->front()->body, refusal);
  EXPECT_EQ(server.requests(), 1U);
  MadeOcsp endless = pki.by_responder();
  endless.answers[0].next_update.reset();
  serve(endless);
  now = kNow + seconds{30};
  EXPECT_NE(source->find(request(CollateralKind::ocsp))->front()->body, refusal);
  EXPECT_EQ(server.requests(), 2U);
  serve(pki.by_responder());
  now = kNow + seconds{60};
  const Bytes good = body_of(source, request(CollateralKind::ocsp));
  EXPECT_EQ(server.requests(), 3U);
  now = kNow + hours{12};
  EXPECT_EQ(body_of(source, request(CollateralKind::ocsp)), good);
}

TEST_F(Responder, CannotTakeBackAnAnswerThatIsCurrent) {
  const auto source = source_of(options());
  const Bytes good = body_of(source, request(CollateralKind::ocsp));
  now = kEnd - hours{6};  // due
  const OcspPki other;
  MadeOcsp forged = other.by_responder();
  forged.answers = {pki.answer()};
  for (const Handler& how : {Handler([](Connection& to, const std::string&) {
                               to.send(http_answer(text_of(made_ocsp_refusal(OCSP_RESPONSE_STATUS_UNAUTHORIZED))));
                             }),
                             Handler([&](Connection& to, const std::string&) {
                               MadeOcsp made = forged;
                               made.extensions.push_back(ocsp_nonce(nonce_of(to.body)));
                               to.send(http_answer(text_of(made_ocsp_response(made))));
                             })}) {
    answer(how);
    const auto found = source->find(request(CollateralKind::ocsp));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->front()->body, good);
    ASSERT_TRUE(found->front()->remark.has_value());
    EXPECT_EQ(found->front()->remark->code, "collateral_not_refreshed");
    now = now.load() + minutes{6};
  }
}

// --- The attestation service's keys ---

class Keys : public NvidiaServices {
 protected:
  Keys() { serve({"first", "second"}); }
  void serve(const std::vector<std::string>& ids) {
    Json keys = Json::array();
    for (const std::string& id : ids) {
      keys.push_back({{"kid", id}, {"kty", "EC"}});
    }
    answer(http_answer(Json{{"keys", keys}}.dump()));
  }
  static std::string ids_in(CollateralSource& source, CollateralRequest asked, const std::string& id) {
    asked.key_id = id;
    const auto found = source.find(asked);
    if (!found) {
      return found.error().message();
    }
    EXPECT_FALSE(found->front()->from_bundle);
    std::string out;
    const Json set = Json::parse(text_of(found->front()->body));
    for (const Json& key : set["keys"]) {
      out += (out.empty() ? "" : ",") + key["kid"].get<std::string>();
    }
    return out;
  }
};

TEST_F(Keys, AreKeptForAnHour) {
  const auto source = source_of(options());
  const auto asked = request(CollateralKind::jwks);
  EXPECT_EQ(ids_in(*source, asked, "first"), "first,second");
  EXPECT_EQ(ids_in(*source, asked, "second"), "first,second");
  EXPECT_EQ(ids_in(*source, asked, ""), "first,second");
  now = kNow + minutes{59};
  EXPECT_EQ(ids_in(*source, asked, "second"), "first,second");
  EXPECT_EQ(server.requests("/.well-known/jwks.json"), 1U);
  now = kNow + minutes{60};
  serve({"third"});
  EXPECT_EQ(ids_in(*source, asked, "second"), "third");
  EXPECT_EQ(server.requests(), 2U);
}

TEST_F(Keys, AreAskedForAgainWhenTheyWereRotatedButNotTwiceAMinute) {
  const auto source = source_of(options());
  const auto asked = request(CollateralKind::jwks);
  EXPECT_EQ(ids_in(*source, asked, "first"), "first,second");
  serve({"second", "third"});
  EXPECT_EQ(ids_in(*source, asked, "third"), "first,second") << "just asked";
  now = kNow + seconds{59};
  EXPECT_EQ(ids_in(*source, asked, "third"), "first,second");
  EXPECT_EQ(server.requests(), 1U);
  now = kNow + seconds{60};
  EXPECT_EQ(ids_in(*source, asked, "third"), "second,third");
  EXPECT_EQ(server.requests(), 2U);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(ids_in(*source, asked, "made up " + std::to_string(i)), "second,third");
  }
  EXPECT_EQ(server.requests(), 2U);
  // A service that fails is not asked more often for it.
  answer(http_answer("", {}, "404 Not Found"));
  now = kNow + seconds{120};
  EXPECT_FALSE(source
                   ->find([&] {
                     auto unknown = asked;
                     unknown.key_id = "unknown";
                     return unknown;
                   }())
                   .has_value());
  EXPECT_EQ(ids_in(*source, asked, "unknown"), "second,third");
  EXPECT_EQ(ids_in(*source, asked, "third"), "second,third");
  EXPECT_EQ(server.requests(), 3U);
}

TEST_F(Keys, AreNeverWrittenDown) {
  OnlineOptions with = options();
  with.cache_dir = folder.path() / "cache";
  const auto source = source_of(with);
  const auto found = source->find(request(CollateralKind::jwks));
  source->accepted(request(CollateralKind::jwks), *found->front());
  EXPECT_TRUE(std::filesystem::is_empty(with.cache_dir));
  EXPECT_EQ(source_of(with)->find(request(CollateralKind::jwks))->size(), 1U);
  EXPECT_EQ(server.requests(), 2U);
  CollateralRequest past = request(CollateralKind::jwks);
  past.at_now = false;
  EXPECT_EQ(source->find(past)->size(), 1U);
  EXPECT_EQ(server.requests(), 3U);
}

TEST_F(Keys, AreAskedForOnceByManyThreads) {
  const auto source = source_of(options());
  constexpr int kThreads = 8;
  std::latch together(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        together.arrive_and_wait();
        EXPECT_TRUE(source->find(request(CollateralKind::jwks)).has_value());
      });
    }
  }
  EXPECT_EQ(server.requests(), 1U);
}

// --- Its judgement ---

TEST_F(NvidiaServices, AppraiseWhatTheyAreSent) {
  answer([](Connection& to, const std::string& target) {
    EXPECT_EQ(to.method, "POST");
    EXPECT_NE(to.head.find("Content-Type: application/json\r\n"), std::string::npos);
    to.send(http_answer(target + " " + to.body));
  });
  const auto source = source_of(options());
  const std::string question(200'000, 'x');
  EXPECT_EQ(text_of(source->appraise_remotely({.devices = RemoteDevices::gpus, .body = question}).value()),
            "/v4/attest/gpu " + question);
  EXPECT_EQ(text_of(source->appraise_remotely({.devices = RemoteDevices::switches, .body = "{}"}).value()),
            "/v4/attest/switch {}");
  EXPECT_EQ(source->appraise_remotely({.devices = RemoteDevices::gpus, .body = question}).value().size(),
            15 + question.size());
  EXPECT_EQ(server.requests(), 3U) << "nothing of it is remembered";
  answer(http_answer(std::string((std::size_t{1} << 20U) + 1, 'x')));
  EXPECT_FALSE(source->appraise_remotely({.devices = RemoteDevices::gpus, .body = "{}"}).has_value());
  // Sources that ask nobody say so.
  const auto nobody = no_collateral()->appraise_remotely({.devices = RemoteDevices::gpus, .body = "{}"});
  ASSERT_FALSE(nobody.has_value());
  EXPECT_EQ(nobody.error().code(), ErrorCode::collateral_missing);
}

}  // namespace
}  // namespace tenzro::tee::test
