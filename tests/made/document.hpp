// SPDX-License-Identifier: Apache-2.0
// Nitro documents by hand, unsigned: for readers, which verify nothing.
#pragma once
#include <algorithm>
#include <string>

#include "made/cbor.hpp"

namespace tenzro::tee::test {

/// The fields as they are encoded, in the order of genuine documents; the defaults are those of an enclave's.
struct MadeDocument {
  CborPairs fields = enclave_fields();
  bool indefinite = true;
  MadeSign1 envelope{};

  static CborPairs pcrs_of(std::uint64_t count, std::uint8_t filler = 0x11) {
    CborPairs out;
    for (std::uint64_t i = 0; i < count; ++i) {
      out.emplace_back(cbor_unsigned(i), cbor_bytes(Bytes(48, static_cast<std::uint8_t>(filler + i))));
    }
    return out;
  }
  static CborPairs enclave_fields() {
    return {{cbor_text("module_id"), cbor_text("i-0123456789abcdef0-enc0123456789abcdef")},
            {cbor_text("digest"), cbor_text("SHA384")},
            {cbor_text("timestamp"), cbor_unsigned(1'766'668'537'578)},
            {cbor_text("pcrs"), cbor_map(pcrs_of(16))},
            {cbor_text("certificate"), cbor_bytes({1, 2, 3})},
            {cbor_text("cabundle"), cbor_array({cbor_bytes({4}), cbor_bytes({5, 6})})},
            {cbor_text("public_key"), cbor_null()},
            {cbor_text("user_data"), cbor_null()},
            {cbor_text("nonce"), cbor_null()}};
  }

  /// Replaces a field, or adds it at the end.
  MadeDocument& set(std::string_view name, const Bytes& value) {
    const Bytes key = cbor_text(name);
    const auto found = std::ranges::find(fields, key, &std::pair<Bytes, Bytes>::first);
    if (found == fields.end()) {
      fields.emplace_back(key, value);
    } else {
      found->second = value;
    }
    return *this;
  }
  MadeDocument& without(std::string_view name) {
    std::erase_if(fields, [&](const auto& field) { return field.first == cbor_text(name); });
    return *this;
  }

  Bytes payload() const { return cbor_map(fields, indefinite); }
  Bytes bytes() const {
    MadeSign1 out = envelope;
    out.payload = cbor_bytes(payload());
    return out.bytes();
  }
};

}  // namespace tenzro::tee::test
