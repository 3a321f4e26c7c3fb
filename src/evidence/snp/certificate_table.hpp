// SPDX-License-Identifier: Apache-2.0
// The certificate table of an extended report. The host fills it: nothing in it is trusted.
#pragma once
#include <cstddef>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::snp {

inline constexpr std::size_t kMaxTableEntries = 64;
inline constexpr std::size_t kMaxTableSize = std::size_t{16} << 10;  ///< as the Linux driver delivers it

/// What an entry holds. In the order in which GUIDs are printed, as the table has them.
using Guid = ByteArray<16>;
inline constexpr Guid kArkGuid = {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
                                  0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae};
inline constexpr Guid kAskGuid = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                                  0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};  ///< of an ASVK, too
inline constexpr Guid kVcekGuid = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                   0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
inline constexpr Guid kVlekGuid = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
                                   0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};
inline constexpr Guid kCrlGuid = {0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d,
                                  0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea};
inline constexpr Guid kPlatformInfoGuid = {0xec, 0xae, 0x0c, 0x0f, 0x95, 0x02, 0x43, 0xb1,
                                           0xaf, 0xa2, 0x0a, 0xe2, 0xe0, 0xd5, 0x65, 0xb6};

/// What stands under the known GUIDs, DER or PEM; empty where there is none. Views into the table.
struct CertificateTable {
  ByteView ark, ask, vcek, vlek, crl;  ///< ask: the VLEK's intermediate too
  ByteView platform_info;              ///< Google's "extra platform info"
  std::size_t unknown_entries = 0;
  std::size_t extent = 0;  ///< where the content of the last entry ends, zeros behind it; 0 without entries
};

/// Entries of GUID, offset and length up to one of zeros (AMD publication 56421, GHCB). Unknown GUIDs are counted and
/// ignored. Allocates nothing on success. malformed_input: more than 16 KiB or 64 entries, no end, a GUID twice,
/// content that does not lie behind the entries and within the table, or within another's; bytes other than zero that
/// no entry covers.
Result<CertificateTable> parse_certificate_table(ByteView table);

}  // namespace tenzro::tee::snp
