// SPDX-License-Identifier: Apache-2.0
#include "seal/kms/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::kms {

namespace {

constexpr std::size_t kMaxRegion = 32;
constexpr std::string_view kVsock = "vsock://";
constexpr std::string_view kPlain = "http://";
constexpr std::string_view kTls = "https://";
constexpr std::uint16_t kTlsPort = 443;

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRegion &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Error wrong(std::string_view override) {
  return Error(ErrorCode::invalid_argument,
               concat("KMS endpoint ", net::quoted_url(override),
                      ": expected https://HOST[:PORT] or vsock://CID:PORT; for simulated enclaves, "
                      "http://127.0.0.1:PORT as well"));
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

Result<net::Dial> vsock_place(std::string_view override) {
  const std::string_view place = override.substr(kVsock.size());
  const std::size_t colon = std::min(place.find(':'), place.size());
  const auto cid = number<std::uint32_t>(place.substr(0, colon));
  const auto port = number<std::uint32_t>(place.substr(std::min(colon + 1, place.size())));
  constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();  // of either: nobody's
  if (!cid || !port || *cid == kAny || *port == kAny) {
    return wrong(override);
  }
  return net::Dial(net::DialVsock{.cid = *cid, .port = *port});
}

Result<net::Dial> tcp_place(std::string_view override, std::string_view scheme) {
  const auto checked = net::checked_base_url(override);
  if (!checked || checked->find('/', scheme.size()) != std::string::npos) {
    return wrong(override);
  }
  const std::string_view place = std::string_view(*checked).substr(scheme.size());
  const std::size_t colon = place.ends_with(']') ? std::string_view::npos : place.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : number<std::uint16_t>(place.substr(colon + 1));
  if (!port && (colon != std::string_view::npos || scheme == kPlain)) {
    return wrong(override);
  }
  return net::Dial(net::DialTcp{.host = std::string(place.substr(0, colon)), .port = port.value_or(kTlsPort)});
}

}  // namespace

Result<Endpoint> find_endpoint(std::string_view region, std::string_view override, bool simulated) {
  if (!is_region(region)) {
    return Error(ErrorCode::invalid_argument,
                 concat("KMS region \"", printable(region), "\": expected one like eu-west-1"));
  }
  Endpoint out;
  out.host = concat("kms.", region, region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com");
  out.url = concat(kTls, out.host, "/");
  if (override.empty()) {
    return out;
  }
  if (override.starts_with(kVsock)) {
    TENZRO_ASSIGN_OR_RETURN(out.dial, vsock_place(override));
    return out;
  }
  if (!override.starts_with(kPlain)) {
    TENZRO_ASSIGN_OR_RETURN(out.dial, tcp_place(override, kTls));
    return out;
  }
  TENZRO_ASSIGN_OR_RETURN(out.dial, tcp_place(override, kPlain));
  if (!simulated) {
    return Error(ErrorCode::invalid_argument,
                 concat("KMS endpoint ", net::quoted_url(override),
                        ": plain http is for simulated enclaves, since only TLS that ends inside a real one shows "
                        "that an answer comes from KMS; use https:// or vsock://"));
  }
  out.url = concat(kPlain, out.host, "/");
  return out;
}

}  // namespace tenzro::tee::kms
