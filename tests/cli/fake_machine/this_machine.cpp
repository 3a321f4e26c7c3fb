// SPDX-License-Identifier: Apache-2.0
// The machine that TENZRO_TEST_MACHINE names, in place of the one that this runs on. The installed command has no such
// variable: it is linked with the library's own definition.
#include <cstdio>
#include <cstdlib>

#include "cli/fake_machine/machines.hpp"
#include "device/linux_system.hpp"
#include "provider/simulation_switches.hpp"

namespace tenzro::tee {

namespace {

/// Made-up hardware; the environment and the time are the process's own, and warnings go where they belong.
std::shared_ptr<device::System> chosen_machine() {
  const char* const name = std::getenv("TENZRO_TEST_MACHINE");
  auto machine = test::make_machine(name == nullptr ? "" : name);
  if (machine == nullptr) {
    (void)std::fprintf(stderr, "TENZRO_TEST_MACHINE names no machine\n");
    std::abort();
  }
  device::LinuxSystem process;
  for (const SimulationVariable& variable : simulation_variables()) {
    if (auto value = process.environment(variable.name)) {
      machine->variables[variable.name] = *value;
    }
  }
  for (const char* const folder : {"TENZRO_STATE_DIR", "XDG_STATE_HOME", "HOME"}) {
    if (auto value = process.environment(folder)) {
      machine->variables[folder] = *value;
    }
  }
  machine->time = process.wall_clock();
  machine->warns_on_stderr = true;
  return machine;
}

}  // namespace

namespace device {

const std::shared_ptr<System>& this_machine() {
  // Never destroyed: a request that nobody waits for any more may still use it when the process ends.
  static const auto& machine = *new std::shared_ptr<System>(chosen_machine());
  return machine;
}

}  // namespace device

}  // namespace tenzro::tee
