// SPDX-License-Identifier: Apache-2.0
// Attestation documents of AWS Nitro Enclaves and of NitroTPM, as views into the caller's bytes.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "formats/cose.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nitro {

inline constexpr std::size_t kMaxDocumentSize = std::size_t{20} << 10;
inline constexpr std::size_t kPcrSize = 48;  ///< SHA-384
inline constexpr std::size_t kMaxPcrs = 32;  ///< indices 0 to 31
inline constexpr std::size_t kMaxCertificates = 8;
inline constexpr std::size_t kMaxCertificateSize = 1024;
inline constexpr std::size_t kMaxField = 1024;  ///< public_key, user_data, nonce

/// The same envelope under the same root, but PCRs of other meaning: which it is shows in the name of the PCR map.
enum class Kind : std::uint8_t { enclave, nitro_tpm };

/// A parsed document. Every view points into the bytes given to parse_document, which must outlive it.
struct Document {
  cose::Sign1 envelope;
  Kind kind = Kind::enclave;
  std::string_view module_id;      ///< 1 to 256 bytes of UTF-8
  std::string_view digest;         ///< "SHA384"
  std::uint64_t timestamp_ms = 0;  ///< since 1970, UTC; positive, before the year 10000
  std::array<std::optional<std::span<const std::uint8_t, kPcrSize>>, kMaxPcrs> pcrs{};  ///< at least one
  ByteView certificate;                                     ///< DER, of the document's signer
  std::array<ByteView, kMaxCertificates> cabundle_items{};  ///< DER, root first
  std::size_t cabundle_size = 0;                            ///< 1 to 8
  std::optional<ByteView> public_key, user_data, nonce;     ///< nothing: absent or null, which is not empty
  std::size_t unknown_fields = 0;                           ///< signed, skipped and counted

  std::span<const ByteView> cabundle() const noexcept { return std::span(cabundle_items).first(cabundle_size); }
};

/// True when the bytes claim to be such a document: COSE_Sign1, tagged or not. Nothing else is looked at.
bool looks_like_document(ByteView bytes) noexcept;

/// Structure and field limits; nothing is verified. Payload maps and arrays in definite or indefinite length, since the
/// device has written both; no key twice; unknown text keys skipped; null and absent are the same. Allocates nothing on
/// success. unsupported: another signature algorithm or digest. malformed_input: anything else, naming the field.
Result<Document> parse_document(ByteView bytes);

/// True when none of PCR0, PCR1 and PCR2 measures anything, being zero or absent: an enclave in debug mode, whose
/// console its host reads.
bool is_debug(const Document& document) noexcept;

}  // namespace tenzro::tee::nitro
