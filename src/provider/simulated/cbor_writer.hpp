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

namespace tenzro::tee::simulated {

/// One item with all that is in it. Move-only.
/// Threads: one thread at a time.
class CborItem {
 public:
  static CborItem unsigned_integer(std::uint64_t value);
  static CborItem negative_integer(std::uint64_t minus_one_minus_value);  ///< 34 stands for -35
  static CborItem bytes(ByteView value);
  static CborItem text(std::string_view value);
  static CborItem null();
  /// indefinite: ended by a break instead of stating their size.
  static CborItem array(std::vector<CborItem> items, bool indefinite = false);
  static CborItem map(std::vector<std::pair<CborItem, CborItem>> pairs, bool indefinite = false);
  static CborItem tagged(std::uint64_t tag, CborItem item);

  Bytes encode() const;

 private:
  struct Free {
    void operator()(cbor_item_t* item) const noexcept;
  };
  explicit CborItem(cbor_item_t* item);
  std::unique_ptr<cbor_item_t, Free> item_;
};

}  // namespace tenzro::tee::simulated
