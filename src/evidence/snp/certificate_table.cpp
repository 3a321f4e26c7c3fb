// SPDX-License-Identifier: Apache-2.0
// Source: AMD publication 56421 (GHCB), MSG_REPORT_REQ. GUIDs stand in the order in which they are printed.
#include "evidence/snp/certificate_table.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "core/fixed_view.hpp"
#include "core/text.hpp"
#include "core/try.hpp"

namespace tenzro::tee::snp {

namespace {

constexpr std::size_t kEntrySize = 24;

struct Known {
  Guid guid;
  ByteView CertificateTable::* member;
};
constexpr std::array<Known, 6> kKnown = {{{kArkGuid, &CertificateTable::ark},
                                          {kAskGuid, &CertificateTable::ask},
                                          {kVcekGuid, &CertificateTable::vcek},
                                          {kVlekGuid, &CertificateTable::vlek},
                                          {kCrlGuid, &CertificateTable::crl},
                                          {kPlatformInfoGuid, &CertificateTable::platform_info}}};

Error malformed(std::string_view message) { return {ErrorCode::malformed_input, concat("certificate table", message)}; }

struct Entry {
  Guid guid{};
  std::uint32_t offset = 0, length = 0;
  bool is_end() const { return guid == Guid{} && offset == 0 && length == 0; }
};

Entry read_entry(std::span<const std::uint8_t, kEntrySize> bytes) {
  const FixedView<kEntrySize> view(bytes);
  return {view.array<0, 16>(), view.le<std::uint32_t, 16>(), view.le<std::uint32_t, 20>()};
}

/// How many entries stand before the end.
Result<std::size_t> count_entries(ByteView table) {
  for (std::size_t i = 0; i <= kMaxTableEntries; ++i) {
    if (table.size() < (i + 1) * kEntrySize) {
      return malformed(concat(": ", table.size(), " bytes without an entry of zeros that ends it"));
    }
    if (read_entry(table.subspan(i * kEntrySize).first<kEntrySize>()).is_end()) {
      return i;
    }
  }
  return malformed(concat(": has more than ", kMaxTableEntries, " entries"));
}

/// Never adds offset and length: 32 bits would wrap.
Result<ByteView> content(ByteView table, const Entry& entry, std::size_t index, std::size_t entries_end) {
  const std::size_t offset = entry.offset;
  const std::size_t length = entry.length;
  if (offset < entries_end || offset > table.size() || length > table.size() - offset) {
    return malformed(concat(".entry ", index, ": ", length, " bytes at offset ", offset, " do not lie within ",
                            entries_end, " to ", table.size()));
  }
  return table.subspan(offset, length);
}

bool all_zero(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

/// Behind the entries there is their content, each byte of one entry only, and zeros: hosts pad to pages.
Result<void> demand_no_stray_bytes(ByteView table, std::span<Entry> entries) {
  std::ranges::sort(entries, {}, &Entry::offset);
  std::size_t covered = (entries.size() + 1) * kEntrySize;
  for (const Entry& entry : entries) {
    if (entry.length == 0) {
      continue;
    }
    const std::size_t offset = entry.offset;
    if (offset < covered) {
      return malformed(concat(": the content of ", to_hex(entry.guid), " at offset ", offset,
                              " lies within that of another entry, which ends at ", covered));
    }
    if (!all_zero(table.subspan(covered, offset - covered))) {
      return malformed(concat(": bytes other than zero between ", covered, " and ", offset, ", which no entry covers"));
    }
    covered = offset + entry.length;
  }
  if (!all_zero(table.subspan(covered))) {
    return malformed(concat(": bytes other than zero behind ", covered, ", which no entry covers"));
  }
  return {};
}

}  // namespace

Result<CertificateTable> parse_certificate_table(ByteView table) {
  if (table.size() > kMaxTableSize) {
    return malformed(concat(": has ", table.size(), " bytes, at most ", kMaxTableSize, " are possible"));
  }
  TENZRO_ASSIGN_OR_RETURN(const std::size_t count, count_entries(table));
  std::array<Entry, kMaxTableEntries> entries{};
  CertificateTable out;
  for (std::size_t i = 0; i < count; ++i) {
    const Entry entry = read_entry(table.subspan(i * kEntrySize).first<kEntrySize>());
    if (entry.guid == Guid{}) {
      return malformed(concat(".entry ", i, ": has no GUID, and is not the end either"));
    }
    const auto earlier = std::span(entries).first(i);
    if (std::ranges::find(earlier, entry.guid, &Entry::guid) != earlier.end()) {
      return malformed(concat(".entry ", i, ": ", to_hex(entry.guid), " stands there twice"));
    }
    entries.at(i) = entry;
    TENZRO_ASSIGN_OR_RETURN(const ByteView bytes, content(table, entry, i, (count + 1) * kEntrySize));
    out.extent = std::max(out.extent, std::size_t{entry.offset} + entry.length);
    const auto* const known = std::ranges::find(kKnown, entry.guid, &Known::guid);
    if (known == kKnown.end()) {
      ++out.unknown_entries;
    } else {
      out.*(known->member) = bytes;
    }
  }
  TENZRO_RETURN_IF_ERROR(demand_no_stray_bytes(table, std::span(entries).first(count)));
  return out;
}

}  // namespace tenzro::tee::snp
