// SPDX-License-Identifier: Apache-2.0
// The SGX extension of a PCK certificate (OID 1.2.840.113741.1.13.1).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::tdx {

/// The common name of the CA whose PCK certificates have all seven members; the other one is the processor CA.
inline constexpr std::string_view kPckPlatformCaName = "Intel SGX PCK Platform CA";
inline constexpr std::string_view kSgxExtensionOid = "1.2.840.113741.1.13.1";

/// Source: Intel SGX PCK certificate and CRL profile specification.
struct PckExtension {
  ByteArray<16> ppid{};
  ByteArray<16> tcb_components{};  ///< SGX TCB component SVNs 1 to 16
  std::uint16_t pce_svn = 0;
  ByteArray<16> cpu_svn{};
  ByteArray<2> pce_id{};
  ByteArray<6> fmspc{};
  std::uint8_t sgx_type = 0;                            ///< 0 standard, 1 scalable, 2 scalable with integrity
  std::optional<ByteArray<16>> platform_instance_id{};  ///< platform CA only
  std::optional<bool> dynamic_platform{}, cached_keys{}, smt_enabled{};  ///< platform CA only
};

/// Exactly the members of the profile, each once, in any order: five under the processor CA, seven under the platform
/// CA. malformed_input names the member.
Result<PckExtension> parse_pck_extension(ByteView value, bool platform_ca);

}  // namespace tenzro::tee::tdx
