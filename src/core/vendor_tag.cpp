// SPDX-License-Identifier: Apache-2.0
#include "core/vendor_tag.hpp"

#include <algorithm>
#include <cstdint>

#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool stands_as_it_is(char c) { return is_letter_or_digit(c) || std::string_view("._:/+=@,-").contains(c); }
bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

/// Only what add() writes: an escape of a character that needs none would be a second name for the same value.
bool is_value(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (stands_as_it_is(text[i])) {
      continue;
    }
    const std::size_t high = i + 2 < text.size() ? kHexDigits.find(text[i + 1]) : std::string_view::npos;
    const std::size_t low = i + 2 < text.size() ? kHexDigits.find(text[i + 2]) : std::string_view::npos;
    if (text[i] != '%' || high == std::string_view::npos || low == std::string_view::npos ||
        stands_as_it_is(static_cast<char>(high * 16 + low))) {
      return false;
    }
    i += 2;
  }
  return true;
}

Error differs(std::string_view what, std::string_view stored, std::string_view own) {
  return Error(ErrorCode::authentication_failed,
               concat("unseal: the data name another derivation: ", what, " is \"", printable(stored),
                      "\" in them and \"", printable(own), "\" here; nothing was asked of any device or service"));
}

}  // namespace

VendorTag& VendorTag::add(std::string parameter, std::string_view value) {
  std::string written;
  for (const char c : value) {
    if (stands_as_it_is(c)) {
      written += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      written += '%';
      written += kHexDigits[byte >> 4U];
      written += kHexDigits[byte & 15U];
    }
  }
  parameters_.emplace_back(std::move(parameter), std::move(written));
  return *this;
}

VendorTag& VendorTag::add(std::string parameter, std::uint64_t value) {
  return add(std::move(parameter), std::string_view(std::to_string(value)));
}

const std::string* VendorTag::value(std::string_view parameter) const noexcept {
  const auto found = std::ranges::find(parameters_, parameter, &std::pair<std::string, std::string>::first);
  return found == parameters_.end() ? nullptr : &found->second;
}

std::string VendorTag::text() const {
  std::string out = name_;
  for (const auto& [parameter, value] : parameters_) {
    out += concat(";", parameter, "=", value);
  }
  return out;
}

Result<VendorTag> VendorTag::parse(std::string_view text) {
  const Error malformed(ErrorCode::malformed_input,
                        concat("vendor tag \"", printable(text), "\": expected name;parameter=value;..."));
  if (text.size() > kMaxVendorTag) {
    return malformed;
  }
  std::size_t end = std::min(text.find(';'), text.size());
  if (!is_name(text.substr(0, end))) {
    return malformed;
  }
  VendorTag out{std::string(text.substr(0, end))};
  while (end < text.size()) {
    const std::size_t begin = end + 1;
    end = std::min(text.find(';', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos || !is_name(part.substr(0, equals)) || !is_value(part.substr(equals + 1)) ||
        out.value(part.substr(0, equals)) != nullptr) {
      return malformed;
    }
    out.parameters_.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
  return out;
}

Result<void> demand_same_derivation(const VendorTag& stored, const VendorTag& own,
                                    std::initializer_list<std::string_view> may_differ) {
  if (stored.name() != own.name()) {
    return differs("the root", stored.name(), own.name());
  }
  for (const auto& [parameter, value] : own.parameters()) {
    const std::string* const found = stored.value(parameter);
    const bool free = std::ranges::find(may_differ, parameter) != may_differ.end();
    if (found == nullptr || (*found != value && !free)) {
      return differs(parameter, found == nullptr ? std::string_view("(none)") : *found, value);
    }
  }
  for (std::size_t i = 0; i < stored.parameters().size(); ++i) {
    const std::string& parameter = stored.parameters()[i].first;
    if (i >= own.parameters().size() || own.parameters()[i].first != parameter) {
      return differs(parameter, stored.parameters()[i].second, "(not there, or elsewhere)");
    }
  }
  return {};
}

}  // namespace tenzro::tee
