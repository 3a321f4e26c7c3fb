// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/cbor_writer.hpp"

#include <cbor.h>

#include <cstdlib>
#include <limits>

#include "provider/simulated/ensure.hpp"

namespace tenzro::tee::simulated {

namespace {

constexpr const char* kNoMemory = "no memory for a CBOR item";

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

void CborItem::Free::operator()(cbor_item_t* item) const noexcept { cbor_decref(&item); }

CborItem::CborItem(cbor_item_t* item) : item_(item) { ensure(item != nullptr, kNoMemory); }

CborItem CborItem::unsigned_integer(std::uint64_t value) { return CborItem(shortest_unsigned(value)); }

CborItem CborItem::negative_integer(std::uint64_t minus_one_minus_value) {
  CborItem out(shortest_unsigned(minus_one_minus_value));
  cbor_mark_negint(out.item_.get());
  return out;
}

CborItem CborItem::bytes(ByteView value) { return CborItem(cbor_build_bytestring(value.data(), value.size())); }
CborItem CborItem::text(std::string_view value) { return CborItem(cbor_build_stringn(value.data(), value.size())); }
CborItem CborItem::null() { return CborItem(cbor_new_null()); }

CborItem CborItem::array(std::vector<CborItem> items, bool indefinite) {
  CborItem out(indefinite ? cbor_new_indefinite_array() : cbor_new_definite_array(items.size()));
  for (const CborItem& item : items) {
    // The container takes a reference of its own; ours ends with the vector.
    ensure(cbor_array_push(out.item_.get(), item.item_.get()), kNoMemory);
  }
  return out;
}

CborItem CborItem::map(std::vector<std::pair<CborItem, CborItem>> pairs, bool indefinite) {
  CborItem out(indefinite ? cbor_new_indefinite_map() : cbor_new_definite_map(pairs.size()));
  for (const auto& [key, value] : pairs) {
    ensure(cbor_map_add(out.item_.get(), {key.item_.get(), value.item_.get()}), kNoMemory);
  }
  return out;
}

CborItem CborItem::tagged(std::uint64_t tag, CborItem item) {
  CborItem out(cbor_new_tag(tag));
  cbor_tag_set_item(out.item_.get(), item.item_.get());
  return out;
}

Bytes CborItem::encode() const {
  unsigned char* buffer = nullptr;
  std::size_t capacity = 0;
  const std::size_t size = cbor_serialize_alloc(item_.get(), &buffer, &capacity);
  ensure(size != 0 && buffer != nullptr, "a CBOR item could not be encoded");
  Bytes out(buffer, buffer + size);
  std::free(buffer);  // NOLINT(cppcoreguidelines-no-malloc): libcbor's allocation
  return out;
}

}  // namespace tenzro::tee::simulated
