// SPDX-License-Identifier: Apache-2.0
#include "seal/kms/endpoint.hpp"

#include <gtest/gtest.h>

namespace tenzro::tee::kms {
namespace {

/// "url -> place" of a simulated enclave's endpoint, or the error's message.
std::string found(std::string_view region, std::string_view override) {
  const auto endpoint = find_endpoint(region, override, true);
  if (!endpoint) {
    EXPECT_EQ(endpoint.error().code(), ErrorCode::invalid_argument);
    return "refused";
  }
  const std::string scheme = endpoint->url.substr(0, endpoint->url.find("//") + 2);
  EXPECT_EQ(endpoint->url, scheme + endpoint->host + "/");
  if (!endpoint->dial) {
    return endpoint->url;
  }
  if (const auto* tcp = std::get_if<net::DialTcp>(&*endpoint->dial)) {
    return endpoint->url + " -> " + tcp->host + " " + std::to_string(tcp->port);
  }
  const auto& vsock = std::get<net::DialVsock>(*endpoint->dial);
  return endpoint->url + " -> vsock " + std::to_string(vsock.cid) + " " + std::to_string(vsock.port);
}

TEST(KmsEndpoint, IsTheRegionsOwn) {
  EXPECT_EQ(found("eu-west-1", ""), "https://kms.eu-west-1.amazonaws.com/");
  EXPECT_EQ(found("us-gov-west-1", ""), "https://kms.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(found("cn-north-1", ""), "https://kms.cn-north-1.amazonaws.com.cn/");
}

TEST(KmsEndpoint, KeepsItsNameWhereverItIsDialled) {
  const std::string tls = "https://kms.eu-west-1.amazonaws.com/ -> ";
  EXPECT_EQ(found("eu-west-1", "https://proxy.example:8443"), tls + "proxy.example 8443");
  EXPECT_EQ(found("eu-west-1", "https://proxy.example"), tls + "proxy.example 443");
  EXPECT_EQ(found("eu-west-1", "https://proxy.example/"), tls + "proxy.example 443");
  EXPECT_EQ(found("eu-west-1", "https://192.0.2.7:8443"), tls + "192.0.2.7 8443");
  EXPECT_EQ(found("eu-west-1", "https://[2001:db8::1]:8443"), tls + "[2001:db8::1] 8443");
  EXPECT_EQ(found("eu-west-1", "https://[2001:db8::1]"), tls + "[2001:db8::1] 443");
  EXPECT_EQ(found("eu-west-1", "vsock://3:8000"), tls + "vsock 3 8000");
  EXPECT_EQ(found("eu-west-1", "vsock://4294967294:4294967294"), tls + "vsock 4294967294 4294967294");
  EXPECT_EQ(found("eu-west-1", "http://127.0.0.1:8000"), "http://kms.eu-west-1.amazonaws.com/ -> 127.0.0.1 8000");
}

TEST(KmsEndpoint, RefusesWhatIsNone) {
  for (const char* override : {"kms.eu-west-1.amazonaws.com",
                               "https://",
                               "https://host:0",
                               "https://host:65536",
                               "https://host:x",
                               "https://host/path",
                               "https://user@host",
                               "https://host?query",
                               "https://ho st",
                               "ftp://host",
                               "vsock://",
                               "vsock://3",
                               "vsock://3:",
                               "vsock://:8000",
                               "vsock://3:8000:1",
                               "vsock://3:8000/",
                               "vsock://-1:8000",
                               "vsock://3: 8000",
                               "vsock://3:4294967295",
                               "vsock://4294967295:8000",
                               "vsock://4294967296:8000",
                               "vsock://host:8000",
                               "http://127.0.0.1",
                               "http://192.0.2.7:80",
                               "http://proxy.example:80",
                               "HTTPS://host",
                               "https://host\r\nX: y"}) {
    EXPECT_EQ(found("eu-west-1", override), "refused") << override;
  }
  for (const std::string region : {"", "EU-WEST-1", "eu.west", "eu-west-1.evil.example/", "eu west", "a\n"}) {
    EXPECT_EQ(found(region, ""), "refused") << region;
  }
  EXPECT_EQ(found(std::string(33, 'a'), ""), "refused");
}

TEST(KmsEndpoint, PlainHttpIsForSimulatedEnclaves) {
  const auto endpoint = find_endpoint("eu-west-1", "http://127.0.0.1:8000", false);
  ASSERT_FALSE(endpoint);
  EXPECT_EQ(endpoint.error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(endpoint.error().message(),
            "KMS endpoint \"http://127.0.0.1:8000\": plain http is for simulated enclaves, since only TLS that ends "
            "inside a real one shows that an answer comes from KMS; use https:// or vsock://");
  EXPECT_TRUE(find_endpoint("eu-west-1", "https://127.0.0.1:8000", false));
  EXPECT_TRUE(find_endpoint("eu-west-1", "vsock://3:8000", false));
}

}  // namespace
}  // namespace tenzro::tee::kms
