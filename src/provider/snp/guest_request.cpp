// SPDX-License-Identifier: Apache-2.0
#include "provider/snp/guest_request.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "provider/snp/guest_report.hpp"

namespace tenzro::tee::snp {

namespace {

std::string hex_of(std::uint32_t value) {
  ByteArray<4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes.at(i) = static_cast<std::uint8_t>(value >> (8 * (bytes.size() - 1 - i)));
  }
  return concat("0x", to_hex(bytes));
}

Error failure(const auto&... words) { return {ErrorCode::hardware_failure, concat(words...)}; }

}  // namespace

Result<Guest> Guest::open(device::System& system, const std::string& path, const device::Waiting& waiting) {
  device::Descriptor opened(system, system.open_device(path, O_RDWR));
  if (!opened.open()) {
    return device::device_error(system, path, opened.error());
  }
  return Guest(system, path, waiting, std::move(opened));
}

Result<int> Guest::ask(unsigned long number, std::uint8_t* body, std::uint8_t* response) {
  TENZRO_RETURN_IF_ERROR(system_->queue(std::string(kQueue)).keep_distance(*system_, kDistance, path_, *waiting_));
  request_ = {.request = address_of(body), .response = address_of(response)};
  return system_->ioctl(device_.number(), number, &request_);
}

Error Guest::error(int number, const RequestWords& words) const {
  const std::string codes =
      concat("firmware error ", hex_of(request_.firmware_error), ", host error ", hex_of(request_.vmm_error));
  switch (number) {
    case EIO:
      return failure(path_, ": the firmware or the host refused (", codes, "); ", kKeyLost);
    case ENOSPC:
      return failure(path_, ": the host's certificates do not fit into what the driver can take");
    case EAGAIN:
    case EBUSY:
      return failure(path_, ": the host slows this guest's requests down (", codes,
                     "); ask again later, and less often");
    case ETIMEDOUT:
      return failure(path_, ": the host slowed this guest's request down for a minute; ", kKeyLost);
    case EBADMSG:
      return failure(path_, ": the firmware's answer was not authentic; ", kKeyLost);
    case ENOTTY:
      return failure(path_,
                     ": the driver takes no requests: its key to the firmware (VMPCK) is gone after an earlier "
                     "failure, until this machine is restarted; or the kernel is older than Linux 5.19");
    case EINVAL:
      return failure(path_, ": the driver refused the request as invalid",
                     words.no_such_key.empty() ? "" : ", or the firmware has no such key: ", words.no_such_key);
    default:
      return device::errno_error(path_, number);
  }
}

Error Guest::status_error(std::uint32_t status, const RequestWords& words) const {
  constexpr std::uint32_t kInvalidParameters = 0x16;
  constexpr std::uint32_t kInvalidKey = 0x27;
  switch (status) {
    case kInvalidParameters:
      return failure(path_,
                     ": the firmware refused the request's parameters (status 0x16): ", words.refused_parameters);
    case kInvalidKey:
      return failure(path_, ": the firmware has no such key (status 0x27)", words.no_such_key.empty() ? "" : ": ",
                     words.no_such_key);
    default:
      return failure(path_, ": the firmware refused with status ", hex_of(status));
  }
}

}  // namespace tenzro::tee::snp
