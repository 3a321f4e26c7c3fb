// SPDX-License-Identifier: Apache-2.0
// Memory that runs out at a moment of the test's choice. A program that links failing_memory.cpp has every allocation
// of its process pass through a counter: malloc and its kin, by whoever calls them but the C library itself; in a
// sanitizer's build, which has a malloc of its own, operator new and what OpenSSL and libxml2 ask for. Pages that
// SecretBytes maps count in both.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

namespace tenzro::tee::test {

/// What happens after the allocation that fails first.
enum class Lack : std::uint8_t {
  once,     ///< all others succeed
  for_good  ///< none succeeds any more
};

/// Something to try, with what it works on; what it says begins with "yes" or "no".
using Operation = std::function<std::string()>;

/// What came of one attempt.
struct Attempt {
  std::string outcome{};          ///< what the operation said; kNoMemory when it threw std::bad_alloc
  std::uint64_t allocations = 0;  ///< that it asked for
  bool reached = false;           ///< the one that was to fail was asked for
};
inline constexpr std::string_view kNoMemory = "no: std::bad_alloc";

/// Runs the operation; its allocation number `fail_at`, counted from 1, fails. 0: none does. Allocations of all threads
/// count meanwhile. Threads: one at a time.
Attempt attempt(const Operation& operation, std::uint64_t fail_at = 0, Lack lack = Lack::once);

/// While it lives, an operation has all the memory that it wants, and none of it counts: to tell what came of it.
class MemoryAgain {
 public:
  MemoryAgain();
  MemoryAgain(const MemoryAgain&) = delete;
  MemoryAgain& operator=(const MemoryAgain&) = delete;
  ~MemoryAgain();

 private:
  bool before_;
};

/// Whether memory may stay behind. nlohmann's constructor from a list forgets what it has when memory runs out in it: a
/// few blocks, wherever JSON is written.
enum class Losses : std::uint8_t { none, of_json };

struct FaultPoints {
  std::uint64_t tried = 0;    ///< allocations that failed
  std::uint64_t refused = 0;  ///< of these, how many attempts did not say what they say otherwise
};

/// Fails every allocation of an operation, or every stride-th, in both ways. make: a fresh one each time; while memory
/// lasts it says the same always, beginning with `expected`.
///
/// Demands of each attempt that it ends; that what it says is what it says while memory lasts, or a no, never another
/// yes; that the same operation says the right thing afterwards, so that nothing wrong was remembered; and that no
/// memory stays behind, unless losses says that some may. Returns at the first that does not hold.
FaultPoints expect_safe_without_memory(const std::function<Operation()>& make, std::string_view expected,
                                       std::uint64_t stride, Losses losses = Losses::none);

}  // namespace tenzro::tee::test
