// SPDX-License-Identifier: Apache-2.0
// The TCG crypto-agile log in the form that the UEFI CC measurement protocol gives it (UEFI 2.10, 38.4).
#include "evidence/tdx/event_log.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/byte_reader.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::tdx {

namespace {

constexpr std::string_view kSignature{"Spec ID Event03\0", 16};
constexpr std::size_t kSha1Offset = 8, kSha1Size = 20;  // of the first record, which has nothing to measure
constexpr std::size_t kSignatureOffset = 32;            // after register, type, SHA-1 field and size
constexpr std::size_t kMaxDigestSize = 64;
constexpr std::uint32_t kErased = 0xffffffff;  // flash that nobody wrote to
constexpr std::uint16_t kSha384 = 0x000c;
constexpr std::uint16_t kSha384Size = 48;
constexpr std::uint32_t kLastRegister = 4;  // 0: MRTD, 1 to 4: RTMR0 to RTMR3
constexpr std::string_view kJsonBegins = "[{\"";
constexpr std::string_view kWhiteSpace = " \t\r\n";

bool all_are(ByteView bytes, std::uint8_t value) {
  return std::all_of(bytes.begin(), bytes.end(), [value](std::uint8_t byte) { return byte == value; });
}

Error malformed(std::string message) { return Error(ErrorCode::malformed_input, std::move(message)); }

struct Algorithm {
  std::uint16_t id = 0;
  std::uint16_t size = 0;
};

/// The data of the first record: which digests every later record may carry.
Result<std::vector<Algorithm>> read_spec_id(ByteView data) {
  ByteReader in("event log.spec_id", data);
  TENZRO_ASSIGN_OR_RETURN(const ByteView signature, in.take("signature", kSignature.size()));
  if (as_text(signature) != kSignature) {
    return malformed("event log.spec_id.signature: expected \"Spec ID Event03\"");
  }
  TENZRO_RETURN_IF_ERROR(in.take("platform_class", 4));
  TENZRO_RETURN_IF_ERROR(in.take("version", 4));  // minor, major, errata, size of integers
  TENZRO_ASSIGN_OR_RETURN(const auto count, in.le<std::uint32_t>("algorithm_count"));
  if (count == 0 || count > kMaxEventDigests) {
    return malformed(concat("event log.spec_id.algorithm_count: ", count, ", expected 1 to ", kMaxEventDigests));
  }
  std::vector<Algorithm> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    TENZRO_ASSIGN_OR_RETURN(const auto id, in.le<std::uint16_t>("algorithm_id"));
    TENZRO_ASSIGN_OR_RETURN(const auto size, in.le<std::uint16_t>("digest_size"));
    if (std::any_of(out.begin(), out.end(), [id = id](const Algorithm& known) { return known.id == id; })) {
      return malformed(concat("event log.spec_id: algorithm ", id, " is declared twice"));
    }
    if (size == 0 || size > kMaxDigestSize || (id == kSha384 && size != kSha384Size)) {
      return malformed(concat("event log.spec_id: algorithm ", id, " has digests of ", size, " bytes"));
    }
    out.push_back({id, size});
  }
  if (std::none_of(out.begin(), out.end(), [](const Algorithm& known) { return known.id == kSha384; })) {
    return malformed("event log.spec_id: declares no SHA-384, which is what run-time registers are extended with");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto vendor_size, in.le<std::uint8_t>("vendor_info_size"));
  TENZRO_RETURN_IF_ERROR(in.take("vendor_info", vendor_size));
  TENZRO_RETURN_IF_ERROR(in.expect_end());
  return out;
}

Result<std::vector<Algorithm>> read_first_record(ByteReader& in) {
  TENZRO_ASSIGN_OR_RETURN(const auto index, in.le<std::uint32_t>("register"));
  TENZRO_ASSIGN_OR_RETURN(const auto type, in.le<std::uint32_t>("type"));
  if (index > kLastRegister || type != event_type::kNoAction) {
    return malformed("event log: the first record is not the Spec ID event of a crypto-agile log");
  }
  TENZRO_ASSIGN_OR_RETURN(const ByteView sha1, in.take("sha1", kSha1Size));
  if (!all_are(sha1, 0)) {
    return malformed("event log.sha1: the first record is measured nowhere, expected zeros");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto size, in.le<std::uint32_t>("spec_id_size"));
  TENZRO_ASSIGN_OR_RETURN(const ByteView data, in.take("spec_id", size));
  return read_spec_id(data);
}

Result<std::optional<ByteArray<48>>> read_digests(ByteReader& in, const std::vector<Algorithm>& algorithms) {
  TENZRO_ASSIGN_OR_RETURN(const auto count, in.le<std::uint32_t>("digest_count"));
  if (count > kMaxEventDigests) {
    return malformed(concat("digest_count: ", count, ", expected at most ", kMaxEventDigests));
  }
  std::optional<ByteArray<48>> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    TENZRO_ASSIGN_OR_RETURN(const auto id, in.le<std::uint16_t>("digest_algorithm"));
    const auto known = std::find_if(algorithms.begin(), algorithms.end(),
                                    [id = id](const Algorithm& algorithm) { return algorithm.id == id; });
    if (known == algorithms.end()) {
      return malformed(concat("digest_algorithm: ", id, " is not declared at the start of the log"));
    }
    TENZRO_ASSIGN_OR_RETURN(const ByteView digest, in.take("digest", known->size));
    if (id != kSha384) {
      continue;
    }
    if (out) {
      return malformed("two SHA-384 digests, expected one");
    }
    std::copy(digest.begin(), digest.end(), out.emplace().begin());
  }
  return out;
}

Result<LoggedEvent> read_record(ByteReader& in, const std::vector<Algorithm>& algorithms) {
  LoggedEvent out;
  TENZRO_ASSIGN_OR_RETURN(const auto index, in.le<std::uint32_t>("register"));
  if (index > kLastRegister) {
    return malformed(concat("register: ", index, ", expected 0 (MRTD) to ", kLastRegister, " (RTMR3)"));
  }
  if (index > 0) {
    out.rtmr = static_cast<std::uint8_t>(index - 1);
  }
  TENZRO_ASSIGN_OR_RETURN(out.type, in.le<std::uint32_t>("type"));
  TENZRO_ASSIGN_OR_RETURN(out.digest, read_digests(in, algorithms));
  TENZRO_ASSIGN_OR_RETURN(const auto size, in.le<std::uint32_t>("data_size"));
  TENZRO_ASSIGN_OR_RETURN(out.data, in.take("data", size));
  if (!out.rtmr && out.type != event_type::kNoAction) {
    return malformed("an event that claims to extend MRTD, which no event can");
  }
  if (out.extends() && !out.digest) {
    return malformed("no SHA-384 digest, so that nothing can be replayed");
  }
  return out;
}

/// rest: what follows the last record that was read; not empty.
bool is_end(ByteView rest) {
  if (rest.size() < sizeof(kErased)) {
    return all_are(rest, 0xff) || all_are(rest, 0);
  }
  if (all_are(rest.first(sizeof(kErased)), 0xff)) {
    return true;
  }
  // A record that starts with so many zeros is refused, so that much of the rest is looked at once only.
  return all_are(rest, 0);
}

Result<EventLog> parse_ccel(ByteView bytes) {
  ByteReader in("event log", bytes);
  TENZRO_ASSIGN_OR_RETURN(const std::vector<Algorithm> algorithms, read_first_record(in));
  EventLog out;
  while (in.remaining() > 0 && !is_end(in.rest())) {
    const std::size_t at = bytes.size() - in.remaining();
    auto event = read_record(in, algorithms);
    if (!event) {
      return std::move(event).error().with_context(
          concat("event log record ", out.events.size() + 1, " at offset ", at));
    }
    out.events.push_back(*std::move(event));
  }
  out.end_offset = bytes.size() - in.remaining();
  const ByteView rest = in.rest();
  const std::uint8_t filler = rest.empty() ? 0 : rest.front();
  out.unread_bytes = rest.size() - static_cast<std::size_t>(std::count(rest.begin(), rest.end(), filler));
  return out;
}

}  // namespace

bool looks_like_ccel(ByteView bytes) noexcept {
  return bytes.size() >= kSignatureOffset + kSignature.size() && all_are(bytes.subspan(kSha1Offset, kSha1Size), 0) &&
         as_text(bytes.subspan(kSignatureOffset, kSignature.size())) == kSignature;
}

Result<EventLog> parse_event_log(ByteView bytes) {
  if (bytes.size() > kMaxEventLog) {
    return malformed(concat("event log: ", bytes.size(), " bytes, at most ", kMaxEventLog, " are accepted"));
  }
  const std::string_view text = as_text(bytes);
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first != std::string_view::npos && kJsonBegins.find(text[first]) != std::string_view::npos) {
    return parse_application_log(bytes);
  }
  return parse_ccel(bytes);
}

}  // namespace tenzro::tee::tdx
