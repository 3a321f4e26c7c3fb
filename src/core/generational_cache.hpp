// SPDX-License-Identifier: Apache-2.0
// A bounded memory keyed by SHA-256 digests.
#pragma once
#include <array>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

/// Keeps what was used lately, in two generations: what is put goes into the young one; when that is full the old one
/// is forgotten and the young one takes its place; what is found in the old one moves back to the young one. So an
/// entry that is used stays, at the price of no list and no clock.
///
/// Threads: all members may be called from several threads at once. Values are copied under the lock of a shard and
/// destroyed outside of it.
template <class Value, std::size_t kShards = 64>
class GenerationalCache {
 public:
  using Key = ByteArray<32>;
  /// capacity: the most that the costs of all entries come to, rounded up to a multiple of twice the shards; 0: nothing
  /// is kept. An entry that costs more than a generation of one shard (capacity / kShards / 2) is not kept.
  explicit GenerationalCache(std::size_t capacity)
      : generation_capacity_(capacity / (2 * kShards) + (capacity % (2 * kShards) == 0 ? 0 : 1)) {}

  std::optional<Value> find(const Key& key) {
    Shard& shard = shard_of(key);
    Entries forgotten;  // outlives the lock
    const std::lock_guard lock(shard.mutex);
    if (const auto young = shard.young.find(key); young != shard.young.end()) {
      return young->second.value;
    }
    auto old = shard.old.extract(key);
    if (old.empty()) {
      return std::nullopt;
    }
    std::optional<Value> out(old.mapped().value);
    const std::size_t cost = old.mapped().cost;
    forgotten = make_room(shard, cost);
    shard.young.insert(std::move(old));
    shard.young_cost += cost;
    return out;
  }

  /// The value of a key never changes: a second one is dropped.
  void put(const Key& key, Value value, std::size_t cost = 1) {
    if (cost > generation_capacity_) {
      return;
    }
    Shard& shard = shard_of(key);
    Entries forgotten;  // outlives the lock
    const std::lock_guard lock(shard.mutex);
    if (shard.young.contains(key)) {
      return;
    }
    forgotten = make_room(shard, cost);
    shard.old.erase(key);
    shard.young.try_emplace(key, Entry{std::move(value), cost});
    shard.young_cost += cost;
  }

 private:
  struct Entry {
    [[no_unique_address]] Value value;
    std::size_t cost;
  };
  /// The keys are digests: any eight bytes of them are as good as a hash. The first ones choose the shard.
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      std::size_t out = 0;
      std::memcpy(&out, key.data() + 8, sizeof(out));
      return out;
    }
  };
  using Entries = std::unordered_map<Key, Entry, Hash>;
  struct Shard {
    std::mutex mutex;
    Entries young, old;
    std::size_t young_cost = 0;
  };

  Shard& shard_of(const Key& key) { return shards_[key[0] % kShards]; }
  /// Returns what the shard forgets for it.
  [[nodiscard]] Entries make_room(Shard& shard, std::size_t cost) {
    if (shard.young_cost + cost <= generation_capacity_) {
      return {};
    }
    shard.young_cost = 0;
    return std::exchange(shard.old, std::exchange(shard.young, {}));
  }

  const std::size_t generation_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tenzro::tee
