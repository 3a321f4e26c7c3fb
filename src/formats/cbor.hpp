// SPDX-License-Identifier: Apache-2.0
// CBOR (RFC 8949) from outside, read strictly: item by item over the caller's bytes, without heap, to a bounded depth.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/text.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::cbor {

/// The kinds of item that are read. Tags, floats, undefined and all other simple values are refused everywhere.
enum class Type : std::uint8_t {
  unsigned_integer,
  negative_integer,
  byte_string,
  text_string,
  array,
  map,
  boolean,
  null
};
std::string_view to_string(Type type) noexcept;  ///< "unsigned integer", "byte string", ...

/// Containers inside each other, and pairs of a map: more is refused.
inline constexpr std::size_t kMaxDepth = 8;
inline constexpr std::size_t kMaxPairs = 64;

/// What a document may leave open. Chunked strings are refused under both.
struct Form {
  bool shortest_heads = true;          ///< integers and lengths in their one shortest spelling only
  bool indefinite_containers = false;  ///< arrays and maps may end with a break instead of stating their size
};

/// Whether a container that is being read has another item (in a map: another pair).
enum class Step : std::uint8_t { item, end };

/// A map key as it was decoded, so that two spellings of one key are the same key.
struct Key {
  Type type = Type::null;
  std::uint64_t number = 0;  ///< integers: the value (negative: -1 - value); booleans: 0 or 1
  ByteView bytes{};          ///< strings: a view into the input
  friend bool operator==(const Key& a, const Key& b) noexcept;
};

/// The keys of one map so far. Threads: one thread at a time.
class KeySet {
 public:
  /// malformed_input for a key that was there before, and for the one after kMaxPairs.
  Result<void> add(std::string_view where, const Key& key);

 private:
  std::array<Key, kMaxPairs> keys_;
  std::size_t size_ = 0;
};

/// Reads the items of one input in order. Every count and length is compared with the bytes that are left before
/// anything is done with it. Errors are malformed_input and name the field and its offset. Allocates for errors only.
/// Threads: one thread at a time.
class Reader {
 public:
  /// what and the names of fields: literals, for messages.
  Reader(std::string_view what, ByteView in, Form form = {}) : what_(what), all_(in), rest_(in), form_(form) {}

  ByteView rest() const noexcept { return rest_; }
  std::size_t offset() const noexcept { return all_.size() - rest_.size(); }

  /// The next item's type; nothing is consumed.
  Result<Type> peek(std::string_view field) const;
  Result<std::uint64_t> unsigned_integer(std::string_view field);
  Result<ByteView> byte_string(std::string_view field);          ///< a view into the input, as the next one
  Result<std::string_view> text_string(std::string_view field);  ///< valid UTF-8, which may hold NUL
  Result<void> null(std::string_view field);
  /// A map key: any item but a container.
  Result<Key> key(std::string_view field);

  /// Opens a container; next() then says whether there is something to read in it, until it says end.
  Result<void> enter_array(std::string_view field);
  Result<void> enter_map(std::string_view field);
  /// The size that the innermost open container states; nothing when it ends with a break.
  std::optional<std::uint64_t> stated_size() const noexcept;
  Result<Step> next(std::string_view field);

  /// Any one item, whole, by the same rules; no map in it has a key twice.
  Result<void> skip(std::string_view field);

  /// malformed_input when anything is left over or a container is still open.
  Result<void> expect_end() const;

 private:
  struct Head {
    std::uint8_t major = 0;
    bool indefinite = false;
    std::uint64_t value = 0;
    std::size_t size = 0;  ///< of the head itself, in bytes
  };
  struct Container {
    bool map = false;
    std::optional<std::uint64_t> left{};  ///< items, or pairs; nothing: until a break
    std::optional<std::uint64_t> stated{};
  };

  template <class... Parts>
  Error malformed(std::string_view field, const Parts&... why) const {
    return Error(ErrorCode::malformed_input, concat(what_, ".", field, " at offset ", offset(), ": ", why...));
  }
  Result<Head> head(std::string_view field) const;
  Result<void> check_spelling(std::string_view field, const Head& head) const;
  Result<Head> head_of(std::string_view field, Type wanted) const;
  Result<Type> type_of(std::string_view field, const Head& head) const;
  Result<ByteView> string(std::string_view field, Type wanted);
  Result<void> enter(std::string_view field, Type wanted);
  Result<void> skip_map(std::string_view field);

  std::string_view what_;
  ByteView all_, rest_;
  Form form_;
  std::array<Container, kMaxDepth> open_{};
  std::size_t depth_ = 0;
};

}  // namespace tenzro::tee::cbor
