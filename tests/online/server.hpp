// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server on this machine, as well or as badly behaved as a test wants.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "crypto/openssl_handles.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// The server's end of one connection.
/// Threads: one thread at a time.
class Connection {
 public:
  explicit Connection(int fd, void* tls) : fd_(fd), tls_(tls) {}
  /// False once the peer is gone or the server stops.
  bool send(std::string_view bytes);
  /// Bytes as they come, or nothing at the end.
  std::optional<std::string> receive();
  /// Waits, with the connection open, until the peer goes away or the server stops.
  void hold();
  /// Ends the connection with a reset instead of a proper end.
  void reset();

  // What was asked, besides the target.
  std::string method;
  std::string head;  ///< request line and header lines, as they came
  std::string body;  ///< as long as its Content-Length says

 private:
  int fd_;
  void* tls_;  ///< SSL*, null without TLS
};

/// A whole, proper answer.
std::string http_answer(std::string_view body, std::string_view more_headers = {}, std::string_view status = "200 OK");

struct ServerIdentity {
  std::string certificate, key;  ///< PEM; empty: the server shows no certificate (anonymous Diffie-Hellman)
};
/// Self-signed, for a host name and, when asked for, 127.0.0.1.
ServerIdentity make_identity(const std::string& host, bool loopback_address);
/// DER SubjectPublicKeyInfo of its certificate, and the SHA-256 of that.
Bytes key_of(const ServerIdentity& identity);
ByteArray<32> key_hash_of(const ServerIdentity& identity);

/// Answers each connection in a thread of its own, until it is destroyed.
class Server {
 public:
  /// target: path and query as they came.
  using Handler = std::function<void(Connection&, const std::string& target)>;
  explicit Server(Handler handler, std::optional<ServerIdentity> tls = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url() const;  ///< "http://127.0.0.1:PORT", or https
  std::uint16_t port() const noexcept { return port_; }
  /// Requests whose target holds this text; all with an empty one.
  std::size_t requests(std::string_view part = {}) const;
  /// Returns once somebody has connected.
  void wait_for_connection() const;

 private:
  void listen_on_loopback();
  void accept_all();
  void serve(int fd);

  Handler handler_;
  std::shared_ptr<void> tls_;  ///< SSL_CTX
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> connected_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> targets_;
  std::vector<int> open_;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

}  // namespace tenzro::tee::test
