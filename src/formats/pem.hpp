// SPDX-License-Identifier: Apache-2.0
// PEM blocks (RFC 7468, strict): nothing but the expected blocks and what stands between them by rule.
#pragma once
#include <string_view>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::pem {

struct Block {
  std::string label;  ///< "CERTIFICATE", "X509 CRL", "OCSP RESPONSE"
  Bytes der;
};

struct Limits {
  std::size_t max_blocks = 8;
  std::size_t max_der = std::size_t{16} << 10;  ///< bytes of one decoded block
};

/// Every block of a text that holds at least one, and nothing else but white space between, before and after them. LF
/// or CRLF line ends, base64 lines of 1 to 76 characters, no headers inside a block. malformed_input otherwise.
Result<std::vector<Block>> split(std::string_view text, const Limits& limits = {});

/// The same for a PCK certificate chain in a quote (certification data type 5): blocks follow one another with one line
/// end between them; after the last: at most one LF and then at most one NUL.
Result<std::vector<Block>> split_quote_chain(ByteView data, const Limits& limits = {});

std::string encode(std::string_view label, ByteView der);  ///< 64 characters a line, LF, ends with LF

}  // namespace tenzro::tee::pem
