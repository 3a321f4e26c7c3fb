// SPDX-License-Identifier: Apache-2.0
// An OCSP response of parts, each of which a test may replace; signed by nobody.
#pragma once
#include <string_view>
#include <vector>

#include "made/der.hpp"
#include "made/joined.hpp"
#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/result.hpp"

namespace tenzro::tee::test::ocsp_parts {

inline Bytes element(std::uint8_t tag, const std::vector<Bytes>& parts) { return tlv(tag, joined(parts)); }
inline Bytes octets(const Bytes& content) { return element(0x04, {content}); }
inline Bytes oid(std::string_view hex) { return element(0x06, {*from_hex(hex)}); }
inline Bytes time(std::string_view text) { return element(0x18, {Bytes(text.begin(), text.end())}); }

/// A response of parts, each of which a test may replace.
struct Parts {
  Bytes status = {0x0a, 0x01, 0x00};
  Bytes type = oid("2b0601050507300101");
  Bytes version;
  Bytes responder = element(0xa2, {octets(Bytes(20, 0x11))});
  Bytes produced_at = time("20251201000000Z");
  Bytes algorithm = element(0x30, {oid("2b0e03021a"), {0x05, 0x00}});
  Bytes name_hash = octets(Bytes(20, 0x22)), key_hash = octets(Bytes(20, 0x33));
  Bytes serial = {0x02, 0x02, 0x00, 0x80};
  Bytes certificate_status = {0x80, 0x00};
  Bytes this_update = time("20251201000000Z");
  Bytes next_update = element(0xa0, {time("20251202000000Z")});
  Bytes single_extensions, response_extensions;
  Bytes signature_algorithm = element(0x30, {oid("2a8648ce3d040303")});
  Bytes signature = {0x03, 0x03, 0x00, 0xab, 0xcd};
  Bytes certificates;
  Bytes after_response, after_all;
  int answers = 1;
  std::vector<Bytes> more_answers;

  Bytes single() const {
    const Bytes id = element(0x30, {algorithm, name_hash, key_hash, serial});
    return element(0x30, {id, certificate_status, this_update, next_update, single_extensions});
  }
  Bytes der() const {
    std::vector<Bytes> singles(static_cast<std::size_t>(answers), single());
    singles.insert(singles.end(), more_answers.begin(), more_answers.end());
    const Bytes list = element(0x30, singles);
    const Bytes tbs = element(0x30, {version, responder, produced_at, list, response_extensions});
    const Bytes basic = element(0x30, {tbs, signature_algorithm, signature, certificates});
    const Bytes bytes = element(0xa0, {element(0x30, {type, octets(basic), after_response})});
    Bytes out = element(0x30, {status, bytes});
    out.insert(out.end(), after_all.begin(), after_all.end());
    return out;
  }
};

inline Bytes wrapped_extension(const Bytes& name, const Bytes& value, bool critical = false) {
  const Bytes flag = critical ? Bytes{0x01, 0x01, 0xff} : Bytes{};
  return element(0xa1, {element(0x30, {element(0x30, {name, flag, octets(value)})})});
}
inline const Bytes kNonceOid = oid("2b0601050507300102");

}  // namespace tenzro::tee::test::ocsp_parts
