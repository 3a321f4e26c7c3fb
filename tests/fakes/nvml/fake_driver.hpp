// SPDX-License-Identifier: Apache-2.0
// A machine with NVIDIA's driver: the fake libraries, loaded as the real ones are, in a made-up system.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "device/linux_system.hpp"
#include "fake_nscq.hpp"
#include "fake_nvml.hpp"
#include "fakes/system.hpp"

namespace tenzro::tee::test {

/// A library that lacks some of its functions.
class LackingLibrary final : public device::Library {
 public:
  LackingLibrary(std::shared_ptr<device::Library> whole, std::set<std::string> lacks)
      : whole_(std::move(whole)), lacks_(std::move(lacks)) {}
  void* symbol(const char* name) noexcept override { return lacks_.contains(name) ? nullptr : whole_->symbol(name); }

 private:
  std::shared_ptr<device::Library> whole_;
  std::set<std::string> lacks_;
};

inline std::shared_ptr<device::Library> fake_library(const char* path) {
  auto library = device::LinuxSystem().load_library(path);
  if (!library) {
    ADD_FAILURE() << "cannot load " << path;
  }
  return library;
}

/// One machine; one at a time. Members are set before the driver is used.
class FakeDriver {
 public:
  FakeDriver() {
    reinterpret_cast<FakeNvmlUse>(nvml_library->symbol("fake_nvml_use"))(&nvml);
    reinterpret_cast<FakeNscqUse>(nscq_library->symbol("fake_nscq_use"))(&nscq);
    system->libraries["libnvidia-ml.so.1"] = nvml_library;
  }
  ~FakeDriver() {
    reinterpret_cast<FakeNvmlUse>(nvml_library->symbol("fake_nvml_use"))(nullptr);
    reinterpret_cast<FakeNscqUse>(nscq_library->symbol("fake_nscq_use"))(nullptr);
  }
  FakeDriver(const FakeDriver&) = delete;
  FakeDriver& operator=(const FakeDriver&) = delete;

  void install_nscq() { system->libraries["libnvidia-nscq.so.2"] = nscq_library; }
  void take_functions_from_nvml(std::set<std::string> names) {
    system->libraries["libnvidia-ml.so.1"] = std::make_shared<LackingLibrary>(nvml_library, std::move(names));
  }
  void turn_on() {
    nvml.environment = 2;
    nvml.cc_feature = 1;
    nvml.gpu_capabilities = 1;
  }
  /// What the bus shows.
  void plug(const std::string& address, std::string_view vendor = "0x10de\n", std::string_view type = "0x030200\n") {
    system->add_file("/sys/bus/pci/devices/" + address + "/vendor", vendor);
    system->add_file("/sys/bus/pci/devices/" + address + "/class", type);
  }

  std::shared_ptr<device::Library> nvml_library = fake_library(TENZRO_FAKE_NVML);
  std::shared_ptr<device::Library> nscq_library = fake_library(TENZRO_FAKE_NSCQ);
  FakeNvml nvml;
  FakeNscq nscq;
  std::shared_ptr<FakeSystem> system = std::make_shared<FakeSystem>();
};

}  // namespace tenzro::tee::test
