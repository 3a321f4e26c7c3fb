// SPDX-License-Identifier: Apache-2.0
// Versions of drivers and VBIOSes: numbers with dots between them, compared number by number and never as text.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenzro::tee::nvidia {

using Version = std::vector<std::uint32_t>;

/// "550.90.07": 1 to 8 decimal numbers of 1 to 9 digits. Nothing for anything else.
std::optional<Version> parse_driver_version(std::string_view text);
/// "96.00.9F.00.01": the same in hexadecimal, of 1 to 8 digits, upper or lower case.
std::optional<Version> parse_vbios_version(std::string_view text);

/// True when the driver reaches its branch's floor or, where its branch has none, is of a newer branch than all floors.
/// False for texts that are no versions.
bool reaches_driver_floor(std::string_view version, const std::vector<std::string>& floors);

/// True when both are of one family (the same first number) and version is not less.
bool reaches_vbios_floor(std::string_view version, std::string_view floor);

/// Upper and lower case of hexadecimal digits say the same.
bool same_version(std::string_view a, std::string_view b);

}  // namespace tenzro::tee::nvidia
