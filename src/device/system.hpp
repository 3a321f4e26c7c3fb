// SPDX-License-Identifier: Apache-2.0
// The narrow seam to the machine: everything that providers and listings ask of the kernel, the CPU and the loader.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeindex>
#include <typeinfo>
#include <vector>

#include "device/request_queue.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::device {

struct CpuidRegisters {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

/// Whose a path is, and who may do what with it.
struct PathOwner {
  uid_t user = 0;
  gid_t group = 0;
  mode_t mode = 0;           ///< permission bits
  std::string group_name{};  ///< empty where this system has no name for it
};

enum class PathKind : std::uint8_t { none, file, folder, character_device, other };

/// A shared library that was loaded. Stays loaded: a call into it may hang, and outlive everybody's patience.
class Library {
 public:
  virtual ~Library() = default;
  virtual void* symbol(const char* name) noexcept = 0;  ///< null when it has none of that name
};

/// One machine: this one, or one that a test makes up. Calls mean what the kernel's own of that name mean; integers are
/// results of at least zero, or -errno. Paths are absolute.
/// Threads: all members may be called from several threads at once.
class System {
 public:
  virtual ~System() = default;
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  virtual int open(const std::string& path, int flags) = 0;  ///< O_CLOEXEC is added
  /// A character device: no link is followed at the end of path, nothing else is waited for or kept open, and what it
  /// is is looked at after the opening. -ENOTTY where it is none.
  virtual int open_device(const std::string& path, int flags) = 0;
  virtual ssize_t read(int descriptor, std::span<std::uint8_t> into) = 0;
  virtual ssize_t write(int descriptor, ByteView bytes) = 0;
  virtual int ioctl(int descriptor, unsigned long request, void* argument) = 0;
  virtual void close(int descriptor) = 0;
  virtual int make_folder(const std::string& path, mode_t mode) = 0;
  virtual int remove_folder(const std::string& path) = 0;

  virtual PathKind kind(const std::string& path) = 0;                   ///< links are followed
  virtual int access(const std::string& path, int mode) = 0;            ///< R_OK, W_OK: by the effective user
  virtual std::optional<PathOwner> owner(const std::string& path) = 0;  ///< links are followed; nothing: not there
  virtual std::vector<std::string> list(
      const std::string& folder) = 0;  ///< names, sorted; empty when it cannot be read
  virtual std::optional<std::string> read_link(const std::string& path) = 0;  ///< where it points to, as it is written

  /// A stream connection to a port of another context (CID) on this machine. Its reads and writes give up (-EAGAIN)
  /// after io_timeout.
  virtual int connect_vsock(std::uint32_t cid, std::uint32_t port, std::chrono::milliseconds connect_timeout,
                            std::chrono::milliseconds io_timeout) = 0;
  /// Loads a shared library by the name that the loader looks for; null when there is none.
  virtual std::shared_ptr<Library> load_library(const std::string& name) = 0;
  /// Of a leaf that this CPU has; nothing on other architectures and above its maximum.
  virtual std::optional<CpuidRegisters> cpuid(std::uint32_t leaf, std::uint32_t subleaf) = 0;

  virtual std::optional<std::string> environment(const char* name) = 0;
  virtual std::chrono::steady_clock::time_point now() = 0;
  virtual void sleep(std::chrono::milliseconds duration) = 0;
  virtual std::chrono::sys_time<std::chrono::milliseconds> wall_clock() = 0;
  virtual void warn(std::string_view line) = 0;  ///< one line on standard error

  /// The queue of a device, the same for everybody in this process. name: its path.
  RequestQueue& queue(const std::string& name);
  /// What this process remembers of the machine: one object of each type, made when first asked for.
  template <class T>
  std::shared_ptr<T> memory() {
    const std::scoped_lock lock(mutex_);
    std::shared_ptr<void>& kept = memories_[typeid(T)];
    if (kept == nullptr) {
      kept = std::make_shared<T>();
    }
    return std::static_pointer_cast<T>(kept);
  }

 protected:
  System() = default;

 private:
  std::mutex mutex_;
  std::map<std::string, RequestQueue> queues_;
  std::map<std::type_index, std::shared_ptr<void>> memories_;
};

/// The machine that this process runs on: one object, made once. Programs of the test suite bring a definition of their
/// own, which takes the place of the library's: there is no way to switch at run time.
const std::shared_ptr<System>& this_machine();

}  // namespace tenzro::tee::device
