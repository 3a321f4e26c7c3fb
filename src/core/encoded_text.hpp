// SPDX-License-Identifier: Apache-2.0
// Bytes that travel as text: hex or base64 with white space in it, and base64url.
#pragma once
#include <string>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

std::string_view as_text(ByteView bytes) noexcept;
ByteView as_bytes(std::string_view text) noexcept;

/// Space, tab, CR, LF: what JSON calls white space, and nothing else.
bool is_white_space(char c) noexcept;
/// Without the white space at both ends.
std::string_view trimmed(std::string_view text) noexcept;
/// Nothing but printable ASCII and white space.
bool is_text(std::string_view bytes) noexcept;
/// UTF-8 throughout (RFC 3629): no overlong forms, no surrogates. NUL is a character.
bool is_utf8(ByteView text) noexcept;

/// Hex (with or without 0x) or base64, white space anywhere. malformed_input when it is neither; the error is about the
/// one that was meant.
Result<Bytes> decode_text(std::string_view text);

/// base64url without padding (RFC 4648, section 5), as JSON Web Keys and Signatures have it: one spelling for each
/// bytes, nothing else in it. malformed_input otherwise.
Result<Bytes> from_base64url(std::string_view text);
std::string to_base64url(ByteView bytes);  ///< likewise

}  // namespace tenzro::tee
