// SPDX-License-Identifier: Apache-2.0
// Source: linux, include/uapi/linux/nsm.h and drivers/misc/nsm.c.
#include "provider/nitro/nsm_device.hpp"

#include <cerrno>
#include <utility>

#include "core/text.hpp"
#include "device/files.hpp"

namespace tenzro::tee::nitro {

namespace {

constexpr unsigned long kRequestCode = 0xc0200a00;  // _IOWR(0x0a, 0, struct nsm_raw)
constexpr std::size_t kMaxRequest = 0x1000;
constexpr std::size_t kResponseCapacity = 0x3000;

/// struct nsm_raw: two buffers, each an address and a length.
struct RawMessage {
  std::uint64_t request_address = 0, request_size = 0;
  std::uint64_t response_address = 0, response_size = 0;
};
static_assert(sizeof(RawMessage) == 32);

std::uint64_t address_of(const void* bytes) { return reinterpret_cast<std::uintptr_t>(bytes); }

Error opening_error(device::System& machine, int number) {
  if (number == ENOENT) {
    return {ErrorCode::not_available, concat(kNsmDevice,
                                             ": not there: this is no Nitro Enclave, or its kernel has no nsm "
                                             "driver (CONFIG_NSM)")};
  }
  return device::device_error(machine, kNsmDevice, number);
}

Error asking_error(int number) {
  if (number == EMSGSIZE) {
    return {ErrorCode::invalid_argument,
            concat(kNsmDevice, ": the request is too large for the module; give fewer bytes")};
  }
  if (number == ETIMEDOUT) {
    return {ErrorCode::hardware_failure, concat(kNsmDevice, ": the module did not answer its driver")};
  }
  if (number == ENOTTY) {
    return {ErrorCode::not_available, concat(kNsmDevice, ": this device is no Nitro Security Module")};
  }
  Error error = device::errno_error(kNsmDevice, number);
  return {ErrorCode::hardware_failure, error.message()};
}

/// One exchange on a device that nobody else is using.
Result<Bytes> exchange_now(device::System& machine, const Bytes& request, int flags) {
  const device::Descriptor module(machine, machine.open_device(kNsmDevice, flags));
  if (!module.open()) {
    return opening_error(machine, module.error());
  }
  // All of it, always: a driver copies as much as fits, and says nothing.
  Bytes response(kResponseCapacity);
  RawMessage message{.request_address = address_of(request.data()),
                     .request_size = request.size(),
                     .response_address = address_of(response.data()),
                     .response_size = response.size()};
  if (const int result = machine.ioctl(module.number(), kRequestCode, &message); result < 0) {
    return asking_error(-result);
  }
  if (message.response_size == 0 || message.response_size > kResponseCapacity) {
    return Error(ErrorCode::malformed_input,
                 concat("Nitro Security Module: its answer has ", message.response_size, " bytes"));
  }
  response.resize(message.response_size);
  return response;
}

}  // namespace

Result<Bytes> exchange(const std::shared_ptr<device::System>& machine, Bytes request, int flags,
                       const Patience& patience, std::string_view if_unanswered) {
  if (request.size() > kMaxRequest) {
    return Error(ErrorCode::invalid_argument, concat(kNsmDevice, ": a request of ", request.size(), " bytes, ",
                                                     kMaxRequest, " are possible; give fewer bytes"));
  }
  return machine->queue(kNsmDevice)
      .run<Bytes>(
          kNsmDevice, patience,
          [machine, flags, request = std::move(request)](const device::Waiting&) {
            return exchange_now(*machine, request, flags);
          },
          if_unanswered);
}

}  // namespace tenzro::tee::nitro
