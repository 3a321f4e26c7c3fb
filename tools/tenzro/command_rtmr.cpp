// SPDX-License-Identifier: Apache-2.0
// `tenzro rtmr`: the run-time measurement registers of the TD that this runs in.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "commands.hpp"
#include "interruption.hpp"
#include "output.hpp"
#include "tenzro/tee/measure.hpp"
#include "tenzro/tee/rtmr.hpp"
#include "terminal.hpp"
#include "text_options.hpp"

namespace tenzro::cli {
namespace {

constexpr const char* kReadCommand = "tenzro rtmr read";
constexpr const char* kExtendCommand = "tenzro rtmr extend";
constexpr unsigned kRegisters = 4;

Failure failure_of_device(const tee::Error& error, const char* command) {
  if (error.code() == tee::ErrorCode::invalid_argument) {
    return usage_failure(error.message(), command);
  }
  switch (error.code()) {
    case tee::ErrorCode::permission_denied:
      return device_failure(error, "run as root");
    case tee::ErrorCode::timed_out:
    case tee::ErrorCode::cancelled:
      return device_failure(error, "'tenzro rtmr read' shows the registers");
    default:
      return device_failure(error, "'tenzro hardware' shows what is there, docs/attesting.md says what it needs");
  }
}

std::string text_of(const std::vector<tee::RuntimeRegister>& registers, bool json) {
  nlohmann::ordered_json document;
  std::string lines;
  for (const tee::RuntimeRegister& one : registers) {
    const std::string name = "rtmr" + std::to_string(one.index);
    document[name] = tee::to_hex(one.value);
    lines += name + " " + tee::to_hex(one.value) + "\n";
  }
  return json ? document.dump() + "\n" : lines;
}

/// Of any size. A folder opens like a file, and fails when it is read.
tee::Result<tee::ByteArray<48>> file_digest(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      return tee::Error(tee::ErrorCode::io_failure, "-i: " + safe_text(path) + ": cannot be opened");
    }
  }
  auto digest = tee::measure_stream(path == "-" ? std::cin : file);
  if (!digest) {
    return std::move(digest).error().with_context("-i: " + safe_text(path));
  }
  return digest;
}

/// What the register is extended with: the digest that is given, or that of the file.
tee::Result<tee::ByteArray<48>> wanted_digest(const RtmrExtendArguments& arguments) {
  if (arguments.digest_hex.has_value() == arguments.file.has_value()) {
    return tee::Error(tee::ErrorCode::invalid_argument, "command line: give either --digest-hex or -i");
  }
  if (arguments.file) {
    return file_digest(*arguments.file);
  }
  const auto bytes = tee::from_hex(*arguments.digest_hex);
  tee::ByteArray<48> out{};
  if (!bytes || bytes->size() != out.size()) {
    return tee::Error(tee::ErrorCode::invalid_argument,
                      "--digest-hex: \"" + safe_text(*arguments.digest_hex) + "\" is not 96 hex digits");
  }
  std::ranges::copy(*bytes, out.begin());
  return out;
}

/// A signal ends the waiting, not the process, which could not say any more whether the register was extended.
tee::Result<void> extend(unsigned index, const tee::ByteArray<48>& digest) {
  const Interruption interruption;
  return tee::extend_runtime_register(index, digest, {.stop = interruption.token()});
}

}  // namespace

void add_rtmr(CLI::App& app, RtmrReadArguments& read, RtmrExtendArguments& extend) {
  app.require_subcommand(1);
  CLI::App* read_command = app.add_subcommand("read", "Print the registers, or one of them");
  read_command->add_option("N", read.index, "0 to 3 (default: all)")
      ->check(CLI::Range(0U, kRegisters - 1))
      ->option_text(" ");
  read_command->add_flag("--json", read.json, "Print one JSON document");
  read_command->add_option("-o,--output", read.output, "Where the values go; - is standard output")
      ->option_text("FILE");
  CLI::App* extend_command =
      app.add_subcommand("extend", "Extend a register: it cannot be undone, and no log of it is kept");
  extend_command->add_option("N", extend.index, "2 or 3")
      ->required()
      ->check(CLI::Range(0U, kRegisters - 1))
      ->option_text(" ");
  add_text(*extend_command, "--digest-hex", extend.digest_hex, "HEX", "48 bytes that the register is extended with");
  add_text(*extend_command, "-i,--input", extend.file, "FILE",
           "A file whose SHA-384 the register is extended with; - is standard input");
}

int run_rtmr_read(const RtmrReadArguments& arguments) {
  auto registers = tee::read_runtime_registers();
  if (!registers) {
    return report(failure_of_device(registers.error(), kReadCommand), arguments.json);
  }
  if (arguments.index) {
    std::erase_if(*registers, [&arguments](const tee::RuntimeRegister& one) { return one.index != *arguments.index; });
  }
  const std::string text = text_of(*registers, arguments.json);
  return deliver(arguments.output, text, arguments.json);
}

int run_rtmr_extend(const RtmrExtendArguments& arguments, const Globals& globals) {
  const auto digest = wanted_digest(arguments);
  if (!digest) {
    return report(digest.error().code() == tee::ErrorCode::invalid_argument
                      ? usage_failure(digest.error().message(), kExtendCommand)
                      : input_failure(digest.error(), kReadableFile),
                  false);
  }
  if (const auto extended = extend(arguments.index, *digest); !extended) {
    return report(failure_of_device(extended.error(), kExtendCommand), false);
  }
  if (!globals.quiet) {
    write_diagnostic("tenzro: rtmr" + std::to_string(arguments.index) + " extended with " + tee::to_hex(*digest) +
                     "\n");
  }
  return static_cast<int>(Exit::done);
}

}  // namespace tenzro::cli
