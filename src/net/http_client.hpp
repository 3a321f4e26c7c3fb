// SPDX-License-Identifier: Apache-2.0
// Fetching one document over https from a service that may be hostile: everything is bounded, nothing is followed.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::net {

/// Why there is no answer.
enum class FetchProblem : std::uint8_t {
  unknown = 0,
  none,               ///< there is one
  url_refused,        ///< neither https, nor http to this machine
  name_unresolved,    ///< the host's name (or the proxy's) has no address
  connection_failed,  ///< refused, unreachable, or no connection in time
  tls_failed,         ///< certificate or handshake
  timed_out,          ///< no whole answer within the deadline
  cut_short,          ///< closed or reset before the answer was whole
  not_http,           ///< something else than HTTP/1.1 came
  headers_too_large,  ///< too many header lines, or too many bytes of them
  body_too_large,
  redirected,     ///< 3xx: never followed
  encoded,        ///< compressed, which we did not ask for
  not_found,      ///< 404 or 410
  unauthorized,   ///< 401 or 403
  throttled,      ///< 429
  refused,        ///< any other status but 200 and 5xx
  server_failed,  ///< 5xx
  cancelled       ///< a stop was asked for
};
std::string_view to_string(FetchProblem problem) noexcept;

/// What came of one fetch. body is there only when problem is none.
struct [[nodiscard]] Fetched {
  FetchProblem problem = FetchProblem::unknown;
  std::string message;  ///< one line: what happened, with whom
  Bytes body{};
  std::vector<std::pair<std::string, std::string>> headers{};  ///< names in lower case, in order
  Bytes refused_body{};  ///< of an answer with another status than 200, when the request wants to see it

  bool ok() const noexcept { return problem == FetchProblem::none; }
  /// Of the one header of this name (in lower case); nothing when it is absent or there twice.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// A connected stream socket to a port of another context (vsock), which the client closes; or -errno. Waits no longer
/// than timeout. Must not throw.
using VsockConnector = std::function<int(std::uint32_t cid, std::uint32_t port, std::chrono::milliseconds timeout)>;

struct HttpOptions {
  std::filesystem::path ca_file{};  ///< PEM certificates that may vouch for a server, besides the system's
  bool only_ca_file = false;        ///< nobody else may, for a server; for a proxy the system's authorities do
  /// SHA-256 of the DER SubjectPublicKeyInfo that the server must have. Without only_ca_file that alone decides:
  /// neither the chain nor the name nor the dates of its certificate are looked at.
  std::optional<ByteArray<32>> pinned_key{};
  std::string proxy{};     ///< http:// or https:// URL of a proxy for https; empty: none
  std::string no_proxy{};  ///< hosts that are asked directly, separated by commas
  std::chrono::milliseconds connect_timeout{5'000};
  std::size_t max_body = std::size_t{4} << 20;
  VsockConnector vsock{};  ///< for requests that dial one
};

/// Another place to connect to than the one that the URL names, without any proxy. The URL's name stays what TLS
/// verifies and what the Host line says.
struct DialTcp {
  std::string host;  ///< name or address; IPv6 in brackets
  std::uint16_t port = 0;
};
struct DialVsock {
  std::uint32_t cid = 0, port = 0;
};
using Dial = std::variant<DialTcp, DialVsock>;

/// What is asked of a server beside the URL.
struct Posted {
  std::string_view content_type;  ///< of body: "application/json"
  ByteView body;
};
struct HttpRequest {
  std::string url;
  std::optional<Posted> post{};        ///< POST with this body; else GET
  std::string_view accept{};           ///< media type of the answer; empty: any
  std::string_view bearer{};           ///< a token for this server alone (RFC 6750), printable ASCII; empty: none
  std::vector<std::string> headers{};  ///< more of them, "Name: value", printable ASCII
  std::size_t max_body = 0;            ///< of the answer; 0: HttpOptions::max_body, which it never exceeds
  std::size_t max_refused_body = 0;    ///< of Fetched::refused_body, which is cut there; 0: nothing is kept
  /// With it, a plain http URL may name any host when a host of this machine is dialled; vsock takes https only.
  std::optional<Dial> dial{};
};

/// GET and POST and nothing else: TLS 1.2 or newer with the host's name checked, no redirects, no cookies, no
/// authentication but a token that the caller gives, no compression, and no environment variable has a say. Status 200
/// only. 429 and 5xx are asked again, three times in all, as far as the deadline allows, after pauses that grow and are
/// a little longer by chance. A token is told to nobody but the server of its URL, and stands in no message. With
/// only_ca_file or pinned_key, https only.
/// Threads: const members may be called from several threads at once.
class HttpClient {
 public:
  /// io_failure: ca_file cannot be read. invalid_argument: a proxy that is no http or https URL; only_ca_file without
  /// ca_file.
  static Result<HttpClient> make(HttpOptions options);

  /// timeout: for everything together, repetitions and waiting included. A stop ends it at once, whatever it waits for.
  Fetched fetch(const HttpRequest& request, std::chrono::milliseconds timeout, const std::stop_token& stop = {}) const;
  /// The same for a GET of this URL.
  Fetched get(const std::string& url, std::chrono::milliseconds timeout, const std::stop_token& stop = {}) const {
    return fetch({.url = url}, timeout, stop);
  }

 private:
  HttpClient(HttpOptions options, Bytes authorities)
      : options_(std::move(options)), authorities_(std::move(authorities)) {}
  HttpOptions options_;
  Bytes authorities_;  ///< PEM; empty: the system's as they are
};

/// "https://host[:port][/path]", or http with a host of this machine: "localhost", 127.0.0.0/8 or [::1]. Neither user,
/// query nor fragment; of printable ASCII. invalid_argument says what is wrong. Returned without a '/' at its end.
Result<std::string> checked_base_url(std::string_view url);
/// For messages: in quotes and printable, without what stands before an '@', which may be a password.
std::string quoted_url(std::string_view url);

}  // namespace tenzro::tee::net
