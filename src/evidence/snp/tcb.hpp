// SPDX-License-Identifier: Apache-2.0
// Product lines, and the TCB versions whose layout depends on them.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "evidence/snp/report.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::snp {

/// A product line as AMD's key service names it, each with its own root. Genoa is Bergamo and Siena too.
enum class Product : std::uint8_t { milan, genoa, turin };

std::string_view to_string(Product product) noexcept;                  ///< "Milan", "Genoa", "Turin"
std::optional<Product> parse_product(std::string_view name) noexcept;  ///< exactly these
/// The product with this processor. Nothing for any other, Venice among them: its root is not among ours.
std::optional<Product> product_of(const CpuId& cpu) noexcept;

/// The security patch levels of one TCB_VERSION. Compare component by component, never as one number; a microcode level
/// means something within one silicon line only.
struct Tcb {
  std::optional<std::uint8_t> fmc;  ///< Turin and later
  std::uint8_t bootloader = 0, tee = 0, snp = 0, microcode = 0;
  std::array<std::uint8_t, 4> reserved{};  ///< as they stand; the last is unused where there is an fmc
  bool operator==(const Tcb&) const = default;
};

/// Milan and Genoa: boot loader, TEE, four reserved, SNP, microcode. Turin: FMC, boot loader, TEE, SNP, three reserved,
/// microcode. Source: AMD publication 56860, TCB_VERSION.
Tcb read_tcb(const ByteArray<8>& wire, Product product) noexcept;

/// True when each component of a is at most b's.
bool at_most(const Tcb& a, const Tcb& b) noexcept;

}  // namespace tenzro::tee::snp
