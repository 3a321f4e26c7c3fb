// SPDX-License-Identifier: Apache-2.0
// How libFuzzer changes lists of edits (edits.hpp): record by record, so that what follows keeps its meaning.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>

#include "edits.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed);

namespace tenzro::tee::fuzz {
namespace {

class Mutator {
 public:
  Mutator(ByteView input, unsigned seed) : random_(seed), list_(input.begin(), input.end()) {
    list_.resize(std::max(list_.size(), kEditHead));
    const std::size_t tail = (list_.size() - kEditHead) % kEditSize;
    if (tail != 0) {
      list_.resize(list_.size() + kEditSize - tail);
    }
  }

  Bytes take() && { return std::move(list_); }

  void change() {
    const std::size_t count = (list_.size() - kEditHead) / kEditSize;
    switch (below(8)) {
      case 0:
      case 1:
        if (count < kMaxEdits) {
          add();
        }
        break;
      case 2:
        if (count > 0) {
          const auto at = record(below(count));
          list_.erase(at, at + static_cast<std::ptrdiff_t>(kEditSize));
        }
        break;
      case 3:  // the same elsewhere, or with another content
        if (count > 0 && count < kMaxEdits) {
          repeat(below(count));
        }
        break;
      case 4:
        list_[below(kEditHead)] = byte();
        break;
      default:
        if (count > 0) {
          vary(below(count));
        } else {
          add();
        }
    }
  }

 private:
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(below(256)); }
  Bytes::iterator record(std::size_t index) {
    return list_.begin() + static_cast<std::ptrdiff_t>(kEditHead + index * kEditSize);
  }

  void add() {
    Bytes made(kEditSize);
    std::ranges::generate(made, [this] { return byte(); });
    made[4] = static_cast<std::uint8_t>(below(12));
    list_.insert(list_.end(), made.begin(), made.end());
  }
  void repeat(std::size_t index) {
    const Bytes copy(record(index), record(index) + static_cast<std::ptrdiff_t>(kEditSize));
    list_.insert(list_.end(), copy.begin(), copy.end());
    vary((list_.size() - kEditHead) / kEditSize - 1);
  }
  /// One field of a record, or its bytes by libFuzzer, which knows the dictionary and what was compared with what.
  void vary(std::size_t index) {
    const auto at = record(index);
    switch (below(6)) {
      case 0:
        at[0] = byte();
        break;
      case 1:
        at[1] = byte();
        break;
      case 2: {
        const auto step = static_cast<int>(below(33)) - 16;
        const int where = (at[2] | (at[3] << 8)) + step;
        at[2] = static_cast<std::uint8_t>(where);
        at[3] = static_cast<std::uint8_t>(where >> 8);
        break;
      }
      case 3:
        at[2] = byte();
        at[3] = static_cast<std::uint8_t>(below(8));
        break;
      default: {
        Bytes value(at + 4, at + static_cast<std::ptrdiff_t>(kEditSize));
        const std::size_t size = LLVMFuzzerMutate(value.data(), value.size(), value.size());
        std::copy_n(value.begin(), std::min(size, value.size()), at + 4);
      }
    }
  }

  std::minstd_rand random_;
  Bytes list_;
};

}  // namespace
}  // namespace tenzro::tee::fuzz

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  tenzro::tee::fuzz::Mutator mutator({data, size}, seed);
  mutator.change();
  const tenzro::tee::Bytes out = std::move(mutator).take();
  const std::size_t kept = std::min(out.size(), max_size);
  std::copy_n(out.begin(), kept, data);
  return kept;
}
