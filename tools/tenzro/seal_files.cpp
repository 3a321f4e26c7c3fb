// SPDX-License-Identifier: Apache-2.0
#include "seal_files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "input.hpp"
#include "output.hpp"
#include "replacing_file.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

namespace {

class FileOutput final : public OutputPlace {
 public:
  explicit FileOutput(ReplacingFile file) : file_(std::move(file)) {}
  tee::Result<void> write(tee::ByteView bytes) override { return file_.write(bytes); }
  tee::Result<void> commit() override { return file_.commit(); }
  bool leaves_a_part() const noexcept override { return false; }

 private:
  ReplacingFile file_;
};

class StreamOutput final : public OutputPlace {
 public:
  StreamOutput(std::string name, FileDescriptor fd) : name_(std::move(name)), fd_(std::move(fd)) {}
  tee::Result<void> write(tee::ByteView bytes) override {
    const int error = write_all(fd_.get(), bytes);
    wrote_ = wrote_ || !bytes.empty();
    return error == 0 ? tee::Result<void>() : failure(error);
  }
  tee::Result<void> commit() override {
    return fd_.get() != STDOUT_FILENO && fd_.close_now() != 0 ? failure(errno) : tee::Result<void>();
  }
  bool leaves_a_part() const noexcept override { return wrote_; }

 private:
  tee::Result<void> failure(int number) const {
    return tee::Error(tee::ErrorCode::io_failure,
                      safe_text(name_) + ": cannot be written: " + std::generic_category().message(number));
  }
  std::string name_;
  FileDescriptor fd_;
  bool wrote_ = false;
};

}  // namespace

DescriptorInput::DescriptorInput(std::string name, FileDescriptor in, std::optional<std::uint64_t> size,
                                 FileDescriptor wake)
    : name_(std::move(name)), in_(std::move(in)), size_(size), wake_(std::move(wake)) {}
DescriptorInput::~DescriptorInput() = default;

tee::Result<std::unique_ptr<DescriptorInput>> DescriptorInput::open(const std::string& path) {
  struct stat status{};
  // A FIFO is opened without waiting for who writes into it: reading waits, and can be given up.
  auto in = open_input(path, status, O_NONBLOCK);
  if (!in) {
    const bool folder = S_ISDIR(status.st_mode);
    return folder ? tee::Error(in.error().code(), in.error().message() + "; pack it first: tar -c " + safe_text(path) +
                                                      " | tenzro seal ...")
                  : std::move(in).error();
  }
  std::optional<std::uint64_t> size;
  if (S_ISREG(status.st_mode)) {
    const off_t at = lseek(in->get(), 0, SEEK_CUR);
    // The kernel's own files say 0, whatever is in them.
    if (at >= 0 && at <= status.st_size && status.st_size > 0) {
      size = static_cast<std::uint64_t>(status.st_size - at);
    }
    static_cast<void>(posix_fadvise(in->get(), 0, 0, POSIX_FADV_SEQUENTIAL));
  }
  return std::unique_ptr<DescriptorInput>(new DescriptorInput(
      input_name(path), *std::move(in), size, FileDescriptor::owned(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))));
}

tee::Error DescriptorInput::failure(int number) {
  tee::Error out(tee::ErrorCode::io_failure,
                 safe_text(name_) + ": cannot be read: " + std::generic_category().message(number));
  failure_ = out;
  return out;
}

tee::Result<std::size_t> DescriptorInput::read(std::span<std::uint8_t> into) {
  std::size_t used = 0;
  while (used < into.size()) {
    if (!size_ && wake_.get() >= 0) {
      std::array<pollfd, 2> waited{{{in_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}}};
      if (poll(waited.data(), waited.size(), -1) < 0 && errno != EINTR) {
        return failure(errno);
      }
      if (waited[1].revents != 0) {
        return tee::Error(tee::ErrorCode::cancelled, "nobody wants more of the input");
      }
      if (waited[0].revents == 0) {
        continue;
      }
    }
    const ssize_t count = ::read(in_.get(), into.data() + used, into.size() - used);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (count < 0) {
      return failure(errno);
    }
    if (count == 0) {
      break;
    }
    used += static_cast<std::size_t>(count);
  }
  return used;
}

void DescriptorInput::give_up() noexcept {
  if (wake_.get() >= 0) {
    static_cast<void>(eventfd_write(wake_.get(), 1));
  }
}

tee::Result<std::unique_ptr<OutputPlace>> OutputPlace::open(const std::string& path, Manner manner) {
  const auto over = [](std::string name, FileDescriptor fd) -> tee::Result<std::unique_ptr<OutputPlace>> {
    if (isatty(fd.get()) == 1) {
      return tee::Error(tee::ErrorCode::invalid_argument,
                        safe_text(name) +
                            ": is a terminal, which neither plaintext nor sealed data go to; give -o FILE, "
                            "or a pipe");
    }
    return std::unique_ptr<OutputPlace>(std::make_unique<StreamOutput>(std::move(name), std::move(fd)));
  };
  if (path == "-") {
    return over("standard output", FileDescriptor::borrowed(STDOUT_FILENO));
  }
  struct stat status{}, standard{};
  if (stat(path.c_str(), &status) == 0 && fstat(STDOUT_FILENO, &standard) == 0 && status.st_dev == standard.st_dev &&
      status.st_ino == standard.st_ino) {
    // /dev/stdout, for example: what was redirected to is written to, and not put another file in the place of.
    return over(path, FileDescriptor::borrowed(STDOUT_FILENO));
  }
  const auto target = find_target(path);
  if (!target) {
    return target.error();
  }
  if (target->kind == Target::Kind::special) {
    if (S_ISBLK(status.st_mode)) {
      return tee::Error(tee::ErrorCode::invalid_argument,
                        safe_text(path) + ": is a disk, which is not written over; use standard output for that");
    }
    FileDescriptor fd = FileDescriptor::owned(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (fd.get() < 0) {
      return tee::Error(tee::ErrorCode::io_failure,
                        safe_text(path) + ": cannot be opened for writing: " + std::generic_category().message(errno));
    }
    return over(path, std::move(fd));
  }
  // A new file is as durable as a copy of one, unless more is asked for; what takes another's place must be on the disk
  // before that one goes.
  auto file =
      ReplacingFile::open(target->path, {.mode = manner.mode, .may_replace = manner.force, .durable = manner.durable});
  if (!file) {
    return std::move(file).error();
  }
  return std::unique_ptr<OutputPlace>(std::make_unique<FileOutput>(*std::move(file)));
}

}  // namespace tenzro::cli
