// SPDX-License-Identifier: Apache-2.0
#include "online/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "crypto/digest.hpp"

namespace tenzro::tee::test {
namespace {

std::string pem_of(const std::function<int(BIO*)>& write) {
  BIO* bio = BIO_new(BIO_s_mem());
  EXPECT_EQ(write(bio), 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

bool be_anonymous(SSL_CTX* context) {
  return SSL_CTX_set_cipher_list(context, "ADH-AES256-GCM-SHA384:@SECLEVEL=0") == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) == 1 && SSL_CTX_set_dh_auto(context, 1) == 1;
}

}  // namespace

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = 0;
    if (tls_ != nullptr) {
      sent = SSL_write(static_cast<SSL*>(tls_), bytes.data(), static_cast<int>(bytes.size()));
    } else {
      sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> Connection::receive() {
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  if (tls_ != nullptr) {
    got = SSL_read(static_cast<SSL*>(tls_), buffer.data(), static_cast<int>(buffer.size()));
  } else {
    got = ::recv(fd_, buffer.data(), buffer.size(), 0);
  }
  if (got <= 0) {
    return std::nullopt;
  }
  return std::string(buffer.data(), static_cast<std::size_t>(got));
}

void Connection::hold() {
  while (receive()) {
  }
}

void Connection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

std::string http_answer(std::string_view body, std::string_view more_headers, std::string_view status) {
  std::string out = "HTTP/1.1 ";
  out.append(status).append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n");
  return out.append(more_headers).append("\r\n").append(body);
}

ServerIdentity make_identity(const std::string& host, bool loopback_address) {
  const crypto::PkeyPtr key(EVP_EC_gen("P-256"));
  const crypto::X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  const std::string names = "DNS:" + host + (loopback_address ? ",IP:127.0.0.1" : "");
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  EXPECT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);
  return {pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); }), pem_of([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

Bytes key_of(const ServerIdentity& identity) {
  const crypto::BioPtr bio(BIO_new_mem_buf(identity.certificate.data(), static_cast<int>(identity.certificate.size())));
  const crypto::X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  unsigned char* raw = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &raw);
  const crypto::OpensslMemory encoded(raw);
  EXPECT_GT(size, 0);
  return {raw, raw + size};
}

ByteArray<32> key_hash_of(const ServerIdentity& identity) { return crypto::sha256(key_of(identity)); }

Server::Server(Handler handler, std::optional<ServerIdentity> tls) : handler_(std::move(handler)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (tls) {
    tls_ = std::shared_ptr<void>(SSL_CTX_new(TLS_server_method()),
                                 [](void* context) { SSL_CTX_free(static_cast<SSL_CTX*>(context)); });
    auto* context = static_cast<SSL_CTX*>(tls_.get());
    EXPECT_TRUE(!tls->certificate.empty() || be_anonymous(context));
  }
  if (tls && !tls->certificate.empty()) {
    auto* context = static_cast<SSL_CTX*>(tls_.get());
    BIO* bio = BIO_new_mem_buf(tls->certificate.data(), static_cast<int>(tls->certificate.size()));
    const crypto::X509Ptr certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
    BIO_free(bio);
    bio = BIO_new_mem_buf(tls->key.data(), static_cast<int>(tls->key.size()));
    const crypto::PkeyPtr key(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
    BIO_free(bio);
    EXPECT_EQ(SSL_CTX_use_certificate(context, certificate.get()), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context, key.get()), 1);
  }
  listen_on_loopback();
  acceptor_ = std::thread([this] { accept_all(); });
}

Server::~Server() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
  for (std::thread& worker : workers_) {
    worker.join();
  }
  ::close(listener_);
}

std::string Server::url() const { return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port_); }

std::size_t Server::requests(std::string_view part) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(targets_.begin(), targets_.end(), [part](const std::string& target) {
    return target.find(part) != std::string::npos;
  }));
}

void Server::wait_for_connection() const { connected_.wait(false); }

void Server::listen_on_loopback() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(::listen(listener_, 64), 0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
}

void Server::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 || stopping_) {
      if (fd >= 0) {
        ::close(fd);
      }
      return;
    }
    connected_ = true;
    connected_.notify_all();
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    workers_.emplace_back([this, fd] { serve(fd); });
  }
}

void Server::serve(int fd) {
  SSL* tls = nullptr;
  bool ready = true;
  if (tls_) {
    tls = SSL_new(static_cast<SSL_CTX*>(tls_.get()));
    SSL_set_fd(tls, fd);
    ready = SSL_accept(tls) == 1;
  }
  Connection connection(fd, tls);
  std::string request;
  while (ready && request.find("\r\n\r\n") == std::string::npos) {
    const auto more = connection.receive();
    ready = more.has_value();
    request += more.value_or("");
  }
  const std::size_t first = request.find(' ');
  const std::size_t head_end = request.find("\r\n\r\n");
  if (ready) {
    connection.method = request.substr(0, first);
    connection.head = request.substr(0, head_end);
    connection.body = request.substr(head_end + 4);
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t length_at = connection.head.find(kLength);
    const std::size_t length =
        length_at == std::string::npos ? 0 : std::stoul(connection.head.substr(length_at + kLength.size()));
    while (ready && connection.body.size() < length) {
      const auto more = connection.receive();
      ready = more.has_value();
      connection.body += more.value_or("");
    }
  }
  if (ready && first != std::string::npos) {
    const std::string target = request.substr(first + 1, request.find(' ', first + 1) - first - 1);
    {
      const std::lock_guard lock(mutex_);
      targets_.push_back(target);
    }
    handler_(connection, target);
  }
  if (tls != nullptr) {
    SSL_shutdown(tls);
    SSL_free(tls);
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

}  // namespace tenzro::tee::test
