// SPDX-License-Identifier: Apache-2.0
#include "tenzro/tee/measure.hpp"

#include "core/try.hpp"
#include "measure/tdx/event_log.hpp"

namespace tenzro::tee {

Result<RuntimeRegisters> measure_event_log(ByteView log) {
  TENZRO_ASSIGN_OR_RETURN(const tdx::EventLog parsed, tdx::parse_event_log(log));
  return RuntimeRegisters{tdx::replay(parsed)};
}

}  // namespace tenzro::tee
