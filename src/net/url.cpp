// SPDX-License-Identifier: Apache-2.0
// Which servers may be asked at all.
#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.hpp"
#include "net/http_client.hpp"

namespace tenzro::tee::net {

namespace {

constexpr std::size_t kMaxUrl = 2048;

Error refused(std::string_view url, std::string_view why) {
  return Error(ErrorCode::invalid_argument, concat(quoted_url(url), ": ", why));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Four decimal numbers, the first 127. Other spellings of an address (one number, octal, hex) are for nobody's eyes.
bool is_loopback_ipv4(std::string_view host) {
  std::array<unsigned, 4> parts{};
  const char* at = host.data();
  const char* const end = host.data() + host.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) {
      if (at == end || *at != '.') {
        return false;
      }
      ++at;
    }
    if (at == end || !is_digit(*at) || (*at == '0' && at + 1 != end && is_digit(at[1]))) {
      return false;
    }
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc() || parts[i] > 255) {
      return false;
    }
    at = next;
  }
  return at == end && parts[0] == 127;
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "[::1]" || is_loopback_ipv4(host); }

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') && std::all_of(host.begin() + 1, host.end() - 1, [](char c) {
             return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
           });
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
  });
}

bool is_port(std::string_view port) {
  unsigned value = 0;
  const auto [next, error] = std::from_chars(port.data(), port.data() + port.size(), value);
  return !port.empty() && port.size() <= 5 && error == std::errc() && next == port.data() + port.size() && value >= 1 &&
         value <= 65535;
}

}  // namespace

std::string quoted_url(std::string_view url) {
  const std::size_t at = url.rfind('@');
  return at == std::string_view::npos ? concat("\"", printable(url), "\"")
                                      : concat("\"...", printable(url.substr(at)), "\"");
}

Result<std::string> checked_base_url(std::string_view url) {
  if (url.size() > kMaxUrl || !std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; })) {
    return refused(url, concat("expected a URL of at most ", kMaxUrl, " printable ASCII characters"));
  }
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) {
    return refused(url, "expected https://HOST, or http:// with a host of this machine");
  }
  const std::string_view rest = url.substr(url.find("//") + 2);
  const std::size_t path = rest.find('/');
  const std::string_view authority = rest.substr(0, path);
  if (url.find_first_of("?#\\@") != std::string_view::npos) {
    return refused(url, "must hold no user, query, fragment or backslash");
  }
  const std::size_t colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
  const std::string_view host = authority.substr(0, colon);
  if (!is_host(host) || (colon != std::string_view::npos && !is_port(authority.substr(colon + 1)))) {
    return refused(url, "expected a host name or address and, if any, a port from 1 to 65535");
  }
  if (!tls && !is_this_machine(host)) {
    return refused(url, "plain http is for this machine only (localhost, 127.0.0.1, [::1]); use https");
  }
  std::string out(url);
  while (out.ends_with('/')) {
    out.pop_back();
  }
  return out;
}

}  // namespace tenzro::tee::net
