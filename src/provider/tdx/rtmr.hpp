// SPDX-License-Identifier: Apache-2.0
// The run-time registers of this TD, by whatever the kernel offers for them.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/rtmr.hpp"

namespace tenzro::tee::tdx {

/// configfs of some distributions' kernels. What stands in an entry is known from go-configfs-tsm alone, not from a
/// kernel's documentation: "index" takes the register's number, and "digest" what it is extended with.
inline constexpr std::string_view kTsmRegisters = "/sys/kernel/config/tsm/rtmrs";

/// TDX_CMD_EXTEND_RTMR of kernels before TDX was part of Linux, _IOR('T', 3, 49 bytes), and _IOW of the same in other
/// versions of the driver: 48 bytes of digest, then the register's number. Source: Intel DCAP, tdx_attest.
inline constexpr unsigned long kExtendRegister = 0x80315403;
inline constexpr unsigned long kExtendRegisterWrite = 0x40315403;

/// As the public functions of these names, on a machine of the caller's.
Result<std::vector<RuntimeRegister>> read_runtime_registers(const std::shared_ptr<device::System>& system,
                                                            const Patience& patience = {});
Result<void> extend_runtime_register(const std::shared_ptr<device::System>& system, unsigned index,
                                     const ByteArray<48>& digest, const Patience& patience = {});

}  // namespace tenzro::tee::tdx
