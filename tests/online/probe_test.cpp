// SPDX-License-Identifier: Apache-2.0
// Whether a service answers, whatever it says.
#include <gtest/gtest.h>

#include <algorithm>

#include "online/server.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::test {
namespace {

constexpr CollateralService kAsked[] = {CollateralService::intel_pcs,   CollateralService::intel_root_crl,
                                        CollateralService::amd_kds,     CollateralService::nvidia_rim,
                                        CollateralService::nvidia_ocsp, CollateralService::nvidia_nras};

/// All services at this place: no vendor is asked.
OnlineOptions all_at(const std::string& url) {
  OnlineOptions out;
  out.timeout = std::chrono::seconds{20};
  for (const CollateralService service : kAsked) {
    out.base_urls.emplace_back(service, url);
  }
  return out;
}
std::string closed_port() {
  return Server([](Connection&, const std::string&) {}).url();
}

std::vector<ServiceProbe> probe(const OnlineOptions& options) {
  auto out = probe_services(options);
  EXPECT_TRUE(out) << (out ? "" : out.error().message());
  return out ? *std::move(out) : std::vector<ServiceProbe>();
}
/// What one server is taken for by all six questions.
void expect_reachable(bool reachable, const Server::Handler& handler, std::string_view detail = {},
                      std::chrono::milliseconds timeout = std::chrono::seconds{20}) {
  const Server server(handler);
  OnlineOptions options = all_at(server.url());
  options.timeout = timeout;
  const auto probes = probe(options);
  EXPECT_EQ(probes.size(), 6U);
  for (const ServiceProbe& one : probes) {
    EXPECT_EQ(one.reachable, reachable) << to_string(one.service) << ": " << one.detail;
    EXPECT_EQ(one.detail.empty(), reachable);
    EXPECT_NE(one.detail.find(detail), std::string::npos) << one.detail;
  }
}
Server::Handler saying(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& to, const std::string&) { to.send(bytes); };
}

TEST(ProbeServices, AnyAnswerInHttpCounts) {
  expect_reachable(true, saying(http_answer("hello")));
  for (const auto* const status : {"404 Not Found", "401 Unauthorized", "403 Forbidden", "400 Bad Request",
                                   "405 Method Not Allowed", "301 Moved"}) {
    expect_reachable(true, saying(http_answer("", "", status)));
  }
  // These are asked again, as far as the time allows.
  for (const auto* const status : {"500 Down", "503 Busy", "429 Slow Down"}) {
    expect_reachable(true, saying(http_answer("", "", status)), "", std::chrono::seconds{2});
  }
  expect_reachable(true, saying(http_answer(std::string(std::size_t{5} << 20, 'x'))));
}

TEST(ProbeServices, SilenceAndOtherProtocolsDoNot) {
  expect_reachable(false, saying("SSH-2.0-OpenSSH_9.2\r\n"), "not_http");
  expect_reachable(false, [](Connection& to, const std::string&) { to.reset(); });
  expect_reachable(
      false, [](Connection& to, const std::string&) { to.hold(); }, "timed_out", std::chrono::milliseconds{300});
  for (const ServiceProbe& one : probe(all_at(closed_port()))) {
    EXPECT_FALSE(one.reachable);
    EXPECT_NE(one.detail.find("connection_failed"), std::string::npos) << one.detail;
  }
}

TEST(ProbeServices, AreThoseThatTheOptionsLeadTo) {
  const Server server(saying(http_answer("")));
  const std::string gone = closed_port();
  OnlineOptions options = all_at(server.url());
  options.base_urls[2].second = gone;
  const auto probes = probe(options);
  ASSERT_EQ(probes.size(), 6U);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    EXPECT_EQ(probes[i].service, kAsked[i]);
    EXPECT_EQ(probes[i].reachable, i != 2);
    EXPECT_TRUE(probes[i].url.starts_with(i == 2 ? gone : server.url())) << probes[i].url;
  }
  EXPECT_EQ(server.requests(), 5U) << "once each";

  // A cache of one's own stands for both of Intel's.
  options.base_urls.emplace_back(CollateralService::intel_pccs, server.url());
  const auto with_cache = probe(options);
  ASSERT_EQ(with_cache.size(), 5U);
  EXPECT_EQ(with_cache[0].service, CollateralService::intel_pccs);
  EXPECT_TRUE(with_cache[0].reachable);
}

TEST(ProbeServices, TellNothing) {
  std::mutex mutex;
  std::vector<std::string> heads;
  const Server server([&](Connection& to, const std::string&) {
    {
      const std::scoped_lock lock(mutex);
      heads.push_back(to.head + to.body);
    }
    to.send(http_answer(""));
  });
  OnlineOptions options = all_at(server.url());
  options.nvidia_service_key = "secret-of-the-caller";
  ASSERT_EQ(probe(options).size(), 6U);
  ASSERT_EQ(heads.size(), 6U);
  for (const std::string& head : heads) {
    EXPECT_TRUE(head.starts_with("GET ")) << head;
    EXPECT_EQ(head.find("secret"), std::string::npos);
  }
}

TEST(ProbeServices, RefuseOptionsThatMakeNoSense) {
  const auto refused = [](const OnlineOptions& options, ErrorCode code) {
    const auto probes = probe_services(options);
    ASSERT_FALSE(probes);
    EXPECT_EQ(probes.error().code(), code) << probes.error().message();
  };
  OnlineOptions options = all_at("http://127.0.0.1:1");
  options.timeout = std::chrono::milliseconds{0};
  refused(options, ErrorCode::invalid_argument);
  refused(all_at("http://192.0.2.1"), ErrorCode::invalid_argument);
  refused(all_at("ftp://127.0.0.1"), ErrorCode::invalid_argument);
  options = all_at("http://127.0.0.1:1");
  options.ca_file = "/dev/null/none.pem";
  refused(options, ErrorCode::io_failure);
}

TEST(ProbeServices, HaveNames) {
  EXPECT_EQ(to_string(CollateralService::intel_pcs), "intel-pcs");
  EXPECT_EQ(to_string(CollateralService::intel_root_crl), "intel-root-crl");
  EXPECT_EQ(to_string(CollateralService::intel_pccs), "intel-pccs");
  EXPECT_EQ(to_string(CollateralService::amd_kds), "amd-kds");
  EXPECT_EQ(to_string(CollateralService::nvidia_rim), "nvidia-rim");
  EXPECT_EQ(to_string(CollateralService::nvidia_ocsp), "nvidia-ocsp");
  EXPECT_EQ(to_string(CollateralService::nvidia_nras), "nvidia-nras");
}

}  // namespace
}  // namespace tenzro::tee::test
