// SPDX-License-Identifier: Apache-2.0
#include "seal/container_key.hpp"

#include "core/encoded_text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "crypto/hkdf.hpp"
#include "seal/key_schedule.hpp"
#include "seal/length_prefix.hpp"

namespace tenzro::tee::seal_format {

namespace {

Result<SecretBytes> expand(const SecretBytes& master, ByteView salt, std::string_view label, ByteView header_hash) {
  Bytes info;
  append(info, as_bytes(label));
  info.push_back(0);
  append(info, header_hash);
  return crypto::hkdf(crypto::Hash::sha256, master.reveal(), salt, info, kKeySize);
}

}  // namespace

Result<ContainerKey> derive_container_key(ByteView root_secret, const ContainerHeader& header, ByteView header_bytes,
                                          ByteView associated_data) {
  Bytes prefixed;
  append_prefixed(prefixed, associated_data);
  const ByteArray<32> header_hash = crypto::sha256({header_bytes, prefixed});
  const Bytes info = labelled("tenzro/seal/v1/stream", header.vendor_tag, header.key_id);
  TENZRO_ASSIGN_OR_RETURN(const SecretBytes master,
                          crypto::hkdf(crypto::Hash::sha256, root_secret, extract_salt(), info, kKeySize));
  TENZRO_ASSIGN_OR_RETURN(SecretBytes file_key, expand(master, header.salt, "tenzro/seal/v1/stream-key", header_hash));
  TENZRO_ASSIGN_OR_RETURN(SecretBytes commitment,
                          expand(master, header.salt, "tenzro/seal/v1/stream-commit", header_hash));
  return ContainerKey{std::move(file_key), std::move(commitment)};
}

ByteArray<12> chunk_nonce(std::uint64_t index, bool last) noexcept {
  ByteArray<12> out{};
  for (std::size_t i = 0; i < 8; ++i) {
    out[10 - i] = static_cast<std::uint8_t>(index >> (8 * i));
  }
  out[11] = last ? 1 : 0;
  return out;
}

}  // namespace tenzro::tee::seal_format
