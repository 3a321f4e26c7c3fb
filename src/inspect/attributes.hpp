// SPDX-License-Identifier: Apache-2.0
// Names of the bits in TD attributes, XFAM, SGX enclave attributes, SNP guest policy and SNP platform info.
#pragma once
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::inspect_detail {

// Names of the bits that are set, lowest first; a bit without a name is "bit_N". Little-endian, as on the wire.
std::vector<std::string> td_attribute_names(std::span<const std::uint8_t, 8> attributes);
std::vector<std::string> xfam_names(std::span<const std::uint8_t, 8> xfam);
std::vector<std::string> snp_policy_names(std::span<const std::uint8_t, 8> policy);  ///< without the ABI version
std::vector<std::string> snp_platform_info_names(std::span<const std::uint8_t, 8> platform_info);
std::vector<std::string> enclave_flag_names(std::span<const std::uint8_t, 8> flags);

}  // namespace tenzro::tee::inspect_detail
