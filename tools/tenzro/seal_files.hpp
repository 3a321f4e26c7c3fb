// SPDX-License-Identifier: Apache-2.0
// What is sealed or unsealed, as files and pipes.
#pragma once
#include <string>

#include "file_descriptor.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::cli {

/// A file, a FIFO or standard input, of any size.
class DescriptorInput final : public tee::SealInput {
 public:
  /// io_failure: folders, sockets and devices; what cannot be opened.
  static tee::Result<std::unique_ptr<DescriptorInput>> open(const std::string& path);
  ~DescriptorInput() override;

  tee::Result<std::size_t> read(std::span<std::uint8_t> into) override;
  std::optional<std::uint64_t> size() const override { return size_; }
  void give_up() noexcept override;
  /// Whether this is what reading failed with.
  bool failed_with(const tee::Error& error) const { return failure_ && failure_->message() == error.message(); }

 private:
  DescriptorInput(std::string name, FileDescriptor in, std::optional<std::uint64_t> size, FileDescriptor wake);
  tee::Error failure(int number);
  std::string name_;
  FileDescriptor in_;
  std::optional<std::uint64_t> size_;
  FileDescriptor wake_;  ///< an eventfd: a read that waits for a pipe must be able to end
  std::optional<tee::Error> failure_;
};

/// Where the result goes: standard output, a device or FIFO, or a file that appears whole.
class OutputPlace : public tee::SealOutput {
 public:
  struct Manner {
    mode_t mode = 0600;
    bool force = false;
    bool durable = false;  ///< on the disk before commit() returns, a new file too
  };
  /// invalid_argument: there is a file and force is not said; a terminal; a disk. io_failure: a folder, or it cannot be
  /// written.
  static tee::Result<std::unique_ptr<OutputPlace>> open(const std::string& path, Manner manner);
  virtual tee::Result<void> commit() = 0;
  /// Whether what was written before a failure is where somebody may find it.
  virtual bool leaves_a_part() const noexcept = 0;
};

}  // namespace tenzro::cli
