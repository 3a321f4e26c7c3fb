// SPDX-License-Identifier: Apache-2.0
#include "inspect/extension_names.hpp"

#include <algorithm>
#include <array>

namespace tenzro::tee::inspect_detail {
namespace {

struct Named {
  std::string_view oid, name;
};

constexpr auto kNames = std::to_array<Named>({
    // RFC 5280, 4.2.1 and 4.2.2.
    {"2.5.29.14", "subject_key_identifier"},
    {"2.5.29.15", "key_usage"},
    {"2.5.29.17", "subject_alternative_name"},
    {"2.5.29.18", "issuer_alternative_name"},
    {"2.5.29.19", "basic_constraints"},
    {"2.5.29.30", "name_constraints"},
    {"2.5.29.31", "crl_distribution_points"},
    {"2.5.29.32", "certificate_policies"},
    {"2.5.29.33", "policy_mappings"},
    {"2.5.29.35", "authority_key_identifier"},
    {"2.5.29.36", "policy_constraints"},
    {"2.5.29.37", "extended_key_usage"},
    {"2.5.29.54", "inhibit_any_policy"},
    {"1.3.6.1.5.5.7.1.1", "authority_information_access"},
    // Intel SGX PCK certificate and CRL profile.
    {"1.2.840.113741.1.13.1", "intel_sgx_extensions"},
    // AMD VCEK certificate and KDS interface specification.
    {"1.3.6.1.4.1.3704.1.1", "amd_structure_version"},
    {"1.3.6.1.4.1.3704.1.2", "amd_product_name"},
    {"1.3.6.1.4.1.3704.1.3.1", "amd_boot_loader_spl"},
    {"1.3.6.1.4.1.3704.1.3.2", "amd_tee_spl"},
    {"1.3.6.1.4.1.3704.1.3.3", "amd_snp_spl"},
    {"1.3.6.1.4.1.3704.1.3.4", "amd_reserved_4_spl"},
    {"1.3.6.1.4.1.3704.1.3.5", "amd_reserved_5_spl"},
    {"1.3.6.1.4.1.3704.1.3.6", "amd_reserved_6_spl"},
    {"1.3.6.1.4.1.3704.1.3.7", "amd_reserved_7_spl"},
    {"1.3.6.1.4.1.3704.1.3.8", "amd_microcode_spl"},
    {"1.3.6.1.4.1.3704.1.3.9", "amd_fmc_spl"},
    {"1.3.6.1.4.1.3704.1.4", "amd_hardware_id"},
    {"1.3.6.1.4.1.3704.1.5", "amd_csp_id"},
    // TCG DICE attestation architecture.
    {"2.23.133.5.4.1", "tcg_dice_tcb_info"},
    {"2.23.133.5.4.4", "tcg_dice_ueid"},
});

}  // namespace

std::string_view extension_name(std::string_view oid) noexcept {
  const auto found = std::ranges::find(kNames, oid, &Named::oid);
  return found == kNames.end() ? std::string_view() : found->name;
}

}  // namespace tenzro::tee::inspect_detail
