// SPDX-License-Identifier: Apache-2.0
// Rows of a survey that the providers of several platforms write alike.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "device/configfs_tsm.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::provider {

/// Of a row that is no way to evidence.
inline constexpr std::string_view kSignOnly = "a sign only; evidence comes through the interfaces";

/// configfs-tsm, for the platform whose provider is named so. other_signs: the machine shows others of this platform;
/// then an interface that does not say whose it is counts as this platform's.
ProbeFinding tsm_finding(Platform platform, std::string_view provider, const device::TsmState& tsm, bool other_signs);

/// configfs-tsm again, where its driver is, or may be, of a platform that none of these rows stands for: nothing, or
/// one row of Platform::unknown, present, since hardware shows in it.
std::vector<ProbeFinding> foreign_tsm_finding(const device::TsmState& tsm, std::span<const ProbeFinding> rows);

/// A device that must be read and written. absent: what to do where there is none.
ProbeFinding device_finding(device::System& system, Platform platform, std::string_view path, std::string_view absent);

}  // namespace tenzro::tee::provider
