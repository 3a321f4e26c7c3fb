// SPDX-License-Identifier: Apache-2.0
// CMS EnvelopedData (RFC 5652) in the one shape in which AWS KMS answers an enclave.
#pragma once
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::cms {

inline constexpr std::size_t kMaxEnvelope = std::size_t{16} << 10;
inline constexpr std::size_t kMaxCiphertext = std::size_t{8} << 10;  ///< KMS encrypts at most some 4 KiB for anybody
inline constexpr std::size_t kMaxEncryptedKey = 512;                 ///< of an RSA key of 4096 bits
inline constexpr std::size_t kMaxKeyId = 64;

/// What the holder of the private key needs to open it. Nothing of it is authenticated.
struct EnvelopedData {
  Bytes subject_key_id;  ///< which key its maker meant; 1 to 64 bytes, 32 in what KMS sends
  Bytes encrypted_key;   ///< the content's AES-256 key, RSAES-OAEP with SHA-256 and MGF1-SHA-256; 1 to 512 bytes
  ByteArray<16> iv{};
  Bytes ciphertext;  ///< AES-256 in CBC mode; pieces joined; 16 to 8192 bytes, whole blocks
};

/// Exactly one ContentInfo with EnvelopedData of version 2, whose one recipient is named by a subject key identifier.
/// The four SEQUENCEs and [0]s around the content may have indefinite lengths, as those of KMS do (BER); all else is
/// DER. The encrypted content is one primitive [0], or a constructed one of OCTET STRINGs, none of them empty.
/// malformed_input: another structure, or bytes after it. unsupported: another content type, version, kind of
/// recipient or algorithm, which must be spelled out: OAEP's defaults are SHA-1.
Result<EnvelopedData> parse_enveloped_data(ByteView ber);

}  // namespace tenzro::tee::cms
