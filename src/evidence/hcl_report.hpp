// SPDX-License-Identifier: Apache-2.0
// What Azure's paravisor (HCL) keeps in its vTPM: a hardware report, and the runtime claims that it vouches for.
#pragma once
#include <cstdint>
#include <optional>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::azure {

inline constexpr std::size_t kMaxHclReport = std::size_t{64} << 10;

enum class HclKind : std::uint32_t { snp = 2, tdx = 4 };
enum class ClaimsHash : std::uint32_t { sha256 = 1, sha384 = 2, sha512 = 3 };

/// A parsed blob. Every view points into the bytes given to parse_hcl_report, which must outlive it.
struct HclReport {
  std::uint32_t version = 0;
  HclKind kind = HclKind::snp;
  ClaimsHash hash = ClaimsHash::sha256;
  ByteView hardware_report;  ///< 1184 bytes: an SNP report, or a TDREPORT of 1024 bytes and zeros
  ByteView runtime_claims;   ///< JSON; its hash is what the report data begin with
};

/// True when the bytes begin with the blob's mark. Nothing else is looked at.
bool looks_like_hcl_report(ByteView bytes) noexcept;
/// What a blob says to hold, before anything of it is believed; nothing when it is too short to say.
std::optional<HclKind> claimed_hcl_kind(ByteView bytes) noexcept;

/// Header, hardware report, runtime data, and nothing but zeros behind it. Allocates nothing on success.
/// malformed_input names the field; unsupported: an unknown version, kind of report or hash.
Result<HclReport> parse_hcl_report(ByteView bytes);

/// What the runtime claims say about who signs for the guest, and what the guest had written into them.
struct RuntimeClaims {
  Bytes ak_modulus, ak_exponent;           ///< HCLAkPub, the vTPM's attestation key: RSA, big-endian
  std::optional<ByteArray<64>> user_data;  ///< older paravisors have none
};
/// json: exactly the runtime claims. malformed_input: no JSON object, no HCLAkPub or two of them, a key that is no RSA.
Result<RuntimeClaims> parse_runtime_claims(ByteView json);

}  // namespace tenzro::tee::azure
