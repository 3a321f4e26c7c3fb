// SPDX-License-Identifier: Apache-2.0
// How old evidence may be that says itself, signed, when it was made.
#pragma once
#include <chrono>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/finding.hpp"
#include "x509/path_checker.hpp"

namespace tenzro::tee {

/// True when evidence signed then is at most this old, give or take the moment's skew; nothing is younger than a
/// negative age. Times are compared by whole seconds, as ours have no parts.
bool is_young_enough(std::chrono::sys_time<std::chrono::milliseconds> signed_at, const x509::Moment& moment,
                     std::chrono::seconds max_age);
/// Until when such evidence, judged with this skew, stays young enough.
UtcTime young_until(std::chrono::sys_time<std::chrono::milliseconds> signed_at, const x509::Moment& moment,
                    std::chrono::seconds max_age);
/// The finding for one that is not.
Finding too_old(std::chrono::sys_time<std::chrono::milliseconds> signed_at, UtcTime at, std::chrono::seconds max_age);

}  // namespace tenzro::tee
