// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/topology.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kDefault;
using demanded_by::kPolicy;
using demanded_by::kVendor;

constexpr std::size_t kIdSize = 8;
constexpr std::size_t kLinks = 18;
constexpr std::size_t kGpusOfSwitch = 8;
constexpr std::size_t kSwitchGpusField = 128;  // 8 ids, then a port number a byte
constexpr std::string_view kPpcie = "ppcie";

DeviceId id_at(ByteView field, std::size_t index, bool reversed) {
  DeviceId out{};
  const ByteView bytes = field.subspan(index * kIdSize, kIdSize);
  if (reversed) {
    std::ranges::reverse_copy(bytes, out.begin());
  } else {
    std::ranges::copy(bytes, out.begin());
  }
  return out;
}

std::set<DeviceId> without_zero(const std::vector<DeviceId>& ids) {
  std::set<DeviceId> out(ids.begin(), ids.end());
  out.erase(DeviceId{});
  return out;
}

std::string shown(const std::set<DeviceId>& ids) {
  std::string out;
  for (const DeviceId& id : ids) {
    out += concat(out.empty() ? "" : ", ", to_hex(id));
  }
  return out.empty() ? "none" : out;
}

std::set<DeviceId> ids_of(std::span<const KnownDevice> devices, DeviceKind kind) {
  std::set<DeviceId> out;
  for (const KnownDevice& device : devices) {
    if (device.kind == kind) {
      out.insert(device.pdi);
    }
  }
  return out;
}

void judge_distinct(std::span<const KnownDevice> devices, VerdictBuilder& verdict) {
  for (std::size_t i = 0; i < devices.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool same_id = devices[i].pdi == devices[j].pdi && devices[i].kind == devices[j].kind;
      if (same_id || devices[i].key_sha256 == devices[j].key_sha256) {
        verdict.fail("distinct_devices", kVendor,
                     {"device", "device_duplicated",
                      concat(devices[j].name, " and ", devices[i].name, " are one device, ", to_hex(devices[i].pdi))});
        return;
      }
    }
  }
  verdict.pass("distinct_devices", kVendor, {}, concat(devices.size(), " devices"));
}

void judge_one_nonce(std::span<const KnownDevice> devices, VerdictBuilder& verdict) {
  const auto other =
      std::ranges::find_if(devices, [&](const KnownDevice& one) { return one.nonce != devices.front().nonce; });
  if (other == devices.end()) {
    verdict.pass("one_nonce", kVendor, {}, to_hex(devices.front().nonce));
    return;
  }
  verdict.fail("one_nonce", kVendor,
               {"device", "device_nonces_differ",
                concat(devices.front().name, " and ", other->name, " answer different nonces")},
               to_hex(devices.front().nonce), to_hex(other->nonce));
}

void judge_one_mode(std::span<const KnownDevice> devices, VerdictBuilder& verdict) {
  const KnownDevice* first = nullptr;
  for (const KnownDevice& device : devices) {
    if (device.kind != DeviceKind::gpu) {
      continue;
    }
    if (first == nullptr) {
      first = &device;
    } else if (device.mode != first->mode) {
      const auto word = [](std::string_view mode) { return mode.empty() ? std::string("no mode") : std::string(mode); };
      verdict.fail("one_mode", kVendor,
                   {"device", "device_modes_differ",
                    concat(first->name, " says ", word(first->mode), ", ", device.name, " ", word(device.mode))},
                   word(first->mode), word(device.mode));
      return;
    }
  }
  if (first != nullptr) {
    verdict.pass("one_mode", kVendor, {}, std::string(first->mode));
  }
}

void refuse_topology(std::string message, VerdictBuilder& verdict, std::string expected = {}, std::string actual = {}) {
  verdict.fail("topology", kVendor, {"device", "topology_mismatch", std::move(message)}, std::move(expected),
               std::move(actual));
}

/// Protected PCIe: NVLink is in clear, and safe only while GPUs and switches form one closed set.
void judge_fabric(std::span<const KnownDevice> devices, VerdictBuilder& verdict) {
  const std::set<DeviceId> gpus = ids_of(devices, DeviceKind::gpu);
  const std::set<DeviceId> switches = ids_of(devices, DeviceKind::nvswitch);
  bool good = true;
  for (const KnownDevice& device : devices) {
    const bool is_gpu = device.kind == DeviceKind::gpu;
    const std::set<DeviceId>& expected = is_gpu ? switches : gpus;
    const std::set<DeviceId> actual = without_zero(device.peers);
    if (actual != expected) {
      good = false;
      refuse_topology(concat(device.name, " is wired to other ", is_gpu ? "switches" : "GPUs",
                             " than those whose evidence is here: one is missing, or one is foreign"),
                      verdict, shown(expected), shown(actual));
    }
    if (is_gpu && device.mode != kPpcie) {
      good = false;
      refuse_topology(concat(device.name, " is not in protected PCIe mode, and came with switches"), verdict,
                      std::string(kPpcie), std::string(device.mode));
    }
    if (!is_gpu && !device.locked) {
      good = false;
      refuse_topology(concat(device.name, " does not say that its settings are locked"), verdict, "locked",
                      "not locked");
    }
  }
  if (good) {
    verdict.pass("topology", kVendor, {}, concat(gpus.size(), " GPUs, ", switches.size(), " switches"));
  }
}

}  // namespace

Result<std::vector<DeviceId>> peers_of(const Report& report, DeviceKind kind) {
  const bool is_gpu = kind == DeviceKind::gpu;
  const auto field = report.opaque().find(is_gpu ? OpaqueType::device_ids : OpaqueType::switch_gpu_ids);
  std::vector<DeviceId> out;
  if (!field) {
    return out;
  }
  const std::size_t wanted = is_gpu ? kLinks * kIdSize : kSwitchGpusField;
  if (field->size() != wanted) {
    return Error(ErrorCode::malformed_input, concat("SPDM report.opaque_data: the ids of its neighbours have ",
                                                    field->size(), " bytes, expected ", wanted));
  }
  for (std::size_t i = 0; i < (is_gpu ? kLinks : kGpusOfSwitch); ++i) {
    out.push_back(id_at(*field, i, is_gpu));  // GPUs write the ids of switches back to front
  }
  return out;
}

bool is_locked(const Report& report) {
  const auto status = report.opaque().number(OpaqueType::lock_status);
  return status && *status == 1;
}

void judge_together(std::span<const KnownDevice> devices, NvSwitchRule switches, VerdictBuilder& verdict) {
  if (devices.size() > 1) {
    judge_distinct(devices, verdict);
    judge_one_nonce(devices, verdict);
    judge_one_mode(devices, verdict);
  }
  const auto is_switch = [](const KnownDevice& device) { return device.kind == DeviceKind::nvswitch; };
  const bool has_switches = std::ranges::any_of(devices, is_switch);
  const bool has_gpus = !std::ranges::all_of(devices, is_switch);
  if (has_switches && has_gpus) {
    judge_fabric(devices, verdict);
    return;
  }
  if (!has_gpus) {
    verdict.warn({"device", "gpu_evidence_missing",
                  "the evidence is of switches alone: nothing says which GPUs they are between"});
    return;
  }
  if (switches == NvSwitchRule::require) {
    verdict.fail(
        "topology", kPolicy,
        {"device", "switch_evidence_missing", "the policy demands the evidence of NVSwitches, and none is here"});
    return;
  }
  if (std::ranges::any_of(devices, [](const KnownDevice& device) { return device.mode == kPpcie; })) {
    verdict.skip("topology", kDefault, "no evidence of switches is here");
    verdict.warn({"device", "switch_evidence_missing",
                  "the GPUs are in protected PCIe mode, where NVLink is not encrypted, and no evidence of the switches "
                  "between them is here"});
  }
}

}  // namespace tenzro::tee::nvidia
