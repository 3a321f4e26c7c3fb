// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "net/http_client.hpp"

namespace tenzro::tee::net {
namespace {

// ATTACK(H4, H10): names that only begin as this machine's do are others.
TEST(BaseUrl, RefusesWhatIsNeitherHttpsNorThisMachine) {
  for (const std::string url : {"",
                                "pccs",
                                "ftp://127.0.0.1",
                                "file:///etc/passwd",
                                "http://example.com",
                                "http://169.254.169.254/latest",
                                "http://127.0.0.1.example.com",
                                "http://localhost.example.com",
                                "http://2130706433",
                                "http://0x7f.0.0.1",
                                "http://127.1",
                                "http://0177.0.0.1",
                                "http://127.0.0.256",
                                "http://127.0.0.1@example.com",
                                "HTTP://127.0.0.1",
                                "http://[::2]",
                                "http://[::ffff:10.0.0.1]",
                                "https://",
                                "https://user:secret@example.com",
                                "https://example.com:0",
                                "https://example.com:65536",
                                "https://example.com:x",
                                "https://example.com:",
                                "https://exa mple.com",
                                "https://example.com/?a=b",
                                "https://example.com/#x",
                                "https://example.com\\@evil",
                                "https://ex\nample.com",
                                "https://[::1",
                                "https://exämple.com",
                                "https://ex%61mple.com",
                                "gopher://localhost"}) {
    const auto result = checked_base_url(url);
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().code(), ErrorCode::invalid_argument) << url;
  }
  EXPECT_FALSE(checked_base_url("https://example.com/" + std::string(3000, 'a')));
}

// ATTACK(H7): who writes a password there reads that it must not stand there, and so does nobody else.
TEST(BaseUrl, QuotesNoPassword) {
  for (const std::string url : {"https://user:canary-word@example.com", "http://canary-word@127.0.0.1", "canary-word@",
                                "https://user:canary-word@exa mple.com", "https://u:canary-word@h:0"}) {
    const auto result = checked_base_url(url);
    ASSERT_FALSE(result) << url;
    EXPECT_EQ(result.error().message().find("canary-word"), std::string::npos) << result.error().message();
  }
}

TEST(BaseUrl, AcceptsHttpsAndThisMachine) {
  EXPECT_EQ(*checked_base_url("https://example.com"), "https://example.com");
  EXPECT_EQ(*checked_base_url("https://example.com:8081/sgx/certification/v4/"),
            "https://example.com:8081/sgx/certification/v4");
  EXPECT_EQ(*checked_base_url("https://[2001:db8::1]:8081//"), "https://[2001:db8::1]:8081");
  for (const std::string url :
       {"http://localhost", "http://localhost:80", "http://127.0.0.1:8081", "http://127.8.9.10", "http://[::1]:1"}) {
    EXPECT_EQ(*checked_base_url(url), url);
  }
}

}  // namespace
}  // namespace tenzro::tee::net
