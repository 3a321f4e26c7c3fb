// SPDX-License-Identifier: Apache-2.0
// Waiting between two attempts, without keeping a caller who wants to leave.
#pragma once
#include "device/system.hpp"

namespace tenzro::tee::device {

/// Sleeps through System::sleep in short pieces. False, and early, when the waiting is over.
bool pause(System& system, std::chrono::milliseconds duration, const Waiting& waiting);

}  // namespace tenzro::tee::device
