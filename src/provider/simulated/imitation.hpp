// SPDX-License-Identifier: Apache-2.0
// What the imitations of all platforms share.
#pragma once
#include <utility>

#include "provider/simulated/platform_providers.hpp"
#include "provider/simulated/sealing_root.hpp"

namespace tenzro::tee::simulated {

class Imitation : public TeeProvider {
 public:
  bool simulated() const noexcept final { return true; }

 protected:
  explicit Imitation(Machine machine) : machine_(std::move(machine)) {}
  device::System& machine() const noexcept { return *machine_; }

 private:
  Result<SealingRoot> find_sealing_root(const SealingRequest& request, const Patience& patience) final {
    return find_root(*machine_, request, patience);
  }

  Machine machine_;
};

}  // namespace tenzro::tee::simulated
