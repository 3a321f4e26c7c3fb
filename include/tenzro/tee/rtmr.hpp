// SPDX-License-Identifier: Apache-2.0
// The run-time measurement registers of the TD that this program runs in.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee {

struct RuntimeRegister {
  unsigned index = 0;  ///< 0 to 3
  ByteArray<48> value{};
};

/// RTMR0 to RTMR3, read from the kernel's measurement files where it has them, else out of a fresh TDREPORT.
/// not_available: this is no TD, or the kernel offers neither. permission_denied, hardware_failure, io_failure;
/// timed_out or cancelled: patience.
Result<std::vector<RuntimeRegister>> read_runtime_registers(const Patience& patience = {});

/// RTMR := SHA-384(RTMR || digest). Cannot be undone, and the kernel writes no log of it: keep one, or nobody can
/// replay the register. Registers 2 and 3 only, the others are the firmware's and the boot loader's: invalid_argument.
/// Errors as read_runtime_registers. With timed_out and cancelled, the message says which of two it is: nothing was
/// asked of the device, or the register may be extended, or may yet be; then read it before trying again.
Result<void> extend_runtime_register(unsigned index, const ByteArray<48>& digest, const Patience& patience = {});

}  // namespace tenzro::tee
