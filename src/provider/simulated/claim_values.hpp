// SPDX-License-Identifier: Apache-2.0
// What a simulated machine is told to say of itself: text in, specification of evidence out.
#pragma once
#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.hpp"
#include "core/try.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::simulated {

/// One claim that may be set: its name, and how it enters a specification.
template <class Spec>
struct Claim {
  std::string_view name;
  std::function<Result<void>(Spec&, std::string_view)> set;
};

/// Hex digits of exactly this many bytes. invalid_argument.
Result<Bytes> hex_value(std::string_view text, std::size_t size);
/// A decimal number, least to most. invalid_argument.
Result<std::uint64_t> number_value(std::string_view text, std::uint64_t least, std::uint64_t most);

template <std::size_t N>
Result<void> set_bytes(ByteArray<N>& into, std::string_view text) {
  TENZRO_ASSIGN_OR_RETURN(const Bytes bytes, hex_value(text, N));
  std::ranges::copy(bytes, into.begin());
  return {};
}
template <class Number>
Result<void> set_number(Number& into, std::string_view text, std::uint64_t least, std::uint64_t most) {
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t number, number_value(text, least, most));
  into = static_cast<Number>(number);
  return {};
}

template <class Spec>
std::vector<std::string_view> names_of(std::span<const Claim<Spec>> claims) {
  std::vector<std::string_view> out;
  for (const Claim<Spec>& claim : claims) {
    out.push_back(claim.name);
  }
  return out;
}

/// invalid_argument names the claim that has another name or form.
template <class Spec>
Result<void> apply(Spec& spec, std::span<const Claim<Spec>> known, const SimulatedClaims& claims) {
  for (const auto& [name, value] : claims) {
    const auto claim = std::ranges::find(known, std::string_view(name), &Claim<Spec>::name);
    if (claim == known.end()) {
      std::string names;
      for (const Claim<Spec>& one : known) {
        names += concat(names.empty() ? "" : ", ", one.name);
      }
      return Error(ErrorCode::invalid_argument,
                   concat("simulated claim ", printable(name), ": there is none of this name; there are ", names));
    }
    if (auto set = claim->set(spec, value); !set) {
      return std::move(set).error().with_context(concat("simulated claim ", name));
    }
  }
  return {};
}

}  // namespace tenzro::tee::simulated
