// SPDX-License-Identifier: Apache-2.0
// Percent-encoding, in which issuer chains travel in headers and bundles.
#pragma once
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::collateral {

/// RFC 3986 percent-decoding; '+' stands for itself. malformed_input for a '%' without two hex digits.
Result<std::string> percent_decode(std::string_view text);

}  // namespace tenzro::tee::collateral
