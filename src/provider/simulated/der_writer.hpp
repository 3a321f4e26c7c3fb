// SPDX-License-Identifier: Apache-2.0
// DER, written: just what certificates of the imitated vendors need.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::simulated::der {

Bytes join(std::initializer_list<ByteView> parts);
/// One element: identifier octet, shortest length, content.
Bytes element(std::uint8_t tag, ByteView content);
Bytes sequence(std::initializer_list<ByteView> members);
Bytes unsigned_integer(std::uint64_t value);
Bytes octet_string(ByteView content);
Bytes boolean(bool value);
Bytes enumerated(std::uint8_t value);
Bytes oid(std::string_view dotted);

}  // namespace tenzro::tee::simulated::der
