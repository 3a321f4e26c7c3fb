// SPDX-License-Identifier: Apache-2.0
#include "measure/tdx/event_log.hpp"

#include <algorithm>
#include <string_view>

#include "core/encoded_text.hpp"
#include "crypto/digest.hpp"

namespace tenzro::tee::tdx {

namespace {

/// What GRUB's TPM module puts before the text that it hashes; one byte follows that is not hashed.
constexpr std::array<std::string_view, 4> kGrubPrefixes = {"grub_cmd: ", "grub_cmd ",
                                                           "kernel_cmdline: ", "grub_kernel_cmdline "};

bool data_is_hashed_whole(std::uint32_t type) {
  switch (type) {
    case event_type::kSeparator:
    case event_type::kAction:
    case event_type::kEventTag:
    case event_type::kIpl:
    case event_type::kVariableDriverConfig:
    case event_type::kGptEvent:
    case event_type::kEfiAction:
    case event_type::kVariableBoot2:
    case event_type::kVariableAuthority:
      return true;
    default:
      return false;
  }
}

/// Empty when GRUB did not write this.
ByteView grub_text(ByteView data) {
  const std::string_view text = as_text(data);
  for (const std::string_view prefix : kGrubPrefixes) {
    if (text.starts_with(prefix) && text.size() > prefix.size() + 1) {
      return data.subspan(prefix.size(), data.size() - prefix.size() - 1);
    }
  }
  return {};
}

/// SHA-384(little-endian type || ":" || name || ":" || payload).
ByteArray<48> runtime_event_digest(const LoggedEvent& event) {
  ByteArray<4> type{};
  for (std::size_t i = 0; i < type.size(); ++i) {
    type[i] = static_cast<std::uint8_t>(event.type >> (8 * i));
  }
  const ByteView colon = as_bytes(":");
  return crypto::sha384({type, colon, event.name, colon, event.data});
}

}  // namespace

std::array<ByteArray<48>, 4> replay(const EventLog& log) {
  std::array<ByteArray<48>, 4> out{};
  for (const LoggedEvent& event : log.events) {
    if (event.extends() && event.digest) {
      ByteArray<48>& value = out.at(*event.rtmr);
      value = crypto::sha384({value, *event.digest});
    }
  }
  return out;
}

std::optional<ByteView> covered_data(const LoggedEvent& event) {
  if (!event.extends() || !event.digest) {
    return std::nullopt;
  }
  if (event.type == event_type::kDstackRuntime) {
    if (std::find(event.name.begin(), event.name.end(), ':') != event.name.end()) {
      return std::nullopt;  // where the name ends is not hashed
    }
    return runtime_event_digest(event) == *event.digest ? std::optional(event.data) : std::nullopt;
  }
  if (!data_is_hashed_whole(event.type)) {
    return std::nullopt;
  }
  if (crypto::sha384(event.data) == *event.digest) {
    return event.data;
  }
  const ByteView text = event.type == event_type::kIpl ? grub_text(event.data) : ByteView();
  if (!text.empty() && crypto::sha384(text) == *event.digest) {
    return text;
  }
  return std::nullopt;
}

bool has_usual_separators(const EventLog& log) {
  constexpr ByteArray<4> kPhaseEnded{};
  std::array<std::size_t, 4> count{};
  for (const LoggedEvent& event : log.events) {
    if (event.type != event_type::kSeparator || !event.extends()) {
      continue;
    }
    const auto covered = covered_data(event);
    if (!covered || !std::equal(covered->begin(), covered->end(), kPhaseEnded.begin(), kPhaseEnded.end())) {
      return false;
    }
    ++count.at(*event.rtmr);
  }
  return count == std::array<std::size_t, 4>{1, 1, 0, 0};
}

}  // namespace tenzro::tee::tdx
