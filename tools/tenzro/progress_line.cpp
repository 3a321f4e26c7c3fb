// SPDX-License-Identifier: Apache-2.0
#include "progress_line.hpp"

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "output.hpp"

namespace tenzro::cli {

namespace {

constexpr std::chrono::milliseconds kBetween{200};

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  std::array<char, 32> out{};
  static_cast<void>(std::snprintf(out.data(), out.size(), unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]));
  return out.data();
}

std::string time_text(double seconds) {
  const auto whole = static_cast<long>(std::ceil(seconds));
  return whole < 120 ? std::to_string(whole) + " s" : std::to_string((whole + 59) / 60) + " min";
}

}  // namespace

std::string progress_text(std::uint64_t done, std::optional<std::uint64_t> total, std::chrono::duration<double> taken) {
  const auto bytes = static_cast<double>(done);
  std::string out = bytes_text(bytes);
  if (total) {
    out += " of " + bytes_text(static_cast<double>(*total));
  }
  if (taken.count() <= 0 || done == 0) {
    return out;
  }
  const double rate = bytes / taken.count();
  out += ", " + bytes_text(rate) + "/s";
  if (total && *total >= done) {
    out += ", " + time_text(static_cast<double>(*total - done) / rate) + " left";
  }
  return out;
}

ProgressLine::ProgressLine(std::string doing, bool wanted)
    : doing_(std::move(doing)), wanted_(wanted && isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (shown_) {
    write_diagnostic("\r\x1b[K");
  }
}

void ProgressLine::show(std::uint64_t done, std::optional<std::uint64_t> total) {
  const Clock::time_point now = Clock::now();
  if (!wanted_ || now - last_ < kBetween) {
    return;
  }
  last_ = now;
  shown_ = true;
  write_diagnostic("\r\x1b[K" + doing_ + ": " + progress_text(done, total, now - begun_));
}

}  // namespace tenzro::cli
