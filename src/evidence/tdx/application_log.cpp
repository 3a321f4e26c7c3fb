// SPDX-License-Identifier: Apache-2.0
// The event list that dstack's guests hand out beside a quote: the firmware's events and their own, as JSON.
#include <utility>

#include "core/encoded_text.hpp"
#include "core/try.hpp"
#include "evidence/tdx/event_log.hpp"
#include "formats/json.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee::tdx {

namespace {

constexpr std::size_t kMaxEvents = std::size_t{1} << 14;
constexpr std::uint8_t kLastRtmr = 3;
constexpr json::Limits kLimits{.max_size = kMaxEventLog};

/// The list itself, out of whichever wrapping it came in.
Result<json::Value> unwrap(json::Value value) {
  if (value.is_object()) {
    const json::Node root(value, "event log");
    TENZRO_ASSIGN_OR_RETURN(const json::Node member, root.member("event_log"));
    json::Value inner = member.value();
    value = std::move(inner);
  }
  if (!value.is_string()) {
    return value;
  }
  auto inner = json::parse(as_bytes(value.get_ref<const std::string&>()), kLimits);
  if (!inner) {
    return std::move(inner).error().with_context("event log in a string");
  }
  return inner;
}

/// Keeps the bytes where their view stays good.
ByteView keep(Bytes bytes, EventLog& log) { return log.decoded.emplace_back(std::move(bytes)); }

Result<LoggedEvent> read_event(const json::Node& node, EventLog& log) {
  LoggedEvent out;
  TENZRO_ASSIGN_OR_RETURN(const json::Node imr, node.member("imr"));
  TENZRO_ASSIGN_OR_RETURN(const auto index, imr.unsigned_integer(kLastRtmr));
  out.rtmr = static_cast<std::uint8_t>(index);
  TENZRO_ASSIGN_OR_RETURN(const json::Node type, node.member("event_type"));
  TENZRO_ASSIGN_OR_RETURN(const auto number, type.unsigned_integer(0xffffffff));
  out.type = static_cast<std::uint32_t>(number);
  TENZRO_ASSIGN_OR_RETURN(const json::Node digest, node.member("digest"));
  TENZRO_ASSIGN_OR_RETURN(out.digest, digest.hex<48>());
  TENZRO_ASSIGN_OR_RETURN(const json::Node name, node.member("event"));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, name.string(kMaxEventLog));
  out.name = keep(Bytes(text.begin(), text.end()), log);
  TENZRO_ASSIGN_OR_RETURN(const json::Node payload, node.member("event_payload"));
  TENZRO_ASSIGN_OR_RETURN(const std::string digits, payload.string(kMaxEventLog));
  auto data = from_hex(digits);
  if (!data) {
    return payload.wrong("hex");
  }
  out.data = keep(*std::move(data), log);
  return out;
}

}  // namespace

Result<EventLog> parse_application_log(ByteView text) {
  TENZRO_ASSIGN_OR_RETURN(json::Value parsed, json::parse(text, kLimits));
  TENZRO_ASSIGN_OR_RETURN(const json::Value list, unwrap(std::move(parsed)));
  const json::Node root(list, "event log");
  TENZRO_ASSIGN_OR_RETURN(const auto elements, root.array(kMaxEvents));
  if (elements.empty()) {
    return root.wrong("at least one event");
  }
  EventLog out;
  out.form = EventLogForm::application;
  out.end_offset = text.size();
  for (const json::Node& element : elements) {
    TENZRO_ASSIGN_OR_RETURN(const LoggedEvent event, read_event(element, out));
    out.events.push_back(event);
  }
  return out;
}

}  // namespace tenzro::tee::tdx
