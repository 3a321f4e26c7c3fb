// SPDX-License-Identifier: Apache-2.0
// Requests of a SEV-SNP guest to its firmware by /dev/sev-guest: the open device, and words for what goes wrong.
#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "device/files.hpp"

namespace tenzro::tee::snp {

/// As the driver takes addresses.
template <class T>
std::uint64_t address_of(T* memory) {
  return std::bit_cast<std::uintptr_t>(memory);
}

/// An integer of a request, little-endian; size bytes of it.
inline void put_le(std::span<std::uint8_t> out, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::uint8_t& byte : out.subspan(at, size)) {
    byte = static_cast<std::uint8_t>(value);
    value >>= 8U;
  }
}

/// What one kind of request is about, for the words of its errors.
struct RequestWords {
  std::string_view refused_parameters;  ///< why the firmware may have refused them: a clause
  std::string_view no_such_key;         ///< likewise; may be empty
};

/// One guest's requests to its device. System and waiting must outlive it.
/// Threads: one thread at a time, inside a job of the queue.
class Guest {
 public:
  /// not_available, permission_denied: as device_error.
  static Result<Guest> open(device::System& system, const std::string& path, const device::Waiting& waiting);

  /// One ioctl, at its distance from earlier requests, whichever guest made them: its result, -errno too. response is
  /// for the driver to write to. timed_out, cancelled: nothing was asked.
  Result<int> ask(unsigned long number, std::uint8_t* body, std::uint8_t* response);
  /// Of the last request, when the host wrote why it failed.
  std::uint32_t host_error() const noexcept { return request_.vmm_error; }

  /// What an errno of the last request means: hardware_failure, or as errno_error.
  Error error(int number, const RequestWords& words) const;
  /// What a status means that the firmware answered, which may be while the device says that all went well.
  Error status_error(std::uint32_t status, const RequestWords& words) const;
  const std::string& path() const noexcept { return path_; }

 private:
  /// struct snp_guest_request_ioctl; integers stand as they are, since the driver is x86 only.
  struct Request {
    std::uint8_t message_version = 1;
    ByteArray<7> padding{};
    std::uint64_t request = 0;
    std::uint64_t response = 0;
    std::uint32_t firmware_error = 0;
    std::uint32_t vmm_error = 0;
  };
  static_assert(sizeof(Request) == 32);

  Guest(device::System& system, std::string path, const device::Waiting& waiting, device::Descriptor opened)
      : system_(&system), path_(std::move(path)), waiting_(&waiting), device_(std::move(opened)) {}

  device::System* system_;
  std::string path_;
  const device::Waiting* waiting_;
  device::Descriptor device_;
  Request request_{};
};

}  // namespace tenzro::tee::snp
