// SPDX-License-Identifier: Apache-2.0
#include "tenzro/tee/result.hpp"

namespace tenzro::tee {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::malformed_input:
      return "malformed_input";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::not_available:
      return "not_available";
    case ErrorCode::permission_denied:
      return "permission_denied";
    case ErrorCode::hardware_failure:
      return "hardware_failure";
    case ErrorCode::timed_out:
      return "timed_out";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::collateral_missing:
      return "collateral_missing";
    case ErrorCode::collateral_unreachable:
      return "collateral_unreachable";
    case ErrorCode::collateral_rolled_back:
      return "collateral_rolled_back";
    case ErrorCode::io_failure:
      return "io_failure";
    case ErrorCode::crypto_failure:
      return "crypto_failure";
    case ErrorCode::authentication_failed:
      return "authentication_failed";
    case ErrorCode::verification_failed:
      return "verification_failed";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

namespace detail {
void throw_bad_access(const Error& error) { throw BadResultAccess("value of a failed Result: " + error.message()); }
void throw_no_error() { throw BadResultAccess("error of a successful Result"); }
}  // namespace detail

}  // namespace tenzro::tee
