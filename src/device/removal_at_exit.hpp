// SPDX-License-Identifier: Apache-2.0
// Removing a folder that a thread in a driver still uses, however this process ends.
#pragma once
#include <memory>
#include <string>

namespace tenzro::tee::device {

/// Has a small process of its own remove the empty folder once the result is gone or this process has ended, killed or
/// not; not before, since removing an entry of configfs waits, with its parent locked for everybody, until no driver is
/// at work for it. That process has no file of this one's open and takes no signal but SIGKILL. Null when none can be
/// started. Threads: may be called from several threads at once.
std::shared_ptr<void> remove_folder_at_exit(const std::string& path);

}  // namespace tenzro::tee::device
