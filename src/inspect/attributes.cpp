// SPDX-License-Identifier: Apache-2.0
#include "inspect/attributes.hpp"

#include <string_view>

#include "core/text.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

struct Bit {
  unsigned position;
  std::string_view name;
};

// Linux, arch/x86/include/asm/shared/tdx.h; Intel TDX module ABI, TD_PARAMS ATTRIBUTES.
constexpr Bit kTdAttributes[] = {{0, "debug"},       {4, "hgs_plus_prof"}, {5, "perf_prof"}, {6, "pmt_prof"},
                                 {16, "icssd"},      {17, "servtd_ext"},   {27, "lass"},     {28, "sept_ve_disable"},
                                 {29, "migratable"}, {30, "pks"},          {31, "kl"},       {62, "tpa"},
                                 {63, "perfmon"}};
// Intel SDM volume 1, XCR0 and IA32_XSS.
constexpr Bit kXfam[] = {{0, "x87"},    {1, "sse"},       {2, "avx"},      {3, "bndregs"},  {4, "bndcsr"},
                         {5, "opmask"}, {6, "zmm_hi256"}, {7, "hi16_zmm"}, {8, "pt"},       {9, "pkru"},
                         {10, "pasid"}, {11, "cet_u"},    {12, "cet_s"},   {13, "hdc"},     {14, "uintr"},
                         {15, "lbr"},   {16, "hwp"},      {17, "tilecfg"}, {18, "tiledata"}};
// Intel SDM volume 3D, SGX ATTRIBUTES.
constexpr Bit kEnclaveFlags[] = {{0, "init"},           {1, "debug"}, {2, "mode64bit"}, {4, "provision_key"},
                                 {5, "einittoken_key"}, {6, "cet"},   {7, "kss"},       {10, "aex_notify"}};
// AMD publication 56860, POLICY and PLATFORM_INFO. Bit 17 of the policy has no meaning and is always set.
constexpr Bit kSnpPolicy[] = {{16, "smt"},
                              {17, "reserved_one"},
                              {18, "migrate_ma"},
                              {19, "debug"},
                              {20, "single_socket"},
                              {21, "cxl_allow"},
                              {22, "mem_aes_256_xts"},
                              {23, "rapl_dis"},
                              {24, "ciphertext_hiding_dram"},
                              {25, "page_swap_disable"}};
constexpr Bit kSnpPlatformInfo[] = {{0, "smt_en"},
                                    {1, "tsme_en"},
                                    {2, "ecc_en"},
                                    {3, "rapl_dis"},
                                    {4, "ciphertext_hiding_dram_en"},
                                    {5, "alias_check_complete"},
                                    {6, "iommu_write_safe"},
                                    {7, "tio_en"}};

std::vector<std::string> names_of(std::span<const std::uint8_t, 8> bytes, std::span<const Bit> known,
                                  unsigned first = 0) {
  std::vector<std::string> names;
  for (unsigned position = first; position < 64; ++position) {
    if (((bytes[position / 8] >> (position % 8)) & 1) == 0) {
      continue;
    }
    std::string name = concat("bit_", position);
    for (const Bit& bit : known) {
      if (bit.position == position) {
        name = bit.name;
      }
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

std::vector<std::string> td_attribute_names(std::span<const std::uint8_t, 8> attributes) {
  return names_of(attributes, kTdAttributes);
}
std::vector<std::string> xfam_names(std::span<const std::uint8_t, 8> xfam) { return names_of(xfam, kXfam); }
std::vector<std::string> snp_policy_names(std::span<const std::uint8_t, 8> policy) {
  constexpr unsigned kFirstBit = 16;  // the ABI version stands below
  return names_of(policy, kSnpPolicy, kFirstBit);
}
std::vector<std::string> snp_platform_info_names(std::span<const std::uint8_t, 8> platform_info) {
  return names_of(platform_info, kSnpPlatformInfo);
}
std::vector<std::string> enclave_flag_names(std::span<const std::uint8_t, 8> flags) {
  return names_of(flags, kEnclaveFlags);
}

}  // namespace tenzro::tee::inspect_detail
