// SPDX-License-Identifier: Apache-2.0
#include "net/vsock_connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

#include "core/text.hpp"

namespace tenzro::tee::net {

namespace {

Error not_connected(const DialVsock& to, int number) {
  return Error(ErrorCode::io_failure,
               concat("vsock ", to.cid, ":", to.port, ": ", std::error_code(number, std::system_category()).message()));
}

}  // namespace

VsockConnection::~VsockConnection() {
  for (const int descriptor : {connection_, nobody_}) {
    if (descriptor >= 0) {
      ::close(descriptor);
    }
  }
}

Result<void> VsockConnection::open(const VsockConnector& connector, const DialVsock& to,
                                   std::chrono::milliseconds timeout) {
  connection_ = connector(to.cid, to.port, timeout);
  if (connection_ < 0) {
    return not_connected(to, -connection_);
  }
  const int flags = ::fcntl(connection_, F_GETFL);
  if (flags < 0 || ::fcntl(connection_, F_SETFL, flags | O_NONBLOCK) < 0) {
    return not_connected(to, errno);
  }
  nobody_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  constexpr int kBacklog = 8;
  socklen_t size = sizeof(address);
  // With nothing but the family, the kernel finds an abstract name that is free.
  if (nobody_ < 0 || ::bind(nobody_, raw, sizeof(address.sun_family)) < 0 || ::listen(nobody_, kBacklog) < 0 ||
      ::getsockname(nobody_, raw, &size) < 0) {
    return not_connected(to, errno);
  }
  constexpr std::size_t kBeforeName = offsetof(sockaddr_un, sun_path) + 1;
  if (size <= kBeforeName) {
    return not_connected(to, EADDRNOTAVAIL);
  }
  name_of_nobody_.assign(&address.sun_path[1], size - kBeforeName);
  return {};
}

bool VsockConnection::prepare(CURL* handle) {
  return curl_easy_setopt(handle, CURLOPT_ABSTRACT_UNIX_SOCKET, name_of_nobody_.c_str()) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &make_socket) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, &take_over) == CURLE_OK &&
         curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, this) == CURLE_OK;
}

curl_socket_t VsockConnection::make_socket(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& connection = *static_cast<VsockConnection*>(self);
  if (address->family != AF_UNIX || connection.socket_of_curl_ >= 0) {
    return CURL_SOCKET_BAD;
  }
  connection.socket_of_curl_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return connection.socket_of_curl_ < 0 ? CURL_SOCKET_BAD : connection.socket_of_curl_;
}

CURLcode VsockConnection::take_over(CURL* /*handle*/, void* /*context*/, void* self) {
  const auto& connection = *static_cast<const VsockConnection*>(self);
  return connection.socket_of_curl_ >= 0 && ::dup3(connection.connection_, connection.socket_of_curl_, O_CLOEXEC) >= 0
             ? CURLE_OK
             : CURLE_ABORTED_BY_CALLBACK;
}

}  // namespace tenzro::tee::net
