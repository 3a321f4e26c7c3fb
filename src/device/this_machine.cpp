// SPDX-License-Identifier: Apache-2.0
// Alone in this file, so that a program which defines its own never has this one linked.
#include "device/linux_system.hpp"

namespace tenzro::tee::device {

const std::shared_ptr<System>& this_machine() {
  // Never destroyed: a request that nobody waits for any more may still use it when the process ends.
  static const auto& machine = *new std::shared_ptr<System>(std::make_shared<LinuxSystem>());
  return machine;
}

}  // namespace tenzro::tee::device
