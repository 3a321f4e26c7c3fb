// SPDX-License-Identifier: Apache-2.0
// Memory that runs out while an answer is taken in: libcurl, whose code is C, must not be left by an exception.
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <new>
#include <string>

#include "fakes/rationed_memory.hpp"
#include "net/http_client.hpp"
#include "online/server.hpp"

namespace tenzro::tee::net {
namespace {

using test::Connection;
using test::Server;

std::ptrdiff_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

/// Asks while no block larger than this can be had, and then again.
void expect_bad_alloc_and_then_an_answer(const std::string& answer, std::size_t most) {
  const auto client = HttpClient::make({});
  ASSERT_TRUE(client);
  const auto ask = [&] {
    const Server server([&](Connection& to, const std::string&) { to.send(answer); });
    const std::string url = server.url() + "/x";
    const test::RationedMemory ration({.largest = most});
    return client->get(url, std::chrono::milliseconds{30'000}).ok();
  };
  const std::ptrdiff_t before = open_files();
  EXPECT_THROW(ask(), std::bad_alloc);
  EXPECT_EQ(open_files(), before) << "a connection stays behind";
  most = test::Ration::kAny;
  EXPECT_TRUE(ask());
}

TEST(HttpWithoutMemory, ABodyThatCannotBeKeptIsNoAnswer) {
  expect_bad_alloc_and_then_an_answer(test::http_answer(std::string(std::size_t{1} << 20, 'a'), {}), 1U << 18);
}
TEST(HttpWithoutMemory, AHeaderThatCannotBeKeptIsNoAnswer) {
  expect_bad_alloc_and_then_an_answer("HTTP/1.1 200 OK\r\nX-Long: " + std::string(12'000, 'a') + "\r\n\r\nbody",
                                      10'000);
}

}  // namespace
}  // namespace tenzro::tee::net
