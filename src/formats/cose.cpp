// SPDX-License-Identifier: Apache-2.0
// RFC 9052, sections 4.2 (COSE_Sign1) and 4.4 (Sig_structure); RFC 9053, section 2.1 (ES384 is algorithm -35).
#include "formats/cose.hpp"

#include <algorithm>

#include "core/try.hpp"
#include "formats/cbor.hpp"

namespace tenzro::tee::cose {

namespace {

constexpr std::string_view kWhat = "COSE_Sign1";
constexpr std::uint8_t kSign1Tag = 0xd2;  // tag 18
constexpr std::uint8_t kMajorBytes = 2, kMajorArray = 4, kMajorTag = 6;
constexpr std::uint8_t kByteString = kMajorBytes << 5;
constexpr std::uint8_t kProtectedEs384[] = {0xa1, 0x01, 0x38, 0x22};  // {1: -35}
constexpr std::uint8_t kBeforePayload[] = {0x84, 0x6a, 'S', 'i',  'g',  'n',  'a',  't',  'u',
                                           'r',  'e',  '1', 0x44, 0xa1, 0x01, 0x38, 0x22, 0x40};

std::uint8_t major_of(std::uint8_t initial) { return static_cast<std::uint8_t>(initial >> 5); }

}  // namespace

bool looks_like_sign1(ByteView bytes) noexcept {
  // Small tags only: their head is one byte, or two for one that is spelled at length.
  while (!bytes.empty() && major_of(bytes[0]) == kMajorTag) {
    const std::size_t head = bytes[0] == 0xd8 ? 2 : 1;
    bytes = bytes.subspan(std::min(head, bytes.size()));
  }
  return bytes.size() >= 2 && major_of(bytes[0]) == kMajorArray && major_of(bytes[1]) == kMajorBytes;
}

Result<Sign1> parse_sign1(ByteView bytes) {
  Sign1 out;
  out.tagged = !bytes.empty() && bytes[0] == kSign1Tag;
  cbor::Reader in(kWhat, out.tagged ? bytes.subspan(1) : bytes);
  TENZRO_RETURN_IF_ERROR(in.enter_array("array"));
  if (in.stated_size() != 4) {
    return Error(ErrorCode::malformed_input, concat(kWhat, ": the array must have four items"));
  }
  const auto item = [&in](std::string_view field) { return in.next(field); };

  TENZRO_RETURN_IF_ERROR(item("protected"));
  TENZRO_ASSIGN_OR_RETURN(const ByteView header, in.byte_string("protected"));
  if (!std::ranges::equal(header, kProtectedEs384)) {
    return Error(ErrorCode::unsupported,
                 concat(kWhat, ".protected: only the algorithm ES384 may stand there, in its one spelling"));
  }
  TENZRO_RETURN_IF_ERROR(item("unprotected"));
  TENZRO_RETURN_IF_ERROR(in.enter_map("unprotected"));
  if (in.stated_size() != 0) {
    return Error(ErrorCode::unsupported, concat(kWhat, ".unprotected: must be empty, nobody signed it"));
  }
  TENZRO_RETURN_IF_ERROR(in.next("unprotected"));
  TENZRO_RETURN_IF_ERROR(item("payload"));
  TENZRO_ASSIGN_OR_RETURN(out.payload, in.byte_string("payload"));
  if (out.payload.empty() || out.payload.size() > kMaxPayload) {
    return Error(ErrorCode::malformed_input,
                 concat(kWhat, ".payload: has ", out.payload.size(), " bytes, 1 to ", kMaxPayload, " are possible"));
  }
  TENZRO_RETURN_IF_ERROR(item("signature"));
  TENZRO_ASSIGN_OR_RETURN(out.signature, in.byte_string("signature"));
  if (out.signature.size() != kEs384SignatureSize) {
    return Error(ErrorCode::malformed_input,
                 concat(kWhat, ".signature: has ", out.signature.size(), " bytes, ES384 has ", kEs384SignatureSize));
  }
  TENZRO_RETURN_IF_ERROR(item("array"));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return out;
}

SigStructureHead::SigStructureHead(std::size_t payload_size) noexcept {
  std::ranges::copy(kBeforePayload, bytes_.begin());
  size_ = sizeof(kBeforePayload);
  const std::uint64_t size = payload_size;
  if (size < 24) {
    bytes_[size_++] = static_cast<std::uint8_t>(kByteString | size);
    return;
  }
  // The shortest head: 1, 2, 4 or 8 bytes of size after the initial one, which says how many.
  const unsigned code = size < (1U << 8) ? 0 : (size < (1U << 16) ? 1 : (size < (std::uint64_t{1} << 32) ? 2 : 3));
  bytes_[size_++] = static_cast<std::uint8_t>(kByteString | (24 + code));
  for (unsigned i = 1U << code; i-- > 0;) {
    bytes_[size_++] = static_cast<std::uint8_t>(size >> (8 * i));
  }
}

}  // namespace tenzro::tee::cose
