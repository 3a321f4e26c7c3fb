// SPDX-License-Identifier: Apache-2.0
// The run-time measurement registers of the TD that this program runs in.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

struct RuntimeRegister {
  unsigned index = 0;  ///< 0 to 3
  ByteArray<48> value{};
};

/// RTMR0 to RTMR3, read from the kernel's measurement files where it has them, else out of a fresh TDREPORT.
/// not_available: this is no TD, or the kernel offers neither. permission_denied, hardware_failure, io_failure.
Result<std::vector<RuntimeRegister>> read_runtime_registers();

/// RTMR := SHA-384(RTMR || digest). Cannot be undone, and the kernel writes no log of it: keep one, or nobody can
/// replay the register. Registers 2 and 3 only, the others are the firmware's and the boot loader's: invalid_argument.
/// Errors as read_runtime_registers.
Result<void> extend_runtime_register(unsigned index, const ByteArray<48>& digest);

}  // namespace tenzro::tee
