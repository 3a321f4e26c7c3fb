// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <utility>

#include "core/secret_memory.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

SecretBytes::SecretBytes(std::size_t size) : data_(allocate_secret(size)), size_(size) {}

SecretBytes::SecretBytes(Bytes&& takes_over) : SecretBytes(takes_over.size()) {
  if (size_ != 0) {
    std::memcpy(data_, takes_over.data(), size_);
  }
  // The part of the buffer behind the last byte may hold what was there before a shrink; growing into it never
  // allocates.
  takes_over.resize(takes_over.capacity());
  if (!takes_over.empty()) {
    explicit_bzero(takes_over.data(), takes_over.size());
  }
  Bytes().swap(takes_over);
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    free_secret(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}
SecretBytes::~SecretBytes() { free_secret(data_, size_); }

}  // namespace tenzro::tee
