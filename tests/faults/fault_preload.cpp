// SPDX-License-Identifier: Apache-2.0
// Loaded before a program (LD_PRELOAD), it has one call into the kernel fail:
//   TENZRO_TEST_FAULT=write:3:ENOSPC   the third write, not counting those to standard error
//   TENZRO_TEST_FAULT=read:1:short     the first read gives one byte
//   TENZRO_TEST_FAULT_MARK=FILE        is made when that call comes, so that the test knows that it did
// Calls that the C library makes of itself are not seen.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

namespace {

struct Fault {
  std::array<char, 32> call{};
  unsigned long number = 0;
  int error = 0;  ///< 0: a short count
  const char* mark = nullptr;
};

int number_of(const char* name) {
  struct Named {
    const char* name;
    int number;
  };
  for (const Named& one : {Named{"EINTR", EINTR}, Named{"EIO", EIO}, Named{"ENOSPC", ENOSPC}, Named{"EMFILE", EMFILE},
                           Named{"ENOMEM", ENOMEM}, Named{"EDQUOT", EDQUOT}, Named{"ENOLCK", ENOLCK}}) {
    if (std::strcmp(one.name, name) == 0) {
      return one.number;
    }
  }
  return 0;
}

Fault read_fault() {
  Fault out;
  const char* const text = std::getenv("TENZRO_TEST_FAULT");
  const char* const first = text == nullptr ? nullptr : std::strchr(text, ':');
  if (first == nullptr || static_cast<std::size_t>(first - text) >= out.call.size()) {
    return out;
  }
  std::memcpy(out.call.data(), text, static_cast<std::size_t>(first - text));
  char* second = nullptr;
  out.number = std::strtoul(first + 1, &second, 10);
  out.error = *second == ':' ? number_of(second + 1) : 0;
  out.mark = std::getenv("TENZRO_TEST_FAULT_MARK");
  return out;
}

const Fault& fault() {
  static const Fault read = read_fault();
  return read;
}

std::atomic<unsigned long> calls = 0;

/// Whether it is this call that is to fail.
bool fails(const char* call) {
  const int before = errno;
  const Fault& wanted = fault();
  if (wanted.number == 0 || std::strcmp(wanted.call.data(), call) != 0 || ++calls != wanted.number) {
    errno = before;
    return false;
  }
  if (wanted.mark != nullptr) {
    const auto mark = syscall(SYS_openat, AT_FDCWD, wanted.mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    syscall(SYS_close, mark);
  }
  errno = before;
  return true;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int refused() {
  errno = fault().error;
  return -1;
}

mode_t mode_of(int flags, std::va_list& more) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(more, mode_t) : 0;
}

}  // namespace

// Each under its own name, and by the next definition of that name unless it is to fail.
#define TENZRO_FAULT_INT(call, name, parameters, arguments)               \
  extern "C" __attribute__((visibility("default"))) int name parameters { \
    if (fails(call)) {                                                    \
      return refused();                                                   \
    }                                                                     \
    static const auto real = next<int(*) parameters>(#name);              \
    return real arguments;                                                \
  }

#define TENZRO_FAULT_OPEN(name)                                                                  \
  extern "C" __attribute__((visibility("default"))) int name(const char* path, int flags, ...) { \
    std::va_list more;                                                                           \
    va_start(more, flags);                                                                       \
    const mode_t mode = mode_of(flags, more);                                                    \
    va_end(more);                                                                                \
    if (fails("open")) {                                                                         \
      return refused();                                                                          \
    }                                                                                            \
    static const auto real = next<int (*)(const char*, int, ...)>(#name);                        \
    return real(path, flags, mode);                                                              \
  }
#define TENZRO_FAULT_OPENAT(name)                                                                            \
  extern "C" __attribute__((visibility("default"))) int name(int folder, const char* path, int flags, ...) { \
    std::va_list more;                                                                                       \
    va_start(more, flags);                                                                                   \
    const mode_t mode = mode_of(flags, more);                                                                \
    va_end(more);                                                                                            \
    if (fails("open")) {                                                                                     \
      return refused();                                                                                      \
    }                                                                                                        \
    static const auto real = next<int (*)(int, const char*, int, ...)>(#name);                               \
    return real(folder, path, flags, mode);                                                                  \
  }

TENZRO_FAULT_OPEN(open)
TENZRO_FAULT_OPEN(open64)
TENZRO_FAULT_OPENAT(openat)
TENZRO_FAULT_OPENAT(openat64)
TENZRO_FAULT_INT("fsync", fsync, (int fd), (fd))
TENZRO_FAULT_INT("rename", rename, (const char* from, const char* to), (from, to))
TENZRO_FAULT_INT("rename", renameat, (int a, const char* from, int b, const char* to), (a, from, b, to))
TENZRO_FAULT_INT("rename", renameat2, (int a, const char* from, int b, const char* to, unsigned flags),
                 (a, from, b, to, flags))
TENZRO_FAULT_INT("link", link, (const char* from, const char* to), (from, to))
TENZRO_FAULT_INT("link", linkat, (int a, const char* from, int b, const char* to, int flags), (a, from, b, to, flags))
TENZRO_FAULT_INT("mkdir", mkdir, (const char* path, mode_t mode), (path, mode))
TENZRO_FAULT_INT("ftruncate", ftruncate, (int fd, off_t size), (fd, size))
TENZRO_FAULT_INT("flock", flock, (int fd, int how), (fd, how))
TENZRO_FAULT_INT("poll", poll, (pollfd * fds, nfds_t count, int timeout), (fds, count, timeout))
TENZRO_FAULT_INT("stat", stat, (const char* path, struct stat* out), (path, out))
TENZRO_FAULT_INT("stat", lstat, (const char* path, struct stat* out), (path, out))
TENZRO_FAULT_INT("stat", fstat, (int fd, struct stat* out), (fd, out))

extern "C" {
// Read and written for short counts too; a failing close has closed all the same.
__attribute__((visibility("default"))) ssize_t read(int fd, void* into, size_t size) {
  static const auto real = next<ssize_t (*)(int, void*, size_t)>("read");
  if (!fails("read")) {
    return real(fd, into, size);
  }
  return fault().error == 0 ? real(fd, into, size < 1 ? size : 1) : refused();
}
__attribute__((visibility("default"))) ssize_t write(int fd, const void* from, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  if (fd == STDERR_FILENO || !fails("write")) {
    return real(fd, from, size);
  }
  return fault().error == 0 ? real(fd, from, size < 1 ? size : 1) : refused();
}
__attribute__((visibility("default"))) ssize_t getrandom(void* into, size_t size, unsigned flags) {
  static const auto real = next<ssize_t (*)(void*, size_t, unsigned)>("getrandom");
  if (!fails("getrandom")) {
    return real(into, size, flags);
  }
  return fault().error == 0 ? real(into, size < 1 ? size : 1, flags) : refused();
}
__attribute__((visibility("default"))) int close(int fd) {
  static const auto real = next<int (*)(int)>("close");
  const bool fail = fails("close");
  const int done = real(fd);
  return fail ? refused() : done;
}
}
