// SPDX-License-Identifier: Apache-2.0
#include "provider/tdx/rtmr.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>

#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "device/configfs_entry.hpp"
#include "device/files.hpp"
#include "provider/attempts.hpp"
#include "provider/tdx/provider.hpp"
#include "provider/tdx/survey.hpp"
#include "provider/tdx/td_report.hpp"

namespace tenzro::tee {

namespace tdx {

namespace {

using device::PathKind;
using device::System;
using device::Waiting;
using Registers = std::vector<RuntimeRegister>;

constexpr unsigned kRegisterCount = 4;
constexpr std::size_t kDigestSize = 48;
constexpr std::string_view kWhat = "run-time registers";

std::string measurement_file(unsigned index) { return concat(kMeasurements, "/rtmr", index, ":sha384"); }

Error no_way() {
  return {ErrorCode::not_available,
          concat(kWhat, ": this is no TDX guest, or its driver is not loaded: modprobe tdx_guest")};
}

std::vector<std::string> devices_of(System& system) {
  std::vector<std::string> out;
  for (const std::string_view path : {kGuestDevice, kLegacyDevices[0], kLegacyDevices[1]}) {
    if (device::device_kind(system, std::string(path)) == PathKind::character_device) {
      out.emplace_back(path);
    }
  }
  return out;
}

Result<Registers> read_measurement_files(System& system) {
  Registers out;
  for (unsigned index = 0; index < kRegisterCount; ++index) {
    const std::string path = measurement_file(index);
    TENZRO_ASSIGN_OR_RETURN(const Bytes content, device::read_file(system, path, kDigestSize));
    if (content.size() != kDigestSize) {
      return Error(ErrorCode::hardware_failure,
                   concat(path, ": holds ", content.size(), " bytes, expected ", kDigestSize));
    }
    RuntimeRegister& added = out.emplace_back(RuntimeRegister{.index = index});
    std::ranges::copy(content, added.value.begin());
  }
  return out;
}

Result<Registers> read_td_report(System& system, const std::string& path) {
  TENZRO_ASSIGN_OR_RETURN(const TdReportBytes report, fetch_td_report(system, path, ByteArray<64>{}));
  Registers out;
  for (const ByteArray<kDigestSize>& value : registers_in(report)) {
    out.push_back({.index = static_cast<unsigned>(out.size()), .value = value});
  }
  return out;
}

Result<Registers> read_registers(System& system) {
  std::vector<Error> failures;
  if (system.kind(std::string(kMeasurements)) == PathKind::folder) {
    auto registers = read_measurement_files(system);
    if (registers) {
      return registers;
    }
    failures.push_back(std::move(registers).error());
  }
  for (const std::string& path : devices_of(system)) {
    auto registers = read_td_report(system, path);
    if (registers) {
      return registers;
    }
    failures.push_back(std::move(registers).error());
  }
  return failures.empty() ? no_way() : provider::no_way_left(kWhat, failures);
}

Error extend_error(const std::string& path, int number) {
  if (number == EINVAL) {
    return {ErrorCode::hardware_failure, concat(path, ": the driver or the TDX module refused to extend the register")};
  }
  if (number == EIO) {
    return {ErrorCode::hardware_failure, concat(path, ": the TDX module failed to extend the register")};
  }
  if (number == EINTR) {
    return {ErrorCode::io_failure,
            concat(path, ": interrupted; read the register to see whether it was extended, before trying again")};
  }
  return device::errno_error(path, number);
}

/// One write, and never another: an extension that did take place cannot be taken back.
Result<void> extend_by_file(System& system, unsigned index, ByteView digest) {
  const std::string path = measurement_file(index);
  const device::Descriptor file(system, system.open(path, O_WRONLY));
  if (!file.open()) {
    return device::errno_error(path, file.error());
  }
  const ssize_t written = system.write(file.number(), digest);
  if (written < 0) {
    return extend_error(path, static_cast<int>(-written));
  }
  if (static_cast<std::size_t>(written) != digest.size()) {
    return Error(ErrorCode::hardware_failure, concat(path, ": the kernel took ", written, " of ", digest.size(),
                                                     " bytes; read the register to see what became of it"));
  }
  return {};
}

/// The entry that somebody already made for this register: the kernel allows one.
std::optional<std::string> entry_for(System& system, unsigned index) {
  for (const std::string& name : system.list(std::string(kTsmRegisters))) {
    std::string path = concat(kTsmRegisters, "/", name);
    const auto text = device::read_text(system, path + "/index");
    if (text && trimmed(*text) == std::to_string(index)) {
      return path;
    }
  }
  return std::nullopt;
}

Result<void> write_digest(System& system, unsigned index, ByteView digest) {
  if (const auto existing = entry_for(system, index)) {
    return device::write_attribute(system, *existing + "/digest", digest);
  }
  std::optional<device::ConfigfsEntry> entry;
  if (const int result = device::ConfigfsEntry::make(system, kTsmRegisters, entry); result < 0) {
    return device::errno_error(kTsmRegisters, -result);
  }
  TENZRO_RETURN_IF_ERROR(entry->write("index", as_bytes(std::to_string(index))));
  return entry->write("digest", digest);
}

constexpr std::string_view kMayBeExtended = "the register may be extended, or may yet be: read it before trying again";

/// This interface does not tell whether it did what it was asked, so the register is looked at before and after.
Result<void> extend_by_entry(System& system, unsigned index, const ByteArray<kDigestSize>& digest) {
  TENZRO_ASSIGN_OR_RETURN(const Registers before, read_registers(system));
  const auto written = write_digest(system, index, digest);
  const auto looked_at = read_registers(system);
  if (!looked_at) {
    return Error(looked_at.error().code(), concat(looked_at.error().message(), "; ", kMayBeExtended));
  }
  const Registers& after = *looked_at;
  if (!written && after[index].value == before[index].value) {
    return written.error();
  }
  if (after[index].value == crypto::sha384({before[index].value, digest})) {
    return {};
  }
  if (after[index].value == before[index].value) {
    return Error(ErrorCode::hardware_failure, concat(kTsmRegisters, ": the kernel did not extend the register"));
  }
  return Error(ErrorCode::io_failure,
               concat(kTsmRegisters,
                      ": another program extended the register at the same time; whether this digest is "
                      "in it too cannot be told"));
}

/// Not available where no driver knows the request.
Result<void> extend_by_device(System& system, unsigned index, const ByteArray<kDigestSize>& digest) {
  ByteArray<kDigestSize + 1> argument{};
  std::ranges::copy(digest, argument.begin());
  argument.back() = static_cast<std::uint8_t>(index);
  for (const std::string& path : devices_of(system)) {
    const device::Descriptor guest(system, system.open_device(path, O_RDWR));
    if (!guest.open()) {
      return device::device_error(system, path, guest.error());
    }
    for (const unsigned long number : {kExtendRegister, kExtendRegisterWrite}) {
      const int result = system.ioctl(guest.number(), number, argument.data());
      if (result >= 0) {
        return {};
      }
      if (result != -ENOTTY) {
        return extend_error(path, -result);
      }
    }
  }
  return Error(ErrorCode::not_available,
               concat(kWhat, ": this kernel offers no way to extend them: use Linux 6.16 or later"));
}

Result<void> extend(System& system, unsigned index, const ByteArray<kDigestSize>& digest) {
  if (system.kind(measurement_file(index)) != PathKind::none) {
    return extend_by_file(system, index, digest);
  }
  if (system.kind(std::string(kTsmRegisters)) == PathKind::folder) {
    return extend_by_entry(system, index, digest);
  }
  if (devices_of(system).empty()) {
    return no_way();
  }
  return extend_by_device(system, index, digest);
}

}  // namespace

Result<Registers> read_runtime_registers(const std::shared_ptr<System>& system, const Patience& patience) {
  return system->queue(std::string(kQueue)).run<Registers>(kWhat, patience, [system](const Waiting&) {
    return read_registers(*system);
  });
}

Result<void> extend_runtime_register(const std::shared_ptr<System>& system, unsigned index,
                                     const ByteArray<kDigestSize>& digest, const Patience& patience) {
  if (index != 2 && index != 3) {
    return Error(ErrorCode::invalid_argument,
                 concat("run-time register ", index, ": only 2 and 3 are a guest's to extend"));
  }
  return system->queue(std::string(kQueue))
      .run<void>(
          kWhat, patience, [system, index, digest](const Waiting&) { return extend(*system, index, digest); },
          kMayBeExtended);
}

}  // namespace tdx

Result<std::vector<RuntimeRegister>> read_runtime_registers(const Patience& patience) {
  return tdx::read_runtime_registers(device::this_machine(), patience);
}

Result<void> extend_runtime_register(unsigned index, const ByteArray<48>& digest, const Patience& patience) {
  return tdx::extend_runtime_register(device::this_machine(), index, digest, patience);
}

}  // namespace tenzro::tee
