// SPDX-License-Identifier: Apache-2.0
// The one strict way into JSON, and reading it by path with the expected type.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/json_value.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::json {

struct Limits {
  std::size_t max_size = std::size_t{4} << 20;  ///< bytes of text
  std::size_t max_depth = 64;                   ///< nested arrays and objects
  std::size_t max_values = std::size_t{1}
                           << 18;  ///< values of every kind: bounds the memory that a small text can ask for
};

/// One JSON text (RFC 8259), whole: UTF-8 (checked), no byte-order mark, no duplicate member names at any level, no NUL
/// in strings, integers only (64 bits; a fraction or exponent is refused), nothing but white space after it.
/// malformed_input with line and column (in bytes, from 1) otherwise. Does not throw and does not recurse.
Result<Value> parse(ByteView text, const Limits& limits = {});

/// The members of the top-level object of a text that parse() accepts, in order, each with the exact bytes of its
/// value: what a signature over "the value of member x" covers. Views into text. malformed_input when text is no
/// object.
Result<std::vector<std::pair<std::string, ByteView>>> raw_members(ByteView text, const Limits& limits = {});

/// A text's value and its top-level members: parse() and raw_members() for the price of one parse.
struct ParsedObject {
  Value value;
  std::vector<std::pair<std::string, ByteView>> members;
};
Result<ParsedObject> parse_object(ByteView text, const Limits& limits = {});

/// A value with its path, so that errors read "tcbInfo.tcbLevels[3].tcb.pcesvn: expected an unsigned integer up to
/// 65535". Refers to the Value that it was made from, which must outlive it.
class Node {
 public:
  Node(const Value& value, std::string path) : value_(&value), path_(std::move(path)) {}
  const Value& value() const noexcept { return *value_; }
  const std::string& path() const noexcept { return path_; }

  Result<Node> member(std::string_view name) const;  ///< of an object; malformed_input when absent
  Result<std::optional<Node>> optional_member(std::string_view name) const;  ///< empty when absent (null is present)
  bool has(std::string_view name) const;
  Result<std::vector<Node>> array(std::size_t max_size) const;  ///< the elements
  Result<std::string> string(std::size_t max_size = 4096) const;
  Result<std::uint64_t> unsigned_integer(std::uint64_t max) const;
  /// A string of exactly N bytes in hex, either case.
  template <std::size_t N>
  Result<ByteArray<N>> hex() const;
  Result<UtcTime> time() const;                  ///< an RFC 3339 string
  Error wrong(std::string_view expected) const;  ///< malformed_input: "path: expected ..."

 private:
  Result<Bytes> hex_bytes(std::size_t size) const;
  const Value* value_;
  std::string path_;
};

template <std::size_t N>
Result<ByteArray<N>> Node::hex() const {
  auto bytes = hex_bytes(N);
  if (!bytes) {
    return std::move(bytes).error();
  }
  ByteArray<N> out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

}  // namespace tenzro::tee::json
