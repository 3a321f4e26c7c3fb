// SPDX-License-Identifier: Apache-2.0
#include "tenzro/tee/challenge.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "binding/big_endian.hpp"
#include "binding/formulas.hpp"
#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace tenzro::tee {

Challenge Challenge::random() {
  Bytes bytes(kMinSize);
  crypto::fill_random(bytes);
  return Challenge(std::move(bytes));
}

Result<Challenge> Challenge::from_bytes(ByteView bytes) {
  if (bytes.size() < kMinSize || bytes.size() > kMaxSize) {
    return Error(ErrorCode::invalid_argument,
                 concat("challenge: ", bytes.size(), " bytes, expected ", kMinSize, " to ", kMaxSize));
  }
  return Challenge(Bytes(bytes.begin(), bytes.end()));
}

ReportData ReportData::bind(const Challenge& challenge, ByteView context) {
  if (context.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("ReportData::bind: the context must be shorter than 4 GiB");
  }
  static constexpr auto kLabel = binding::pad32("tenzro-bind-v1");
  const auto bytes =
      crypto::sha512({kLabel, binding::big_endian(static_cast<std::uint32_t>(challenge.bytes().size())),
                      challenge.bytes(), binding::big_endian(static_cast<std::uint32_t>(context.size())), context});
  return ReportData(bytes, Bytes(bytes.begin(), bytes.end()));
}

Result<ReportData> ReportData::from_caller_data(ByteView bytes) {
  if (bytes.empty()) {
    return Error(ErrorCode::invalid_argument, "user data: empty, expected at least 1 byte");
  }
  if (std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) {
    return Error(ErrorCode::invalid_argument,
                 "user data: all bytes are zero, which is what unused report data looks like");
  }
  Bytes raw(bytes.begin(), bytes.end());
  if (bytes.size() > kSize) {
    return ReportData(crypto::sha512(bytes), std::move(raw));
  }
  if (bytes.size() < kSize && bytes.back() == 0) {
    return Error(ErrorCode::invalid_argument,
                 "user data: fewer than 64 bytes that end in 0x00 would look like the same data without that byte");
  }
  ByteArray<kSize> padded{};
  std::ranges::copy(bytes, padded.begin());
  return ReportData(padded, std::move(raw));
}

EvidenceNonce EvidenceNonce::from_challenge(const Challenge& challenge) {
  return EvidenceNonce(Bytes(challenge.bytes().begin(), challenge.bytes().end()));
}

Result<EvidenceNonce> EvidenceNonce::from_caller_data(ByteView bytes) {
  if (bytes.empty() || bytes.size() > kMaxSize) {
    return Error(ErrorCode::invalid_argument, concat("nonce: has ", bytes.size(), " bytes, expected 1 to ", kMaxSize));
  }
  return EvidenceNonce(Bytes(bytes.begin(), bytes.end()));
}

}  // namespace tenzro::tee
