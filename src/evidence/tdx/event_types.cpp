// SPDX-License-Identifier: Apache-2.0
// The names of event types. Source: TCG PC Client Platform Firmware Profile 1.06, table of event types.
#include <algorithm>
#include <array>

#include "evidence/tdx/event_log.hpp"

namespace tenzro::tee::tdx {

namespace {

struct Name {
  std::uint32_t type;
  std::string_view name;
};

constexpr std::array kNames = {
    Name{0x00000000, "EV_PREBOOT_CERT"},
    Name{0x00000001, "EV_POST_CODE"},
    Name{event_type::kNoAction, "EV_NO_ACTION"},
    Name{event_type::kSeparator, "EV_SEPARATOR"},
    Name{event_type::kAction, "EV_ACTION"},
    Name{event_type::kEventTag, "EV_EVENT_TAG"},
    Name{0x00000007, "EV_S_CRTM_CONTENTS"},
    Name{0x00000008, "EV_S_CRTM_VERSION"},
    Name{0x00000009, "EV_CPU_MICROCODE"},
    Name{0x0000000a, "EV_PLATFORM_CONFIG_FLAGS"},
    Name{0x0000000b, "EV_TABLE_OF_DEVICES"},
    Name{0x0000000c, "EV_COMPACT_HASH"},
    Name{event_type::kIpl, "EV_IPL"},
    Name{0x0000000e, "EV_IPL_PARTITION_DATA"},
    Name{0x0000000f, "EV_NONHOST_CODE"},
    Name{0x00000010, "EV_NONHOST_CONFIG"},
    Name{0x00000011, "EV_NONHOST_INFO"},
    Name{0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS"},
    Name{0x00000013, "EV_POST_CODE2"},
    Name{event_type::kVariableDriverConfig, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    Name{event_type::kVariableBoot, "EV_EFI_VARIABLE_BOOT"},
    Name{0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    Name{0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER"},
    Name{0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    Name{event_type::kGptEvent, "EV_EFI_GPT_EVENT"},
    Name{event_type::kEfiAction, "EV_EFI_ACTION"},
    Name{0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    Name{0x80000009, "EV_EFI_HANDOFF_TABLES"},
    Name{0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    Name{0x8000000b, "EV_EFI_HANDOFF_TABLES2"},
    Name{event_type::kVariableBoot2, "EV_EFI_VARIABLE_BOOT2"},
    Name{0x8000000d, "EV_EFI_GPT_EVENT2"},
    Name{0x80000010, "EV_EFI_HCRTM_EVENT"},
    Name{event_type::kVariableAuthority, "EV_EFI_VARIABLE_AUTHORITY"},
    Name{0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB"},
    Name{0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG"},
    Name{event_type::kDstackRuntime, "dstack runtime event"},
};

}  // namespace

std::string_view event_type_name(std::uint32_t type) noexcept {
  const auto* const found =
      std::find_if(kNames.begin(), kNames.end(), [type](const Name& name) { return name.type == type; });
  return found == kNames.end() ? std::string_view() : found->name;
}

}  // namespace tenzro::tee::tdx
