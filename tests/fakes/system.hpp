// SPDX-License-Identifier: Apache-2.0
// A machine that a test makes up: files, devices, CPU, environment and time.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "device/linux_system.hpp"

namespace tenzro::tee::test {

/// What an open descriptor leads to. Members that a device does not have answer as the kernel does.
class FakeOpenFile {
 public:
  virtual ~FakeOpenFile() = default;
  virtual ssize_t read(std::span<std::uint8_t> /*into*/) { return -EINVAL; }
  virtual ssize_t write(ByteView /*bytes*/) { return -EINVAL; }
  virtual int ioctl(unsigned long /*request*/, void* /*argument*/) { return -ENOTTY; }
};

/// Bytes that are read from the start on, at most `piece` at a time.
class FakeContent final : public FakeOpenFile {
 public:
  explicit FakeContent(Bytes content, std::size_t piece = 4096) : content_(std::move(content)), piece_(piece) {}
  ssize_t read(std::span<std::uint8_t> into) override {
    const std::size_t size = std::min({into.size(), piece_, content_.size() - at_});
    std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(at_), size, into.begin());
    at_ += size;
    return static_cast<ssize_t>(size);
  }

 private:
  Bytes content_;
  std::size_t piece_, at_ = 0;
};

/// A file system of its own below one folder: configfs.
class FakeMount {
 public:
  virtual ~FakeMount() = default;
  /// path: relative to the folder, without a leading slash. -errno, or 0 and an open file.
  virtual int open(const std::string& path, int flags, std::unique_ptr<FakeOpenFile>& opened) = 0;
  virtual int make_folder(const std::string& path) = 0;
  virtual int remove_folder(const std::string& path) = 0;
  virtual device::PathKind kind(const std::string& path) = 0;
  virtual std::vector<std::string> list(const std::string& path) = 0;
};

class FakeSystem : public device::System {
 public:
  using Open = std::function<int(int flags, std::unique_ptr<FakeOpenFile>& opened)>;
  struct Node {
    device::PathKind kind = device::PathKind::file;
    Open open{};
    int denied = 0;          ///< errno of opening and access, or 0
    int denied_writing = 0;  ///< the same for writing only
    std::string link{};
  };

  void add_file(const std::string& path, std::string_view content) {
    add(path, {.kind = device::PathKind::file,
               .open = [bytes = Bytes(content.begin(), content.end())](int, std::unique_ptr<FakeOpenFile>& opened) {
                 opened = std::make_unique<FakeContent>(bytes);
                 return 0;
               }});
  }
  void add_folder(const std::string& path) { add(path, {.kind = device::PathKind::folder}); }
  void add_link(const std::string& path, std::string target) {
    add(path, {.kind = device::PathKind::other, .link = std::move(target)});
  }
  /// open: makes what a descriptor of the device leads to.
  void add_device(const std::string& path, std::function<std::unique_ptr<FakeOpenFile>()> open) {
    add(path, {.kind = device::PathKind::character_device,
               .open = [open = std::move(open)](int, std::unique_ptr<FakeOpenFile>& opened) {
                 opened = open();
                 return 0;
               }});
  }
  /// A file of the kernel's that is made when it is read, or does something when it is written.
  void add_special_file(const std::string& path, std::function<std::unique_ptr<FakeOpenFile>()> open) {
    add_device(path, std::move(open));
    nodes_.at(path).kind = device::PathKind::file;
  }
  /// A link to what is a device.
  void add_device_link(const std::string& path, std::string target) {
    add(path, {.kind = device::PathKind::character_device, .link = std::move(target)});
  }
  void deny(const std::string& path, int number) { nodes_.at(path).denied = number; }
  void deny_writing(const std::string& path, int number) { nodes_.at(path).denied_writing = number; }
  void remove(const std::string& path) { nodes_.erase(path); }
  /// Everything at and below folder.
  void mount(const std::string& folder, std::shared_ptr<FakeMount> mount) {
    add_folder(folder);
    mounts_[folder] = std::move(mount);
  }

  std::map<std::pair<std::uint32_t, std::uint32_t>, device::CpuidRegisters> cpuid_leaves;
  std::map<std::string, std::string> variables;
  std::map<std::string, device::PathOwner> owners;
  std::map<std::string, std::shared_ptr<device::Library>> libraries;
  /// By CID and port; makes what a connection leads to, or returns -errno.
  std::function<int(std::uint32_t cid, std::uint32_t port, std::unique_ptr<FakeOpenFile>& opened)> vsock;
  std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::seconds{1'790'000'000}};
  std::vector<std::string> warnings, opened_for_writing;
  bool warns_on_stderr = false;
  std::vector<mode_t> folder_modes;
  std::chrono::milliseconds slept{};

  int open(const std::string& path, int flags) override {
    std::unique_ptr<FakeOpenFile> opened;
    if ((flags & O_ACCMODE) != O_RDONLY) {
      const std::scoped_lock lock(mutex_);
      opened_for_writing.push_back(path);
    }
    if (const auto [mount, rest] = mount_of(path); mount != nullptr) {
      const int result = mount->open(rest, flags, opened);
      return result < 0 ? result : keep(std::move(opened));
    }
    const auto node = nodes_.find(path);
    if (node == nodes_.end()) {
      return -ENOENT;
    }
    if (const int denied = denial(node->second, (flags & O_ACCMODE) != O_RDONLY); denied != 0) {
      return -denied;
    }
    if (!node->second.open) {
      return -EISDIR;
    }
    const int result = node->second.open(flags, opened);
    return result < 0 ? result : keep(std::move(opened));
  }
  int open_device(const std::string& path, int flags) override {
    const auto node = nodes_.find(path);
    const bool other =
        node != nodes_.end() && (node->second.kind != device::PathKind::character_device || !node->second.link.empty());
    return other ? -ENOTTY : open(path, flags);
  }
  ssize_t read(int descriptor, std::span<std::uint8_t> into) override { return at(descriptor).read(into); }
  ssize_t write(int descriptor, ByteView bytes) override { return at(descriptor).write(bytes); }
  int ioctl(int descriptor, unsigned long request, void* argument) override {
    return at(descriptor).ioctl(request, argument);
  }
  void close(int descriptor) override {
    const std::scoped_lock lock(mutex_);
    open_.erase(descriptor);
  }
  int make_folder(const std::string& path, mode_t mode) override {
    const auto [mount, rest] = mount_of(path);
    folder_modes.push_back(mode);
    return mount != nullptr ? mount->make_folder(rest) : -EROFS;
  }
  int remove_folder(const std::string& path) override {
    const auto [mount, rest] = mount_of(path);
    return mount != nullptr ? mount->remove_folder(rest) : -EROFS;
  }
  device::PathKind kind(const std::string& path) override {
    if (const auto [mount, rest] = mount_of(path); mount != nullptr) {
      return mount->kind(rest);
    }
    const auto node = nodes_.find(path);
    return node == nodes_.end() ? device::PathKind::none : node->second.kind;
  }
  int access(const std::string& path, int mode) override {
    const auto node = nodes_.find(path);
    return node == nodes_.end() ? -ENOENT : -denial(node->second, (mode & W_OK) != 0);
  }
  std::optional<device::PathOwner> owner(const std::string& path) override {
    const auto owner = owners.find(path);
    return owner == owners.end() ? std::nullopt : std::optional(owner->second);
  }
  std::vector<std::string> list(const std::string& folder) override {
    if (const auto [mount, rest] = mount_of(folder); mount != nullptr) {
      return mount->list(rest);
    }
    std::set<std::string> names;
    const std::string prefix = folder + "/";
    for (const auto& [path, node] : nodes_) {
      if (path.starts_with(prefix)) {
        names.insert(path.substr(prefix.size(), path.find('/', prefix.size()) - prefix.size()));
      }
    }
    return {names.begin(), names.end()};
  }
  std::optional<std::string> read_link(const std::string& path) override {
    const auto node = nodes_.find(path);
    return node == nodes_.end() || node->second.link.empty() ? std::nullopt : std::optional(node->second.link);
  }
  int connect_vsock(std::uint32_t cid, std::uint32_t port, std::chrono::milliseconds /*connect_timeout*/,
                    std::chrono::milliseconds /*io_timeout*/) override {
    std::unique_ptr<FakeOpenFile> opened;
    const int result = vsock ? vsock(cid, port, opened) : -ENODEV;
    return result < 0 ? result : keep(std::move(opened));
  }
  std::shared_ptr<device::Library> load_library(const std::string& name) override {
    const auto library = libraries.find(name);
    return library == libraries.end() ? nullptr : library->second;
  }
  std::optional<device::CpuidRegisters> cpuid(std::uint32_t leaf, std::uint32_t subleaf) override {
    const auto registers = cpuid_leaves.find({leaf, subleaf});
    return registers == cpuid_leaves.end() ? std::nullopt : std::optional(registers->second);
  }
  std::optional<std::string> environment(const char* name) override {
    const auto value = variables.find(name);
    return value == variables.end() ? std::nullopt : std::optional(value->second);
  }
  /// Time passes only where somebody sleeps.
  std::chrono::steady_clock::time_point now() override {
    const std::scoped_lock lock(mutex_);
    return std::chrono::steady_clock::time_point(slept);
  }
  void sleep(std::chrono::milliseconds duration) override {
    const std::scoped_lock lock(mutex_);
    slept += duration;
  }
  std::chrono::sys_time<std::chrono::milliseconds> wall_clock() override { return time; }
  void warn(std::string_view line) override {
    const std::scoped_lock lock(mutex_);
    warnings.emplace_back(line);
    if (warns_on_stderr) {
      device::LinuxSystem().warn(line);
    }
  }
  /// Descriptors that nobody closed.
  std::size_t open_descriptors() {
    const std::scoped_lock lock(mutex_);
    return open_.size();
  }

 private:
  void add(const std::string& path, Node node) { nodes_[path] = std::move(node); }
  static int denial(const Node& node, bool writing) {
    return node.denied != 0 ? node.denied : (writing ? node.denied_writing : 0);
  }
  std::pair<FakeMount*, std::string> mount_of(const std::string& path) {
    for (const auto& [folder, mount] : mounts_) {
      if (path == folder || path.starts_with(folder + "/")) {
        return {mount.get(), path == folder ? "" : path.substr(folder.size() + 1)};
      }
    }
    return {nullptr, ""};
  }
  int keep(std::unique_ptr<FakeOpenFile> opened) {
    const std::scoped_lock lock(mutex_);
    const int number = next_++;
    open_[number] = std::move(opened);
    return number;
  }
  FakeOpenFile& at(int descriptor) {
    const std::scoped_lock lock(mutex_);
    return *open_.at(descriptor);
  }

  std::mutex mutex_;
  std::map<std::string, Node> nodes_;
  std::map<std::string, std::shared_ptr<FakeMount>> mounts_;
  std::map<int, std::unique_ptr<FakeOpenFile>> open_;
  int next_ = 3;
};

}  // namespace tenzro::tee::test
