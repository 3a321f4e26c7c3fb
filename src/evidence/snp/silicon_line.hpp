// SPDX-License-Identifier: Apache-2.0
// Silicon lines: the parts of one product line whose microcode levels can be compared.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "evidence/snp/tcb.hpp"

namespace tenzro::tee::snp {

enum class SiliconLine : std::uint8_t { milan, milan_x, genoa, genoa_x, bergamo, turin, turin_dense };

/// "Milan", "Milan-X", "Genoa", "Genoa-X", "Bergamo" (Siena too), "Turin", "Turin-Dense"
std::string_view to_string(SiliconLine line) noexcept;
bool is_silicon_line(std::string_view name) noexcept;  ///< exactly one of these
/// By model and stepping of parts that are for sale; nothing for any other.
std::optional<SiliconLine> silicon_line_of(const CpuId& cpu) noexcept;

}  // namespace tenzro::tee::snp
