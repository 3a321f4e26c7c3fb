// SPDX-License-Identifier: Apache-2.0
// The kernel that this process runs on.
#pragma once
#include "device/system.hpp"

namespace tenzro::tee::device {

class LinuxSystem final : public System {
 public:
  int open(const std::string& path, int flags) override;
  int open_device(const std::string& path, int flags) override;
  ssize_t read(int descriptor, std::span<std::uint8_t> into) override;
  ssize_t write(int descriptor, ByteView bytes) override;
  int ioctl(int descriptor, unsigned long request, void* argument) override;
  void close(int descriptor) override;
  int make_folder(const std::string& path, mode_t mode) override;
  int remove_folder(const std::string& path) override;
  PathKind kind(const std::string& path) override;
  int access(const std::string& path, int mode) override;
  std::optional<PathOwner> owner(const std::string& path) override;
  std::vector<std::string> list(const std::string& folder) override;
  std::optional<std::string> read_link(const std::string& path) override;
  int connect_vsock(std::uint32_t cid, std::uint32_t port, std::chrono::milliseconds connect_timeout,
                    std::chrono::milliseconds io_timeout) override;
  std::shared_ptr<Library> load_library(const std::string& name) override;
  std::optional<CpuidRegisters> cpuid(std::uint32_t leaf, std::uint32_t subleaf) override;
  std::optional<std::string> environment(const char* name) override;
  std::chrono::steady_clock::time_point now() override;
  void sleep(std::chrono::milliseconds duration) override;
  std::chrono::sys_time<std::chrono::milliseconds> wall_clock() override;
  void warn(std::string_view line) override;
};

}  // namespace tenzro::tee::device
