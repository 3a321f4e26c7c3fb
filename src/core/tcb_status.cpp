// SPDX-License-Identifier: Apache-2.0
// Intel's words for a TCB status.
#include <array>

#include "core/text.hpp"
#include "tenzro/tee/claims.hpp"

namespace tenzro::tee {

std::string_view to_string(TcbStatus status) noexcept {
  switch (status) {
    case TcbStatus::unknown:
      return "Unknown";
    case TcbStatus::up_to_date:
      return "UpToDate";
    case TcbStatus::sw_hardening_needed:
      return "SWHardeningNeeded";
    case TcbStatus::configuration_needed:
      return "ConfigurationNeeded";
    case TcbStatus::configuration_and_sw_hardening_needed:
      return "ConfigurationAndSWHardeningNeeded";
    case TcbStatus::out_of_date:
      return "OutOfDate";
    case TcbStatus::out_of_date_configuration_needed:
      return "OutOfDateConfigurationNeeded";
    case TcbStatus::td_relaunch_advised:
      return "TDRelaunchAdvised";
    case TcbStatus::td_relaunch_advised_configuration_needed:
      return "TDRelaunchAdvisedConfigurationNeeded";
    case TcbStatus::revoked:
      return "Revoked";
    case TcbStatus::not_supported:
      return "NotSupported";
  }
  return "Unknown";
}

Result<TcbStatus> parse_tcb_status(std::string_view text) {
  constexpr std::array kNamed = {TcbStatus::up_to_date,
                                 TcbStatus::sw_hardening_needed,
                                 TcbStatus::configuration_needed,
                                 TcbStatus::configuration_and_sw_hardening_needed,
                                 TcbStatus::out_of_date,
                                 TcbStatus::out_of_date_configuration_needed,
                                 TcbStatus::td_relaunch_advised,
                                 TcbStatus::td_relaunch_advised_configuration_needed,
                                 TcbStatus::revoked,
                                 TcbStatus::not_supported};
  for (const TcbStatus status : kNamed) {
    if (text == to_string(status)) {
      return status;
    }
  }
  return Error(ErrorCode::invalid_argument,
               concat("unknown TCB status \"", printable(text),
                      "\"; write it like Intel: UpToDate, SWHardeningNeeded, ", "ConfigurationNeeded, ..."));
}

}  // namespace tenzro::tee
