// SPDX-License-Identifier: Apache-2.0
// CBOR as libcbor reads it: an independent decoder to hold ours against. Only for small inputs without large counts,
// which make it allocate before it looks.
#pragma once
#include <cbor.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "formats/cbor.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

struct FreeCbor {
  void operator()(cbor_item_t* item) const noexcept { cbor_decref(&item); }
};
using CborPtr = std::unique_ptr<cbor_item_t, FreeCbor>;

/// The whole input as one item; null when libcbor finds anything wrong, or anything after it.
inline CborPtr load_with_libcbor(ByteView input) {
  cbor_load_result result{};
  CborPtr item(input.empty() ? nullptr : cbor_load(input.data(), input.size(), &result));
  return item && result.error.code == CBOR_ERR_NONE && result.read == input.size() ? std::move(item) : nullptr;
}

/// False for heads of arrays and maps with counts of four or more bytes anywhere in the input, wanted or not.
inline bool is_safe_for_libcbor(ByteView input) {
  return std::ranges::none_of(
      input, [](std::uint8_t byte) { return byte == 0x9a || byte == 0x9b || byte == 0xba || byte == 0xbb; });
}

/// What an item says, in one notation for both decoders; nothing for what our reader refuses on purpose.
inline std::optional<std::string> told_by_libcbor(const cbor_item_t* item, std::size_t depth = 0);

inline std::optional<std::string> list_told_by_libcbor(cbor_item_t* const* items, std::size_t count,
                                                       std::size_t depth) {
  std::string out = "[";
  for (std::size_t i = 0; i < count; ++i) {
    const auto told = told_by_libcbor(items[i], depth);
    if (!told) {
      return std::nullopt;
    }
    out += *told + ",";
  }
  return out + "]";
}

inline std::optional<std::string> map_told_by_libcbor(const cbor_item_t* item, std::size_t depth) {
  const std::span<const cbor_pair> pairs(cbor_map_handle(item), cbor_map_size(item));
  std::string out = "{";
  std::vector<std::string> keys;
  for (const cbor_pair& pair : pairs) {
    const auto key = told_by_libcbor(pair.key, depth);
    const auto value = told_by_libcbor(pair.value, depth);
    const bool container_key = cbor_isa_array(pair.key) || cbor_isa_map(pair.key);
    if (!key || !value || container_key || std::ranges::find(keys, *key) != keys.end()) {
      return std::nullopt;
    }
    keys.push_back(*key);
    out += *key + ":" + *value + ",";
  }
  return pairs.size() > cbor::kMaxPairs ? std::nullopt : std::optional(out + "}");
}

inline std::optional<std::string> told_by_libcbor(const cbor_item_t* item, std::size_t depth) {
  switch (cbor_typeof(item)) {
    case CBOR_TYPE_UINT:
      return "+" + std::to_string(cbor_get_int(item));
    case CBOR_TYPE_NEGINT:
      return "-" + std::to_string(cbor_get_int(item));
    case CBOR_TYPE_BYTESTRING:
      if (!cbor_bytestring_is_definite(item)) {
        return std::nullopt;
      }
      return "h" + to_hex({cbor_bytestring_handle(item), cbor_bytestring_length(item)});
    case CBOR_TYPE_STRING:
      if (!cbor_string_is_definite(item)) {
        return std::nullopt;
      }
      return "t" + to_hex({cbor_string_handle(item), cbor_string_length(item)});
    case CBOR_TYPE_ARRAY:
      return depth == cbor::kMaxDepth ? std::nullopt
                                      : list_told_by_libcbor(cbor_array_handle(item), cbor_array_size(item), depth + 1);
    case CBOR_TYPE_MAP:
      return depth == cbor::kMaxDepth ? std::nullopt : map_told_by_libcbor(item, depth + 1);
    case CBOR_TYPE_FLOAT_CTRL:
      if (!cbor_float_ctrl_is_ctrl(item)) {
        return std::nullopt;
      }
      return cbor_is_null(item)   ? std::optional<std::string>("null")
             : cbor_is_bool(item) ? std::optional<std::string>(cbor_get_bool(item) ? "true" : "false")
                                  : std::nullopt;
    case CBOR_TYPE_TAG:
      return std::nullopt;
  }
  return std::nullopt;
}

/// What our reader says of the whole input, in the same notation; nothing when it refuses it.
class TellingReader {
 public:
  static std::optional<std::string> tell(ByteView input) {
    TellingReader reader(input);
    if (!reader.item() || !reader.in_.expect_end()) {
      return std::nullopt;
    }
    return std::move(reader.out_);
  }

 private:
  explicit TellingReader(ByteView input)
      : in_("item", input, {.shortest_heads = false, .indefinite_containers = true}) {}

  bool scalar() {
    const auto key = in_.key("value");
    if (!key) {
      return false;
    }
    switch (key->type) {
      case cbor::Type::unsigned_integer:
        out_ += "+" + std::to_string(key->number);
        return true;
      case cbor::Type::negative_integer:
        out_ += "-" + std::to_string(key->number);
        return true;
      case cbor::Type::byte_string:
        out_ += "h" + to_hex(key->bytes);
        return true;
      case cbor::Type::text_string:
        out_ += "t" + to_hex(key->bytes);
        return true;
      case cbor::Type::boolean:
        out_ += key->number == 1 ? "true" : "false";
        return true;
      case cbor::Type::null:
        out_ += "null";
        return true;
      case cbor::Type::array:
      case cbor::Type::map:
        break;
    }
    return false;
  }

  bool container(bool map) {
    if (!(map ? in_.enter_map("value") : in_.enter_array("value"))) {
      return false;
    }
    out_ += map ? "{" : "[";
    cbor::KeySet keys;
    while (true) {
      const auto step = in_.next("value");
      if (!step) {
        return false;
      }
      if (*step == cbor::Step::end) {
        out_ += map ? "}" : "]";
        return true;
      }
      if (map && !pair_key(keys)) {
        return false;
      }
      if (!item()) {
        return false;
      }
      out_ += ",";
    }
  }

  bool pair_key(cbor::KeySet& keys) {
    cbor::Reader ahead = in_;
    const auto key = ahead.key("value");
    if (!key || !keys.add("map", *key) || !scalar()) {
      return false;
    }
    out_ += ":";
    return true;
  }

  bool item() {
    const auto type = in_.peek("value");
    if (!type) {
      return false;
    }
    const bool map = *type == cbor::Type::map;
    return map || *type == cbor::Type::array ? container(map) : scalar();
  }

  cbor::Reader in_;
  std::string out_;
};

}  // namespace tenzro::tee::test
