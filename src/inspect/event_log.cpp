// SPDX-License-Identifier: Apache-2.0
// Event logs, decoded: what each event says of itself, and whether its digest covers that.
#include <algorithm>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "inspect/describe.hpp"
#include "measure/tdx/event_log.hpp"

namespace tenzro::tee::inspect_detail {
namespace {

constexpr std::size_t kMaxDescription = 1024;
constexpr std::size_t kVariableHeader = 32;  // UEFI_VARIABLE_DATA: GUID, name length, data length
constexpr std::size_t kTagHeader = 8;        // TCG_PCClientTaggedEvent: id, size

std::uint64_t little_endian(ByteView bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    out = (out << 8) | bytes[i];
  }
  return out;
}

/// The name of an EFI variable; nothing when the data is no such structure.
std::optional<std::string> variable_name(ByteView data) {
  if (data.size() < kVariableHeader) {
    return std::nullopt;
  }
  const std::uint64_t units = little_endian(data.subspan(16, 8));
  const ByteView rest = data.subspan(kVariableHeader);
  if (units > rest.size() / 2) {
    return std::nullopt;
  }
  std::string out;
  for (std::size_t i = 0; i < units; ++i) {
    const std::uint64_t unit = little_endian(rest.subspan(2 * i, 2));
    out.push_back(unit <= 0x7f ? static_cast<char>(unit) : '?');
  }
  return out;
}

bool holds_variable(std::uint32_t type) {
  return type == tdx::event_type::kVariableDriverConfig || type == tdx::event_type::kVariableAuthority ||
         type == tdx::event_type::kVariableBoot || type == tdx::event_type::kVariableBoot2;
}

/// Nothing when the bytes are no text: they are shown as hex beside it.
std::optional<std::string> readable(ByteView data) {
  while (!data.empty() && data.back() == 0) {
    data = data.first(data.size() - 1);
  }
  const bool text = std::all_of(data.begin(), data.end(), [](std::uint8_t byte) {
    return (byte >= 0x20 && byte <= 0x7e) || byte == '\n' || byte == '\t' || byte == '\r';
  });
  return text && !data.empty() ? std::optional(std::string(as_text(data))) : std::nullopt;
}

/// For people. shown: what the digest covers, or else all that the record says.
std::optional<std::string> describe_data(const tdx::LoggedEvent& event, ByteView shown) {
  if (!event.name.empty()) {
    return std::string(as_text(event.name));
  }
  if (holds_variable(event.type)) {
    return variable_name(shown);
  }
  if (event.type == tdx::event_type::kEventTag && shown.size() > kTagHeader &&
      little_endian(shown.subspan(4, 4)) == shown.size() - kTagHeader) {
    return readable(shown.subspan(kTagHeader));
  }
  return readable(shown);
}

Json describe_event(const tdx::LoggedEvent& event) {
  Json out = Json::object();
  out["register"] = event.rtmr ? concat("rtmr", unsigned{*event.rtmr}) : std::string("mrtd");
  out["type"] = event.type;
  const std::string_view name = tdx::event_type_name(event.type);
  out["type_name"] = name.empty() ? std::string("unknown") : std::string(name);
  out["extends"] = event.extends();
  out["digest"] = event.digest ? Json(to_hex(*event.digest)) : Json();
  const auto covered = tdx::covered_data(event);
  const auto description = describe_data(event, covered.value_or(event.data));
  out["description"] = description ? Json(printable(*description, kMaxDescription)) : Json();
  out["description_verified"] = covered.has_value();
  out["data"] = to_hex(event.data);
  return out;
}

}  // namespace

Result<Json> describe_event_log(ByteView log) {
  TENZRO_ASSIGN_OR_RETURN(const tdx::EventLog parsed, tdx::parse_event_log(log));
  Json out = Json::object();
  out["form"] = parsed.form == tdx::EventLogForm::ccel ? "ccel" : "application";
  out["size"] = log.size();
  out["end_offset"] = parsed.end_offset;
  out["unread_bytes"] = parsed.unread_bytes;
  out["event_count"] = parsed.events.size();
  const auto registers = tdx::replay(parsed);
  for (std::size_t i = 0; i < registers.size(); ++i) {
    out[concat("rtmr", i)] = to_hex(registers.at(i));
  }
  out["usual_separators"] = tdx::has_usual_separators(parsed);
  Json events = Json::array();
  for (const tdx::LoggedEvent& event : parsed.events) {
    events.push_back(describe_event(event));
  }
  out["events"] = std::move(events);
  return out;
}

}  // namespace tenzro::tee::inspect_detail
