// SPDX-License-Identifier: Apache-2.0
// Vendor tags: which root sealed something, and by which derivation.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenzro/tee/result.hpp"

namespace tenzro::tee {

inline constexpr std::size_t kMaxVendorTag = 2048;
/// Of what a root stores beside its tag: one JSON object.
inline constexpr std::size_t kMaxSealingMetadata = 2048;

/// "amd-sev-snp;key=vcek;gfs=41;vmpl=1": a name, then parameters in an order that the root fixes. Public; part of every
/// key derivation, so that two derivations never share a key.
class VendorTag {
 public:
  explicit VendorTag(std::string name) : name_(std::move(name)) {}
  /// As text() writes it and no other way: what is not written so is refused with malformed_input.
  static Result<VendorTag> parse(std::string_view text);

  /// Any value; other characters than letters, digits and "._:/+=@,-" are written as %XX.
  VendorTag& add(std::string parameter, std::string_view value);
  VendorTag& add(std::string parameter, std::uint64_t value);

  const std::string& name() const noexcept { return name_; }
  /// Of this parameter, as it is written; null when there is none.
  const std::string* value(std::string_view parameter) const noexcept;
  const std::vector<std::pair<std::string, std::string>>& parameters() const noexcept { return parameters_; }
  std::string text() const;

 private:
  std::string name_;
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// A header never chooses the derivation: the stored tag must equal the caller's own, parameter by parameter and in the
/// same order; only the values of those in may_differ are the root's to judge. authentication_failed names the first
/// that is not the same: all of them are public.
Result<void> demand_same_derivation(const VendorTag& stored, const VendorTag& own,
                                    std::initializer_list<std::string_view> may_differ = {});

}  // namespace tenzro::tee
