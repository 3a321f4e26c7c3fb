// SPDX-License-Identifier: Apache-2.0
// The text forms in which collateral travels: hex, base64 and percent-encoding.
#pragma once
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::collateral {

std::string_view as_text(ByteView bytes) noexcept;
ByteView as_bytes(std::string_view text) noexcept;

/// Without the white space (space, tab, CR, LF) at both ends.
std::string_view trimmed(std::string_view text) noexcept;

/// Hex (with or without 0x) or base64, white space anywhere. malformed_input when it is neither.
Result<Bytes> decode_text(std::string_view text);

/// RFC 3986 percent-decoding; '+' stands for itself. malformed_input for a '%' without two hex digits.
Result<std::string> percent_decode(std::string_view text);

}  // namespace tenzro::tee::collateral
