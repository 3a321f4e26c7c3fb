// SPDX-License-Identifier: Apache-2.0
// Each way in which a server can misbehave ends within the deadline, in its own word.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <thread>

#include "net/http_client.hpp"
#include "online/server.hpp"
#include "support/vectors.hpp"

namespace tenzro::tee::net {
namespace {

using std::chrono::milliseconds;
using test::Connection;
using test::Server;

constexpr milliseconds kDeadline{400};
/// What a loaded machine may add.
constexpr milliseconds kGrace{5'000};

Fetched get(const std::string& url, HttpOptions options = {}, milliseconds timeout = kDeadline) {
  const auto client = HttpClient::make(std::move(options));
  EXPECT_TRUE(client);
  const auto start = std::chrono::steady_clock::now();
  Fetched out = client->get(url + "/x", timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, timeout + kGrace);
  return out;
}

/// The problem that a server of this behaviour makes.
FetchProblem problem_with(const Server::Handler& handler, milliseconds timeout = kDeadline) {
  const Server server(handler);
  const Fetched out = get(server.url(), {}, timeout);
  EXPECT_TRUE(out.body.empty() || out.ok());
  if (!out.ok()) {
    EXPECT_TRUE(out.message.starts_with(std::string(to_string(out.problem)) + ": http://127.0.0.1:")) << out.message;
  }
  return out.problem;
}
FetchProblem problem_of_answer(const std::string& bytes, milliseconds timeout = milliseconds{3'000}) {
  return problem_with([&bytes](Connection& to, const std::string&) { to.send(bytes); }, timeout);
}

void drip(Connection& to, std::string_view text) {
  for (const char c : text) {
    if (!to.send(std::string_view(&c, 1))) {
      return;
    }
    ::usleep(20'000);
  }
  to.hold();
}

// --- ATTACK(H3) ---

TEST(HostileServer, SaysNothing) {
  EXPECT_EQ(problem_with([](Connection& to, const std::string&) { to.hold(); }), FetchProblem::timed_out);
}
TEST(HostileServer, SlowHeaders) {
  EXPECT_EQ(problem_with(
                [](Connection& to, const std::string&) { drip(to, "HTTP/1.1 200 OK\r\nX: " + std::string(500, 'a')); }),
            FetchProblem::timed_out);
}
TEST(HostileServer, SlowBody) {
  EXPECT_EQ(problem_with([](Connection& to, const std::string&) {
              to.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
              drip(to, std::string(1000, 'a'));
            }),
            FetchProblem::timed_out);
}
TEST(HostileServer, EndlessBody) {
  EXPECT_EQ(problem_with(
                [](Connection& to, const std::string&) {
                  to.send("HTTP/1.1 200 OK\r\n\r\n");
                  while (to.send(std::string(65536, 'a'))) {
                  }
                },
                milliseconds{30'000}),
            FetchProblem::body_too_large);
}
TEST(HostileServer, EndlessChunks) {
  EXPECT_EQ(problem_with(
                [](Connection& to, const std::string&) {
                  to.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  while (to.send("8000\r\n" + std::string(0x8000, 'a') + "\r\n")) {
                  }
                },
                milliseconds{30'000}),
            FetchProblem::body_too_large);
}
TEST(HostileServer, ChunkedTrailersWithoutEnd) {
  EXPECT_EQ(problem_with(
                [](Connection& to, const std::string&) {
                  to.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n");
                  while (to.send("X-More: of it\r\n")) {
                  }
                },
                milliseconds{30'000}),
            FetchProblem::headers_too_large);
}
TEST(HostileServer, BrokenChunks) {
  EXPECT_EQ(problem_of_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
            FetchProblem::cut_short);
}
TEST(HostileServer, HugeDeclaredLength) {
  EXPECT_EQ(problem_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"), FetchProblem::body_too_large);
}
TEST(HostileServer, LengthBeyondTheBody) {
  EXPECT_EQ(problem_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), FetchProblem::cut_short);
}
TEST(HostileServer, LengthShortOfTheBodyCutsIt) {
  const Server server(
      [](Connection& to, const std::string&) { to.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlonger"); });
  const Fetched out = get(server.url());
  ASSERT_TRUE(out.ok()) << out.message;
  EXPECT_EQ(std::string(out.body.begin(), out.body.end()), "lon");
}
TEST(HostileServer, ManyHeaders) {
  std::string answer = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10'000; ++i) {
    answer += "X-" + std::to_string(i) + ": 1\r\n";
  }
  EXPECT_EQ(problem_of_answer(answer + "Content-Length: 0\r\n\r\n"), FetchProblem::headers_too_large);
}
TEST(HostileServer, OneHugeHeader) {
  EXPECT_EQ(problem_of_answer("HTTP/1.1 200 OK\r\nX: " + std::string(std::size_t{1} << 20, 'a') + "\r\n\r\n"),
            FetchProblem::headers_too_large);
}
TEST(HostileServer, EndlessInterimAnswers) {
  EXPECT_EQ(problem_with(
                [](Connection& to, const std::string&) {
                  while (to.send("HTTP/1.1 100 Continue\r\n\r\n")) {
                  }
                },
                milliseconds{30'000}),
            FetchProblem::headers_too_large);
}
TEST(HostileServer, RedirectsAreNotFollowed) {
  for (const std::string target :
       {"http://127.0.0.1:1/", "https://example.com/", "file:///etc/passwd", "/x", "//evil/"}) {
    const Server server([&](Connection& to, const std::string&) {
      to.send(test::http_answer("", "Location: " + target + "\r\n", "302 Found"));
    });
    EXPECT_EQ(get(server.url()).problem, FetchProblem::redirected) << target;
    EXPECT_EQ(server.requests(), 1U);
  }
}
TEST(HostileServer, NotHttp) {
  EXPECT_EQ(problem_of_answer("SSH-2.0-OpenSSH_9.2\r\n"), FetchProblem::not_http);
  EXPECT_EQ(problem_of_answer("<html>no status line</html>"), FetchProblem::not_http);
}
// ATTACK(P7)
TEST(HostileServer, Compressed) {
  for (const std::string header :
       {"Content-Encoding: gzip", "CONTENT-ENCODING: br", "Transfer-Encoding: gzip, chunked",
        "Content-Encoding: deflate", "Content-Encoding: x-gzip", "Content-Encoding: zstd", "content-encoding: compress",
        "Content-Encoding: identity, gzip", "Content-Encoding: gzip, identity", "Content-Encoding: aes128gcm",
        "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: deflate",
        "Content-Encoding: identity\r\nContent-Encoding: gzip"}) {
    EXPECT_EQ(problem_of_answer(test::http_answer("x", header + "\r\n")), FetchProblem::encoded) << header;
  }
}
// ATTACK(P7): nothing is asked for compressed, and what comes so under a plain name stays the bytes that it is.
TEST(HttpClient, UnpacksNothing) {
  const std::string packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00",
                           22);
  std::string head;
  const Server server([&](Connection& to, const std::string&) {
    head = to.head;
    to.send(test::http_answer(packed, "Content-Type: application/gzip\r\n"));
  });
  const Fetched out = get(server.url(), {}, milliseconds{5'000});
  ASSERT_TRUE(out.ok()) << out.message;
  EXPECT_EQ(std::string(out.body.begin(), out.body.end()), packed);
  for (const char* header : {"accept-encoding", "Accept-Encoding", "TE:"}) {
    EXPECT_EQ(head.find(header), std::string::npos) << head;
  }
}
TEST(HostileServer, ClosesAtOnce) {
  EXPECT_EQ(problem_with([](Connection&, const std::string&) {}), FetchProblem::cut_short);
}
TEST(HostileServer, Resets) {
  EXPECT_EQ(problem_with([](Connection& to, const std::string&) {
              to.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
              to.reset();
            }),
            FetchProblem::cut_short);
}
TEST(HostileServer, NobodyListens) {
  std::string url;
  {
    const Server gone([](Connection&, const std::string&) {});
    url = gone.url();
  }
  EXPECT_EQ(get(url).problem, FetchProblem::connection_failed);
}
TEST(HostileServer, StatusesThatSayNo) {
  for (const auto& [status, problem] :
       {std::pair("404 Not Found", FetchProblem::not_found), std::pair("410 Gone", FetchProblem::not_found),
        std::pair("400 Bad Request", FetchProblem::refused), std::pair("401 Unauthorized", FetchProblem::unauthorized),
        std::pair("403 Forbidden", FetchProblem::unauthorized), std::pair("204 No Content", FetchProblem::refused),
        std::pair("206 Partial Content", FetchProblem::refused), std::pair("999 What", FetchProblem::refused)}) {
    EXPECT_EQ(problem_of_answer(std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 0\r\n\r\n"), problem)
        << status;
  }
}

// --- Repetition ---

TEST(HttpClient, AsksThreeTimesWhenTheServerFails) {
  for (const std::string status : {"500 Oops", "503 Busy", "429 Slow down"}) {
    const Server server([&](Connection& to, const std::string&) { to.send(test::http_answer("", {}, status)); });
    const Fetched out = get(server.url(), {}, milliseconds{10'000});
    EXPECT_EQ(out.problem, status.starts_with("429") ? FetchProblem::throttled : FetchProblem::server_failed);
    EXPECT_EQ(server.requests(), 3U);
  }
}
TEST(HttpClient, DoesNotWaitBeyondItsDeadline) {
  const Server server([](Connection& to, const std::string&) {
    to.send(test::http_answer("", "Retry-After: 3600\r\n", "429 Slow down"));
  });
  EXPECT_EQ(get(server.url()).problem, FetchProblem::throttled);
  EXPECT_EQ(server.requests(), 1U);
}
TEST(HttpClient, TakesTheAnswerOfALaterAttempt) {
  std::atomic<int> count = 0;
  const Server server([&count](Connection& to, const std::string&) {
    to.send(++count == 1 ? test::http_answer("", {}, "503 Busy") : test::http_answer("body"));
  });
  EXPECT_TRUE(get(server.url(), {}, milliseconds{10'000}).ok());
}

// --- What is sent ---

TEST(HttpClient, PostsABodyWithTheHeadersItIsGiven) {
  const Server server([](Connection& to, const std::string& target) {
    to.send(test::http_answer(to.method + " " + target + "\n" + to.head + "\n" + to.body));
  });
  const auto client = HttpClient::make({});
  const std::string body(std::size_t{3} << 20U, 'b');
  const Fetched out = client->fetch({.url = server.url() + "/x",
                                     .post = Posted{"application/json", test::view(body)},
                                     .accept = "application/ocsp-response",
                                     .bearer = "a-token",
                                     .headers = {"X-One: 1", "X-Two: 2"}},
                                    milliseconds{10'000});
  ASSERT_TRUE(out.ok()) << out.message;
  const std::string said(out.body.begin(), out.body.end());
  EXPECT_TRUE(said.starts_with("POST /x\n"));
  EXPECT_TRUE(said.ends_with("\n" + body));
  for (const char* line :
       {"\r\nContent-Type: application/json", "\r\nAccept: application/ocsp-response",
        "\r\nAuthorization: Bearer a-token", "\r\nContent-Length: 3145728", "\r\nX-One: 1", "\r\nX-Two: 2"}) {
    EXPECT_NE(said.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(said.find("Expect:"), std::string::npos);
  const Fetched plain = get(server.url());
  const std::string plain_said(plain.body.begin(), plain.body.end());
  EXPECT_TRUE(plain_said.starts_with("GET /x\n"));
  EXPECT_EQ(plain_said.find("Authorization"), std::string::npos);
}
TEST(HttpClient, PostsTheSameBodyAgainWhenTheServerFails) {
  std::atomic<int> count = 0;
  const Server server([&count](Connection& to, const std::string&) {
    EXPECT_EQ(to.body, "question");
    to.send(++count == 1 ? test::http_answer("", {}, "503 Busy") : test::http_answer("answer"));
  });
  const auto client = HttpClient::make({});
  const Fetched out = client->fetch({.url = server.url() + "/x", .post = Posted{"text/plain", test::view("question")}},
                                    milliseconds{10'000});
  EXPECT_TRUE(out.ok()) << out.message;
  EXPECT_EQ(server.requests(), 2U);
}
TEST(HttpClient, PostsAnEmptyBody) {
  const Server server([](Connection& to, const std::string&) { to.send(test::http_answer(to.head)); });
  const auto client = HttpClient::make({});
  const Fetched out =
      client->fetch({.url = server.url() + "/x", .post = Posted{"text/plain", {}}}, milliseconds{5'000});
  ASSERT_TRUE(out.ok()) << out.message;
  EXPECT_NE(std::string(out.body.begin(), out.body.end()).find("Content-Length: 0"), std::string::npos);
}
// ATTACK(H4): a line of ours is one line.
TEST(HttpClient, SendsNoLineThatSomebodyElseEnds) {
  const Server server([](Connection& to, const std::string&) { to.send(test::http_answer("")); });
  const auto client = HttpClient::make({});
  for (const std::string& text :
       {std::string("a\r\nX: y"), std::string("a\nb"), std::string("\x80"), std::string("a\0b", 3)}) {
    for (const HttpRequest& request : {HttpRequest{.url = server.url() + "/x", .bearer = text},
                                       HttpRequest{.url = server.url() + "/x", .accept = text},
                                       HttpRequest{.url = server.url() + "/x", .headers = {"A: b", text}},
                                       HttpRequest{.url = server.url() + "/x", .post = Posted{text, {}}}}) {
      EXPECT_EQ(client->fetch(request, kDeadline).problem, FetchProblem::url_refused);
    }
  }
  EXPECT_EQ(server.requests(), 0U);
}
TEST(HttpClient, TakesNoLongerAnswerThanTheRequestAllows) {
  const Server server([](Connection& to, const std::string&) { to.send(test::http_answer(std::string(100, 'x'))); });
  const auto client = HttpClient::make({});
  EXPECT_TRUE(client->fetch({.url = server.url() + "/x", .max_body = 100}, milliseconds{5'000}).ok());
  EXPECT_EQ(client->fetch({.url = server.url() + "/x", .max_body = 99}, milliseconds{5'000}).problem,
            FetchProblem::body_too_large);
  const auto small = HttpClient::make({.max_body = 99});
  EXPECT_EQ(small->fetch({.url = server.url() + "/x", .max_body = 100}, milliseconds{5'000}).problem,
            FetchProblem::body_too_large)
      << "never more than the client's own limit";
}

// --- Stopping ---

/// A fetch with half an hour of time, stopped by its owner once `ready` returns.
Fetched stopped(const std::string& url, const std::function<void()>& ready) {
  const auto client = HttpClient::make({});
  Fetched out;
  {
    const std::jthread fetching(
        [&](const std::stop_token& stop) { out = client->get(url + "/x", std::chrono::minutes{30}, stop); });
    ready();
  }
  return out;
}

TEST(HttpClient, AStopEndsATransferThatHangs) {
  for (const std::string beginning : {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\n\r\nhalf a bo"}) {
    std::atomic<bool> hangs = false;
    const Server server([&](Connection& to, const std::string&) {
      to.send(beginning);
      hangs = true;
      hangs.notify_all();
      to.hold();
    });
    const Fetched out = stopped(server.url(), [&] { hangs.wait(false); });
    EXPECT_EQ(out.problem, FetchProblem::cancelled) << out.message;
    EXPECT_TRUE(out.body.empty());
  }
}
TEST(HttpClient, AStopEndsAHandshakeThatHangs) {
  const Server server([](Connection& to, const std::string&) { to.hold(); });
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(stopped(url, [&] { server.wait_for_connection(); }).problem, FetchProblem::cancelled);
}
TEST(HttpClient, AStopEndsThePauseBeforeTheNextAttempt) {
  std::atomic<bool> answered = false;
  const Server server([&](Connection& to, const std::string&) {
    to.send(test::http_answer("", "Retry-After: 600\r\n", "503 Busy"));
    answered = true;
    answered.notify_all();
  });
  EXPECT_EQ(stopped(server.url(), [&] { answered.wait(false); }).problem, FetchProblem::cancelled);
  EXPECT_EQ(server.requests(), 1U);
}
TEST(HttpClient, WhatWasStoppedBeforeItBeganAsksNobody) {
  const Server server([](Connection& to, const std::string&) { to.send(test::http_answer("body")); });
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(HttpClient::make({})->get(server.url() + "/x", kDeadline, source.get_token()).problem,
            FetchProblem::cancelled);
  EXPECT_EQ(server.requests(), 0U);
}

// --- What works ---

TEST(HttpClient, GivesBodyAndHeadersOfAnyCase) {
  const Server server([](Connection& to, const std::string& target) {
    EXPECT_EQ(target, "/x");
    to.send(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nTCB-Info-ISSUER-chain:  abc \r\nTwice: 1\r\ntwice: 2\r\n\r\n"
        "3\r\nfoo\r\n3\r\nbar\r\n0\r\nSneaked: in\r\n\r\n");
  });
  const Fetched out = get(server.url());
  ASSERT_TRUE(out.ok()) << out.message;
  EXPECT_EQ(std::string(out.body.begin(), out.body.end()), "foobar");
  EXPECT_EQ(out.header("tcb-info-issuer-chain"), "abc");
  EXPECT_EQ(out.header("twice"), std::nullopt);
  EXPECT_EQ(out.header("sneaked"), std::nullopt);
}

TEST(HttpClient, EnvironmentHasNoSay) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("https_proxy", "http://127.0.0.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  const Server server([](Connection& to, const std::string&) { to.send(test::http_answer("body")); });
  EXPECT_TRUE(get(server.url()).ok());
  ::unsetenv("http_proxy");
  ::unsetenv("https_proxy");
  ::unsetenv("ALL_PROXY");
}

TEST(HttpClient, PlainHttpElsewhereIsNeverAsked) {
  const auto client = HttpClient::make({});
  EXPECT_EQ(client->get("http://example.com/x", kDeadline).problem, FetchProblem::url_refused);
  EXPECT_EQ(client->get("file:///etc/passwd", kDeadline).problem, FetchProblem::url_refused);
}

// --- TLS ---

class Tls : public testing::Test {
 protected:
  static void answer(Connection& to, const std::string&) { to.send(test::http_answer("body")); }
  void TearDown() override { std::filesystem::remove(ca_file); }
  HttpOptions trusting(const test::ServerIdentity& identity) const {
    std::ofstream(ca_file) << identity.certificate;
    return {.ca_file = ca_file};
  }
  std::filesystem::path ca_file =
      std::filesystem::temp_directory_path() / ("tenzro-ca-" + std::to_string(::getpid()) + ".pem");
};

TEST_F(Tls, SelfSignedIsRefused) {
  const Server server(&answer, test::make_identity("localhost", true));
  EXPECT_EQ(get(server.url(), {}, milliseconds{3'000}).problem, FetchProblem::tls_failed);
  EXPECT_EQ(server.requests(), 0U);
}
TEST_F(Tls, OfTheCaFileIsAccepted) {
  const auto identity = test::make_identity("localhost", true);
  const Server server(&answer, identity);
  const Fetched out = get(server.url(), trusting(identity), milliseconds{3'000});
  EXPECT_TRUE(out.ok()) << out.message;
}
TEST_F(Tls, WrongNameIsRefused) {
  const auto identity = test::make_identity("other.example", false);
  const Server server(&answer, identity);
  EXPECT_EQ(get(server.url(), trusting(identity), milliseconds{3'000}).problem, FetchProblem::tls_failed);
  EXPECT_EQ(server.requests(), 0U);
}
TEST_F(Tls, HandshakeThatNeverEndsIsCut) {
  // Without TLS, this server waits for the end of a request that never comes.
  const Server server([](Connection& to, const std::string&) { to.hold(); });
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port());
  const Fetched out = get(url, trusting(test::make_identity("localhost", true)));
  EXPECT_EQ(out.problem, FetchProblem::timed_out) << out.message;
}
TEST_F(Tls, ProxyIsAskedForHttps) {
  std::string seen;
  const Server proxy([&seen](Connection& to, const std::string& target) {
    seen = target;
    to.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_FALSE(get("https://pccs.invalid:8081", {.proxy = proxy.url()}, milliseconds{3'000}).ok());
  EXPECT_EQ(seen, "pccs.invalid:8081");
}
TEST_F(Tls, OnlyTheCaFileCounts) {
  const auto identity = test::make_identity("localhost", true);
  const Server server(&answer, identity);
  HttpOptions options = trusting(identity);
  options.only_ca_file = true;
  EXPECT_TRUE(get(server.url(), options, milliseconds{3'000}).ok());

  const Server impostor(&answer, test::make_identity("localhost", true));
  EXPECT_EQ(get(impostor.url(), options, milliseconds{3'000}).problem, FetchProblem::tls_failed);
  const auto elsewhere = test::make_identity("other.example", false);
  const Server of_other_name(&answer, elsewhere);
  options = trusting(elsewhere);
  options.only_ca_file = true;
  EXPECT_EQ(get(of_other_name.url(), options, milliseconds{3'000}).problem, FetchProblem::tls_failed);
  EXPECT_EQ(impostor.requests() + of_other_name.requests(), 0U);
  EXPECT_EQ(HttpClient::make({.only_ca_file = true}).error().code(), ErrorCode::invalid_argument);
}
TEST_F(Tls, APinnedKeyAloneDecides) {
  const auto identity = test::make_identity("other.example", false);  // neither name nor chain would do
  const Server server(&answer, identity);
  const HttpOptions options{.pinned_key = test::key_hash_of(identity)};
  EXPECT_TRUE(get(server.url(), options, milliseconds{3'000}).ok());

  // One that any client would believe, and has another key.
  const auto believable = test::make_identity("localhost", true);
  const Server impostor(&answer, believable);
  HttpOptions both = trusting(believable);
  ASSERT_TRUE(get(impostor.url(), both, milliseconds{3'000}).ok());
  both.pinned_key = options.pinned_key;
  for (const HttpOptions& one : {options, both}) {
    const Fetched out = get(impostor.url(), one, milliseconds{3'000});
    EXPECT_EQ(out.problem, FetchProblem::tls_failed) << out.message;
  }
  EXPECT_EQ(impostor.requests(), 1U);
  for (std::size_t bit = 0; bit < 256; bit += 17) {
    HttpOptions flipped = options;
    flipped.pinned_key->at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(get(server.url(), flipped, milliseconds{3'000}).problem, FetchProblem::tls_failed);
  }
  EXPECT_EQ(server.requests(), 1U);
}
// A server without any certificate: the anonymous suites of TLS 1.2.
TEST_F(Tls, APinnedKeyIsNotMetByNoKeyAtAll) {
  const Server server(&answer, test::ServerIdentity{});
  const auto pinned = test::key_hash_of(test::make_identity("localhost", true));
  EXPECT_EQ(get(server.url(), {.pinned_key = pinned}, milliseconds{3'000}).problem, FetchProblem::tls_failed);
  EXPECT_EQ(server.requests(), 0U);
}
TEST_F(Tls, APinnedKeyBesideTheCaFileNeedsBoth) {
  const auto identity = test::make_identity("localhost", true);
  const Server server(&answer, identity);
  HttpOptions options = trusting(identity);
  options.only_ca_file = true;
  options.pinned_key = test::key_hash_of(identity);
  EXPECT_TRUE(get(server.url(), options, milliseconds{3'000}).ok());
  options.pinned_key->front() ^= 1;
  EXPECT_EQ(get(server.url(), options, milliseconds{3'000}).problem, FetchProblem::tls_failed);
  options.pinned_key = test::key_hash_of(identity);
  std::ofstream(ca_file) << test::make_identity("localhost", true).certificate;
  EXPECT_EQ(get(server.url(), options, milliseconds{3'000}).problem, FetchProblem::tls_failed);
  EXPECT_EQ(server.requests(), 1U);
}
TEST_F(Tls, WhoMustBeKnownIsNotAskedWithoutTls) {
  const Server server(&answer);
  const HttpOptions options{.pinned_key = test::key_hash_of(test::make_identity("localhost", true))};
  EXPECT_EQ(get(server.url(), options).problem, FetchProblem::url_refused);
  HttpOptions by_file = trusting(test::make_identity("localhost", true));
  by_file.only_ca_file = true;
  EXPECT_EQ(get(server.url(), by_file).problem, FetchProblem::url_refused);
  EXPECT_EQ(server.requests(), 0U);
}
TEST_F(Tls, CaFileThatCannotBeUsedIsAnError) {
  EXPECT_EQ(HttpClient::make({.ca_file = "/nonexistent/ca.pem"}).error().code(), ErrorCode::io_failure);
  std::ofstream(ca_file) << "no certificate";
  EXPECT_EQ(HttpClient::make({.ca_file = ca_file}).error().code(), ErrorCode::malformed_input);
  EXPECT_EQ(HttpClient::make({.proxy = "socks5://127.0.0.1"}).error().code(), ErrorCode::invalid_argument);
}

// --- Dialling another place ---

/// What a program's own connector would do over vsock, over TCP.
int connect_to(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return descriptor;
}
Fetched dialled(const std::string& url, Dial dial, HttpOptions options = {}) {
  const auto client = HttpClient::make(std::move(options));
  EXPECT_TRUE(client) << client.error().message();
  return client->fetch({.url = url, .dial = std::move(dial)}, milliseconds{5'000});
}

class Dialling : public Tls {
 protected:
  static void answer_host(Connection& to, const std::string&) { to.send(test::http_answer(to.head)); }
  const test::ServerIdentity identity = test::make_identity("service.example", false);
};

TEST_F(Dialling, LeavesTheNameOfTheUrlInHostAndCertificate) {
  const Server server(&answer_host, identity);
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    const Fetched out = dialled("https://service.example/", DialTcp{host, server.port()}, trusting(identity));
    ASSERT_TRUE(out.ok()) << out.message;
    EXPECT_NE(std::string(out.body.begin(), out.body.end()).find("\r\nHost: service.example\r\n"), std::string::npos);
  }
  const auto of_the_place = test::make_identity("localhost", true);
  const Server other(&answer_host, of_the_place);
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    EXPECT_EQ(dialled("https://service.example/", DialTcp{host, other.port()}, trusting(of_the_place)).problem,
              FetchProblem::tls_failed);
  }
  EXPECT_EQ(other.requests(), 0U);
}
// ATTACK(H10): a certificate of a name that the wanted one begins, ends or lies in, or of more than one host.
TEST_F(Dialling, TakesNoNameThatOnlyLooksAlike) {
  const std::string wanted = "kms.eu-west-1.amazonaws.com";
  for (const std::string& name :
       {wanted + ".evil.example", "evil" + wanted, "evil." + wanted, std::string("kms.eu-west-1.amazonaws.co"),
        std::string("kms.eu-west-1.amazonaws.com.cn"), std::string("kms-eu-west-1.amazonaws.com"),
        std::string("kmsxeu-west-1xamazonawsxcom"), std::string("eu-west-1.amazonaws.com"),
        std::string("amazonaws.com"), std::string("*.amazonaws.com"), std::string("*.*.amazonaws.com"),
        std::string("*.com"), std::string("*"), std::string("kms.*.amazonaws.com"), std::string(".amazonaws.com")}) {
    const auto identity_of_name = test::make_identity(name, true);
    const Server server(&answer_host, identity_of_name);
    const Fetched out =
        dialled("https://" + wanted + "/", DialTcp{"127.0.0.1", server.port()}, trusting(identity_of_name));
    EXPECT_EQ(out.problem, FetchProblem::tls_failed) << name << ": " << out.message;
    EXPECT_EQ(server.requests(), 0U) << name;
  }
  const auto right = test::make_identity(wanted, false);
  const Server server(&answer_host, right);
  EXPECT_TRUE(dialled("https://" + wanted + "/", DialTcp{"127.0.0.1", server.port()}, trusting(right)).ok());
}
TEST_F(Dialling, AsksNoProxy) {
  const Server proxy([](Connection&, const std::string&) { ADD_FAILURE() << "a proxy was asked"; });
  const Server server(&answer_host, identity);
  HttpOptions options = trusting(identity);
  options.proxy = proxy.url();
  options.vsock = [&](std::uint32_t, std::uint32_t, milliseconds) { return connect_to(server.port()); };
  EXPECT_TRUE(dialled("https://service.example/", DialTcp{"127.0.0.1", server.port()}, options).ok());
  EXPECT_TRUE(dialled("https://service.example/", DialVsock{3, 8000}, options).ok());
}
TEST_F(Dialling, GoesOverVsockWithNoNameServer) {
  const Server server(&answer_host, identity);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> asked;
  HttpOptions options = trusting(identity);
  options.vsock = [&](std::uint32_t cid, std::uint32_t port, milliseconds timeout) {
    EXPECT_GT(timeout.count(), 0);
    EXPECT_LE(timeout, options.connect_timeout);
    asked.emplace_back(cid, port);
    return connect_to(server.port());
  };
  const Fetched out = dialled("https://service.example/", DialVsock{3, 8000}, options);
  ASSERT_TRUE(out.ok()) << out.message;
  EXPECT_EQ(asked, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{3, 8000}}));
  // ... and TLS ends here just the same.
  EXPECT_EQ(dialled("https://other.example/", DialVsock{3, 8000}, options).problem, FetchProblem::tls_failed);
  EXPECT_EQ(server.requests(), 1U);
}
TEST_F(Dialling, SaysWhyVsockCannotBeConnected) {
  const Fetched out = dialled("https://service.example/", DialVsock{3, 8000},
                              {.vsock = [](std::uint32_t, std::uint32_t, milliseconds) { return -ECONNREFUSED; }});
  EXPECT_EQ(out.problem, FetchProblem::connection_failed);
  EXPECT_EQ(out.message, "connection_failed: https://service.example/: vsock 3:8000: Connection refused");
}
TEST_F(Dialling, PlainHttpStaysOnThisMachine) {
  const Server server(&answer_host);
  const Fetched out = dialled("http://service.example/", DialTcp{"127.0.0.1", server.port()});
  ASSERT_TRUE(out.ok()) << out.message;
  EXPECT_NE(std::string(out.body.begin(), out.body.end()).find("\r\nHost: service.example\r\n"), std::string::npos);
  HttpOptions options;
  options.vsock = [](std::uint32_t, std::uint32_t, milliseconds) {
    ADD_FAILURE() << "somebody was dialled";
    return -ENODEV;
  };
  for (const Dial& elsewhere : {Dial(DialTcp{"192.0.2.1", 80}), Dial(DialTcp{"service.example", 80}),
                                Dial(DialTcp{"127.0.0.1:80@192.0.2.1", 80}), Dial(DialVsock{3, 8000})}) {
    EXPECT_EQ(dialled("http://service.example/", elsewhere, options).problem, FetchProblem::url_refused);
  }
  EXPECT_EQ(server.requests(), 1U);
}
TEST_F(Dialling, RefusesPlacesThatAreNone) {
  for (const Dial& nowhere :
       {Dial(DialTcp{"", 443}), Dial(DialTcp{"host", 0}), Dial(DialTcp{"a:b", 443}), Dial(DialTcp{"a/b", 443}),
        Dial(DialTcp{"a b", 443}), Dial(DialTcp{"::1", 443}), Dial(DialVsock{3, 8000})}) {
    EXPECT_EQ(dialled("https://service.example/", nowhere).problem, FetchProblem::url_refused);
  }
}

// --- What a refusal says ---

TEST(RefusedBody, IsKeptWhenItIsWantedAndCutWhereItIsTold) {
  for (const std::string status : {"400 Bad Request", "403 Forbidden", "404 Not Found", "302 Found"}) {
    const Server server(
        [&](Connection& to, const std::string&) { to.send(test::http_answer("0123456789", {}, status)); });
    const auto client = HttpClient::make({});
    const auto kept = [&](std::size_t max) {
      const Fetched out = client->fetch({.url = server.url() + "/x", .max_refused_body = max}, milliseconds{5'000});
      EXPECT_FALSE(out.ok());
      EXPECT_TRUE(out.body.empty());
      return std::string(out.refused_body.begin(), out.refused_body.end());
    };
    EXPECT_EQ(kept(0), "") << status;
    EXPECT_EQ(kept(4), "0123") << status;
    EXPECT_EQ(kept(100), "0123456789") << status;
  }
}
TEST(RefusedBody, IsBoundedLikeAnyOther) {
  const Server server([](Connection& to, const std::string&) {
    to.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    while (to.send(std::string(65536, 'a'))) {
    }
  });
  const auto client = HttpClient::make({.max_body = 1000});
  const Fetched out = client->fetch({.url = server.url() + "/x", .max_refused_body = 100}, milliseconds{30'000});
  EXPECT_EQ(out.problem, FetchProblem::body_too_large);
  EXPECT_TRUE(out.refused_body.empty());
}

}  // namespace
}  // namespace tenzro::tee::net
