// SPDX-License-Identifier: Apache-2.0
// SEV-SNP reports, certificate tables, paravisor blobs and vTPM quotes put together byte by byte.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/snp/report.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

inline void put_le_at(Bytes& out, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    out.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
  }
}
inline void fill_at(Bytes& out, std::size_t at, std::size_t size, std::uint8_t value) {
  std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(at), size, value);
}
inline void copy_at(Bytes& out, std::size_t at, ByteView bytes) {
  std::ranges::copy(bytes, out.begin() + static_cast<std::ptrdiff_t>(at));
}

/// Offsets of ATTESTATION_REPORT that tests alter.
namespace snp_at {
inline constexpr std::size_t kVersion = 0x000, kGuestSvn = 0x004, kPolicy = 0x008, kFamilyId = 0x010, kImageId = 0x020,
                             kVmpl = 0x030, kSignatureAlgo = 0x034, kCurrentTcb = 0x038, kPlatformInfo = 0x040,
                             kKeyInfo = 0x048, kReportData = 0x050, kMeasurement = 0x090, kHostData = 0x0c0,
                             kIdKeyDigest = 0x0e0, kAuthorKeyDigest = 0x110, kReportId = 0x140, kReportIdMa = 0x160,
                             kReportedTcb = 0x180, kCpuId = 0x188, kChipId = 0x1a0, kCommittedTcb = 0x1e0,
                             kCurrentVersion = 0x1e8, kCommittedVersion = 0x1ec, kLaunchTcb = 0x1f0,
                             kLaunchMitVector = 0x1f8, kCurrentMitVector = 0x200, kR = 0x2a0, kS = 0x2e8;
}  // namespace snp_at

/// A report that the default rules accept but for its signature. Every field has its own filling.
struct MadeSnpReport {
  std::uint32_t version = 3;
  std::uint64_t policy = 0x3001f;
  std::uint64_t platform_info = 0x25;
  std::uint32_t key_info = 0;
  std::array<std::uint8_t, 3> cpu_id = {0x19, 0x11, 0x01};  // a Genoa
  ByteArray<8> tcb = {10, 0, 0, 0, 0, 0, 0x1b, 0x56};
  Bytes chip_id = Bytes(64, 0xc1);  ///< 64 bytes, or 8

  Bytes bytes() const {
    Bytes out(snp::kReportSize, 0);
    put_le_at(out, snp_at::kVersion, version, 4);
    put_le_at(out, snp_at::kGuestSvn, 7, 4);
    put_le_at(out, snp_at::kPolicy, policy, 8);
    fill_at(out, snp_at::kFamilyId, 16, 0x11);
    fill_at(out, snp_at::kImageId, 16, 0x22);
    put_le_at(out, snp_at::kSignatureAlgo, snp::kEcdsaP384Sha384, 4);
    put_le_at(out, snp_at::kPlatformInfo, platform_info, 8);
    put_le_at(out, snp_at::kKeyInfo, key_info, 4);
    fill_at(out, snp_at::kReportData, 64, 0x33);
    fill_at(out, snp_at::kMeasurement, 48, 0x44);
    fill_at(out, snp_at::kHostData, 32, 0x55);
    fill_at(out, snp_at::kIdKeyDigest, 48, 0x66);
    fill_at(out, snp_at::kAuthorKeyDigest, 48, 0x77);
    fill_at(out, snp_at::kReportId, 32, 0x88);
    fill_at(out, snp_at::kReportIdMa, 32, 0xff);
    for (const std::size_t at :
         {snp_at::kCurrentTcb, snp_at::kReportedTcb, snp_at::kCommittedTcb, snp_at::kLaunchTcb}) {
      copy_at(out, at, tcb);
    }
    if (version >= snp::kFirstVersionWithCpuId) {
      copy_at(out, snp_at::kCpuId, cpu_id);
    }
    copy_at(out, snp_at::kChipId, chip_id);
    for (const std::size_t at : {snp_at::kCurrentVersion, snp_at::kCommittedVersion}) {
      copy_at(out, at, ByteArray<3>{40, 55, 1});  // build, minor, major
    }
    if (version >= snp::kFirstVersionWithMitigations) {
      put_le_at(out, snp_at::kLaunchMitVector, 0x3f, 8);
      put_le_at(out, snp_at::kCurrentMitVector, 0x7f, 8);
    }
    fill_at(out, snp_at::kR, 48, 0xa1);
    fill_at(out, snp_at::kS, 48, 0xa2);
    return out;
  }
};

/// Certificate tables: entries with their content behind them, in order, and an end.
struct MadeTable {
  std::vector<std::pair<std::string_view, Bytes>> entries;  ///< GUID in hex, content
  bool ended = true;

  Bytes bytes() const {
    constexpr std::size_t kEntry = 24;
    std::size_t offset = (entries.size() + (ended ? 1 : 0)) * kEntry;
    Bytes out(offset, 0);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      copy_at(out, i * kEntry, from_hex(entries[i].first).value());
      put_le_at(out, i * kEntry + 16, offset, 4);
      put_le_at(out, i * kEntry + 20, entries[i].second.size(), 4);
      offset += entries[i].second.size();
    }
    for (const auto& entry : entries) {
      out.insert(out.end(), entry.second.begin(), entry.second.end());
    }
    return out;
  }
};
namespace table_guid {
inline constexpr std::string_view kArk = "c0b406a4a803495297433fb6014cd0ae", kAsk = "4ab7b379bbac4fe4a02f05aef327c782",
                                  kVcek = "63da758de6644564adc5f4b93be8accd",
                                  kVlek = "a8074bc2a25a483eaae639c045a0b8a1", kCrl = "92f81bc358114d3d97ffd19f88dc67ea",
                                  kPlatformInfo = "ecae0c0f950243b1afa20ae2e0d565b6";
}  // namespace table_guid

/// Azure's blob of a hardware report and runtime claims.
struct MadeHclReport {
  std::uint32_t version = 2;
  std::uint32_t kind = 2;
  std::uint32_t hash = 1;
  Bytes hardware_report = MadeSnpReport{}.bytes();
  std::string claims = R"({"keys":[{"kid":"HCLAkPub","kty":"RSA","e":"AQAB","n":"qR7L"}]})";
  std::size_t padding = 64;

  Bytes bytes() const {
    Bytes out(0x4d4 + claims.size() + padding, 0);
    copy_at(out, 0, ByteArray<4>{'H', 'C', 'L', 'A'});
    put_le_at(out, 4, version, 4);
    put_le_at(out, 8, 0x4d4 + claims.size(), 4);
    put_le_at(out, 12, 2, 4);
    copy_at(out, 0x20, hardware_report);
    put_le_at(out, 0x4c0, 20 + claims.size(), 4);
    put_le_at(out, 0x4c4, 1, 4);
    put_le_at(out, 0x4c8, kind, 4);
    put_le_at(out, 0x4cc, hash, 4);
    put_le_at(out, 0x4d0, claims.size(), 4);
    copy_at(out, 0x4d4, Bytes(claims.begin(), claims.end()));
    return out;
  }
};

/// TPMS_ATTEST of a quote.
struct MadeAttest {
  Bytes signer = Bytes(34, 0x0b);
  Bytes extra_data = {'c', 'h', 'a', 'l', 'l', 'e', 'n', 'g', 'e'};
  std::uint32_t selections = 1;
  std::uint16_t bank = 0x000b;
  Bytes select = {0xff, 0xff, 0xff};
  Bytes digest = Bytes(32, 0xdd);

  Bytes bytes() const {
    Bytes out;
    const auto be = [&out](std::uint64_t value, std::size_t size) {
      for (std::size_t i = size; i-- > 0;) {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
      }
    };
    const auto sized = [&](const Bytes& bytes) {
      be(bytes.size(), 2);
      out.insert(out.end(), bytes.begin(), bytes.end());
    };
    be(0xff544347, 4);
    be(0x8018, 2);
    sized(signer);
    sized(extra_data);
    out.insert(out.end(), 25, 0x01);  // clock and firmware version
    be(selections, 4);
    be(bank, 2);
    be(select.size(), 1);
    out.insert(out.end(), select.begin(), select.end());
    sized(digest);
    return out;
  }
};

}  // namespace tenzro::tee::test
