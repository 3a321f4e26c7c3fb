// SPDX-License-Identifier: Apache-2.0
// CMS EnvelopedData put together by hand, as AWS KMS writes it and in every way that it does not.
#pragma once
#include <algorithm>
#include <string_view>

#include "made/der.hpp"
#include "made/joined.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

/// The parts of one envelope, each of which a test may replace. Encoded pieces stand for themselves.
struct MadeCms {
  static Bytes hex(std::string_view text) { return from_hex(text).value(); }

  bool indefinite = true;  ///< the four around the content, and the content itself where it is in pieces
  bool in_pieces = true;   ///< constructed [0] of OCTET STRINGs; else one primitive [0]
  std::size_t piece = 32;
  Bytes content_type = hex("06092a864886f70d010703");  // envelopedData
  Bytes version = {0x02, 0x01, 0x02};
  Bytes recipient_version = {0x02, 0x01, 0x02};
  Bytes recipient_id = tlv(0x80, Bytes(32, 0x1d));
  Bytes sha256 = hex("300d06096086480165030402010500");
  Bytes oaep_hash = tlv(0xa0, sha256);
  Bytes oaep_mask = tlv(0xa1, tlv(0x30, joined({hex("06092a864886f70d010108"), sha256})));  // MGF1
  Bytes oaep_label = {};
  Bytes oaep = hex("06092a864886f70d010107");
  Bytes encrypted_key = Bytes(256, 0x6b);
  Bytes data_type = hex("06092a864886f70d010701");
  Bytes cipher = hex("060960864801650304012a");  // AES-256-CBC
  Bytes iv = Bytes(16, 0x17);
  Bytes ciphertext = Bytes(48, 0xc7);
  Bytes before_recipients = {}, more_recipients = {}, after_content = {}, after_info = {}, trailing = {};

  Bytes recipient() const {
    const Bytes parameters = tlv(0x30, joined({oaep_hash, oaep_mask, oaep_label}));
    return tlv(0x30, joined({recipient_version, recipient_id, tlv(0x30, joined({oaep, parameters})),
                             tlv(0x04, encrypted_key)}));
  }
  Bytes content() const {
    if (!in_pieces) {
      return tlv(0x80, ciphertext);
    }
    Bytes pieces;
    for (std::size_t at = 0; at < ciphertext.size(); at += piece) {
      const auto begin = ciphertext.begin() + static_cast<std::ptrdiff_t>(at);
      const auto size = static_cast<std::ptrdiff_t>(std::min(piece, ciphertext.size() - at));
      pieces = joined({pieces, tlv(0x04, Bytes(begin, begin + size))});
    }
    return wrapped(0xa0, pieces);
  }
  Bytes bytes() const {
    const Bytes algorithm = tlv(0x30, joined({cipher, tlv(0x04, iv)}));
    const Bytes info = wrapped(0x30, joined({data_type, algorithm, content(), after_content}));
    const Bytes recipients = tlv(0x31, joined({recipient(), more_recipients}));
    const Bytes data = wrapped(0x30, joined({version, before_recipients, recipients, info, after_info}));
    return joined({wrapped(0x30, joined({content_type, wrapped(0xa0, data)})), trailing});
  }

 private:
  Bytes wrapped(std::uint8_t tag, const Bytes& content) const {
    return indefinite ? joined({{tag, 0x80}, content, {0x00, 0x00}}) : tlv(tag, content);
  }
};

}  // namespace tenzro::tee::test
