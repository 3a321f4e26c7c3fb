// SPDX-License-Identifier: Apache-2.0
// The secret of imitations: the one simulated thing that each machine has of its own.
#pragma once
#include "device/system.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::simulated {

/// All that a simulated vendor tag says: the root is tied to its file and to nothing else.
inline constexpr std::string_view kSealingTag = "simulated";
/// UUID (16 bytes, version 4) and 32 random bytes, 0600.
inline constexpr std::string_view kSealingFile = "simulated-sealing-root";

/// SHA-256(pad32("tenzro-sim-seal-v1") || UUID || random) of the file in the state folder: TENZRO_STATE_DIR, else
/// $XDG_STATE_HOME/tenzro, else $HOME/.local/state/tenzro, by the machine's environment. File and folder (0700) are
/// made when there are none; of processes that start together one makes the file and all have that one. A file of
/// another size, kind or owner, or one that others may read, is refused and never replaced: data may be sealed under
/// what it was. not_available: no folder is named. authentication_failed: the stored tag is none of this root's, and no
/// file was looked at. permission_denied, io_failure: file or folder. timed_out, cancelled: the caller.
Result<SealingRoot> find_root(device::System& machine, const SealingRequest& request, const Patience& patience);

}  // namespace tenzro::tee::simulated
