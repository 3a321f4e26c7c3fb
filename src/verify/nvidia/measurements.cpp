// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/measurements.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/text.hpp"
#include "verify/nvidia/versions.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kVendor;

/// The video decoder's firmware, which is measured only while the decoder is on.
constexpr std::size_t kDecoderIndex = 35;
constexpr std::uint8_t kEnabled = 0xaa, kDisabled = 0x55;
/// Manifests of driver branches up to this one are known to list every measurement that is not zero.
constexpr std::uint32_t kLastCompleteBranch = 550;

std::string name_of(std::size_t index) { return concat("measurement.", index); }

/// Which manifest lists an index; null: none.
using Owners = std::array<const ManifestNeed*, kMaxMeasurements>;

bool assign_owners(std::span<const AuthenticManifest> manifests, Owners& owners, VerdictBuilder& verdict) {
  for (const AuthenticManifest& manifest : manifests) {
    if (manifest.rim.active.empty()) {
      verdict.fail("measurements", kVendor,
                   {"device", "rim_without_measurements",
                    concat("the manifest ", manifest.need.id, " has no reference value that counts")});
      return false;
    }
    for (const GoldenMeasurement& golden : manifest.rim.active) {
      const ManifestNeed*& owner = owners.at(golden.index);
      if (owner != nullptr) {
        verdict.fail("measurements", kVendor,
                     {"device", "rim_index_conflict",
                      concat("index ", golden.index, " is in both ", owner->id, " and ", manifest.need.id)});
        return false;
      }
      owner = &manifest.need;
    }
  }
  return true;
}

/// True when the decoder's measurement is to be compared; nothing for a state that is not known.
std::optional<bool> compares_decoder(const Report& report, VerdictBuilder& verdict) {
  const auto status = report.opaque().find(OpaqueType::nvdec0_status);
  if (!status) {
    return true;
  }
  if (status->size() == 1 && (status->front() == kEnabled || status->front() == kDisabled)) {
    return status->front() == kEnabled;
  }
  verdict.fail("measurements", kVendor,
               {"device", "decoder_status_unknown",
                concat("the report's decoder status is ", to_hex(*status), ", neither aa (on) nor 55 (off)")},
               "aa or 55", to_hex(*status));
  return std::nullopt;
}

bool matches(const GoldenMeasurement& golden, MeasurementView actual) {
  return std::ranges::any_of(golden.alternatives, [&](const auto& value) { return std::ranges::equal(value, actual); });
}

std::string alternatives_of(const GoldenMeasurement& golden) {
  std::string out;
  for (const auto& value : golden.alternatives) {
    out += concat(out.empty() ? "" : " or ", to_hex(value));
  }
  return out;
}

void refuse_measurement(const GoldenMeasurement& golden, const ManifestNeed& need, const std::string& actual,
                        VerdictBuilder& verdict) {
  const std::string expected = alternatives_of(golden);
  verdict.fail(name_of(golden.index), kVendor,
               {"device", "measurement_mismatch",
                concat("index ", golden.index, " is not what the ", need.part, " manifest ", need.id, " says (version ",
                       printable(need.version), "): ", actual, ", expected ", expected)},
               expected, actual);
}

bool is_zero(MeasurementView value) {
  return std::ranges::all_of(value, [](std::uint8_t byte) { return byte == 0; });
}

/// A switch has one manifest, which lists all.
bool is_known_complete(const NvidiaClaims& claims) {
  const auto driver = parse_driver_version(claims.driver_version);
  return claims.device_type != "gpu" || !driver || driver->front() <= kLastCompleteBranch;
}

bool judge_uncovered(const Report& report, const Owners& owners, const NvidiaClaims& claims,
                     const NvidiaDeviceRules& rules, VerdictBuilder& verdict) {
  std::string uncovered;
  for (std::size_t i = 0; i < report.measurement_count(); ++i) {
    if (owners.at(i) == nullptr && !is_zero(report.measurement(i))) {
      uncovered += concat(uncovered.empty() ? "" : ", ", i);
    }
  }
  if (uncovered.empty()) {
    return true;
  }
  Finding finding{"device", "measurement_uncovered",
                  concat("the device measured something at index ", uncovered, ", of which no manifest says anything")};
  if (rules.uncovered_measurements == UncoveredMeasurements::warn && !is_known_complete(claims)) {
    verdict.warn(std::move(finding));
    return true;
  }
  verdict.fail("measurements.uncovered", kVendor, std::move(finding), "none", uncovered);
  return false;
}

}  // namespace

MeasurementResult judge_measurements(const Report& report, const NvidiaClaims& claims,
                                     std::span<const AuthenticManifest> manifests, bool all,
                                     const NvidiaDeviceRules& rules, VerdictBuilder& verdict) {
  Owners owners{};
  const auto with_decoder = compares_decoder(report, verdict);
  if (!with_decoder || !assign_owners(manifests, owners, verdict)) {
    return MeasurementResult::not_compared;
  }
  std::size_t compared = 0, skipped = 0;
  bool good = true;
  for (const AuthenticManifest& manifest : manifests) {
    for (const GoldenMeasurement& golden : manifest.rim.active) {
      if (golden.index == kDecoderIndex && !*with_decoder) {
        verdict.skip(name_of(golden.index), kVendor, "the decoder is off");
        ++skipped;
        continue;
      }
      ++compared;
      const bool is_there = golden.index < report.measurement_count();
      if (is_there && matches(golden, report.measurement(golden.index))) {
        continue;
      }
      good = false;
      refuse_measurement(golden, manifest.need, is_there ? to_hex(report.measurement(golden.index)) : "absent",
                         verdict);
    }
  }
  if (all) {
    good = judge_uncovered(report, owners, claims, rules, verdict) && good;
  }
  if (!good) {
    return MeasurementResult::mismatch;
  }
  if (!all) {
    return MeasurementResult::not_compared;
  }
  if (compared == 0) {
    verdict.fail("measurements", kVendor,
                 {"device", "rim_without_measurements", "the manifests have no reference value that counts here"});
    return MeasurementResult::not_compared;
  }
  verdict.pass("measurements", kVendor, {}, concat(compared, " compared, ", skipped, " skipped"));
  return MeasurementResult::match;
}

}  // namespace tenzro::tee::nvidia
