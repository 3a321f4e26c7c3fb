// SPDX-License-Identifier: Apache-2.0
// SPDM measurement reports put together byte by byte.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// A report that is well-formed. Measurement n, from 1, is filled with n, unless it has a value here.
struct MadeSpdmReport {
  std::size_t measurements = 64;
  std::map<std::size_t, Bytes> values{};  ///< by n; 48 bytes each
  Bytes nonce = Bytes(32, 0x11);
  /// r || s over what it is given; empty: signed by nobody.
  std::function<Bytes(ByteView)> sign{};
  std::vector<std::pair<std::uint16_t, Bytes>> opaque{};  ///< type, value
  Bytes opaque_tail{};                                    ///< as it stands, behind the fields

  Bytes bytes() const {
    Bytes fields;
    for (const auto& [type, value] : opaque) {
      append(fields, type, 2);
      append(fields, value.size(), 2);
      fields.insert(fields.end(), value.begin(), value.end());
    }
    fields.insert(fields.end(), opaque_tail.begin(), opaque_tail.end());

    Bytes out = {0x11, 0xe0, 0x01, 0xff};
    out.insert(out.end(), nonce.begin(), nonce.end());
    append(out, 0, 1);
    append(out, 0x6011, 4);
    append(out, measurements, 1);
    append(out, measurements * 55, 3);
    for (std::size_t number = 1; number <= measurements; ++number) {
      append(out, number, 1);
      append(out, 1, 1);
      append(out, 51, 2);
      append(out, 1, 1);
      append(out, 48, 2);
      const auto value = values.find(number);
      const Bytes bytes = value == values.end() ? Bytes(48, static_cast<std::uint8_t>(number)) : value->second;
      out.insert(out.end(), bytes.begin(), bytes.end());
    }
    out.insert(out.end(), 32, 0x22);
    append(out, fields.size(), 2);
    out.insert(out.end(), fields.begin(), fields.end());
    const Bytes signature = sign ? sign(out) : Bytes(96, 0x33);
    out.insert(out.end(), signature.begin(), signature.end());
    return out;
  }

 private:
  static void append(Bytes& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  }
};

}  // namespace tenzro::tee::test
