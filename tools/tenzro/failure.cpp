// SPDX-License-Identifier: Apache-2.0
#include "failure.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "output.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

Exit exit_code(tee::ErrorCode code) noexcept {
  switch (code) {
    case tee::ErrorCode::invalid_argument:
      return Exit::usage;
    case tee::ErrorCode::malformed_input:
    case tee::ErrorCode::unsupported:
    case tee::ErrorCode::io_failure:
      return Exit::unreadable;
    case tee::ErrorCode::not_available:
    case tee::ErrorCode::permission_denied:
    case tee::ErrorCode::hardware_failure:
    case tee::ErrorCode::timed_out:
    case tee::ErrorCode::cancelled:
    case tee::ErrorCode::collateral_missing:
    case tee::ErrorCode::collateral_unreachable:
      return Exit::unavailable;
    case tee::ErrorCode::collateral_rolled_back:
    case tee::ErrorCode::authentication_failed:
    case tee::ErrorCode::verification_failed:
      return Exit::rejected;
    case tee::ErrorCode::crypto_failure:
    case tee::ErrorCode::internal:
      return Exit::internal;
  }
  return Exit::internal;
}

tee::Error misuse(std::string message) { return {tee::ErrorCode::invalid_argument, std::move(message)}; }

Failure usage_failure(std::string message, std::string_view command) {
  std::string advice = "run '";
  advice += command;
  advice += " --help'";
  return {.exit = Exit::usage, .code = "invalid_argument", .message = std::move(message), .advice = std::move(advice)};
}

Failure input_failure(const tee::Error& error, std::string advice) {
  return {.exit = exit_code(error.code()),
          .code = std::string(to_string(error.code())),
          .message = error.message(),
          .advice = std::move(advice)};
}

Failure device_failure(const tee::Error& error, std::string advice) {
  Failure out = input_failure(error, std::move(advice));
  if (out.exit != Exit::usage && out.exit != Exit::internal) {
    out.exit = Exit::unavailable;
  }
  return out;
}

Failure output_failure(const tee::Error& error, const std::string& path) {
  std::string advice = "nothing was written, make the output writable and run again";
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code unknown;
  if (!folder.empty() && !std::filesystem::exists(folder, unknown) && !unknown) {
    advice = "nothing was written, create the folder " + folder.string() + " and run again";
  }
  return {.exit = Exit::unavailable,
          .code = std::string(to_string(error.code())),
          .message = error.message(),
          .advice = std::move(advice)};
}

Failure out_of_memory_failure() {
  return {.exit = Exit::internal,
          .code = std::string(to_string(tee::ErrorCode::internal)),
          .message = "internal error: out of memory",
          .advice = "give the process more memory"};
}

Failure internal_failure(std::string_view why) {
  return {.exit = Exit::internal,
          .code = std::string(to_string(tee::ErrorCode::internal)),
          .message = std::string("internal error: ") + std::string(why),
          .advice = "this is a bug, please report it with the command line"};
}

int report(const Failure& failure, bool json) {
  const std::string message = failure.message + "; " + failure.advice;
  write_diagnostic(safe_text("tenzro: " + message) + "\n");
  if (json) {
    nlohmann::ordered_json document;
    document["error"]["code"] = failure.code;
    document["error"]["message"] = message;
    const auto written =
        write_stdout(document.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    // The exit code already says no; a second message about the same failure would help nobody.
    if (!written && failure.exit == Exit::done) {
      return static_cast<int>(Exit::unavailable);
    }
  }
  return static_cast<int>(failure.exit);
}

int deliver(const std::string& path, std::string_view text, bool json, Exit exit) {
  const auto written = write_output(path, text);
  return written ? static_cast<int>(exit) : report(output_failure(written.error(), path), json);
}

}  // namespace tenzro::cli
