// SPDX-License-Identifier: Apache-2.0
// DER by the rules of ITU-T X.690, clauses 8, 10 and 11: each value has one encoding, and every other one is refused.
#include "formats/der.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::der {

namespace {

constexpr std::uint8_t kHighTagNumber = 0x1f;
constexpr std::uint8_t kLongLength = 0x80;
constexpr std::size_t kMaxLengthOctets = 8;

Error malformed(std::string_view what, std::string_view field, std::string_view problem) {
  return Error(ErrorCode::malformed_input, concat(what, field.empty() ? "" : ".", field, ": ", problem));
}

std::string tag_text(std::uint8_t tag) { return concat("0x", to_hex(std::array{tag})); }

/// Universal types that are always constructed in DER; all others are always primitive (X.690, 8.9, 8.11, 8.18, 10.2).
bool may_be_constructed(std::uint8_t number) {
  constexpr std::uint8_t kExternal = 8, kEmbeddedPdv = 11, kSequenceNumber = 16, kSetNumber = 17, kCharacterString = 29;
  return number == kExternal || number == kEmbeddedPdv || number == kSequenceNumber || number == kSetNumber ||
         number == kCharacterString;
}

/// Empty when the identifier octet is one that DER allows.
std::string_view tag_problem(std::uint8_t tag) {
  const std::uint8_t number = tag & 0x1f;
  if (number == kHighTagNumber) {
    return "high tag number";
  }
  if ((tag & 0xc0) != 0) {
    return {};
  }
  if (number == 0) {
    return "tag of no type";
  }
  if (((tag & 0x20) != 0) != may_be_constructed(number)) {
    return "constructed where DER is primitive, or the reverse";
  }
  return {};
}

struct Length {
  std::uint64_t value = 0;
  std::size_t octets = 0;
};

/// in: from the length octets on.
Result<Length> read_length(std::string_view what, std::string_view field, ByteView in, std::size_t at) {
  if (in.empty()) {
    return malformed(what, field, concat("ends before its length at offset ", at));
  }
  const std::uint8_t first = in.front();
  if (first < kLongLength) {
    return Length{first, 1};
  }
  if (first == kLongLength) {
    return malformed(what, field, concat("indefinite length at offset ", at));
  }
  const std::size_t count = first & 0x7f;
  if (count > kMaxLengthOctets) {
    return malformed(what, field, concat("length of ", count, " bytes at offset ", at, ", expected at most 8"));
  }
  if (count > in.size() - 1) {
    return malformed(what, field, concat("ends inside its length at offset ", at));
  }
  std::uint64_t value = 0;
  for (const std::uint8_t byte : in.subspan(1, count)) {
    value = (value << 8) | byte;
  }
  if (in[1] == 0 || value < kLongLength) {
    return malformed(what, field, concat("length at offset ", at, " is not in its shortest form"));
  }
  return Length{value, count + 1};
}

/// Empty when the content is that of a minimal INTEGER or ENUMERATED (X.690, 8.3.2).
std::string_view integer_problem(ByteView content) {
  if (content.empty()) {
    return "integer without content";
  }
  if (content.size() == 1) {
    return {};
  }
  const bool next_is_negative = (content[1] & 0x80) != 0;
  if (content[0] == 0x00 && !next_is_negative) {
    return "integer with a needless leading 00";
  }
  if (content[0] == 0xff && next_is_negative) {
    return "integer with a needless leading ff";
  }
  return {};
}

Result<std::uint64_t> unsigned_value(std::string_view what, std::string_view field, ByteView content,
                                     std::uint64_t max) {
  if (const auto problem = integer_problem(content); !problem.empty()) {
    return malformed(what, field, problem);
  }
  if ((content[0] & 0x80) != 0) {
    return malformed(what, field, "negative, expected an integer of 0 or more");
  }
  const ByteView digits = content[0] == 0 ? content.subspan(1) : content;
  std::uint64_t value = 0;
  for (const std::uint8_t byte : digits.first(std::min(digits.size(), sizeof(value)))) {
    value = (value << 8) | byte;
  }
  if (digits.size() > sizeof(value) || value > max) {
    return malformed(what, field, concat("expected an integer up to ", max));
  }
  return value;
}

}  // namespace

Result<Element> Reader::next(std::string_view field) {
  if (rest_.empty()) {
    return malformed(what_, field, concat("absent: nothing left at offset ", at_));
  }
  const std::uint8_t tag = rest_.front();
  if (const auto problem = tag_problem(tag); !problem.empty()) {
    return malformed(what_, field, concat(problem, " (", tag_text(tag), ") at offset ", at_));
  }
  TENZRO_ASSIGN_OR_RETURN(const Length length, read_length(what_, field, rest_.subspan(1), at_ + 1));
  const std::size_t head = 1 + length.octets;
  const std::size_t left = rest_.size() - head;
  if (length.value > left) {
    return malformed(what_, field,
                     concat("needs ", length.value, " bytes at offset ", at_ + head, ", ", left, " left"));
  }
  const auto size = static_cast<std::size_t>(length.value);
  Element out;
  out.tag = tag;
  out.content = rest_.subspan(head, size);
  out.whole = rest_.first(head + size);
  rest_ = rest_.subspan(head + size);
  at_ += head + size;
  return out;
}

Result<Element> Reader::next(std::string_view field, std::uint8_t tag) {
  if (!rest_.empty() && rest_.front() != tag) {
    return malformed(what_, field,
                     concat("tag ", tag_text(rest_.front()), " at offset ", at_, ", expected ", tag_text(tag)));
  }
  return next(field);
}

Result<Reader> Reader::enter(std::string_view field, std::uint8_t tag) {
  TENZRO_ASSIGN_OR_RETURN(const Element element, next(field, tag));
  return Reader(field, element.content);
}

Result<void> Reader::expect_end() const {
  if (rest_.empty()) {
    return {};
  }
  return malformed(what_, {}, concat(rest_.size(), " unexpected bytes at offset ", at_));
}

Result<std::uint64_t> Reader::unsigned_integer(std::string_view field, std::uint64_t max) {
  TENZRO_ASSIGN_OR_RETURN(const Element element, next(field, kInteger));
  return unsigned_value(what_, field, element.content, max);
}

Result<ByteView> Reader::integer_bytes(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Element element, next(field, kInteger));
  if (const auto problem = integer_problem(element.content); !problem.empty()) {
    return malformed(what_, field, problem);
  }
  return element.content;
}

Result<std::uint64_t> Reader::enumerated(std::string_view field, std::uint64_t max) {
  TENZRO_ASSIGN_OR_RETURN(const Element element, next(field, kEnumerated));
  return unsigned_value(what_, field, element.content, max);
}

Result<std::string> Reader::oid(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Element element, next(field, kOid));
  auto text = oid_text(element.content);
  if (!text) {
    return std::move(text).error().with_context(concat(what_, ".", field));
  }
  return text;
}

Result<ByteView> Reader::octet_string(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Element element, next(field, kOctetString));
  return element.content;
}

Result<Boolean> Reader::boolean_value(std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Element element, next(field, kBoolean));
  if (element.content.size() == 1 && element.content[0] == 0x00) {
    return Boolean::no;
  }
  if (element.content.size() == 1 && element.content[0] == 0xff) {
    return Boolean::yes;
  }
  return malformed(what_, field, "expected a boolean of one byte, 00 or ff");
}

Result<Element> single(std::string_view what, ByteView in) {
  Reader reader(what, in);
  TENZRO_ASSIGN_OR_RETURN(const Element element, reader.next({}));
  TENZRO_RETURN_IF_ERROR(reader.expect_end());
  return element;
}

Result<std::string> oid_text(ByteView content) {
  if (content.empty()) {
    return malformed("oid", {}, "no content");
  }
  if ((content.back() & 0x80) != 0) {
    return malformed("oid", {}, "ends inside an arc");
  }
  std::string out;
  out.reserve(3 * content.size() + 2);
  const auto append = [&out](std::uint64_t arc) {
    std::array<char, 20> digits{};
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), arc).ptr);
  };
  std::uint64_t arc = 0;
  bool at_arc_start = true;
  for (const std::uint8_t byte : content) {
    if (at_arc_start && byte == 0x80) {
      return malformed("oid", {}, "arc with a needless leading 80");
    }
    if ((arc >> 57) != 0) {
      return malformed("oid", {}, "arc of more than 64 bits");
    }
    arc = (arc << 7) | (byte & 0x7f);
    at_arc_start = (byte & 0x80) == 0;
    if (!at_arc_start) {
      continue;
    }
    if (out.empty()) {
      // The first two arcs travel as one: 40 * first + second, first at most 2 (X.690, 8.19.4).
      const std::uint64_t first = std::min<std::uint64_t>(arc / 40, 2);
      append(first);
      arc -= first * 40;
    }
    out.push_back('.');
    append(arc);
    arc = 0;
  }
  return out;
}

}  // namespace tenzro::tee::der
