// SPDX-License-Identifier: Apache-2.0
#include "device/system.hpp"

namespace tenzro::tee::device {

RequestQueue& System::queue(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  return queues_[name];  // a map's elements stay where they are
}

}  // namespace tenzro::tee::device
