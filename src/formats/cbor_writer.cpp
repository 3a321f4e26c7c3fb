// SPDX-License-Identifier: Apache-2.0
#include "formats/cbor_writer.hpp"

#include <cbor.h>

#include <cstdlib>
#include <limits>
#include <memory>
#include <new>

namespace tenzro::tee::cbor {

namespace {

/// libcbor fails only where there is no memory.
void need(bool made) {
  if (!made) {
    throw std::bad_alloc();
  }
}

struct FreeBuffer {
  void operator()(unsigned char* buffer) const noexcept {
    std::free(buffer);  // NOLINT(cppcoreguidelines-no-malloc): libcbor's allocation
  }
};

/// libcbor keeps the width that an integer was built with, so the shortest one is chosen here.
cbor_item_t* shortest_unsigned(std::uint64_t value) {
  if (value <= std::numeric_limits<std::uint8_t>::max()) {
    return cbor_build_uint8(static_cast<std::uint8_t>(value));
  }
  if (value <= std::numeric_limits<std::uint16_t>::max()) {
    return cbor_build_uint16(static_cast<std::uint16_t>(value));
  }
  if (value <= std::numeric_limits<std::uint32_t>::max()) {
    return cbor_build_uint32(static_cast<std::uint32_t>(value));
  }
  return cbor_build_uint64(value);
}

}  // namespace

void Item::Free::operator()(cbor_item_t* item) const noexcept { cbor_decref(&item); }

Item::Item(cbor_item_t* item) : item_(item) { need(item != nullptr); }

Item Item::unsigned_integer(std::uint64_t value) { return Item(shortest_unsigned(value)); }

Item Item::negative_integer(std::uint64_t minus_one_minus_value) {
  Item out(shortest_unsigned(minus_one_minus_value));
  cbor_mark_negint(out.item_.get());
  return out;
}

Item Item::bytes(ByteView value) { return Item(cbor_build_bytestring(value.data(), value.size())); }
Item Item::text(std::string_view value) { return Item(cbor_build_stringn(value.data(), value.size())); }
Item Item::null() { return Item(cbor_new_null()); }

Item Item::array(std::vector<Item> items, bool indefinite) {
  Item out(indefinite ? cbor_new_indefinite_array() : cbor_new_definite_array(items.size()));
  for (const Item& item : items) {
    // The container takes a reference of its own; ours ends with the vector.
    need(cbor_array_push(out.item_.get(), item.item_.get()));
  }
  return out;
}

Item Item::map(std::vector<std::pair<Item, Item>> pairs, bool indefinite) {
  Item out(indefinite ? cbor_new_indefinite_map() : cbor_new_definite_map(pairs.size()));
  for (const auto& [key, value] : pairs) {
    need(cbor_map_add(out.item_.get(), {key.item_.get(), value.item_.get()}));
  }
  return out;
}

Item Item::tagged(std::uint64_t tag, Item item) {
  Item out(cbor_new_tag(tag));
  cbor_tag_set_item(out.item_.get(), item.item_.get());
  return out;
}

Bytes Item::encode() const {
  unsigned char* buffer = nullptr;
  std::size_t capacity = 0;
  const std::size_t size = cbor_serialize_alloc(item_.get(), &buffer, &capacity);
  const std::unique_ptr<unsigned char, FreeBuffer> owner(buffer);
  need(size != 0 && buffer != nullptr);
  return Bytes(buffer, buffer + size);
}

}  // namespace tenzro::tee::cbor
