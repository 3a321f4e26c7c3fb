// SPDX-License-Identifier: Apache-2.0
// A connection that the caller made, in the place of one that libcurl would make.
#pragma once
#include <curl/curl.h>

#include <chrono>

#include "net/http_client.hpp"

namespace tenzro::tee::net {

/// libcurl knows no vsock, and 7.88 connects also the socket that it is told is connected (its issue 10626). So it
/// connects to a socket of this process, where nobody answers, and before the first byte of TLS the caller's connection
/// takes over the descriptor. No name is looked up. For https alone: without TLS nothing would ever be exchanged.
/// Threads: one thread at a time.
class VsockConnection {
 public:
  VsockConnection() = default;
  VsockConnection(const VsockConnection&) = delete;
  VsockConnection& operator=(const VsockConnection&) = delete;
  ~VsockConnection();

  /// io_failure says why there is no connection.
  Result<void> open(const VsockConnector& connector, const DialVsock& to, std::chrono::milliseconds timeout);
  /// False when libcurl refuses. This must outlive the transfer, and not move.
  bool prepare(CURL* handle);

 private:
  static curl_socket_t make_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static CURLcode take_over(CURL* handle, void* context, void* self);

  int connection_ = -1;      ///< the caller's
  int nobody_ = -1;          ///< listens where libcurl connects to
  int socket_of_curl_ = -1;  ///< which libcurl closes
  std::string name_of_nobody_;
};

}  // namespace tenzro::tee::net
