// SPDX-License-Identifier: Apache-2.0
#include "hardware/profile.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "hardware/displays.hpp"
#include "hardware/memory.hpp"
#include "hardware/processor.hpp"
#include "provider/detect.hpp"
#include "provider/simulation_switches.hpp"

namespace tenzro::tee {

namespace hardware {

namespace {

std::vector<SimulationSwitch> read_switches(device::System& machine) {
  std::vector<SimulationSwitch> out;
  for (const SimulationVariable& variable : simulation_variables()) {
    const std::string value = machine.environment(variable.name).value_or(std::string());
    out.push_back(
        {.variable = variable.name, .platform = variable.platform, .value = value, .on = is_switched_on(value)});
  }
  return out;
}

}  // namespace

HardwareProfile describe(const std::shared_ptr<device::System>& machine) {
  HardwareProfile out;
  out.processor = read_processor(*machine);
  out.memory = read_memory(*machine);
  Survey survey = survey_machine(machine);
  for (const auto& provider : make_providers(machine, survey, {})) {
    out.usable.push_back(provider->tee_type());
    out.simulated = provider->simulated();
  }
  out.interfaces = std::move(survey.findings);
  out.gpu_system = std::move(survey.gpus.system);
  out.gpus = std::move(survey.gpus.gpus);
  std::ranges::move(list_other_displays(*machine), std::back_inserter(out.gpus));
  out.simulation = read_switches(*machine);
  out.simulation_built_in = TENZRO_TEE_SIMULATION;
  return out;
}

}  // namespace hardware

HardwareProfile describe_hardware() { return hardware::describe(device::this_machine()); }

}  // namespace tenzro::tee
