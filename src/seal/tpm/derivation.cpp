// SPDX-License-Identifier: Apache-2.0
#include "seal/tpm/derivation.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>

#include "core/text.hpp"
#include "device/hyper_v.hpp"

namespace tenzro::tee::tpm {

namespace {

constexpr std::uint32_t kLeastPersistent = 0x81000000, kMostPersistent = 0x81ffffff;
constexpr std::uint32_t kLeastIndex = 0x01000000, kMostIndex = 0x01ffffff;
constexpr unsigned kMostPcr = 23;

Error wrong(std::string_view what) { return Error(ErrorCode::invalid_argument, concat("tpm: ", what)); }

/// CPUID leaf 0x21 of a TDX guest: "IntelTDX    " in EBX, EDX, ECX.
bool is_trust_domain(device::System& machine) {
  constexpr std::uint32_t kIntel = 0x65746e49, kTdx = 0x5844546c, kSpaces = 0x20202020;
  const auto leaf = machine.cpuid(0x21, 0);
  return leaf && leaf->ebx == kIntel && leaf->edx == kTdx && leaf->ecx == kSpaces;
}

/// A hostile host may hide its hypervisor bit, but not, from a confidential guest, that it is one.
bool is_confidential_guest(device::System& machine) {
  const std::initializer_list<const char*> nodes = {"/dev/sev-guest", "/dev/tdx_guest", "/dev/tdx-guest"};
  return is_trust_domain(machine) ||
         std::ranges::any_of(nodes, [&](const char* node) { return machine.kind(node) != device::PathKind::none; });
}

}  // namespace

Result<void> check_entry(const TpmSealingEntry& entry) {
  if (entry.handle.has_value() != entry.key_template.empty()) {
    return wrong("handle of a storage root key, or template \"ecc-p256\": exactly one of them");
  }
  if (entry.handle && (*entry.handle < kLeastPersistent || *entry.handle > kMostPersistent)) {
    return wrong("handle: expected one of a persistent key, 0x81000000 to 0x81ffffff");
  }
  if (!entry.handle && entry.key_template != "ecc-p256") {
    return wrong("template: the only one is \"ecc-p256\"");
  }
  if (entry.pcrs.empty() || entry.pcrs.back() > kMostPcr ||
      std::ranges::adjacent_find(entry.pcrs, std::greater_equal<>{}) != entry.pcrs.end()) {
    return wrong("pcrs: expected at least one, 0 to 23, in ascending order");
  }
  if (entry.tcti.empty() || entry.tcti.find('\0') != std::string::npos) {
    return wrong("tcti: expected the way to the TPM, as \"device:/dev/tpmrm0\"");
  }
  if (entry.counter && (*entry.counter < kLeastIndex || *entry.counter > kMostIndex)) {
    return wrong("counter: expected an NV index, 0x01000000 to 0x01ffffff");
  }
  return {};
}

bool may_be_made_up(device::System& machine, const TpmSealingEntry& entry) {
  constexpr std::uint32_t kHypervisor = 1U << 31U;
  const auto features = machine.cpuid(1, 0);
  return !features || (features->ecx & kHypervisor) != 0 || is_confidential_guest(machine) ||
         !entry.tcti.starts_with("device:/");
}

Result<void> demand_statement(device::System& machine, const TpmSealingEntry& entry) {
  if (entry.allow_host_vtpm || !may_be_made_up(machine, entry)) {
    return {};
  }
  return Error(ErrorCode::not_available,
               "no sealing source here: this is no TPM of bare metal, so the host or a program may make it up and read "
               "what is sealed; state allow_host_vtpm under \"tpm\" of the sealing configuration where its maker is "
               "trusted, or use this machine's TEE or a key broker (root kbs)");
}

VendorTag derivation_of(device::System& machine, const TpmSealingEntry& entry) {
  const bool azure = device::hyper_v_isolation(machine) != device::HyperVIsolation::none;
  VendorTag tag(azure ? "azure-vtpm" : "tpm2");
  tag.add("parent", entry.handle ? std::string_view(text_of_handle(*entry.handle)) : entry.key_template);
  tag.add("pcrs", text_of_pcrs(entry.pcrs));
  tag.add("host", std::uint64_t{may_be_made_up(machine, entry) ? 1U : 0U});
  return tag;
}

std::string text_of_pcrs(const std::vector<unsigned>& pcrs) {
  std::string out = "sha256:";
  for (const unsigned pcr : pcrs) {
    out += concat(out.back() == ':' ? "" : ",", pcr);
  }
  return out;
}

std::string text_of_handle(std::uint32_t handle) {
  return "0x" + to_hex(std::array<std::uint8_t, 4>{
                    static_cast<std::uint8_t>(handle >> 24U), static_cast<std::uint8_t>(handle >> 16U),
                    static_cast<std::uint8_t>(handle >> 8U), static_cast<std::uint8_t>(handle)});
}

}  // namespace tenzro::tee::tpm
