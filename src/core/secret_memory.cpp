// SPDX-License-Identifier: Apache-2.0
#include "core/secret_memory.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <bitset>
#include <cstring>
#include <mutex>
#include <new>

namespace tenzro::tee {

namespace {

// Keys are 32 bytes: most of what is allocated fits a slot, and costs no call into the kernel.
constexpr std::size_t kSlotSize = 128;
constexpr std::size_t kSlots = 256;

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

/// Slots in pages that are never given back.
class Arena {
 public:
  Arena() : start_(map_pages(kSlots * kSlotSize)) {}

  std::uint8_t* take() {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < kSlots; ++i) {
      const std::size_t slot = (next_ + i) % kSlots;
      if (!taken_.test(slot)) {
        taken_.set(slot);
        next_ = slot + 1;
        return start_ + slot * kSlotSize;
      }
    }
    return nullptr;
  }
  bool holds(const std::uint8_t* data) const noexcept { return data >= start_ && data < start_ + kSlots * kSlotSize; }
  void give_back(const std::uint8_t* data) noexcept {
    const std::scoped_lock lock(mutex_);
    taken_.reset(static_cast<std::size_t>(data - start_) / kSlotSize);
  }

 private:
  std::uint8_t* const start_;
  std::mutex mutex_;
  std::bitset<kSlots> taken_;
  std::size_t next_ = 0;
};

Arena& arena() {
  // Never destroyed: secrets of static objects may go after it.
  static Arena* const only = new Arena;
  return *only;
}

}  // namespace

std::uint8_t* allocate_secret(std::size_t size) {
  if (size == 0) {
    return nullptr;
  }
  if (size <= kSlotSize) {
    if (std::uint8_t* const slot = arena().take(); slot != nullptr) {
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
  if (size <= kSlotSize && arena().holds(data)) {
    arena().give_back(data);
  } else {
    munmap(data, whole_pages(size));
  }
}

}  // namespace tenzro::tee
