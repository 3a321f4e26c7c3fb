// SPDX-License-Identifier: Apache-2.0
// DER, written: just what certificates of the imitated vendors need.
#include "provider/simulated/der_writer.hpp"

#include <algorithm>
#include <string>

#include "crypto/openssl_handles.hpp"
#include "formats/der.hpp"
#include "provider/simulated/ensure.hpp"

namespace tenzro::tee::simulated::der {

namespace {
using namespace tenzro::tee::der;  // the tags

/// Big-endian, without leading zero octets; one octet for zero.
Bytes minimal(std::uint64_t value) {
  Bytes out;
  do {
    out.push_back(static_cast<std::uint8_t>(value & 0xff));
    value >>= 8;
  } while (value != 0);
  std::reverse(out.begin(), out.end());
  return out;
}
}  // namespace

Bytes join(std::initializer_list<ByteView> parts) {
  Bytes out;
  for (const ByteView part : parts) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

Bytes element(std::uint8_t tag, ByteView content) {
  Bytes out{tag};
  if (content.size() < 0x80) {
    out.push_back(static_cast<std::uint8_t>(content.size()));
  } else {
    const Bytes length = minimal(content.size());
    out.push_back(static_cast<std::uint8_t>(0x80 | length.size()));
    out.insert(out.end(), length.begin(), length.end());
  }
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Bytes sequence(std::initializer_list<ByteView> members) { return element(kSequence, join(members)); }

Bytes unsigned_integer(std::uint64_t value) {
  Bytes content = minimal(value);
  if ((content.front() & 0x80) != 0) {
    content.insert(content.begin(), 0x00);
  }
  return element(kInteger, content);
}

Bytes octet_string(ByteView content) { return element(kOctetString, content); }

Bytes boolean(bool value) { return element(kBoolean, Bytes{static_cast<std::uint8_t>(value ? 0xff : 0x00)}); }

Bytes enumerated(std::uint8_t value) { return element(kEnumerated, Bytes{value}); }

Bytes oid(std::string_view dotted) {
  const crypto::Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(std::string(dotted).c_str(), 1));
  ensure(object != nullptr, "an object identifier could not be encoded");
  const unsigned char* content = OBJ_get0_data(object.get());
  return element(kOid, ByteView(content, OBJ_length(object.get())));
}

}  // namespace tenzro::tee::simulated::der
