// SPDX-License-Identifier: Apache-2.0
#include "provider/detect.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "device/configfs_tsm.hpp"
#include "provider/nitro/provider.hpp"
#include "provider/nvidia/provider.hpp"
#include "provider/nvidia/survey.hpp"
#include "provider/paravisor_survey.hpp"
#include "provider/simulation_switches.hpp"
#include "provider/snp/provider.hpp"
#include "provider/snp/survey.hpp"
#include "provider/survey_parts.hpp"
#include "provider/tdx/provider.hpp"
#include "provider/tdx/survey.hpp"
#if TENZRO_TEE_SIMULATION
#include "provider/simulated/provider.hpp"
#endif

namespace tenzro::tee {

namespace {

/// What a driver is given to answer before it counts as broken.
constexpr std::chrono::milliseconds kDriverPatience{2'000};

void append(std::vector<ProbeFinding>& out, std::vector<ProbeFinding> more) {
  std::ranges::move(more, std::back_inserter(out));
}

/// CPU TEEs before GPUs.
Providers hardware_providers(const std::shared_ptr<device::System>& machine, std::span<const ProbeFinding> findings) {
  Providers out;
  for (auto& provider : {&tdx::make_provider, &snp::make_provider, &nitro::make_provider, &nvidia::make_provider}) {
    if (auto made = (*provider)(machine, findings)) {
      out.push_back(std::move(made));
    }
  }
  return out;
}

Providers simulated_providers([[maybe_unused]] const std::shared_ptr<device::System>& machine) {
  Providers out;
#if TENZRO_TEE_SIMULATION
  for (const SimulationVariable& variable : simulation_variables()) {
    const auto value = machine->environment(variable.name);
    const bool there = std::ranges::any_of(
        out, [&variable](const auto& provider) { return provider->tee_type() == variable.platform; });
    if (!value || !is_switched_on(*value) || there) {
      continue;
    }
    if (auto made = simulated::make_provider(machine, variable.platform, {})) {
      out.push_back(*std::move(made));
    }
  }
#endif
  return out;
}

/// Those that are preferred first, in that order; the others as they were.
void arrange(Providers& providers, const std::vector<Platform>& preferred) {
  auto next = providers.begin();
  for (const Platform platform : preferred) {
    const auto found = std::find_if(next, providers.end(),
                                    [platform](const auto& provider) { return provider->tee_type() == platform; });
    if (found != providers.end()) {
      std::rotate(next, found, found + 1);
      ++next;
    }
  }
}

/// What one interface is, and what keeps it from being used.
struct Obstacle {
  std::string_view path;
  std::string words;
};

/// Names no interface twice: several platforms look at some.
void add_obstacle(std::vector<Obstacle>& out, const ProbeFinding& finding) {
  const auto same = std::ranges::find(out, finding.interface_path, &Obstacle::path);
  const std::string_view platform = to_string(finding.platform);
  if (same == out.end()) {
    const bool known = finding.platform != Platform::unknown;
    const std::string shows = finding.present ? concat(" shows ", known ? platform : "a TEE") : std::string();
    out.push_back({finding.interface_path, concat(finding.interface_path, shows, ": ", finding.why_not)});
  } else if (same->words.find(finding.why_not) == std::string::npos) {
    same->words += concat(", and for ", platform, ": ", finding.why_not);
  }
}

/// What shows first, then what does not.
std::string obstacles(const Survey& survey, const DetectOptions& options) {
  std::vector<Obstacle> found;
  for (const bool present : {true, false}) {
    for (const ProbeFinding& finding : survey.findings) {
      const bool concerned = !options.only || finding.platform == *options.only;
      if (concerned && finding.present == present && !finding.why_not.empty()) {
        add_obstacle(found, finding);
      }
    }
  }
  std::string out;
  for (const Obstacle& one : found) {
    out += concat("; ", one.words);
  }
  return out;
}

/// What the environment asks for, and why that changed nothing. Empty when it asks for nothing.
std::string about_switches(device::System& machine, const Survey& survey, const DetectOptions& options) {
  std::string out;
  for (const SimulationVariable& variable : simulation_variables()) {
    const auto value = machine.environment(variable.name);
    if (!value || value->empty()) {
      continue;
    }
    if (!is_switched_on(*value)) {
      out += concat("; ", variable.name, " is \"", printable(*value), "\", and only true and 1 mean something");
    } else if (survey.shows_hardware()) {
      out += concat("; ", variable.name, " is set, and has no effect where hardware shows");
    } else if (options.forbid_simulation) {
      out += concat("; ", variable.name, " is set, and simulation is forbidden here");
    } else if (options.only && variable.platform != *options.only) {
      out += concat("; ", variable.name, " is set, and is of another platform than the one wanted");
    } else {
      out += concat("; ", variable.name, " is set, and this build has no simulation");
    }
  }
  return out;
}

}  // namespace

bool Survey::shows_hardware() const noexcept { return std::ranges::any_of(findings, &ProbeFinding::present); }

Survey survey_machine(const std::shared_ptr<device::System>& machine) {
  Survey out;
  const device::TsmState tsm = device::tsm_state(machine, kDriverPatience);
  append(out.findings, tdx::survey(*machine, tsm));
  append(out.findings, snp::survey(*machine, tsm));
  append(out.findings, provider::foreign_tsm_finding(tsm, out.findings));
  append(out.findings, survey_paravisor(*machine));
  append(out.findings, nitro::survey(machine));
  out.gpus = nvidia::take_inventory(machine, kDriverPatience);
  append(out.findings, nvidia::survey(out.gpus));
  return out;
}

Providers make_providers(const std::shared_ptr<device::System>& machine, const Survey& survey,
                         const DetectOptions& options) {
  Providers out = hardware_providers(machine, survey.findings);
  if (!survey.shows_hardware() && !options.forbid_simulation) {
    out = simulated_providers(machine);
  }
  if (options.only) {
    std::erase_if(out, [&options](const auto& provider) { return provider->tee_type() != *options.only; });
  }
  arrange(out, options.prefer);
  return out;
}

Error no_provider(device::System& machine, const Survey& survey, const DetectOptions& options) {
  const std::string_view wanted = options.only ? to_string(*options.only) : "TEE";
  std::string why = survey.shows_hardware() ? concat("hardware shows, and there is no usable ", wanted)
                                            : concat("no ", wanted, " that could make evidence is on this machine");
  why += obstacles(survey, options);
  return {ErrorCode::not_available, why + about_switches(machine, survey, options)};
}

void warn_of_simulation(device::System& machine, const Providers& providers) {
  std::string names;
  for (const auto& provider : providers) {
    if (provider->simulated()) {
      names += concat(names.empty() ? "" : ", ", to_string(provider->tee_type()));
    }
  }
  if (!names.empty()) {
    machine.warn(concat("tenzro: warning: simulating ", names,
                        ", as TENZRO_SIMULATE_* asks: such evidence proves nothing about any machine"));
  }
}

Result<std::unique_ptr<TeeProvider>> detect_tee_on(const std::shared_ptr<device::System>& machine,
                                                   const DetectOptions& options) {
  const Survey survey = survey_machine(machine);
  Providers providers = make_providers(machine, survey, options);
  if (providers.empty()) {
    return no_provider(*machine, survey, options);
  }
  providers.resize(1);
  warn_of_simulation(*machine, providers);
  return std::move(providers.front());
}

Providers detect_all_tees_on(const std::shared_ptr<device::System>& machine, const DetectOptions& options) {
  Providers providers = make_providers(machine, survey_machine(machine), options);
  warn_of_simulation(*machine, providers);
  return providers;
}

std::vector<ProbeFinding> survey_tee_hardware() { return survey_machine(device::this_machine()).findings; }

Result<std::unique_ptr<TeeProvider>> detect_tee(const DetectOptions& options) {
  return detect_tee_on(device::this_machine(), options);
}

Providers detect_all_tees(const DetectOptions& options) { return detect_all_tees_on(device::this_machine(), options); }

std::vector<std::string_view> simulated_claim_names([[maybe_unused]] Platform imitates) {
#if TENZRO_TEE_SIMULATION
  return simulated::claim_names(imitates);
#else
  return {};
#endif
}

Result<std::unique_ptr<TeeProvider>> make_simulated_provider([[maybe_unused]] Platform imitates,
                                                             InsecureSimulation /*permission*/,
                                                             [[maybe_unused]] const SimulatedClaims& claims) {
#if TENZRO_TEE_SIMULATION
  return simulated::make_provider(device::this_machine(), imitates, claims);
#else
  return Error(ErrorCode::unsupported, "this build has no simulation (TENZRO_TEE_SIMULATION=OFF)");
#endif
}

}  // namespace tenzro::tee
