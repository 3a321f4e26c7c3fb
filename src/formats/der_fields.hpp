// SPDX-License-Identifier: Apache-2.0
// The pieces of DER that certificates, revocation lists and OCSP responses share: times, bit strings, extensions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "formats/der.hpp"

namespace tenzro::tee::der {

/// Every element inside `in`, down to the last, is DER: lengths, booleans, integers, object identifiers, bit strings
/// without stray bits, sets in order. Contents of OCTET and BIT STRINGs are not looked into. At most 16 levels; does
/// not recurse.
Result<void> check_der(std::string_view what, ByteView in);

/// UTCTime or GeneralizedTime in DER's one form: seconds, Z, no fraction (RFC 5280, 4.1.2.5).
Result<UtcTime> read_time(Reader& in, std::string_view field);

/// The BIT STRING's bytes; one with unused bits is refused.
Result<ByteView> read_whole_bit_string(Reader& in, std::string_view field);

struct Extension {
  std::string oid;  ///< dotted decimal
  bool critical = false;
  ByteView value;  ///< content of extnValue, a view into what was read
};

/// The Extensions SEQUENCE that `in` begins with: what [3] of a certificate, [0] of a list or [1] of an OCSP response
/// wraps, or what stands bare in a list's entry. malformed_input when it is empty or names one extension twice.
Result<std::vector<Extension>> read_extensions(Reader& in, std::string_view field);

/// Null when absent.
const Extension* find_extension(const std::vector<Extension>& extensions, std::string_view wanted) noexcept;

}  // namespace tenzro::tee::der
