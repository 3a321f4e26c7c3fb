// SPDX-License-Identifier: Apache-2.0
// Chunks from an input to an output, worked on in parallel, written in order, in constant memory.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <stop_token>

#include "seal/container_key.hpp"
#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::seal_format {

/// What is done to one chunk, in place. One thread uses it at a time.
class ChunkWork {
 public:
  virtual ~ChunkWork() = default;
  ChunkWork(const ChunkWork&) = delete;
  ChunkWork& operator=(const ChunkWork&) = delete;
  /// buffer: the room of a chunk; the first size bytes of it are what was read. Returns how many are to be written.
  virtual Result<std::size_t> run(std::uint64_t index, bool last, std::span<std::uint8_t> buffer, std::size_t size) = 0;

 protected:
  ChunkWork() = default;
};

struct PipelinePlan {
  std::size_t read_size = 0;  ///< of each chunk but the last, which may be shorter
  std::size_t room = 0;       ///< of a chunk's buffer: at least read_size, and what the work makes of it
  unsigned threads = 1;       ///< that work
  std::function<Result<std::unique_ptr<ChunkWork>>()> make_work;  ///< one for each thread
  std::function<void(std::uint64_t bytes_written)> written;       ///< after each chunk, on the caller's thread
  std::stop_token stop{};
  std::uint64_t most_chunks = kMaxChunks;
};

/// Reads to the end of in; the last chunk may be empty only when it is the first. Buffers are wiped, and take at most
/// 32 MiB, or two chunks. Returns bytes written. cancelled: a stop was asked for.
Result<std::uint64_t> run_pipeline(SealInput& in, SealOutput& out, const PipelinePlan& plan);

/// Reads until into is full or the input ends, whatever pieces it comes in. internal: an input that says it gave more
/// than there was room for.
Result<std::size_t> read_full(SealInput& in, std::span<std::uint8_t> into);

/// How many threads options ask for on this machine.
unsigned threads_of(const SealOptions& options);

}  // namespace tenzro::tee::seal_format
