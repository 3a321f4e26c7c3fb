// SPDX-License-Identifier: Apache-2.0
// The certificate table of an extended report. The host fills it: nothing in it is trusted.
#pragma once
#include <cstddef>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::snp {

inline constexpr std::size_t kMaxTableEntries = 64;
inline constexpr std::size_t kMaxTableSize = std::size_t{16} << 10;  ///< as the Linux driver delivers it

/// What stands under the known GUIDs, DER or PEM; empty where there is none. Views into the table.
struct CertificateTable {
  ByteView ark, ask, vcek, vlek, crl;  ///< ask: the VLEK's intermediate too
  ByteView platform_info;              ///< Google's "extra platform info"
  std::size_t unknown_entries = 0;
};

/// Entries of GUID, offset and length up to one of zeros (AMD publication 56421, GHCB). Unknown GUIDs are counted and
/// ignored. Allocates nothing on success. malformed_input: more than 16 KiB or 64 entries, no end, a GUID twice,
/// content that does not lie behind the entries and within the table, or within another's; bytes other than zero that
/// no entry covers.
Result<CertificateTable> parse_certificate_table(ByteView table);

}  // namespace tenzro::tee::snp
