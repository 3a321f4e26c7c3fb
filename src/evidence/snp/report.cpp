// SPDX-License-Identifier: Apache-2.0
// Source: AMD publication 56860 (SEV-SNP firmware ABI), ATTESTATION_REPORT.
#include "evidence/snp/report.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace tenzro::tee::snp {

namespace {

struct Range {
  std::size_t begin, end;
};
bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

// Always zero; what comes between depends on the version.
constexpr std::array<Range, 4> kReserved = {{{0x04c, 0x050}, {0x1eb, 0x1ec}, {0x1ef, 0x1f0}, {0x330, kReportSize}}};
constexpr std::uint32_t kKeyInfoReserved = ~std::uint32_t{0x1f};

/// The integer's bytes from 48 on, which P-384 has no use for.
bool fits_in_48(ByteView little_endian) { return all_zero(little_endian.subspan(48)); }

void put_reversed(ByteView from, std::span<std::uint8_t> to) {
  std::reverse_copy(from.begin(), from.end(), to.begin());
}

std::optional<std::size_t> first_nonzero(ByteView bytes, Range range) {
  const auto part = bytes.subspan(range.begin, range.end - range.begin);
  const auto at = std::ranges::find_if(part, [](std::uint8_t byte) { return byte != 0; });
  if (at == part.end()) {
    return std::nullopt;
  }
  return range.begin + static_cast<std::size_t>(at - part.begin());
}

// Other formats begin with bytes that are larger numbers here: quotes with a key type, TDREPORTs with 0x81.
constexpr std::uint32_t kMaxPlausibleVersion = 0x40;
constexpr std::uint32_t kMaxPlausibleAlgorithm = 0xff;
constexpr bool is_plausible(std::uint32_t value, std::uint32_t most) { return value > 0 && value <= most; }

/// What AMD has not changed from version to version: zeros at their places, and two integers that are not zero and fit
/// in 48 bytes. bytes: kReportSize of them.
bool has_form_of_report(ByteView bytes) {
  const ByteView r = bytes.subspan(0x2a0, 72);
  const ByteView s = bytes.subspan(0x2e8, 72);
  return !all_zero(r) && !all_zero(s) && fits_in_48(r) && fits_in_48(s) &&
         std::ranges::none_of(kReserved, [&](Range range) { return first_nonzero(bytes, range).has_value(); });
}

}  // namespace

std::string to_string(const FirmwareVersion& version) {
  return concat(unsigned{version.major}, ".", unsigned{version.minor}, ".", unsigned{version.build});
}

std::optional<CpuId> Report::cpu_id() const {
  if (version() < kFirstVersionWithCpuId) {
    return std::nullopt;
  }
  const auto bytes = view_.bytes<0x188, 3>();
  return CpuId{bytes[0], bytes[1], bytes[2]};
}

FirmwareVersion Report::current_version() const {
  const auto bytes = view_.bytes<0x1e8, 3>();  // build, minor, major
  return {bytes[2], bytes[1], bytes[0]};
}

FirmwareVersion Report::committed_version() const {
  const auto bytes = view_.bytes<0x1ec, 3>();
  return {bytes[2], bytes[1], bytes[0]};
}

std::optional<std::uint64_t> Report::launch_mit_vector() const {
  return version() < kFirstVersionWithMitigations ? std::nullopt : std::optional(view_.le<std::uint64_t, 0x1f8>());
}

std::optional<std::uint64_t> Report::current_mit_vector() const {
  return version() < kFirstVersionWithMitigations ? std::nullopt : std::optional(view_.le<std::uint64_t, 0x200>());
}

bool Report::chip_id_masked() const { return all_zero(chip_id()); }

std::optional<ByteArray<96>> Report::signature_r_s() const {
  const auto r = view_.bytes<0x2a0, 72>();
  const auto s = view_.bytes<0x2e8, 72>();
  if (!fits_in_48(r) || !fits_in_48(s)) {
    return std::nullopt;
  }
  ByteArray<96> out{};
  put_reversed(r.first<48>(), std::span(out).first<48>());
  put_reversed(s.first<48>(), std::span(out).last<48>());
  return out;
}

std::optional<std::size_t> Report::nonzero_reserved() const {
  if ((key_info() & kKeyInfoReserved) != 0) {
    return first_nonzero(whole(), {0x049, 0x04c}).value_or(0x048);
  }
  for (const Range range : kReserved) {
    if (const auto at = first_nonzero(whole(), range)) {
      return at;
    }
  }
  const std::size_t after_cpu_id = version() < kFirstVersionWithCpuId ? 0x188 : 0x18b;
  if (const auto at = first_nonzero(whole(), {after_cpu_id, 0x1a0})) {
    return at;
  }
  const std::size_t after_vectors = version() < kFirstVersionWithMitigations ? 0x1f8 : 0x208;
  return first_nonzero(whole(), {after_vectors, kSignedSize});
}

bool looks_like_report(ByteView bytes) noexcept {
  constexpr std::size_t kEnough = 0x038;
  if (bytes.size() < kEnough) {
    return false;
  }
  const FixedView<kEnough> view(bytes.first<kEnough>());
  const auto version = view.le<std::uint32_t, 0x000>();
  const auto algorithm = view.le<std::uint32_t, 0x034>();
  if (version >= kOldestVersion && version <= kNewestVersion && algorithm == kEcdsaP384Sha384) {
    return true;
  }
  return bytes.size() >= kReportSize && is_plausible(version, kMaxPlausibleVersion) &&
         is_plausible(algorithm, kMaxPlausibleAlgorithm) && has_form_of_report(bytes.first(kReportSize));
}

Result<Report> parse_report(ByteView bytes) {
  const auto view = FixedView<kReportSize>::exactly(bytes);
  if (!view) {
    return Error(ErrorCode::malformed_input, concat("report: has ", bytes.size(), " bytes, expected ", kReportSize));
  }
  const Report report(view->all());
  if (report.version() < kOldestVersion || report.version() > kNewestVersion) {
    return Error(ErrorCode::unsupported, concat("report.version: ", report.version(), " is unknown; ", kOldestVersion,
                                                " to ", kNewestVersion, " are known"));
  }
  return report;
}

Result<ExtendedReport> split_extended_report(ByteView bytes) {
  if (bytes.size() < kReportSize) {
    return Error(ErrorCode::malformed_input, concat("report: has ", bytes.size(), " bytes, expected ", kReportSize));
  }
  return ExtendedReport{bytes.first(kReportSize), bytes.subspan(kReportSize)};
}

}  // namespace tenzro::tee::snp
