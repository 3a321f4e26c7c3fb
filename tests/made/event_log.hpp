// SPDX-License-Identifier: Apache-2.0
// Event logs made by the tests: right until a test says otherwise.
#pragma once
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::test {

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

struct MadeEvent {
  std::uint32_t index = 1;  ///< 0: MRTD, 1 to 4: RTMR0 to RTMR3
  std::uint32_t type = 0;
  Bytes data{};
  std::optional<ByteArray<48>> digest{};  ///< empty: SHA-384 of data

  ByteArray<48> sha384() const { return digest ? *digest : crypto::sha384(data); }
};

class MadeLog {
 public:
  std::vector<MadeEvent> events;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> algorithms = {{0x000c, 48}};
  Bytes end = {0xff, 0xff, 0xff, 0xff};  ///< what follows the last record

  static void le(Bytes& out, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  }
  static void append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

  Bytes first_record() const {
    Bytes spec = bytes_of(std::string_view("Spec ID Event03\0", 16));
    le(spec, 0, 4);
    append(spec, Bytes{0, 2, 0, 2});
    le(spec, algorithms.size(), 4);
    for (const auto& [id, size] : algorithms) {
      le(spec, id, 2);
      le(spec, size, 2);
    }
    spec.push_back(0);
    Bytes out;
    le(out, 0, 4);
    le(out, 3, 4);
    out.insert(out.end(), 20, 0);
    le(out, spec.size(), 4);
    append(out, spec);
    return out;
  }
  static Bytes record(const MadeEvent& event) {
    Bytes out;
    le(out, event.index, 4);
    le(out, event.type, 4);
    le(out, 1, 4);
    le(out, 0x000c, 2);
    append(out, event.sha384());
    le(out, event.data.size(), 4);
    append(out, event.data);
    return out;
  }
  Bytes bytes() const {
    Bytes out = first_record();
    for (const MadeEvent& event : events) {
      append(out, record(event));
    }
    append(out, end);
    return out;
  }
  /// Where a record begins.
  std::size_t offset(std::size_t number) const {
    std::size_t out = first_record().size();
    for (std::size_t i = 0; i < number; ++i) {
      out += record(events[i]).size();
    }
    return out;
  }
  /// What the registers are after it, computed apart from the library's replay.
  std::array<ByteArray<48>, 4> registers() const {
    std::array<ByteArray<48>, 4> out{};
    for (const MadeEvent& event : events) {
      if (event.type == 3 || event.index == 0) {
        continue;
      }
      ByteArray<48>& value = out.at(event.index - 1);
      Bytes joined(value.begin(), value.end());
      append(joined, event.sha384());
      value = crypto::sha384(joined);
    }
    return out;
  }
};

/// A short boot: firmware settings, loader, kernel, and something of the guest's own in RTMR3.
inline MadeLog made_boot() {
  MadeLog out;
  out.events = {{0, 3, bytes_of("firmware says hello")},
                {1, 0x80000001, bytes_of("a variable")},
                {1, 4, Bytes(4)},
                {2, 0x80000007, bytes_of("Calling EFI Application from Boot Option")},
                {2, 4, Bytes(4)},
                {2, 0x80000003, bytes_of("path of a kernel"), crypto::sha384(bytes_of("the kernel itself"))},
                {3, 0xd, bytes_of("kernel_cmdline: quiet\0"), crypto::sha384(bytes_of("quiet"))},
                {4, 6, bytes_of("a container")}};
  out.events[6].data.push_back(0);  // GRUB counts one byte after the text
  return out;
}

/// dstack's digest of a run-time event.
inline ByteArray<48> runtime_digest(std::string_view name, ByteView payload) {
  Bytes hashed = {0x01, 0x00, 0x00, 0x08};
  MadeLog::append(hashed, bytes_of(":"));
  MadeLog::append(hashed, bytes_of(name));
  MadeLog::append(hashed, bytes_of(":"));
  MadeLog::append(hashed, payload);
  return crypto::sha384(hashed);
}

/// dstack's list of the same boot, and two events of its own in RTMR3.
inline nlohmann::ordered_json made_application_log() {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const MadeEvent& event : made_boot().events) {
    if (event.index > 0 && event.index < 4) {
      out.push_back({{"imr", event.index - 1},
                     {"event_type", event.type},
                     {"digest", to_hex(event.sha384())},
                     {"event", ""},
                     {"event_payload", to_hex(event.data)}});
    }
  }
  for (const auto& [name, payload] : {std::pair<std::string, std::string>{"app-id", "0102"}, {"system-ready", ""}}) {
    out.push_back({{"imr", 3},
                   {"event_type", 0x08000001},
                   {"digest", to_hex(runtime_digest(name, *from_hex(payload)))},
                   {"event", name},
                   {"event_payload", payload}});
  }
  return out;
}

/// What the registers are after dstack's list.
inline std::array<ByteArray<48>, 4> application_registers() {
  MadeLog log = made_boot();
  log.events.pop_back();
  log.events.push_back({4, 0x08000001, {}, runtime_digest("app-id", Bytes{1, 2})});
  log.events.push_back({4, 0x08000001, {}, runtime_digest("system-ready", {})});
  return log.registers();
}

}  // namespace tenzro::tee::test
