// SPDX-License-Identifier: Apache-2.0
// What a TD's firmware, loader and applications say that they extended into its run-time registers.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::tdx {

inline constexpr std::size_t kMaxEventDigests = 8;  ///< in one record, and algorithms in a log

/// The event types whose meaning matters to us. Source: TCG PC Client Platform Firmware Profile, events.
namespace event_type {
inline constexpr std::uint32_t kNoAction = 0x00000003;
inline constexpr std::uint32_t kSeparator = 0x00000004;
inline constexpr std::uint32_t kAction = 0x00000005;
inline constexpr std::uint32_t kEventTag = 0x00000006;
inline constexpr std::uint32_t kIpl = 0x0000000d;
inline constexpr std::uint32_t kVariableDriverConfig = 0x80000001;
inline constexpr std::uint32_t kVariableBoot = 0x80000002;
inline constexpr std::uint32_t kGptEvent = 0x80000006;
inline constexpr std::uint32_t kEfiAction = 0x80000007;
inline constexpr std::uint32_t kVariableBoot2 = 0x8000000c;
inline constexpr std::uint32_t kVariableAuthority = 0x800000e0;
inline constexpr std::uint32_t kDstackRuntime = 0x08000001;  ///< dstack's own: an application extended RTMR3
}  // namespace event_type

/// "EV_SEPARATOR"; empty for a type that is not known.
std::string_view event_type_name(std::uint32_t type) noexcept;

/// One record. Nothing of it is proven by itself: replay proves the digests, and never the type.
struct LoggedEvent {
  std::optional<std::uint8_t> rtmr;  ///< 0 to 3; empty: MRTD, which no event extends
  std::uint32_t type = 0;
  std::optional<ByteArray<48>> digest;  ///< SHA-384; there whenever the event extends
  ByteView name;                        ///< of an application's event; empty in a CCEL
  ByteView data;

  /// EV_NO_ACTION informs and is never measured, whatever digest it carries.
  bool extends() const noexcept { return rtmr.has_value() && type != event_type::kNoAction; }
};

enum class EventLogForm : std::uint8_t { ccel, application };

/// A parsed log. The views point into the bytes given to parse_event_log, which must outlive it, or into decoded.
struct EventLog {
  EventLog() = default;
  EventLog(EventLog&&) noexcept = default;
  EventLog& operator=(EventLog&&) noexcept = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  ~EventLog() = default;

  EventLogForm form = EventLogForm::ccel;
  std::vector<LoggedEvent> events;  ///< without the first record of a CCEL, which describes the log
  std::size_t end_offset = 0;       ///< of a CCEL: where its end is marked, or its size
  std::size_t unread_bytes = 0;     ///< after the end of a CCEL, but for erased ones (0xFF): dropped and counted
  std::vector<Bytes> decoded;       ///< of an application's log: what was hex there
};

/// Recognises both forms by their first byte that is no white space:
/// - a CCEL: TCG crypto-agile records of which the first is the Spec ID event; ends at register 0xFFFFFFFF, at zero
///   bytes up to the end, or with the buffer;
/// - dstack's list, JSON: [{imr, event_type, digest, event, event_payload}]; or a string that holds it; or an object
///   whose member event_log is either.
/// malformed_input, naming record and field, for anything else, for more than kMaxEventLog bytes, and for an event that
/// extends a register but has not just one SHA-384 digest. Says nothing on whether digests are true.
Result<EventLog> parse_event_log(ByteView bytes);

/// True when the bytes begin as a CCEL does, and no quote, SNP report or token can: those have no zeros at 8.
bool looks_like_ccel(ByteView bytes) noexcept;

/// dstack's list; parse_event_log for texts.
Result<EventLog> parse_application_log(ByteView text);

}  // namespace tenzro::tee::tdx
