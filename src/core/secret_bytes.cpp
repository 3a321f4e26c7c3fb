// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

namespace {
void wipe(Bytes& bytes) noexcept {
  // The part of the buffer behind the last byte may hold what was there before a shrink; growing into it never
  // allocates.
  bytes.resize(bytes.capacity());
  if (!bytes.empty()) {
    explicit_bzero(bytes.data(), bytes.size());
  }
  bytes.clear();
}
}  // namespace

SecretBytes::SecretBytes(Bytes&& takes_over) noexcept : bytes_(std::move(takes_over)) {}
SecretBytes::SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}
SecretBytes::~SecretBytes() { wipe(bytes_); }
std::size_t SecretBytes::size() const noexcept { return bytes_.size(); }
ByteView SecretBytes::reveal() const noexcept { return bytes_; }

}  // namespace tenzro::tee
