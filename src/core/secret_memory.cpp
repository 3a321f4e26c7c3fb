// SPDX-License-Identifier: Apache-2.0
#include "core/secret_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <bitset>
#include <cstring>
#include <mutex>
#include <new>

namespace tenzro::tee {

namespace {

// Most of what is allocated is a key, of 32 bytes, or a small message, and costs no call into the kernel.
constexpr std::size_t kKeySlot = 128;
constexpr std::size_t kMessageSlot = 4096;
constexpr std::size_t kSlots = 128;

std::size_t whole_pages(std::size_t size) noexcept {
  static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

std::uint8_t* map_pages(std::size_t size) {
  if (whole_pages(size) < size) {
    throw std::bad_alloc();
  }
  void* const at = mmap(nullptr, whole_pages(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    throw std::bad_alloc();
  }
  // Both are best effort: a limit on locked memory must not keep anybody from opening what is his.
  static_cast<void>(madvise(at, whole_pages(size), MADV_DONTDUMP));
  static_cast<void>(mlock(at, whole_pages(size)));
  return static_cast<std::uint8_t*>(at);
}

/// Slots of one size in pages that are never given back.
class Arena {
 public:
  explicit Arena(std::size_t slot_size) : slot_size_(slot_size), start_(map_pages(kSlots * slot_size)) {}

  std::uint8_t* take() {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < kSlots; ++i) {
      const std::size_t slot = (next_ + i) % kSlots;
      if (!taken_.test(slot)) {
        taken_.set(slot);
        next_ = slot + 1;
        return start_ + slot * slot_size_;
      }
    }
    return nullptr;
  }
  bool holds(const std::uint8_t* data) const noexcept { return data >= start_ && data < start_ + kSlots * slot_size_; }
  void give_back(const std::uint8_t* data) noexcept {
    const std::scoped_lock lock(mutex_);
    taken_.reset(static_cast<std::size_t>(data - start_) / slot_size_);
  }

 private:
  const std::size_t slot_size_;
  std::uint8_t* const start_;
  std::mutex mutex_;
  std::bitset<kSlots> taken_;
  std::size_t next_ = 0;
};

/// The one whose slots are just large enough; null where none are.
Arena* arena_for(std::size_t size) {
  // Never destroyed: secrets of static objects may go after them.
  if (size <= kKeySlot) {
    static Arena* const keys = new Arena(kKeySlot);
    return keys;
  }
  if (size <= kMessageSlot) {
    static Arena* const messages = new Arena(kMessageSlot);
    return messages;
  }
  return nullptr;
}

}  // namespace

std::uint8_t* allocate_secret(std::size_t size) {
  if (size == 0) {
    return nullptr;
  }
  if (Arena* const arena = arena_for(size); arena != nullptr) {
    if (std::uint8_t* const slot = arena->take(); slot != nullptr) {
      return slot;
    }
  }
  return map_pages(size);
}

void free_secret(std::uint8_t* data, std::size_t size) noexcept {
  if (data == nullptr) {
    return;
  }
  explicit_bzero(data, size);
  if (Arena* const arena = arena_for(size); arena != nullptr && arena->holds(data)) {
    arena->give_back(data);
  } else {
    munmap(data, whole_pages(size));
  }
}

}  // namespace tenzro::tee
