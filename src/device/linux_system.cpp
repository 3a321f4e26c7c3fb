// SPDX-License-Identifier: Apache-2.0
#include "device/linux_system.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
// After sys/socket.h, whose types it needs.
#include <linux/vm_sockets.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <thread>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace tenzro::tee::device {

namespace {

template <class T>
T or_errno(T result) {
  return result < 0 ? static_cast<T>(-errno) : result;
}

class LoadedLibrary final : public Library {
 public:
  explicit LoadedLibrary(void* handle) noexcept : handle_(handle) {}
  void* symbol(const char* name) noexcept override { return dlsym(handle_, name); }

 private:
  void* handle_;  // never closed, as Library says
};

timeval to_timeval(std::chrono::milliseconds duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {.tv_sec = seconds.count(),
          .tv_usec = static_cast<suseconds_t>(std::chrono::microseconds(duration - seconds).count())};
}

/// 0, or -errno: of a connect that was begun without blocking.
int finish_connecting(int descriptor, std::chrono::milliseconds timeout) {
  pollfd wanted{.fd = descriptor, .events = POLLOUT, .revents = 0};
  const int ready = poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(timeout.count(), INT_MAX)));
  if (ready <= 0) {
    return ready == 0 ? -ETIMEDOUT : -errno;
  }
  int failure = 0;
  socklen_t size = sizeof(failure);
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) {
    return -errno;
  }
  return -failure;
}

int set_blocking(int descriptor, std::chrono::milliseconds io_timeout) {
  const timeval timeout = to_timeval(io_timeout);
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) != 0 ||
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0 ||
      setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) != 0) {
    return -errno;
  }
  return 0;
}

}  // namespace

int LinuxSystem::open(const std::string& path, int flags) { return or_errno(::open(path.c_str(), flags | O_CLOEXEC)); }

int LinuxSystem::open_device(const std::string& path, int flags) {
  // Not blocking: a FIFO in its place would have us wait for somebody at its other end.
  const int descriptor = or_errno(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (descriptor < 0) {
    return descriptor == -ELOOP || descriptor == -EISDIR ? -ENOTTY : descriptor;
  }
  struct stat status{};
  const int looked = or_errno(::fstat(descriptor, &status));
  const int status_flags = fcntl(descriptor, F_GETFL);
  if (looked < 0 || !S_ISCHR(status.st_mode) || status_flags < 0 ||
      fcntl(descriptor, F_SETFL, status_flags & ~O_NONBLOCK) != 0) {
    ::close(descriptor);
    return -ENOTTY;
  }
  return descriptor;
}

ssize_t LinuxSystem::read(int descriptor, std::span<std::uint8_t> into) {
  return or_errno(::read(descriptor, into.data(), into.size()));
}

ssize_t LinuxSystem::write(int descriptor, ByteView bytes) {
  return or_errno(::write(descriptor, bytes.data(), bytes.size()));
}

int LinuxSystem::ioctl(int descriptor, unsigned long request, void* argument) {
  return or_errno(::ioctl(descriptor, request, argument));
}

void LinuxSystem::close(int descriptor) { ::close(descriptor); }

int LinuxSystem::make_folder(const std::string& path, mode_t mode) { return or_errno(::mkdir(path.c_str(), mode)); }

int LinuxSystem::remove_folder(const std::string& path) { return or_errno(::rmdir(path.c_str())); }

PathKind LinuxSystem::kind(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return PathKind::none;
  }
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return PathKind::file;
    case S_IFDIR:
      return PathKind::folder;
    case S_IFCHR:
      return PathKind::character_device;
    default:
      return PathKind::other;
  }
}

int LinuxSystem::access(const std::string& path, int mode) {
  return or_errno(::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS));
}

std::optional<PathOwner> LinuxSystem::owner(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return std::nullopt;
  }
  constexpr mode_t kPermissions = 07777;
  PathOwner out{.user = status.st_uid, .group = status.st_gid, .mode = status.st_mode & kPermissions};
  std::vector<char> buffer(std::size_t{64} << 10);
  struct group entry{};
  struct group* found = nullptr;
  if (::getgrgid_r(status.st_gid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    out.group_name = found->gr_name;
  }
  return out;
}

std::vector<std::string> LinuxSystem::list(const std::string& folder) {
  std::vector<std::string> out;
  DIR* const open_folder = ::opendir(folder.c_str());
  if (open_folder == nullptr) {
    return out;
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own
  while (const dirent* entry = ::readdir(open_folder)) {
    const std::string_view name(static_cast<const char*>(entry->d_name));
    if (name != "." && name != "..") {
      out.emplace_back(name);
    }
  }
  ::closedir(open_folder);
  std::ranges::sort(out);
  return out;
}

std::optional<std::string> LinuxSystem::read_link(const std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  if (size < 0) {
    return std::nullopt;
  }
  return std::string(target.data(), static_cast<std::size_t>(size));
}

int LinuxSystem::connect_vsock(std::uint32_t cid, std::uint32_t port, std::chrono::milliseconds connect_timeout,
                               std::chrono::milliseconds io_timeout) {
  const int descriptor = or_errno(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (descriptor < 0) {
    return descriptor;
  }
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = cid;
  address.svm_port = port;
  int result = or_errno(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
  if (result == -EINPROGRESS) {
    result = finish_connecting(descriptor, connect_timeout);
  }
  if (result == 0) {
    result = set_blocking(descriptor, io_timeout);
  }
  if (result < 0) {
    ::close(descriptor);
    return result;
  }
  return descriptor;
}

std::shared_ptr<Library> LinuxSystem::load_library(const std::string& name) {
  void* const handle = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
  return handle == nullptr ? nullptr : std::make_shared<LoadedLibrary>(handle);
}

std::optional<CpuidRegisters> LinuxSystem::cpuid([[maybe_unused]] std::uint32_t leaf,
                                                 [[maybe_unused]] std::uint32_t subleaf) {
#if defined(__x86_64__) || defined(__i386__)
  CpuidRegisters out;
  // Leaves of hypervisors have a maximum of their own, which the compiler's check does not know.
  constexpr std::uint32_t kHypervisorLeaves = 0x40000000;
  constexpr std::uint32_t kRangeMask = 0xf0000000;
  if ((leaf & kRangeMask) == kHypervisorLeaves) {
    constexpr std::uint32_t kHypervisorPresent = 1U << 31U;
    __cpuid_count(1, 0, out.eax, out.ebx, out.ecx, out.edx);
    if ((out.ecx & kHypervisorPresent) == 0) {
      return std::nullopt;
    }
    __cpuid_count(kHypervisorLeaves, 0, out.eax, out.ebx, out.ecx, out.edx);
    if (out.eax < leaf) {
      return std::nullopt;
    }
    __cpuid_count(leaf, subleaf, out.eax, out.ebx, out.ecx, out.edx);
    return out;
  }
  if (__get_cpuid_count(leaf, subleaf, &out.eax, &out.ebx, &out.ecx, &out.edx) == 0) {
    return std::nullopt;
  }
  return out;
#else
  return std::nullopt;
#endif
}

std::optional<std::string> LinuxSystem::environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here ever sets a variable
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::chrono::steady_clock::time_point LinuxSystem::now() { return std::chrono::steady_clock::now(); }

void LinuxSystem::sleep(std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); }

std::chrono::sys_time<std::chrono::milliseconds> LinuxSystem::wall_clock() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void LinuxSystem::warn(std::string_view line) {
  (void)std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

}  // namespace tenzro::tee::device
