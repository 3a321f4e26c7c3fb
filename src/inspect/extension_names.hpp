// SPDX-License-Identifier: Apache-2.0
// Names for the object identifiers of certificate extensions.
#pragma once
#include <string_view>

namespace tenzro::tee::inspect_detail {

/// "basic_constraints" for "2.5.29.19"; empty for one that has no name here.
std::string_view extension_name(std::string_view oid) noexcept;

}  // namespace tenzro::tee::inspect_detail
