// SPDX-License-Identifier: Apache-2.0
// DER, read strictly: one element at a time, canonical lengths only, sub-readers that cannot look past their own
// element.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::der {

/// Identifier octets of the tags that we meet (all in low-tag-number form).
enum Tag : std::uint8_t {
  kBoolean = 0x01,
  kInteger = 0x02,
  kBitString = 0x03,
  kOctetString = 0x04,
  kNull = 0x05,
  kOid = 0x06,
  kEnumerated = 0x0a,
  kUtf8String = 0x0c,
  kPrintableString = 0x13,
  kIa5String = 0x16,
  kUtcTime = 0x17,
  kGeneralizedTime = 0x18,
  kSequence = 0x30,
  kSet = 0x31,
  kContext0 = 0xa0,
  kContext1 = 0xa1,
  kContext2 = 0xa2,
  kContext3 = 0xa3  ///< constructed, context-specific
};

/// A BOOLEAN that was read. No bool, because "if (result)" would then ask the wrong question.
enum class Boolean : std::uint8_t { no = 0, yes = 1 };

struct Element {
  std::uint8_t tag = 0;
  ByteView content;  ///< view into the input
  ByteView whole;    ///< identifier, length and content
};

/// Threads: one thread at a time.
class Reader {
 public:
  /// what: a literal, for messages.
  Reader(std::string_view what, ByteView in) : what_(what), rest_(in) {}

  bool at_end() const noexcept { return rest_.empty(); }
  /// The tag of the next element; 0 at the end.
  std::uint8_t peek() const noexcept { return rest_.empty() ? 0 : rest_.front(); }
  /// malformed_input for high tag numbers, universal types in a form (primitive, constructed) that DER does not give
  /// them, indefinite or non-minimal lengths, and content that runs past the end.
  Result<Element> next(std::string_view field);
  /// The same, and the tag must be this one.
  Result<Element> next(std::string_view field, std::uint8_t tag);
  /// The next element's content as a reader; the tag must be this one.
  Result<Reader> enter(std::string_view field, std::uint8_t tag);
  Result<void> expect_end() const;

  // Typed reads; each demands DER's one encoding.
  Result<std::uint64_t> unsigned_integer(std::string_view field, std::uint64_t max);  ///< INTEGER >= 0, minimal
  Result<ByteView> integer_bytes(std::string_view field);  ///< INTEGER content, minimal, any sign
  Result<std::uint64_t> enumerated(std::string_view field, std::uint64_t max);
  Result<std::string> oid(std::string_view field);  ///< dotted decimal
  Result<ByteView> octet_string(std::string_view field);
  Result<Boolean> boolean_value(std::string_view field);  ///< content 00 or ff only

 private:
  std::string_view what_;
  ByteView rest_;
  std::size_t at_ = 0;
};

/// Exactly one element and nothing after it.
Result<Element> single(std::string_view what, ByteView in);

/// "1.2.840.113741.1.13.1" from OID content octets; malformed_input when an arc is not minimal or exceeds 64 bits.
Result<std::string> oid_text(ByteView content);

}  // namespace tenzro::tee::der
