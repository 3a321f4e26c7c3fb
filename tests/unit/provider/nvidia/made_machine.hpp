// SPDX-License-Identifier: Apache-2.0
// A machine whose fake drivers hand out evidence of made devices, which answer any nonce.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "fake_driver.hpp"
#include "formats/pem.hpp"
#include "made/device.hpp"

namespace tenzro::tee::test {

/// The GPU of MadeMachine, whose issuers all other made devices here share.
inline const MadeDevice& made_gpu() {
  static const MadeDevice device = MadeDevice().make();
  return device;
}

inline std::string pem_of(const MadeDevice& device) {
  std::string out;
  for (const Bytes& certificate : device.chain()) {
    out += pem::encode("CERTIFICATE", certificate);
  }
  return out;
}

inline std::function<Bytes(const Bytes&)> reports_of(MadeDevice device) {
  return [device = std::move(device)](const Bytes& nonce) {
    MadeDevice asked = device;
    asked.nonce = nonce;
    return asked.report();
  };
}

inline FakeGpu fake_gpu(const MadeDevice& device) {
  FakeGpu out;
  out.chain = pem_of(device);
  out.report = reports_of(device);
  return out;
}
inline FakeSwitch fake_switch(const MadeDevice& device, std::string label) {
  FakeSwitch out;
  out.label = std::move(label);
  out.chain = pem_of(device);
  out.report = reports_of(device);
  return out;
}

/// One GPU with confidential computing on.
struct MadeMachine : FakeDriver {
  MadeMachine() {
    turn_on();
    nvml.gpus.push_back(fake_gpu(made_gpu()));
  }
};

/// Two GPUs and two switches, each wired to each.
struct MadeFabric : FakeDriver {
  MadeFabric() {
    nvml.environment = 2;
    nvml.multi_gpu = 1;
    nvml.gpu_capabilities = 1;
    install_nscq();
    const Bytes gpu_ids[] = {Bytes(8, 0x41), Bytes(8, 0x42)};
    const Bytes switch_ids[] = {Bytes(8, 0x51), Bytes(8, 0x52)};
    for (const Bytes& id : gpu_ids) {
      MadeDevice gpu = made_gpu();
      gpu.serial_number = "41" + to_hex(id);
      Bytes links(std::size_t{18} * 8);
      std::ranges::copy(switch_ids[0], links.begin());  // of equal bytes: the same back to front
      std::ranges::copy(switch_ids[1], links.begin() + 8);
      gpu.opaque[21] = {0xaa};
      gpu.opaque[22] = links;
      gpu.opaque[34] = {1, 0};
      gpu.opaque[36] = {2, 0};
      nvml.gpus.push_back(fake_gpu(gpu.make_own()));
    }
    for (const Bytes& id : switch_ids) {
      MadeDevice one = made_gpu();
      one.device = "LS_10 A01 FSP";
      one.serial_number = "50" + to_hex(id);
      Bytes gpus(128);
      std::ranges::copy(gpu_ids[0], gpus.begin());
      std::ranges::copy(gpu_ids[1], gpus.begin() + 8);
      one.opaque = {{6, MadeDevice::text("96.10.55.00.01")}, {22, id}, {25, {1, 0}}, {26, gpus}};
      nscq.switches.push_back(fake_switch(one.make_own(), "SWX-" + to_hex(id)));
    }
  }
};

}  // namespace tenzro::tee::test
