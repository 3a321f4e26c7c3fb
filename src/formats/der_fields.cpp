// SPDX-License-Identifier: Apache-2.0
#include "formats/der_fields.hpp"

#include <algorithm>
#include <chrono>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::der {

namespace {

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxExtensions = 64;
constexpr std::uint8_t kConstructed = 0x20;

Error malformed(std::string_view what, std::string_view problem) {
  return Error(ErrorCode::malformed_input, concat(what, ": ", problem));
}

/// What DER asks of the content of a primitive element.
Result<void> check_primitive(std::string_view what, const Element& element) {
  switch (element.tag) {
    case kBoolean: {
      TENZRO_RETURN_IF_ERROR(Reader(what, element.whole).boolean_value("boolean"));
      return {};
    }
    case kInteger: {
      TENZRO_RETURN_IF_ERROR(Reader(what, element.whole).integer_bytes("integer"));
      return {};
    }
    case kOid:
      // Arcs may be larger than 64 bits (2.25 UUIDs), so only their form is looked at here.
      if (element.content.empty() || (element.content.back() & 0x80) != 0) {
        return malformed(what, "an object identifier that ends inside an arc");
      }
      for (std::size_t i = 0; i < element.content.size(); ++i) {
        const bool arc_begins = i == 0 || (element.content[i - 1] & 0x80) == 0;
        if (arc_begins && element.content[i] == 0x80) {
          return malformed(what, "an object identifier with a needless leading 80");
        }
      }
      return {};
    case kNull:
      if (!element.content.empty()) {
        return malformed(what, "a NULL with content");
      }
      return {};
    case kBitString: {
      if (element.content.empty() || element.content[0] > 7) {
        return malformed(what, "a bit string without its bit count");
      }
      const unsigned unused = element.content[0];
      const bool stray =
          unused != 0 && (element.content.size() == 1 || (element.content.back() & ((1U << unused) - 1)) != 0);
      if (stray) {
        return malformed(what, "a bit string with stray bits");
      }
      return {};
    }
    default:
      return {};
  }
}

/// DER sorts the elements of a SET OF by their encodings (X.690, 11.6).
Result<void> check_set_order(std::string_view what, ByteView content) {
  Reader in(what, content);
  ByteView previous;
  while (!in.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(const Element element, in.next("set"));
    if (std::ranges::lexicographical_compare(element.whole, previous)) {
      return malformed(what, "a set out of order");
    }
    previous = element.whole;
  }
  return {};
}

bool two_digits(ByteView text, std::size_t at, unsigned& out) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (!digit(at) || !digit(at + 1)) {
    return false;
  }
  out = static_cast<unsigned>(text[at] - '0') * 10 + static_cast<unsigned>(text[at + 1] - '0');
  return true;
}

}  // namespace

Result<void> check_der(std::string_view what, ByteView in) {
  std::vector<Reader> open;
  open.emplace_back(what, in);
  while (!open.empty()) {
    if (open.back().at_end()) {
      open.pop_back();
      continue;
    }
    TENZRO_ASSIGN_OR_RETURN(const Element element, open.back().next({}));
    if ((element.tag & kConstructed) == 0) {
      TENZRO_RETURN_IF_ERROR(check_primitive(what, element));
      continue;
    }
    if (open.size() > kMaxDepth) {
      return malformed(what, "nested more than 16 levels deep");
    }
    if (element.tag == kSet) {
      TENZRO_RETURN_IF_ERROR(check_set_order(what, element.content));
    }
    open.emplace_back(what, element.content);
  }
  return {};
}

Result<UtcTime> read_time(Reader& in, std::string_view field) {
  const bool general = in.peek() == kGeneralizedTime;
  TENZRO_ASSIGN_OR_RETURN(const Element element, in.next(field, general ? kGeneralizedTime : kUtcTime));
  const ByteView text = element.content;
  const std::size_t year_digits = general ? 4 : 2;
  unsigned century = 0, years = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool shaped = text.size() == year_digits + 11 && text.back() == 'Z' &&
                      (!general || two_digits(text, 0, century)) && two_digits(text, year_digits - 2, years) &&
                      two_digits(text, year_digits, month) && two_digits(text, year_digits + 2, day) &&
                      two_digits(text, year_digits + 4, hour) && two_digits(text, year_digits + 6, minute) &&
                      two_digits(text, year_digits + 8, second);
  if (!shaped) {
    return malformed(field, "a time must have seconds, end in Z and have no fraction");
  }
  // Two-digit years from 50 on are of the twentieth century.
  if (!general) {
    century = years >= 50 ? 19 : 20;
  }
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(century * 100 + years)),
                                         std::chrono::month(month), std::chrono::day(day));
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
    return malformed(field, "no such date or time of day");
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

Result<ByteView> read_whole_bit_string(Reader& in, std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const Element element, in.next(field, kBitString));
  if (element.content.empty() || element.content[0] != 0) {
    return malformed(field, "a bit string of whole bytes is expected");
  }
  return element.content.subspan(1);
}

Result<std::vector<Extension>> read_extensions(Reader& in, std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(Reader list, in.enter(field, kSequence));
  if (list.at_end()) {
    return malformed(field, "an empty list of extensions");
  }
  std::vector<Extension> out;
  while (!list.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(Reader item, list.enter(field, kSequence));
    Extension extension;
    TENZRO_ASSIGN_OR_RETURN(extension.oid, item.oid(field));
    if (item.peek() == kBoolean) {
      TENZRO_ASSIGN_OR_RETURN(const auto critical, item.boolean_value(field));
      // FALSE is the default and DER leaves defaults out.
      if (critical != Boolean::yes) {
        return malformed(field, concat(extension.oid, ": critical FALSE written out"));
      }
      extension.critical = true;
    }
    TENZRO_ASSIGN_OR_RETURN(extension.value, item.octet_string(field));
    TENZRO_RETURN_IF_ERROR(item.expect_end());
    if (out.size() == kMaxExtensions) {
      return malformed(field, "more than 64 extensions");
    }
    if (find_extension(out, extension.oid) != nullptr) {
      return malformed(field, concat(extension.oid, " twice"));
    }
    out.push_back(std::move(extension));
  }
  return out;
}

const Extension* find_extension(const std::vector<Extension>& extensions, std::string_view wanted) noexcept {
  const auto found = std::ranges::find(extensions, wanted, &Extension::oid);
  return found == extensions.end() ? nullptr : &*found;
}

}  // namespace tenzro::tee::der
