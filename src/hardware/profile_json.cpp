// SPDX-License-Identifier: Apache-2.0
// The profile for programs: docs/attesting.md promises these keys.

#include "formats/json_value.hpp"
#include "tenzro/tee/hardware.hpp"

namespace tenzro::tee {

namespace {

using Json = json::Output;

/// Null where nothing is known.
Json known(const std::string& text) { return text.empty() ? Json() : Json(text); }
template <class Number>
Json known_number(Number number) {
  return number == 0 ? Json() : Json(number);
}

Json json_of(const Gpu& gpu) {
  return {{"name", gpu.name},
          {"uuid", known(gpu.uuid)},
          {"pci_address", known(gpu.pci_address)},
          {"architecture", known(gpu.architecture)},
          {"vbios_version", known(gpu.vbios_version)},
          {"memory_bytes", known_number(gpu.memory_bytes)},
          {"protected_memory_bytes", known_number(gpu.protected_memory_bytes)}};
}

Json json_of(const GpuSystem& system) {
  return {{"driver_version", known(system.driver_version)},
          {"cc_mode", to_string(system.confidentiality)},
          {"multi_gpu_mode", to_string(system.multi_gpu)},
          {"environment", known(system.environment)},
          {"cpu_confidentiality", known(system.cpu_confidentiality)},
          {"ready", system.ready ? Json(*system.ready) : Json()},
          {"switches", system.switches},
          {"why_not", known(system.why_not)}};
}

Json json_of(const ProbeFinding& finding) {
  return {{"platform", to_string(finding.platform)},
          {"interface", finding.interface_path},
          {"present", finding.present},
          {"usable", finding.usable},
          {"why_not", known(finding.why_not)},
          {"detail", known(finding.detail)}};
}

Json json_of(const SimulationSwitch& one) {
  return {
      {"variable", one.variable}, {"platform", to_string(one.platform)}, {"value", known(one.value)}, {"on", one.on}};
}

Json json_of(const ServiceProbe& probe) {
  return {{"service", to_string(probe.service)},
          {"url", probe.url},
          {"reachable", probe.reachable},
          {"detail", known(probe.detail)}};
}

template <class Items>
Json list_of(const Items& items) {
  Json out = Json::array();
  for (const auto& item : items) {
    out.push_back(json_of(item));
  }
  return out;
}

Json names_of(const std::vector<Platform>& platforms) {
  Json out = Json::array();
  for (const Platform platform : platforms) {
    out.push_back(to_string(platform));
  }
  return out;
}

}  // namespace

std::string to_json(const HardwareProfile& profile) {
  const ProcessorInfo& cpu = profile.processor;
  const Json document = {
      {"cpu",
       {{"model", known(cpu.model)},
        {"architecture", cpu.architecture},
        {"sockets", known_number(cpu.sockets)},
        {"cores", known_number(cpu.cores)},
        {"threads", known_number(cpu.threads)},
        {"usable_threads", known_number(cpu.usable_threads)}}},
      {"memory",
       {{"total_bytes", known_number(profile.memory.total)},
        {"available_bytes", known_number(profile.memory.available)}}},
      {"gpus", list_of(profile.gpus)},
      {"gpu_system", json_of(profile.gpu_system)},
      {"tee", {{"usable", names_of(profile.usable)}, {"simulated", profile.simulated}}},
      {"interfaces", list_of(profile.interfaces)},
      {"services", profile.services ? list_of(*profile.services) : Json()},
      {"simulation", {{"built_in", profile.simulation_built_in}, {"switches", list_of(profile.simulation)}}}};
  // Drivers and files may say anything: what is no text is replaced.
  return document.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace tenzro::tee
