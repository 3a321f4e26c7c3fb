// SPDX-License-Identifier: Apache-2.0
// RFC 3339 times, on the calendar types of <chrono>.
#include <charconv>

#include "core/text.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

Error malformed(std::string_view text, std::string_view why) {
  return Error(ErrorCode::malformed_input,
               concat("time \"", printable(text, 40), "\": ", why, "; write it like 2026-11-22T07:00:00Z"));
}

/// Consumes a number of exactly `digits` decimal digits.
bool take_number(std::string_view& text, std::size_t digits, unsigned& out) {
  if (text.size() < digits) {
    return false;
  }
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return false;
    }
  }
  std::from_chars(text.data(), text.data() + digits, out);
  text.remove_prefix(digits);
  return true;
}

bool take_char(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

bool take_fraction(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    ++digits;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

void append_padded(std::string& out, unsigned value, std::size_t width) {
  const std::string digits = std::to_string(value);
  out.append(width > digits.size() ? width - digits.size() : 0, '0');
  out.append(digits);
}

}  // namespace

std::string to_rfc3339(UtcTime time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  std::string out;
  append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out.push_back('-');
  append_padded(out, static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  append_padded(out, static_cast<unsigned>(date.day()), 2);
  out.push_back('T');
  append_padded(out, static_cast<unsigned>(clock.hours().count()), 2);
  out.push_back(':');
  append_padded(out, static_cast<unsigned>(clock.minutes().count()), 2);
  out.push_back(':');
  append_padded(out, static_cast<unsigned>(clock.seconds().count()), 2);
  out.push_back('Z');
  return out;
}

std::string to_rfc3339(std::chrono::sys_time<std::chrono::milliseconds> time) {
  const UtcTime seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::string out = to_rfc3339(seconds);
  out.back() = '.';
  append_padded(out, static_cast<unsigned>((time - seconds).count()), 3);
  out.push_back('Z');
  return out;
}

Result<UtcTime> from_rfc3339(std::string_view text) {
  std::string_view rest = text;
  unsigned y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  const bool shaped = take_number(rest, 4, y) && take_char(rest, '-') && take_number(rest, 2, mo) &&
                      take_char(rest, '-') && take_number(rest, 2, d) &&
                      (take_char(rest, 'T') || take_char(rest, 't')) && take_number(rest, 2, h) &&
                      take_char(rest, ':') && take_number(rest, 2, mi) && take_char(rest, ':') &&
                      take_number(rest, 2, s) && (!take_char(rest, '.') || take_fraction(rest));
  if (!shaped) {
    return malformed(text, "not of the RFC 3339 form");
  }
  std::chrono::minutes offset{0};
  if (!take_char(rest, 'Z') && !take_char(rest, 'z')) {
    const bool west = !rest.empty() && rest.front() == '-';
    unsigned oh = 0, om = 0;
    if (!(take_char(rest, '+') || take_char(rest, '-')) || !take_number(rest, 2, oh) || !take_char(rest, ':') ||
        !take_number(rest, 2, om) || oh > 23 || om > 59) {
      return malformed(text, "the offset must be Z or like +01:00");
    }
    offset = std::chrono::hours{oh} + std::chrono::minutes{om};
    if (west) {
      offset = -offset;
    }
  }
  if (!rest.empty()) {
    return malformed(text, "text follows");
  }
  const std::chrono::year_month_day date(year(static_cast<int>(y)), month(mo), day(d));
  // Second 60 is only a leap second where the rest says so; nothing that we read is issued at one.
  if (!date.ok() || h > 23 || mi > 59 || s > 59) {
    return malformed(text, "no such date or time of day");
  }
  const UtcTime time =
      std::chrono::sys_days(date) + std::chrono::hours{h} + std::chrono::minutes{mi} + std::chrono::seconds{s} - offset;
  if (time < UtcTime{}) {
    return malformed(text, "before 1970");
  }
  // An offset can carry the last hours of 9999 over.
  if (time >= UtcTime(std::chrono::sys_days(year(10000) / 1 / 1))) {
    return malformed(text, "after 9999");
  }
  return time;
}

}  // namespace tenzro::tee
