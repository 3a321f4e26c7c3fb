// SPDX-License-Identifier: Apache-2.0
#include "faults/failing_memory.hpp"

#include <gtest/gtest.h>
#include <link.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TENZRO_OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TENZRO_OWN_MALLOC 0
#endif
#endif
#ifndef TENZRO_OWN_MALLOC
#define TENZRO_OWN_MALLOC 1
#endif

#if !TENZRO_OWN_MALLOC
#include <libxml/xmlmemory.h>
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace tenzro::tee::test {

namespace {

constinit std::atomic<bool> armed = false;
constinit std::atomic<bool> for_good = false;
constinit std::atomic<std::uint64_t> asked = 0;
constinit std::atomic<std::uint64_t> first_to_fail = 0;
constinit std::atomic<std::int64_t> held = 0;

/// Where a debugger stops at the allocation that fails.
[[gnu::noinline]] bool fails_now() {
  asm volatile("");
  return true;
}

/// Whether this allocation may be had.
bool granted() {
  if (!armed.load(std::memory_order_relaxed)) {
    return true;
  }
  const std::uint64_t number = asked.fetch_add(1, std::memory_order_relaxed) + 1;
  const std::uint64_t first = first_to_fail.load(std::memory_order_relaxed);
  if (first == 0 || number < first) {
    return true;
  }
  return !(for_good.load(std::memory_order_relaxed) || number == first) || !fails_now();
}

void* counted(void* block) {
  if (block != nullptr) {
    held.fetch_add(1, std::memory_order_relaxed);
  }
  return block;
}
void uncount(const void* block) {
  if (block != nullptr) {
    held.fetch_sub(1, std::memory_order_relaxed);
  }
}

}  // namespace

MemoryAgain::MemoryAgain() : before_(armed.exchange(false)) {}
MemoryAgain::~MemoryAgain() { armed = before_; }

Attempt attempt(const Operation& operation, std::uint64_t fail_at, Lack lack) {
  Attempt out;
  std::string outcome;
  bool no_memory = false;
  asked = 0;
  first_to_fail = fail_at;
  for_good = lack == Lack::for_good;
  armed = true;
  try {
    outcome = operation();
  } catch (const std::bad_alloc&) {
    no_memory = true;
  } catch (...) {
    armed = false;
    throw;
  }
  armed = false;
  out.allocations = asked;
  out.reached = fail_at != 0 && out.allocations >= fail_at;
  out.outcome = no_memory ? std::string(kNoMemory) : outcome;
  return out;
}

namespace {

/// While it lives, LeakSanitizer looks for none of the blocks that are asked for, where some may be lost.
class KnownLosses {
 public:
#ifndef __SANITIZE_ADDRESS__
  explicit KnownLosses(Losses /*losses*/) {}
#else
  explicit KnownLosses(Losses losses) : any_(losses != Losses::none) {
    if (any_) {
      __lsan_disable();
    }
  }
  KnownLosses(const KnownLosses&) = delete;
  KnownLosses& operator=(const KnownLosses&) = delete;
  ~KnownLosses() {
    if (any_) {
      __lsan_enable();
    }
  }

 private:
  bool any_;
#endif
};

/// How many more blocks are held after an attempt, and the end of everything that it had, than before.
std::int64_t blocks_left_behind(const std::function<Operation()>& make, std::uint64_t fail_at, Lack lack) {
  const std::int64_t before = held.load();
  {
    const Operation operation = make();
    attempt(operation, fail_at, lack);
  }
  return held.load() - before;
}

/// OpenSSL keeps the last sixteen errors of a thread, with texts, and fills tables on the way: only what grows every
/// time is a loss.
bool loses_memory(const std::function<Operation()>& make, std::uint64_t fail_at, Lack lack) {
  constexpr int kRepetitions = 40;
  for (int i = 0; i < kRepetitions; ++i) {
    if (blocks_left_behind(make, fail_at, lack) <= 0) {
      return false;
    }
  }
  return true;
}

/// What is wrong with one attempt, and with the one after it; empty: nothing.
std::string problem_with(const std::function<Operation()>& make, std::uint64_t fail_at, Lack lack,
                         const std::string& right, Losses losses, FaultPoints& count, bool& reached) {
  const std::int64_t before = held.load();
  {
    const Operation operation = make();
    const Attempt without = attempt(operation, fail_at, lack);
    reached = without.reached;
    if (!reached) {
      return {};
    }
    ++count.tried;
    count.refused += without.outcome == right ? 0 : 1;
    if (without.outcome != right && !without.outcome.starts_with("no")) {
      return "it says " + without.outcome;
    }
    if (const std::string after = operation(); after != right) {
      return "afterwards it says " + after;
    }
  }
  return losses == Losses::none && held.load() > before && loses_memory(make, fail_at, lack) ? "memory stays behind"
                                                                                             : "";
}

}  // namespace

FaultPoints expect_safe_without_memory(const std::function<Operation()>& make, std::string_view expected,
                                       std::uint64_t stride, Losses losses) {
  FaultPoints out;
  const KnownLosses known(losses);
  const std::string right = make()();
  EXPECT_TRUE(right.starts_with(expected)) << right;
  EXPECT_TRUE(right.starts_with("yes") || right.starts_with("no")) << right;
  EXPECT_EQ(make()(), right) << "an operation must say the same each time";
  bool reached = true;
  for (std::uint64_t number = 1; reached; number += stride) {
    for (const Lack lack : {Lack::once, Lack::for_good}) {
      const std::string problem = problem_with(make, number, lack, right, losses, out, reached);
      EXPECT_EQ(problem, "") << "allocation " << number << (lack == Lack::once ? ", once" : ", for good")
                             << "; without it: " << right;
      if (!problem.empty()) {
        return out;
      }
    }
  }
  return out;
}

}  // namespace tenzro::tee::test

// --- The doors that allocations come through

extern "C" {
void* __real_mmap(void* at, std::size_t size, int protection, int flags, int fd, off_t offset);
/// Of the code in this program alone: SecretBytes.
void* __wrap_mmap(void* at, std::size_t size, int protection, int flags, int fd, off_t offset) {
  if (!tenzro::tee::test::granted()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return __real_mmap(at, size, protection, flags, fd, offset);
}
}

#if TENZRO_OWN_MALLOC

namespace {

/// Where the C library and the loader are: what they ask for at their own account is not failed, since where they
/// cannot go on they end the process.
struct Range {
  std::uintptr_t begin = 0, end = 0;
};
constinit std::array<Range, 2> libc_code{};

int note_libc(dl_phdr_info* info, std::size_t /*size*/, void* next) {
  const char* const name = info->dlpi_name;
  if (std::strstr(name, "/libc.so") == nullptr && std::strstr(name, "/ld-linux") == nullptr) {
    return 0;
  }
  auto& count = *static_cast<std::size_t*>(next);
  Range range{UINTPTR_MAX, 0};
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& part = info->dlpi_phdr[i];
    if (part.p_type == PT_LOAD) {
      const std::uintptr_t begin = info->dlpi_addr + part.p_vaddr;
      range.begin = std::min(range.begin, begin);
      range.end = std::max(range.end, begin + part.p_memsz);
    }
  }
  if (count < libc_code.size()) {
    libc_code[count++] = range;
  }
  return 0;
}
[[maybe_unused]] const bool kNoted = [] {
  std::size_t count = 0;
  dl_iterate_phdr(note_libc, &count);
  return true;
}();

bool granted_to(const void* caller) {
  const auto at = reinterpret_cast<std::uintptr_t>(caller);
  for (const Range& range : libc_code) {
    if (at >= range.begin && at < range.end) {
      return true;
    }
  }
  return tenzro::tee::test::granted();
}

}  // namespace

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);

void* malloc(std::size_t size) {
  using namespace tenzro::tee::test;
  if (!granted_to(__builtin_return_address(0))) {
    errno = ENOMEM;
    return nullptr;
  }
  return counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) {
  using namespace tenzro::tee::test;
  if (!granted_to(__builtin_return_address(0))) {
    errno = ENOMEM;
    return nullptr;
  }
  return counted(__libc_calloc(count, size));
}
void* realloc(void* block, std::size_t size) {
  using namespace tenzro::tee::test;
  if (size != 0 && !granted_to(__builtin_return_address(0))) {
    errno = ENOMEM;
    return nullptr;
  }
  uncount(block);
  void* const out = __libc_realloc(block, size);
  counted(out == nullptr && size != 0 ? block : out);
  return out;
}
void* memalign(std::size_t alignment, std::size_t size) {
  using namespace tenzro::tee::test;
  if (!granted_to(__builtin_return_address(0))) {
    errno = ENOMEM;
    return nullptr;
  }
  return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  void* const block = memalign(alignment, size);
  if (block == nullptr) {
    return ENOMEM;
  }
  *out = block;
  return 0;
}
void free(void* block) {
  tenzro::tee::test::uncount(block);
  __libc_free(block);
}
}

#else

namespace {

void* take(std::size_t size) {
  using namespace tenzro::tee::test;
  return granted() ? counted(std::malloc(size == 0 ? 1 : size)) : nullptr;
}
void give_back(void* block) {
  tenzro::tee::test::uncount(block);
  std::free(block);
}
void* resize(void* block, std::size_t size) {
  using namespace tenzro::tee::test;
  if (block == nullptr) {
    return take(size);
  }
  return granted() ? std::realloc(block, size) : nullptr;
}
char* copy_of(const char* text) {
  const std::size_t size = std::strlen(text) + 1;
  char* const out = static_cast<char*>(take(size));
  return out == nullptr ? nullptr : static_cast<char*>(std::memcpy(out, text, size));
}

/// Before either library has asked for anything.
[[gnu::constructor(101)]] void install() {
  const auto crypto_take = [](std::size_t size, const char*, int) { return take(size); };
  const auto crypto_resize = [](void* block, std::size_t size, const char*, int) -> void* {
    if (size == 0) {
      give_back(block);
      return nullptr;
    }
    return resize(block, size);
  };
  const auto crypto_give_back = [](void* block, const char*, int) { give_back(block); };
  if (CRYPTO_set_mem_functions(crypto_take, crypto_resize, crypto_give_back) != 1 ||
      xmlMemSetup(give_back, take, resize, copy_of) != 0) {
    std::abort();
  }
}

}  // namespace

void* operator new(std::size_t size) {
  void* const block = take(size);
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  return block;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void operator delete(void* block) noexcept { give_back(block); }
void operator delete(void* block, std::size_t) noexcept { give_back(block); }

#endif
