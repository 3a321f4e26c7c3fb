// SPDX-License-Identifier: Apache-2.0
#include "formats/cms.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/der.hpp"

namespace tenzro::tee::cms {

namespace {

constexpr std::string_view kWhat = "enveloped data";
constexpr std::string_view kEnvelopedData = "1.2.840.113549.1.7.3";
constexpr std::string_view kData = "1.2.840.113549.1.7.1";
constexpr std::string_view kOaep = "1.2.840.113549.1.1.7";
constexpr std::string_view kMgf1 = "1.2.840.113549.1.1.8";
constexpr std::string_view kSha256 = "2.16.840.1.101.3.4.2.1";
constexpr std::string_view kAes256Cbc = "2.16.840.1.101.3.4.1.42";
constexpr std::uint8_t kPrimitive0 = 0x80;  // [0], context-specific
constexpr std::size_t kAesBlock = 16;
constexpr std::uint64_t kVersion = 2;  // of EnvelopedData and of its recipient, where a key identifier names it
constexpr std::uint64_t kMaxVersion = 255;

Error malformed(std::string_view field, std::string_view problem) {
  return Error(ErrorCode::malformed_input, concat(kWhat, ".", field, ": ", problem));
}
Error unsupported(std::string_view field, std::string_view found, std::string_view wanted) {
  return Error(ErrorCode::unsupported, concat(kWhat, ".", field, ": ", found, ", expected ", wanted));
}

/// Reads elements that may be of indefinite length by entering and leaving them, and all others as DER.
/// Threads: one thread at a time.
class BerReader {
 public:
  explicit BerReader(ByteView in) : in_(in) {}

  /// Into a constructed element.
  Result<void> enter(std::string_view field, std::uint8_t tag) {
    const ByteView rest = left();
    constexpr std::uint8_t kIndefinite = 0x80;
    if (rest.size() >= 2 && rest[0] == tag && rest[1] == kIndefinite) {
      at_ += 2;
      ends_.emplace_back(std::nullopt);
      return {};
    }
    TENZRO_ASSIGN_OR_RETURN(const der::Element element, der::Reader(kWhat, rest).next(field, tag));
    at_ += element.whole.size() - element.content.size();
    ends_.emplace_back(at_ + element.content.size());
    return {};
  }
  /// Out of the last one that was entered, all of which must have been read.
  Result<void> leave(std::string_view field) {
    if (!at_end()) {
      return malformed(field, concat("unexpected bytes at offset ", at_));
    }
    if (!ends_.back()) {
      at_ += kEndMark;
    }
    ends_.pop_back();
    return {};
  }
  /// Nothing left in the last one that was entered: its length is used up, or its end mark follows.
  bool at_end() const {
    const ByteView rest = left();
    if (ends_.empty() || ends_.back()) {
      return rest.empty();
    }
    return rest.size() >= kEndMark && rest[0] == 0 && rest[1] == 0;
  }
  std::uint8_t peek() const {
    const ByteView rest = left();
    return rest.empty() ? std::uint8_t{0} : rest.front();
  }
  /// One whole element in DER.
  Result<der::Element> next(std::string_view field, std::uint8_t tag) {
    TENZRO_ASSIGN_OR_RETURN(const der::Element element, der::Reader(kWhat, left()).next(field, tag));
    at_ += element.whole.size();
    return element;
  }

 private:
  static constexpr std::size_t kEndMark = 2;

  /// Up to the end of the innermost element that says where it ends.
  ByteView left() const {
    std::size_t end = in_.size();
    for (const std::optional<std::size_t>& one : ends_) {
      end = one.value_or(end);
    }
    return in_.subspan(at_, end - at_);
  }

  ByteView in_;
  std::size_t at_ = 0;                            ///< never beyond any end
  std::vector<std::optional<std::size_t>> ends_;  ///< of what was entered, outermost first; empty: of indefinite length
};

Result<void> expect_oid(der::Reader& in, std::string_view field, std::string_view wanted) {
  TENZRO_ASSIGN_OR_RETURN(const std::string found, in.oid(field));
  if (found != wanted) {
    return unsupported(field, found, wanted);
  }
  return {};
}

Result<void> expect_oid(BerReader& in, std::string_view field, std::string_view wanted) {
  TENZRO_ASSIGN_OR_RETURN(const der::Element element, in.next(field, der::kOid));
  der::Reader reader(kWhat, element.whole);
  return expect_oid(reader, field, wanted);
}

Result<void> expect_version(der::Reader& in, std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(const std::uint64_t version, in.unsigned_integer(field, kMaxVersion));
  if (version != kVersion) {
    return unsupported(field, concat(version), concat(kVersion));
  }
  return {};
}

/// AlgorithmIdentifier of SHA-256; its parameters are NULL or absent, which mean the same (RFC 4055, 2.1).
Result<void> expect_sha256(der::Reader& in, std::string_view field) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader algorithm, in.enter(field, der::kSequence));
  TENZRO_RETURN_IF_ERROR(expect_oid(algorithm, field, kSha256));
  if (!algorithm.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(const der::Element null, algorithm.next(field, der::kNull));
    if (!null.content.empty()) {
      return malformed(field, "NULL with content");
    }
  }
  return algorithm.expect_end();
}

/// RSAES-OAEP with SHA-256 in both places and no label (RFC 4055, 4.1).
Result<void> expect_oaep(der::Reader& in) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader algorithm, in.enter("key_encryption_algorithm", der::kSequence));
  TENZRO_RETURN_IF_ERROR(expect_oid(algorithm, "key_encryption_algorithm", kOaep));
  TENZRO_ASSIGN_OR_RETURN(der::Reader parameters, algorithm.enter("oaep_parameters", der::kSequence));
  TENZRO_RETURN_IF_ERROR(algorithm.expect_end());
  if (parameters.peek() != der::kContext0) {
    return unsupported("oaep_hash", "absent, which means SHA-1", "SHA-256");
  }
  TENZRO_ASSIGN_OR_RETURN(der::Reader hash, parameters.enter("oaep_hash", der::kContext0));
  TENZRO_RETURN_IF_ERROR(expect_sha256(hash, "oaep_hash"));
  TENZRO_RETURN_IF_ERROR(hash.expect_end());
  if (parameters.peek() != der::kContext1) {
    return unsupported("oaep_mask", "absent, which means MGF1 with SHA-1", "MGF1 with SHA-256");
  }
  TENZRO_ASSIGN_OR_RETURN(der::Reader mask, parameters.enter("oaep_mask", der::kContext1));
  TENZRO_ASSIGN_OR_RETURN(der::Reader generator, mask.enter("oaep_mask", der::kSequence));
  TENZRO_RETURN_IF_ERROR(mask.expect_end());
  TENZRO_RETURN_IF_ERROR(expect_oid(generator, "oaep_mask", kMgf1));
  TENZRO_RETURN_IF_ERROR(expect_sha256(generator, "oaep_mask_hash"));
  TENZRO_RETURN_IF_ERROR(generator.expect_end());
  if (!parameters.at_end()) {
    return unsupported("oaep_parameters", "a label", "none");
  }
  return {};
}

Bytes copied(ByteView view) { return {view.begin(), view.end()}; }

Result<void> read_recipient(ByteView recipients, EnvelopedData& out) {
  der::Reader set(kWhat, recipients);
  if (set.peek() != der::kSequence) {
    return unsupported("recipient_infos", set.at_end() ? "none" : "another kind of recipient", "one by key transport");
  }
  TENZRO_ASSIGN_OR_RETURN(der::Reader recipient, set.enter("recipient_info", der::kSequence));
  if (!set.at_end()) {
    return unsupported("recipient_infos", "more than one", "one");
  }
  TENZRO_RETURN_IF_ERROR(expect_version(recipient, "recipient_version"));
  TENZRO_ASSIGN_OR_RETURN(const der::Element key_id, recipient.next("subject_key_identifier", kPrimitive0));
  if (key_id.content.empty() || key_id.content.size() > kMaxKeyId) {
    return malformed("subject_key_identifier", concat(key_id.content.size(), " bytes, expected 1 to ", kMaxKeyId));
  }
  TENZRO_RETURN_IF_ERROR(expect_oaep(recipient));
  TENZRO_ASSIGN_OR_RETURN(const ByteView encrypted_key, recipient.octet_string("encrypted_key"));
  if (encrypted_key.empty() || encrypted_key.size() > kMaxEncryptedKey) {
    return malformed("encrypted_key", concat(encrypted_key.size(), " bytes, expected 1 to ", kMaxEncryptedKey));
  }
  TENZRO_RETURN_IF_ERROR(recipient.expect_end());
  out.subject_key_id = copied(key_id.content);
  out.encrypted_key = copied(encrypted_key);
  return {};
}

Result<void> read_cipher(BerReader& in, EnvelopedData& out) {
  TENZRO_ASSIGN_OR_RETURN(const der::Element element, in.next("content_encryption_algorithm", der::kSequence));
  der::Reader algorithm(kWhat, element.content);
  TENZRO_RETURN_IF_ERROR(expect_oid(algorithm, "content_encryption_algorithm", kAes256Cbc));
  TENZRO_ASSIGN_OR_RETURN(const ByteView iv, algorithm.octet_string("iv"));
  TENZRO_RETURN_IF_ERROR(algorithm.expect_end());
  if (iv.size() != out.iv.size()) {
    return malformed("iv", concat(iv.size(), " bytes, expected ", out.iv.size()));
  }
  std::ranges::copy(iv, out.iv.begin());
  return {};
}

Result<void> read_ciphertext(BerReader& in, EnvelopedData& out) {
  constexpr std::string_view kField = "encrypted_content";
  if (in.peek() == kPrimitive0) {
    TENZRO_ASSIGN_OR_RETURN(const der::Element whole, in.next(kField, kPrimitive0));
    out.ciphertext = copied(whole.content);
  } else {
    TENZRO_RETURN_IF_ERROR(in.enter(kField, der::kContext0));
    while (!in.at_end()) {
      TENZRO_ASSIGN_OR_RETURN(const der::Element piece, in.next(kField, der::kOctetString));
      if (piece.content.empty()) {
        return malformed(kField, "an empty piece");
      }
      out.ciphertext.insert(out.ciphertext.end(), piece.content.begin(), piece.content.end());
    }
    TENZRO_RETURN_IF_ERROR(in.leave(kField));
  }
  const std::size_t size = out.ciphertext.size();
  if (size == 0 || size > kMaxCiphertext || size % kAesBlock != 0) {
    return malformed(kField, concat(size, " bytes, expected whole blocks of 16, at most ", kMaxCiphertext, " bytes"));
  }
  return {};
}

}  // namespace

Result<EnvelopedData> parse_enveloped_data(ByteView ber) {
  if (ber.size() > kMaxEnvelope) {
    return Error(ErrorCode::malformed_input,
                 concat(kWhat, ": ", ber.size(), " bytes, at most ", kMaxEnvelope, " are read"));
  }
  EnvelopedData out;
  BerReader in(ber);
  TENZRO_RETURN_IF_ERROR(in.enter("content_info", der::kSequence));
  TENZRO_RETURN_IF_ERROR(expect_oid(in, "content_type", kEnvelopedData));
  TENZRO_RETURN_IF_ERROR(in.enter("content", der::kContext0));
  TENZRO_RETURN_IF_ERROR(in.enter("enveloped_data", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(const der::Element version, in.next("version", der::kInteger));
  der::Reader version_reader(kWhat, version.whole);
  TENZRO_RETURN_IF_ERROR(expect_version(version_reader, "version"));
  TENZRO_ASSIGN_OR_RETURN(const der::Element recipients, in.next("recipient_infos", der::kSet));
  TENZRO_RETURN_IF_ERROR(read_recipient(recipients.content, out));
  TENZRO_RETURN_IF_ERROR(in.enter("encrypted_content_info", der::kSequence));
  TENZRO_RETURN_IF_ERROR(expect_oid(in, "encrypted_content_type", kData));
  TENZRO_RETURN_IF_ERROR(read_cipher(in, out));
  TENZRO_RETURN_IF_ERROR(read_ciphertext(in, out));
  TENZRO_RETURN_IF_ERROR(in.leave("encrypted_content_info"));
  TENZRO_RETURN_IF_ERROR(in.leave("enveloped_data"));
  TENZRO_RETURN_IF_ERROR(in.leave("content"));
  TENZRO_RETURN_IF_ERROR(in.leave("content_info"));
  if (!in.at_end()) {
    return malformed("content_info", "bytes after it");
  }
  return out;
}

}  // namespace tenzro::tee::cms
