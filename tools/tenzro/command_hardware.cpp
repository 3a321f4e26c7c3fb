// SPDX-License-Identifier: Apache-2.0
// `tenzro hardware`: what this machine is, and which TEE it can be.
#include <CLI/CLI.hpp>
#include <chrono>
#include <utility>

#include "commands.hpp"
#include "hardware_text.hpp"
#include "online.hpp"
#include "tenzro/tee/hardware.hpp"
#include "text_options.hpp"

namespace tenzro::cli {
namespace {

/// Somebody waits for the listing: a service that needs longer is as good as gone.
constexpr std::chrono::seconds kProbeTimeout{5};

tee::Result<void> probe_network(const HardwareArguments& arguments, tee::HardwareProfile& profile) {
  auto options = online_options(arguments);
  if (!options) {
    return std::move(options).error();
  }
  options->timeout = kProbeTimeout;
  auto services = tee::probe_services(*options);
  if (!services) {
    return std::move(services).error();
  }
  profile.services = *std::move(services);
  return {};
}

}  // namespace

void add_hardware(CLI::App& app, HardwareArguments& arguments) {
  app.add_flag("--json", arguments.json, "Print one JSON document");
  app.add_flag("--probe-network", arguments.probe_network,
               "Ask whether Intel's, AMD's and NVIDIA's services, or those that stand in for them, answer");
  add_text(app, "--ca-file", arguments.ca_file, "FILE",
           "PEM certificates that may vouch for a service, besides the system's (or TENZRO_CA_FILE)");
  app.add_option("-o,--output", arguments.output, "Where the listing goes; - is standard output")->option_text("FILE");
  app.footer(
      "usable: evidence can be made through it; present: a sign of that hardware, which cannot be used, or not by\n"
      "itself; no: not there, and -v says what that means. A machine that shows any is never simulated. Nothing\n"
      "here proves anything to anybody: that is what 'tenzro attest' and 'tenzro verify' are for.");
}

int run_hardware(const HardwareArguments& arguments, const Globals& globals) {
  tee::HardwareProfile profile = tee::describe_hardware();
  if (arguments.probe_network) {
    if (const auto probed = probe_network(arguments, profile); !probed) {
      return probed.error().code() == tee::ErrorCode::invalid_argument
                 ? report(usage_failure(probed.error().message(), "tenzro hardware"), arguments.json)
                 : report(input_failure(probed.error(), kReadableFile), arguments.json);
    }
  }
  const Painter painter = arguments.output == "-" ? Painter::for_stdout() : Painter(false);
  const std::string text = arguments.json ? to_json(profile) + "\n" : hardware_text(profile, globals, painter);
  return deliver(arguments.output, text, arguments.json);
}

}  // namespace tenzro::cli
