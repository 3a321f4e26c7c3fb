// SPDX-License-Identifier: Apache-2.0
#include "verify/signed_age.hpp"

#include "core/text.hpp"

namespace tenzro::tee {

bool is_young_enough(std::chrono::sys_time<std::chrono::milliseconds> signed_at, const x509::Moment& moment,
                     std::chrono::seconds max_age) {
  return max_age.count() >= 0 && moment.at <= young_until(signed_at, moment, max_age);
}

UtcTime young_until(std::chrono::sys_time<std::chrono::milliseconds> signed_at, const x509::Moment& moment,
                    std::chrono::seconds max_age) {
  return std::chrono::floor<std::chrono::seconds>(signed_at) + max_age + moment.skew;
}

Finding too_old(std::chrono::sys_time<std::chrono::milliseconds> signed_at, UtcTime at, std::chrono::seconds max_age) {
  return {"freshness", "evidence_too_old",
          concat("signed at ", to_rfc3339(signed_at), ", more than ", max_age.count(), " s before ", to_rfc3339(at))};
}

}  // namespace tenzro::tee
