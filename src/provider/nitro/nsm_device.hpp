// SPDX-License-Identifier: Apache-2.0
// The device node of the Nitro Security Module.
#pragma once
#include <memory>
#include <string_view>

#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::nitro {

inline constexpr const char* kNsmDevice = "/dev/nsm";

/// One request and the exact bytes of its answer, as soon as no other request of this process is with the module.
/// flags: O_RDWR, or O_RDONLY for a request that changes nothing. not_available, permission_denied, invalid_argument
/// (too large), hardware_failure, malformed_input; timed_out and cancelled as RequestQueue, with if_unanswered.
Result<Bytes> exchange(const std::shared_ptr<device::System>& machine, Bytes request, int flags,
                       const Patience& patience, std::string_view if_unanswered = {});

}  // namespace tenzro::tee::nitro
