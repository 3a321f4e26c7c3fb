// SPDX-License-Identifier: Apache-2.0
// What the command says and returns when it cannot do what was asked.
#pragma once
#include <string>
#include <string_view>

#include "tenzro/tee/result.hpp"

namespace tenzro::cli {

/// The exit codes that scripts rely on.
enum class Exit : int { done = 0, rejected = 1, usage = 2, unreadable = 3, unavailable = 4, internal = 5 };

/// io_failure counts as an input that cannot be read; a failing output is told apart by output_failure.
Exit exit_code(tee::ErrorCode code) noexcept;

struct Failure {
  Exit exit = Exit::internal;
  std::string code;     ///< stable, snake_case
  std::string message;  ///< "<what>: <why>"
  std::string advice;   ///< what to do about it
};

/// Advice for an input that could not be read.
inline constexpr const char* kReadableFile = "name a file that can be read, or - for standard input";

/// Of the command line: invalid_argument.
tee::Error misuse(std::string message);

Failure usage_failure(std::string message, std::string_view command);
Failure input_failure(const tee::Error& error, std::string advice);
/// Of a device, its driver or a service: what is not available, however it failed.
Failure device_failure(const tee::Error& error, std::string advice);
/// path: where the output was to go.
Failure output_failure(const tee::Error& error, const std::string& path);
Failure out_of_memory_failure();
Failure internal_failure(std::string_view why);

/// "tenzro: <message>; <advice>" as one line on stderr, and with json one document on stdout. Returns the exit code.
int report(const Failure& failure, bool json);

/// The last step of a command: its result, written as write_output does, or a report that this failed. Returns the exit
/// code; exit: the one where it was written.
int deliver(const std::string& path, std::string_view text, bool json, Exit exit = Exit::done);

}  // namespace tenzro::cli
