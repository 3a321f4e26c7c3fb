// SPDX-License-Identifier: Apache-2.0
#include "evidence/nvidia/nras_answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/json.hpp"
#include "formats/jwt.hpp"

namespace tenzro::tee::nvidia {

namespace {

constexpr std::array<std::pair<std::string_view, RemoteDevices>, 2> kNames = {
    {{"GPU-", RemoteDevices::gpus}, {"SWITCH-", RemoteDevices::switches}}};

/// Numbered from 0, without leading zeros: a name has one spelling.
std::optional<std::pair<RemoteDevices, unsigned>> read_name(std::string_view name) {
  for (const auto& [begin, kind] : kNames) {
    if (!name.starts_with(begin)) {
      continue;
    }
    const std::string_view digits = name.substr(begin.size());
    unsigned number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    if (whole && number < kMaxDevices && (digits.size() == 1 || digits.front() != '0')) {
      return std::pair(kind, number);
    }
  }
  return std::nullopt;
}

Result<DeviceToken> read_device(const std::string& name, const json::Node& node) {
  const auto known = read_name(name);
  if (!known) {
    return Error(ErrorCode::malformed_input,
                 concat("answer[1]: \"", printable(name), "\" is no GPU-n and no SWITCH-n"));
  }
  TENZRO_ASSIGN_OR_RETURN(std::string token, node.string(jwt::kMaxToken));
  return DeviceToken{name, known->first, std::move(token)};
}

Result<NrasAnswer> read_bundle(const json::Value& value) {
  const json::Node root(value, "answer");
  TENZRO_ASSIGN_OR_RETURN(const auto parts, root.array(2));
  if (parts.size() != 2) {
    return root.wrong("the token over all devices and those of the devices");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto overall, parts[0].array(2));
  if (overall.size() != 2) {
    return parts[0].wrong("\"JWT\" and a token");
  }
  TENZRO_ASSIGN_OR_RETURN(const std::string form, overall[0].string(16));
  if (form != "JWT") {
    return overall[0].wrong("\"JWT\"");
  }
  NrasAnswer out;
  TENZRO_ASSIGN_OR_RETURN(out.overall, overall[1].string(jwt::kMaxToken));
  if (!parts[1].value().is_object()) {
    return parts[1].wrong("an object with the devices' tokens");
  }
  if (parts[1].value().size() > kMaxDevices) {
    return parts[1].wrong(concat("at most ", kMaxDevices, " devices"));
  }
  for (const auto& item : parts[1].value().items()) {
    const json::Node node(item.value(), concat("answer[1].", item.key()));
    TENZRO_ASSIGN_OR_RETURN(DeviceToken device, read_device(item.key(), node));
    out.devices.push_back(std::move(device));
  }
  // GPU-10 stands after GPU-9.
  std::ranges::sort(out.devices, {}, [](const DeviceToken& one) { return read_name(one.name); });
  return out;
}

}  // namespace

bool looks_like_nras_answer(ByteView in) noexcept {
  constexpr std::string_view kBegin = "[[\"JWT\",\"";
  std::size_t seen = 0;  // of kBegin, white space passed over
  for (const std::uint8_t c : in) {
    if (is_white_space(static_cast<char>(c))) {
      continue;
    }
    if (c != static_cast<std::uint8_t>(kBegin[seen])) {
      break;
    }
    if (++seen == kBegin.size()) {
      return true;
    }
  }
  return jwt::looks_like_token(trimmed(as_text(in)));
}

Result<NrasAnswer> parse_nras_answer(ByteView text) {
  if (text.size() > kMaxNrasAnswer) {
    return Error(ErrorCode::malformed_input,
                 concat("answer: has ", text.size(), " bytes, at most ", kMaxNrasAnswer, " are read"));
  }
  if (const std::string_view alone = trimmed(as_text(text)); jwt::looks_like_token(alone)) {
    return NrasAnswer{std::string(alone), {}};
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(text, {.max_size = kMaxNrasAnswer}));
  return read_bundle(value);
}

}  // namespace tenzro::tee::nvidia
