// SPDX-License-Identifier: Apache-2.0
// NSCQ, the library of NVIDIA's NVSwitch driver, loaded at run time.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "device/system.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::nvidia {

inline constexpr std::string_view kNscqLibrary = "libnvidia-nscq.so.2";

namespace nscq {

// The library's binary interface. Two structures travel by value, into callbacks.

/// nscq_rc_t: 0 is success, above are warnings, below errors.
using Return = std::int8_t;
struct OpaqueSession;
using Session = OpaqueSession*;
struct SessionResult {
  Return rc;
  Session session;
};
static_assert(sizeof(SessionResult) == 16 && offsetof(SessionResult, session) == 8);
struct Uuid {
  std::array<std::uint8_t, 16> bytes;
};
static_assert(sizeof(Uuid) == 16);
struct Label {
  std::array<char, 64> text;
};
static_assert(sizeof(Label) == 64);
struct Certificate {
  std::array<std::uint8_t, 0x1400> chain;
  std::uint32_t size;
};
static_assert(sizeof(Certificate) == 0x1404 && offsetof(Certificate, size) == 0x1400);
struct AttestationReport {
  std::uint32_t size;
  std::array<std::uint8_t, 0x2000> report;
};
static_assert(sizeof(AttestationReport) == 0x2004 && offsetof(AttestationReport, report) == 4);

/// What every callback is passed as.
using AnyCallback = void (*)();
template <class Value>
using Callback = void (*)(const Uuid* device, Return rc, Value value, void* user);

struct Functions {
  SessionResult (*session_create)(std::uint32_t flags) = nullptr;
  void (*session_destroy)(Session session) = nullptr;
  Return (*path_observe)(Session session, const char* path, AnyCallback callback, void* user,
                         std::uint32_t flags) = nullptr;
  Return (*set_input)(Session session, std::uint32_t flags, void* bytes, std::uint32_t size) = nullptr;
  Return (*uuid_to_label)(const Uuid* uuid, Label* label, std::uint32_t flags) = nullptr;
};

inline constexpr std::int8_t kArchitectureLs10 = 2;
inline constexpr std::int8_t kTrustedNvlinkLocked = 3;  ///< enabled, and fixed until the next reset

}  // namespace nscq

/// A session with the library. Every call goes into the driver and may hang: make them where somebody else can stop
/// waiting (device::RequestQueue). Errors name the path that was asked for; a switch is named by its label ("SWX-...").
/// unsupported: the library is another one than this. not_available: another version than the driver's.
/// timed_out as the driver says; hardware_failure for everything else that it answers.
/// Threads: one thread at a time.
class Nscq {
  struct OpenOnly {};

 public:
  static Result<std::shared_ptr<Nscq>> open(std::shared_ptr<device::Library> library);
  Nscq(OpenOnly /*by open alone*/, std::shared_ptr<device::Library> library) noexcept : library_(std::move(library)) {}
  ~Nscq();
  Nscq(const Nscq&) = delete;
  Nscq& operator=(const Nscq&) = delete;

  /// The labels of all switches, at most 64.
  Result<std::vector<std::string>> switches();
  /// All of one architecture, which is this; as NSCQ numbers them. hardware_failure when they differ.
  Result<std::int8_t> architecture();
  /// The state of trusted NVLink: 0 disabled, 1 enabled, 2 failure, nscq::kTrustedNvlinkLocked, -1 unknown.
  Result<std::int8_t> pcie_mode(const std::string& label);
  /// PEM, leaf first, at most 5 KiB.
  Result<Bytes> certificate_chain(const std::string& label);
  /// SPDM, at most 8 KiB.
  Result<Bytes> report(const std::string& label, std::span<const std::uint8_t, 32> nonce);

 private:
  template <class Function>
  bool find(const char* name, Function& to) {
    to = reinterpret_cast<Function>(library_->symbol(name));
    missing_ = to == nullptr ? name : "";
    return to != nullptr;
  }
  template <class Value>
  Result<void> observe(const std::string& path, nscq::Callback<Value> callback, void* user);

  std::shared_ptr<device::Library> library_;
  nscq::Functions functions_{};
  const char* missing_ = "";
  nscq::Session session_ = nullptr;
};

/// "disabled", "enabled, not locked", "failure", "locked", "unknown"
std::string_view trusted_nvlink_words(std::int8_t mode) noexcept;

}  // namespace tenzro::tee::nvidia
