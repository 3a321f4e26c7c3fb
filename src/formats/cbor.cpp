// SPDX-License-Identifier: Apache-2.0
// RFC 8949, section 3: heads of one to nine bytes, major types 0 to 7.
#include "formats/cbor.hpp"

#include <algorithm>

#include "core/encoded_text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::cbor {

namespace {

constexpr std::uint8_t kUnsigned = 0, kNegative = 1, kBytes = 2, kText = 3, kArray = 4, kMap = 5, kTag = 6, kSimple = 7;
constexpr std::uint8_t kIndefinite = 31;  // additional information: no size; in major type 7 a break
constexpr std::uint8_t kOneByteFollows = 24;
constexpr std::uint8_t kEightBytesFollow = 27;
constexpr std::uint8_t kBreak = 0xff;
constexpr std::uint64_t kFalse = 20, kTrue = 21, kNull = 22;

/// The smallest value that needs this many bytes after the initial one.
constexpr std::uint64_t smallest_of(std::size_t following) {
  switch (following) {
    case 1:
      return kOneByteFollows;
    case 2:
      return std::uint64_t{1} << 8;
    case 4:
      return std::uint64_t{1} << 16;
    case 8:
      return std::uint64_t{1} << 32;
    default:
      return 0;
  }
}

}  // namespace

std::string_view to_string(Type type) noexcept {
  switch (type) {
    case Type::unsigned_integer:
      return "unsigned integer";
    case Type::negative_integer:
      return "negative integer";
    case Type::byte_string:
      return "byte string";
    case Type::text_string:
      return "text string";
    case Type::array:
      return "array";
    case Type::map:
      return "map";
    case Type::boolean:
      return "boolean";
    case Type::null:
      return "null";
  }
  return "unknown";
}

bool operator==(const Key& a, const Key& b) noexcept {
  return a.type == b.type && a.number == b.number && std::ranges::equal(a.bytes, b.bytes);
}

Result<void> KeySet::add(std::string_view where, const Key& key) {
  const std::span<const Key> known(keys_.data(), size_);
  if (std::ranges::find(known, key) != known.end()) {
    return Error(ErrorCode::malformed_input, concat(where, ": a key stands in the map twice"));
  }
  if (size_ == keys_.size()) {
    return Error(ErrorCode::malformed_input, concat(where, ": more than ", kMaxPairs, " pairs in a map"));
  }
  keys_[size_++] = key;
  return {};
}

Result<void> Reader::check_spelling(std::string_view field, const Head& head) const {
  if (head.indefinite) {
    const bool container = head.major == kArray || head.major == kMap;
    if (head.major == kSimple) {
      return malformed(field, "a break where an item is due");
    }
    if (head.major == kBytes || head.major == kText) {
      return malformed(field, "a string in chunks, which is not read");
    }
    if (!container) {
      return malformed(field, "an integer or tag without a value");
    }
    if (!form_.indefinite_containers) {
      return malformed(field, "an array or map without a stated size, which may not stand here");
    }
    return {};
  }
  const bool is_long = form_.shortest_heads && head.value < smallest_of(head.size - 1);
  if (is_long && head.major != kSimple) {
    return malformed(field, "not the shortest spelling of ", head.value);
  }
  return {};
}

Result<Reader::Head> Reader::head(std::string_view field) const {
  if (rest_.empty()) {
    return malformed(field, "the input ends where an item is due");
  }
  Head out;
  out.major = static_cast<std::uint8_t>(rest_[0] >> 5);
  const auto info = static_cast<std::uint8_t>(rest_[0] & 0x1f);
  if (info > kEightBytesFollow && info < kIndefinite) {
    return malformed(field, "reserved additional information ", unsigned{info});
  }
  out.indefinite = info == kIndefinite;
  const bool follows = info >= kOneByteFollows && !out.indefinite;
  const std::size_t following = follows ? std::size_t{1} << (info - kOneByteFollows) : 0;
  if (following > rest_.size() - 1) {
    return malformed(field, "the input ends inside the head of an item");
  }
  out.size = 1 + following;
  out.value = follows || out.indefinite ? 0 : info;
  for (const std::uint8_t byte : rest_.subspan(1, following)) {
    out.value = (out.value << 8) | byte;
  }
  TENZRO_RETURN_IF_ERROR(check_spelling(field, out));
  return out;
}

Result<Type> Reader::type_of(std::string_view field, const Head& head) const {
  switch (head.major) {
    case kUnsigned:
      return Type::unsigned_integer;
    case kNegative:
      return Type::negative_integer;
    case kBytes:
      return Type::byte_string;
    case kText:
      return Type::text_string;
    case kArray:
      return Type::array;
    case kMap:
      return Type::map;
    case kTag:
      return malformed(field, "a tag, which may not stand here");
    default:
      break;
  }
  if (head.size == 1 && (head.value == kFalse || head.value == kTrue)) {
    return Type::boolean;
  }
  if (head.size == 1 && head.value == kNull) {
    return Type::null;
  }
  return malformed(field, "a float or simple value other than false, true and null, which is not read");
}

Result<Type> Reader::peek(std::string_view field) const {
  TENZRO_ASSIGN_OR_RETURN(const Head item, head(field));
  return type_of(field, item);
}

Result<Reader::Head> Reader::head_of(std::string_view field, Type wanted) const {
  TENZRO_ASSIGN_OR_RETURN(const Head item, head(field));
  TENZRO_ASSIGN_OR_RETURN(const Type type, type_of(field, item));
  if (type != wanted) {
    return malformed(field, "expected a value of type ", to_string(wanted), ", found ", to_string(type));
  }
  return item;
}

Result<std::uint64_t> Reader::unsigned_integer(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Head item, head_of(field, Type::unsigned_integer));
  rest_ = rest_.subspan(item.size);
  return item.value;
}

Result<ByteView> Reader::string(std::string_view field, Type wanted) {
  TENZRO_ASSIGN_OR_RETURN(const Head item, head_of(field, wanted));
  if (item.value > rest_.size() - item.size) {
    return malformed(field, "a string of ", item.value, " bytes, ", rest_.size() - item.size, " are left");
  }
  const ByteView out = rest_.subspan(item.size, static_cast<std::size_t>(item.value));
  rest_ = rest_.subspan(item.size + out.size());
  return out;
}

Result<ByteView> Reader::byte_string(std::string_view field) { return string(field, Type::byte_string); }

Result<std::string_view> Reader::text_string(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const ByteView text, string(field, Type::text_string));
  if (!is_utf8(text)) {
    return malformed(field, "a text string that is no UTF-8");
  }
  return as_text(text);
}

Result<void> Reader::null(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Head item, head_of(field, Type::null));
  rest_ = rest_.subspan(item.size);
  return {};
}

Result<Key> Reader::key(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Head item, head(field));
  Key out;
  TENZRO_ASSIGN_OR_RETURN(out.type, type_of(field, item));
  switch (out.type) {
    case Type::byte_string: {
      TENZRO_ASSIGN_OR_RETURN(out.bytes, byte_string(field));
      return out;
    }
    case Type::text_string: {
      TENZRO_ASSIGN_OR_RETURN(const std::string_view text, text_string(field));
      out.bytes = as_bytes(text);
      return out;
    }
    case Type::array:
    case Type::map:
      return malformed(field, "an array or map as the key of a map, which is not read");
    case Type::unsigned_integer:
    case Type::negative_integer:
    case Type::boolean:
    case Type::null:
      break;
  }
  out.number = out.type == Type::boolean ? item.value - kFalse : item.value;
  rest_ = rest_.subspan(item.size);
  return out;
}

Result<void> Reader::enter(std::string_view field, Type wanted) {
  TENZRO_ASSIGN_OR_RETURN(const Head item, head_of(field, wanted));
  if (depth_ == open_.size()) {
    return malformed(field, "more than ", kMaxDepth, " arrays and maps inside each other");
  }
  Container container;
  container.map = wanted == Type::map;
  if (!item.indefinite) {
    // An item has at least one byte, a pair two.
    const std::size_t left = rest_.size() - item.size;
    if (item.value > (container.map ? left / 2 : left)) {
      return malformed(field, "states ", item.value, container.map ? " pairs, " : " items, ", left, " bytes are left");
    }
    container.left = item.value;
    container.stated = item.value;
  }
  rest_ = rest_.subspan(item.size);
  open_[depth_++] = container;
  return {};
}

Result<void> Reader::enter_array(std::string_view field) { return enter(field, Type::array); }
Result<void> Reader::enter_map(std::string_view field) { return enter(field, Type::map); }

std::optional<std::uint64_t> Reader::stated_size() const noexcept {
  return depth_ == 0 ? std::nullopt : open_[depth_ - 1].stated;
}

Result<Step> Reader::next(std::string_view field) {
  if (depth_ == 0) {
    return malformed(field, "no array or map is open");
  }
  Container& container = open_[depth_ - 1];
  if (container.left) {
    if (*container.left == 0) {
      --depth_;
      return Step::end;
    }
    --*container.left;
    return Step::item;
  }
  if (rest_.empty()) {
    return malformed(field, "the input ends inside an array or map");
  }
  if (rest_[0] == kBreak) {
    rest_ = rest_.subspan(1);
    --depth_;
    return Step::end;
  }
  return Step::item;
}

Result<void> Reader::skip_map(std::string_view field) {
  TENZRO_RETURN_IF_ERROR(enter_map(field));
  KeySet keys;
  while (true) {
    TENZRO_ASSIGN_OR_RETURN(const Step step, next(field));
    if (step == Step::end) {
      return {};
    }
    TENZRO_ASSIGN_OR_RETURN(const Key found, key(field));
    TENZRO_RETURN_IF_ERROR(keys.add(field, found));
    TENZRO_RETURN_IF_ERROR(skip(field));
  }
}

Result<void> Reader::skip(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Type type, peek(field));
  if (type == Type::map) {
    return skip_map(field);
  }
  if (type != Type::array) {
    TENZRO_RETURN_IF_ERROR(key(field));
    return {};
  }
  TENZRO_RETURN_IF_ERROR(enter_array(field));
  while (true) {
    TENZRO_ASSIGN_OR_RETURN(const Step step, next(field));
    if (step == Step::end) {
      return {};
    }
    TENZRO_RETURN_IF_ERROR(skip(field));
  }
}

Result<void> Reader::expect_end() const {
  if (depth_ != 0) {
    return Error(ErrorCode::malformed_input, concat(what_, ": an array or map is not read to its end"));
  }
  if (!rest_.empty()) {
    return Error(ErrorCode::malformed_input,
                 concat(what_, ": ", rest_.size(), " unexpected bytes at offset ", offset()));
  }
  return {};
}

}  // namespace tenzro::tee::cbor
