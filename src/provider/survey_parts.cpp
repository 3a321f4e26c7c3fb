// SPDX-License-Identifier: Apache-2.0
#include "provider/survey_parts.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/text.hpp"
#include "device/files.hpp"

namespace tenzro::tee::provider {

ProbeFinding tsm_finding(Platform platform, std::string_view provider, const device::TsmState& tsm, bool other_signs) {
  ProbeFinding out{.platform = platform, .interface_path = std::string(device::kTsmReports)};
  if (!tsm.provider.empty() && tsm.provider != provider) {
    out.why_not = concat("its provider is ", tsm.provider, ", not ", provider);
    return out;
  }
  out.present = tsm.present && (tsm.provider == provider || other_signs);
  out.usable = tsm.usable && tsm.provider == provider;
  if (tsm.busy && other_signs) {
    // Whose it is was told by the other signs; the request itself will wait, and see.
    out.usable = true;
    out.detail = "busy with another request";
  } else if (!tsm.provider.empty()) {
    out.detail = concat("provider ", tsm.provider);
  }
  if (!out.usable) {
    out.why_not = tsm.why_not;
  }
  return out;
}

std::vector<ProbeFinding> foreign_tsm_finding(const device::TsmState& tsm, std::span<const ProbeFinding> rows) {
  const bool known = std::ranges::any_of(
      rows, [](const ProbeFinding& row) { return row.present && row.interface_path == device::kTsmReports; });
  if (!tsm.may_have_driver || known) {
    return {};
  }
  ProbeFinding out{.interface_path = std::string(device::kTsmReports), .present = true};
  if (tsm.provider.empty()) {
    out.why_not = concat("a TEE's driver may be there, and nobody can tell whose: ", tsm.why_not);
  } else {
    out.detail = concat("provider ", tsm.provider);
    out.why_not = "the driver of a TEE that this library has no provider for";
  }
  return {out};
}

ProbeFinding device_finding(device::System& system, Platform platform, std::string_view path, std::string_view absent) {
  const std::string name(path);
  ProbeFinding out{.platform = platform, .interface_path = name};
  const device::PathKind kind = system.kind(name);
  if (kind == device::PathKind::none) {
    out.why_not = concat("not there: ", absent);
    return out;
  }
  if (kind != device::PathKind::character_device) {
    out.why_not = "there, but not a character device";
    return out;
  }
  out.present = true;
  if (device::device_kind(system, name) != kind) {
    out.why_not = "a symbolic link to a device, and links are not followed: have the device itself there";
    return out;
  }
  const int allowed = system.access(name, R_OK | W_OK);
  if (allowed == -EACCES || allowed == -EPERM) {
    out.why_not = device::device_denied(system, name);
  } else if (allowed < 0) {
    out.why_not = device::describe_errno(-allowed);
  } else {
    out.usable = true;
  }
  return out;
}

}  // namespace tenzro::tee::provider
