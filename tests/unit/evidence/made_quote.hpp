// SPDX-License-Identifier: Apache-2.0
// Quotes put together byte by byte, with every length open to lies.
#pragma once
#include <cstdint>
#include <optional>

#include "evidence/tdx/quote.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

template <class T>
void put_le(Bytes& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
  }
}
inline void put(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
inline Bytes filled(std::size_t size, std::uint8_t value) { return Bytes(size, value); }

/// Every field has its own filling, so that a view into the wrong place shows.
struct MadeQuote {
  std::uint16_t version = 4;
  std::uint32_t tee_type = tdx::kTeeTypeTdx;
  std::uint16_t body_type = 2;  // v5
  std::size_t body_bytes = tdx::kTdReport10Size;
  std::uint16_t outer_type = 6;
  std::uint16_t inner_type = 5;
  std::size_t auth_bytes = 32;
  std::size_t certification_bytes = 77;
  std::size_t trailing = 0;
  // What the length fields say when they lie.
  std::optional<std::uint32_t> body_size, signature_size, outer_size, certification_size;
  std::optional<std::uint16_t> auth_size;

  Bytes qe_part() const {
    Bytes out = filled(tdx::kSgxReportSize, 0xc1);
    put(out, filled(64, 0xc2));
    put_le(out, auth_size.value_or(static_cast<std::uint16_t>(auth_bytes)));
    put(out, filled(auth_bytes, 0xc3));
    put_le(out, inner_type);
    put_le(out, certification_size.value_or(static_cast<std::uint32_t>(certification_bytes)));
    put(out, filled(certification_bytes, 0xc4));
    return out;
  }
  Bytes signature_data() const {
    Bytes out = filled(64, 0xb1);
    put(out, filled(64, 0xb2));
    const Bytes qe = qe_part();
    if (version != 3) {
      put_le(out, outer_type);
      put_le(out, outer_size.value_or(static_cast<std::uint32_t>(qe.size())));
    }
    put(out, qe);
    return out;
  }
  Bytes bytes() const {
    Bytes out;
    put_le(out, version);
    put_le(out, tdx::kAttestationKeyEcdsaP256);
    put_le(out, tee_type);
    put_le(out, std::uint32_t{0});
    put(out, tdx::kIntelQeVendorId);
    put(out, filled(20, 0xa1));
    if (version == 5) {
      put_le(out, body_type);
      put_le(out, body_size.value_or(static_cast<std::uint32_t>(body_bytes)));
    }
    put(out, filled(body_bytes, 0xa2));
    const Bytes signature = signature_data();
    put_le(out, signature_size.value_or(static_cast<std::uint32_t>(signature.size())));
    put(out, signature);
    put(out, filled(trailing, 0xee));
    return out;
  }
};

inline MadeQuote sgx_v3() {
  MadeQuote made;
  made.version = 3;
  made.tee_type = tdx::kTeeTypeSgx;
  made.body_bytes = tdx::kSgxReportSize;
  return made;
}
inline MadeQuote sgx_v4() {
  MadeQuote made = sgx_v3();
  made.version = 4;
  return made;
}
inline MadeQuote v5(std::uint16_t body_type, std::size_t body_bytes) {
  MadeQuote made;
  made.version = 5;
  made.tee_type = body_type == 1 ? tdx::kTeeTypeSgx : tdx::kTeeTypeTdx;
  made.body_type = body_type;
  made.body_bytes = body_bytes;
  return made;
}

/// One quote of each version and body.
inline std::vector<MadeQuote> every_kind() {
  return {sgx_v3(),
          MadeQuote(),
          sgx_v4(),
          v5(1, tdx::kSgxReportSize),
          v5(2, tdx::kTdReport10Size),
          v5(3, tdx::kTdReport15Size),
          v5(4, tdx::kTdReport15ExtendedSize)};
}

}  // namespace tenzro::tee::test
