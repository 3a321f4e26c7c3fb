// SPDX-License-Identifier: Apache-2.0
// Source: TCG PC Client Platform Firmware Profile (crypto-agile log), and UEFI 2.10 section 38.4.1 (registers).
#include "provider/simulated/event_log.hpp"

#include <string_view>

#include "core/encoded_text.hpp"
#include "crypto/digest.hpp"

namespace tenzro::tee::simulated {

namespace {

constexpr std::uint32_t kNoAction = 0x00000003;
constexpr std::uint32_t kSeparator = 0x00000004;
constexpr std::uint32_t kIpl = 0x0000000d;
constexpr std::uint32_t kEfiAction = 0x80000007;
constexpr std::uint16_t kSha384 = 0x000c;
constexpr std::size_t kSha1Size = 20;

struct Event {
  std::uint32_t index;  ///< of the log: 1 for RTMR0
  std::uint32_t type;
  std::string_view data;
};
constexpr std::string_view kEndOfPhase("\0\0\0\0", 4);
constexpr Event kEvents[] = {{1, kEfiAction, "simulated firmware configuration"},
                             {1, kSeparator, kEndOfPhase},
                             {2, kEfiAction, "Calling EFI Application from Boot Option"},
                             {2, kSeparator, kEndOfPhase},
                             {2, kEfiAction, "Exit Boot Services Invocation"},
                             {2, kEfiAction, "Exit Boot Services Returned with Success"},
                             {3, kIpl, "simulated kernel command line: console=ttyS0 ro"},
                             {3, kIpl, "simulated initial ramdisk"}};

void put(Bytes& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
}

void put(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

/// In the form of TCG's first specification: what follows is in the newer one, with these algorithms.
Bytes first_record() {
  Bytes data;
  put(data, as_bytes(std::string_view("Spec ID Event03\0", 16)));
  put(data, 0, 4);                      // platform class: client
  put(data, ByteArray<4>{0, 2, 0, 2});  // version 2.0, errata 0, UINTN of 8 bytes
  put(data, 1, 4);                      // algorithms
  put(data, kSha384, 2);
  put(data, 48, 2);
  put(data, 0, 1);  // vendor information
  Bytes out;
  put(out, 0, 4);
  put(out, kNoAction, 4);
  out.insert(out.end(), kSha1Size, 0);
  put(out, data.size(), 4);
  put(out, data);
  return out;
}

}  // namespace

Bytes event_log() {
  Bytes out = first_record();
  for (const Event& event : kEvents) {
    put(out, event.index, 4);
    put(out, event.type, 4);
    put(out, 1, 4);
    put(out, kSha384, 2);
    put(out, crypto::sha384(as_bytes(event.data)));
    put(out, event.data.size(), 4);
    put(out, as_bytes(event.data));
  }
  put(out, 0xffffffff, 4);  // as erased flash reads
  return out;
}

std::array<ByteArray<48>, 4> event_log_registers() {
  std::array<ByteArray<48>, 4> out{};
  for (const Event& event : kEvents) {
    ByteArray<48>& value = out.at(event.index - 1);
    value = crypto::sha384({value, crypto::sha384(as_bytes(event.data))});
  }
  return out;
}

}  // namespace tenzro::tee::simulated
