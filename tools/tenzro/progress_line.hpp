// SPDX-License-Identifier: Apache-2.0
// How far something long has come, on one line of a terminal.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tenzro::cli {

/// "1.2 GiB of 5.0 GiB, 1.9 GiB/s, 2 s left"
std::string progress_text(std::uint64_t done, std::optional<std::uint64_t> total, std::chrono::duration<double> taken);

/// Writes on standard error, and nothing unless that is a terminal. Threads: one thread at a time.
class ProgressLine {
 public:
  /// doing: "sealing".
  ProgressLine(std::string doing, bool wanted);
  ~ProgressLine();  ///< takes the line away
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(std::uint64_t done, std::optional<std::uint64_t> total);

 private:
  using Clock = std::chrono::steady_clock;
  std::string doing_;
  bool wanted_;
  bool shown_ = false;
  Clock::time_point begun_ = Clock::now();
  Clock::time_point last_ = begun_;
};

}  // namespace tenzro::cli
