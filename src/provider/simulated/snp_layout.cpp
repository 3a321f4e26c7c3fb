// SPDX-License-Identifier: Apache-2.0
// Source: AMD publications 56860 (ATTESTATION_REPORT) and 56421 (GHCB, MSG_REPORT_REQ), in the order of their tables.
#include "provider/simulated/snp_layout.hpp"

#include <algorithm>
#include <span>

#include "provider/simulated/byte_writer.hpp"
#include "provider/simulated/ensure.hpp"

namespace tenzro::tee::simulated {

namespace {
constexpr std::size_t kHalfSize = 48;     // of r || s
constexpr std::size_t kFieldSize = 72;    // of R and of S
constexpr std::size_t kEntrySize = 24;    // GUID, offset, length
constexpr unsigned kSigningKeyShift = 2;  // in KEY_INFO, behind AUTHOR_KEY_EN and MASK_CHIP_KEY

/// Build, minor, major and a byte of zero.
void put_version(ByteWriter& out, const snp::FirmwareVersion& version) {
  out.put(ByteArray<4>{version.build, version.minor, version.major, 0});
}

std::uint32_t key_info(const SnpReportSpec& spec) {
  const auto key = static_cast<std::uint32_t>(spec.vlek ? snp::SigningKey::vlek : snp::SigningKey::vcek);
  return (key << kSigningKeyShift) | (spec.author_key_enabled ? 1U : 0U);
}

void put_little_endian(ByteWriter& out, std::span<const std::uint8_t, kHalfSize> big_endian) {
  Bytes reversed(big_endian.rbegin(), big_endian.rend());
  reversed.resize(kFieldSize);
  out.put(reversed);
}
}  // namespace

Bytes write_signed_part(const SnpReportSpec& spec) {
  ByteWriter out;
  out.le(spec.version);
  out.le(spec.guest_svn);
  out.le(spec.policy);
  out.put(spec.family_id);
  out.put(spec.image_id);
  out.le(spec.vmpl);
  out.le(snp::kEcdsaP384Sha384);
  out.put(spec.current_tcb);
  out.le(spec.platform_info);
  out.le(key_info(spec));
  out.zeros(4);
  out.put(spec.report_data);
  out.put(spec.measurement);
  out.put(spec.host_data);
  out.put(spec.id_key_digest);
  out.put(spec.author_key_digest);
  out.put(spec.report_id);
  out.put(spec.report_id_ma);
  out.put(spec.reported_tcb);
  if (spec.version >= snp::kFirstVersionWithCpuId) {
    out.put(ByteArray<3>{spec.cpu_id.family, spec.cpu_id.model, spec.cpu_id.stepping});
    out.zeros(21);
  } else {
    out.zeros(24);
  }
  out.put(spec.chip_id);
  out.put(spec.committed_tcb);
  put_version(out, spec.current_version);
  put_version(out, spec.committed_version);
  out.put(spec.launch_tcb);
  if (spec.version >= snp::kFirstVersionWithMitigations) {
    out.le(spec.launch_mit_vector);
    out.le(spec.current_mit_vector);
  }
  ensure(out.size() <= snp::kSignedSize, "a report has grown too long");
  out.zeros(snp::kSignedSize - out.size());
  return std::move(out).take();
}

Bytes write_signature(const ByteArray<96>& r_s) {
  ByteWriter out;
  put_little_endian(out, std::span(r_s).first<kHalfSize>());
  put_little_endian(out, std::span(r_s).last<kHalfSize>());
  out.zeros(snp::kReportSize - snp::kSignedSize - out.size());
  return std::move(out).take();
}

Bytes write_certificate_table(const std::vector<TableEntry>& entries) {
  ByteWriter out;
  auto offset = static_cast<std::uint32_t>((entries.size() + 1) * kEntrySize);
  for (const TableEntry& entry : entries) {
    const auto length = static_cast<std::uint32_t>(entry.content.size());
    out.put(entry.guid);
    out.le(offset);
    out.le(length);
    offset += length;
  }
  out.zeros(kEntrySize);
  for (const TableEntry& entry : entries) {
    out.put(entry.content);
  }
  return std::move(out).take();
}

}  // namespace tenzro::tee::simulated
