// SPDX-License-Identifier: Apache-2.0
// `tenzro measure`: what a policy must say of something, computed from it.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "commands.hpp"
#include "input.hpp"
#include "tenzro/tee/measure.hpp"
#include "tenzro/tee/report.hpp"
#include "terminal.hpp"

namespace tenzro::cli {
namespace {

std::string registers_text(const tee::RuntimeRegisters& registers, bool json) {
  nlohmann::ordered_json document;
  std::string lines;
  for (std::size_t i = 0; i < registers.rtmr.size(); ++i) {
    const std::string name = "rtmr" + std::to_string(i);
    const std::string value = tee::to_hex(registers.rtmr.at(i));
    document[name] = value;
    lines.append(name).append(": ").append(value).append("\n");
  }
  return json ? document.dump() + "\n" : lines;
}

}  // namespace

void add_measure(CLI::App& app, MeasureArguments& arguments) {
  app.add_option("KIND", arguments.kind, "What is measured: ccel, the event log of a TD (CCEL, or dstack's JSON list)")
      ->option_text(" ");
  app.add_option("FILE", arguments.file, "The log, as the guest has it in /sys/firmware/acpi/tables/data/CCEL")
      ->option_text(" ");
  app.add_flag("--json", arguments.json, "Print one JSON object, with the names that policies use");
  app.add_option("-o,--output", arguments.output, "Where the result goes; - is standard output")->option_text("FILE");
  app.footer("Nothing is verified: these are the registers that the log leads to. A quote must have them.");
}

int run_measure(const MeasureArguments& arguments) {
  if (arguments.kind.empty()) {
    return report(usage_failure("command line: KIND is needed (ccel)", "tenzro measure"), arguments.json);
  }
  if (arguments.kind != "ccel") {
    return report(usage_failure("command line: \"" + safe_text(arguments.kind) + "\" cannot be measured, ccel can",
                                "tenzro measure"),
                  arguments.json);
  }
  const auto input = read_input(arguments.file, tee::kMaxEventLog);
  if (!input) {
    return report(input_failure(input.error(), "name a file that holds an event log, or -"), arguments.json);
  }
  auto registers = tee::measure_event_log(*input);
  if (!registers) {
    const std::string name = arguments.file == "-" ? "standard input" : safe_text(arguments.file);
    return report(input_failure(std::move(registers).error().with_context(name), "give the log as the guest has it"),
                  arguments.json);
  }
  return deliver(arguments.output, registers_text(*registers, arguments.json), arguments.json);
}

}  // namespace tenzro::cli
