// SPDX-License-Identifier: Apache-2.0
// CBOR, written with libcbor: items are built, then encoded in shortest heads.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "tenzro/tee/bytes.hpp"

struct cbor_item_t;

namespace tenzro::tee::cbor {

/// One item with all that is in it. Move-only.
/// std::bad_alloc where there is no memory. Threads: one thread at a time.
class Item {
 public:
  static Item unsigned_integer(std::uint64_t value);
  static Item negative_integer(std::uint64_t minus_one_minus_value);  ///< 34 stands for -35
  static Item bytes(ByteView value);
  static Item text(std::string_view value);
  static Item null();
  /// indefinite: ended by a break instead of stating their size.
  static Item array(std::vector<Item> items, bool indefinite = false);
  static Item map(std::vector<std::pair<Item, Item>> pairs, bool indefinite = false);
  static Item tagged(std::uint64_t tag, Item item);

  Bytes encode() const;

 private:
  struct Free {
    void operator()(cbor_item_t* item) const noexcept;
  };
  explicit Item(cbor_item_t* item);
  std::unique_ptr<cbor_item_t, Free> item_;
};

}  // namespace tenzro::tee::cbor
