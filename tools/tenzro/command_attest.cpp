// SPDX-License-Identifier: Apache-2.0
// `tenzro attest`: bytes in, evidence that is bound to them out.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "commands.hpp"
#include "interruption.hpp"
#include "number_options.hpp"
#include "online.hpp"
#include "output.hpp"
#include "report_text.hpp"
#include "tenzro/tee/provider.hpp"
#include "tenzro/tee/verifier.hpp"
#include "text_options.hpp"

namespace tenzro::cli {
namespace {

constexpr const char* kCommand = "tenzro attest";
constexpr std::size_t kRandomSize = 64;

/// In what form the evidence goes out. Nothing: for people.
enum class Form { json, raw };
tee::Result<std::optional<Form>> wanted_form(const AttestArguments& arguments) {
  if (!arguments.format) {
    const bool to_people = arguments.output == "-" && isatty(STDOUT_FILENO) == 1;
    return to_people ? std::optional<Form>() : std::optional(Form::json);
  }
  if (*arguments.format == "json") {
    return std::optional(Form::json);
  }
  if (*arguments.format == "raw") {
    return std::optional(Form::raw);
  }
  return misuse("--format: \"" + safe_text(*arguments.format) + "\" is neither json nor raw");
}

/// 64 bytes that nobody had before, told on standard error so that a verifier can ask for them.
tee::Result<tee::ReportData> random_user_data() {
  tee::Bytes bytes;
  while (bytes.size() < kRandomSize) {
    const tee::Challenge challenge = tee::Challenge::random();
    bytes.insert(bytes.end(), challenge.bytes().begin(), challenge.bytes().end());
  }
  write_diagnostic("tenzro: random user data, for --user-data-hex: " + tee::to_hex(bytes) + "\n");
  return tee::ReportData::from_caller_data(bytes);
}

/// What the evidence is to answer, as the command line has it.
struct Binding {
  std::optional<tee::ReportData> data{};
  std::optional<tee::EvidenceNonce> nonce{};
};

tee::Result<Binding> wanted_binding(const AttestArguments& arguments) {
  auto nonce = bound_nonce(arguments);
  if (!nonce) {
    return std::move(nonce).error();
  }
  auto data = bound_user_data(arguments);
  if (!data) {
    return std::move(data).error();
  }
  if (!*data && !*nonce && !arguments.random) {
    return misuse(
        "command line: nothing is given that the evidence is to answer: give --user-data, --user-data-hex or "
        "--user-data-file with the verifier's challenge, or --random");
  }
  return Binding{.data = *std::move(data), .nonce = *std::move(nonce)};
}

tee::AttestationRequest request_for(const Binding& binding, bool event_log) {
  tee::AttestationRequest request = binding.data && binding.nonce
                                        ? tee::AttestationRequest(*binding.data, *binding.nonce)
                                    : binding.data ? tee::AttestationRequest(*binding.data)
                                                   : tee::AttestationRequest(*binding.nonce);
  request.event_log = event_log;
  return request;
}

tee::Result<tee::SimulatedClaims> wanted_claims(const std::vector<std::string>& words) {
  tee::SimulatedClaims out;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return misuse("--simulated-claim: \"" + safe_text(word) + "\" is not NAME=VALUE");
    }
    if (!out.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      return misuse("--simulated-claim: " + safe_text(word.substr(0, equals)) + " is given twice");
    }
  }
  return out;
}

/// The TEE here, saying what the command line has it say when it is simulated.
tee::Result<std::unique_ptr<tee::TeeProvider>> provider_for(const AttestArguments& arguments) {
  tee::DetectOptions options;
  if (arguments.platform) {
    auto platform = tee::parse_platform(*arguments.platform);
    if (!platform) {
      return misuse("--platform: " + platform.error().message());
    }
    options.only = *platform;
  }
  const auto claims = wanted_claims(arguments.simulated_claims);
  if (!claims) {
    return claims.error();
  }
  auto provider = tee::detect_tee(options);
  if (!provider || claims->empty()) {
    return provider;
  }
  if (!(*provider)->simulated()) {
    return misuse("--simulated-claim: this TEE is not simulated, and says what it is itself");
  }
  // What the environment was told to simulate; whoever judges the evidence has to permit it too.
  auto told =
      tee::make_simulated_provider((*provider)->tee_type(), tee::InsecureSimulation::for_development_only(), *claims);
  if (!told) {
    return std::move(told).error().with_context("--simulated-claim");
  }
  return told;
}

tee::Result<void> enclose_collateral(const AttestArguments& arguments, tee::AttestationReport& evidence) {
  // No service has anything for a simulated hierarchy: what its evidence needs, it brings.
  if (!arguments.with_collateral || evidence.simulated || !evidence.collateral.empty()) {
    return {};
  }
  auto source = online_source(arguments);
  if (!source) {
    return std::move(source).error();
  }
  auto bundle = tee::gather_collateral(evidence, *std::move(source));
  if (!bundle) {
    return std::move(bundle).error().with_context("--with-collateral");
  }
  evidence.collateral = *std::move(bundle);
  return {};
}

struct Attested {
  std::string provider_name;
  tee::AttestationReport report;
};

/// A signal ends this, not the process: the kernel would keep what was asked of it.
tee::Result<Attested> attest(const AttestArguments& arguments, Binding binding, tee::Patience patience) {
  const Interruption interruption;
  patience.stop = interruption.token();
  const auto provider = provider_for(arguments);
  if (!provider) {
    return provider.error();
  }
  if (arguments.random) {
    auto data = random_user_data();
    if (!data) {
      return std::move(data).error();
    }
    binding.data = *std::move(data);
  }
  auto report = (*provider)->generate_attestation(request_for(binding, arguments.with_event_log), patience);
  if (!report) {
    return std::move(report).error();
  }
  if (interruption.came()) {
    return tee::Error(tee::ErrorCode::cancelled, "interrupted: the evidence was made, and is not given out");
  }
  return Attested{.provider_name = std::string((*provider)->provider_name()), .report = *std::move(report)};
}

std::string output_of(const tee::AttestationReport& evidence, Form form) {
  if (form == Form::raw) {
    return {evidence.evidence.begin(), evidence.evidence.end()};
  }
  std::string text = to_json(evidence);
  if (!text.ends_with('\n')) {
    text.push_back('\n');
  }
  return text;
}

/// Of the command line, and of the files that it names.
Failure failure_of_arguments(const tee::Error& error) {
  return error.code() == tee::ErrorCode::invalid_argument ? usage_failure(error.message(), kCommand)
                                                          : input_failure(error, kReadableFile);
}

Failure failure_of_device(const tee::Error& error) {
  switch (error.code()) {
    case tee::ErrorCode::invalid_argument:
      return usage_failure(error.message(), kCommand);
    case tee::ErrorCode::not_available:
      return device_failure(error, "'tenzro hardware -v' shows what is there, docs/attesting.md says what each needs");
    case tee::ErrorCode::permission_denied:
      return device_failure(error, "run as root, or join the group that the device belongs to");
    case tee::ErrorCode::timed_out:
      return device_failure(error, "give it longer with --timeout, or run it again");
    case tee::ErrorCode::cancelled:
      return device_failure(error, "nothing was written; run it again when it may take its time");
    default:
      return device_failure(error, "run it again, and if it stays so, have the machine's operator look at it");
  }
}

Failure failure_of_collateral(const tee::Error& error) {
  if (error.code() == tee::ErrorCode::io_failure || error.code() == tee::ErrorCode::malformed_input) {
    return input_failure(error, "give a file of PEM certificates");
  }
  if (error.code() == tee::ErrorCode::verification_failed) {
    return device_failure(error, "attest without --with-collateral, and see what 'tenzro verify' says of the evidence");
  }
  return error.code() == tee::ErrorCode::invalid_argument
             ? usage_failure(error.message(), kCommand)
             : device_failure(error, "run it again when the service answers, or attest without --with-collateral");
}

/// One word for scripts that only want to know of what kind it is.
std::string summary_of(const tee::AttestationReport& evidence, std::string_view made_by, const Globals& globals,
                       const Painter& painter) {
  if (!globals.quiet) {
    return report_text(evidence, made_by, painter);
  }
  return std::string(to_string(evidence.platform)) + (evidence.simulated ? " (simulated)\n" : "\n");
}

}  // namespace

void add_attest(CLI::App& app, AttestArguments& arguments) {
  const auto data = add_user_data(
      app, arguments,
      "What the evidence is to be bound to: the verifier's challenge. 1 to 64 bytes stand in it as they are, longer\n"
      "ones as their SHA-512");
  CLI::Option* random =
      app.add_flag("--random", arguments.random, "64 random bytes in place of the three, told on standard error");
  for (CLI::Option* option : data) {
    random->excludes(option);
  }
  add_text(app, "--nonce-hex", arguments.nonce_hex, "HEX",
           "Nitro: the nonce beside the user data. GPU: the nonce of 32 bytes, in place of user data");
  add_text(app, "--platform", arguments.platform, "NAME",
           "Only this TEE: intel-tdx, amd-sev-snp, aws-nitro or nvidia-gpu (default: the best one here)");
  app.add_flag("--with-event-log", arguments.with_event_log, "TDX: enclose the firmware's event log");
  app.add_flag("--with-collateral", arguments.with_collateral,
               "Fetch what a verifier will need from the vendor's services, and enclose it");
  add_text(app, "--format", arguments.format, "FORM",
           "json: the report envelope (default); raw: the evidence's own bytes, without its collateral. On a terminal\n"
           "without it: a summary");
  add_text(app, "--timeout", arguments.timeout, "SECONDS", "How long to wait for the device (default 120)");
  add_repeatable(app, "--simulated-claim", arguments.simulated_claims, "NAME=VALUE",
                 "What a simulated TEE says of itself, as a claim's name and value: mr_td=HEX, pcr0=HEX (repeatable)");
  add_text(app, "--ca-file", arguments.ca_file, "FILE",
           "PEM certificates that may vouch for a service, besides the system's (or TENZRO_CA_FILE)");
  app.add_option("-o,--output", arguments.output, "Where the evidence goes; - is standard output")->option_text("FILE");
  app.footer(
      "Without TEE hardware, TENZRO_SIMULATE_TDX, _SEV, _NITRO or _NVIDIA set to true has that platform simulated.\n"
      "Such evidence proves nothing, and 'tenzro verify' refuses it without --allow-simulated.\n\n"
      "Exit codes: 0 done, 2 usage, 3 an input cannot be read, 4 no TEE, no permission, the device failed, or "
      "the\ncommand was interrupted.");
}

int run_attest(const AttestArguments& arguments, const Globals& globals) {
  const auto form = wanted_form(arguments);
  if (!form) {
    return report(failure_of_arguments(form.error()), false);
  }
  if (*form == Form::raw && arguments.output == "-" && isatty(STDOUT_FILENO) == 1) {
    return report(usage_failure("--format: raw evidence is not for a terminal; name a file with -o", kCommand), false);
  }
  const auto patience = timeout_option(arguments.timeout);
  if (!patience) {
    return report(failure_of_arguments(patience.error()), false);
  }
  auto binding = wanted_binding(arguments);
  if (!binding) {
    return report(failure_of_arguments(binding.error()), false);
  }
  if (const auto writable = check_output(arguments.output); !writable) {
    return report(output_failure(writable.error(), arguments.output), false);
  }
  const auto attested = attest(arguments, *std::move(binding), *patience);
  if (!attested) {
    return report(failure_of_device(attested.error()), false);
  }
  tee::AttestationReport evidence = attested->report;
  if (const auto enclosed = enclose_collateral(arguments, evidence); !enclosed) {
    return report(failure_of_collateral(enclosed.error()), false);
  }
  const std::string summary = summary_of(evidence, attested->provider_name, globals, Painter::for_stdout());
  const std::string hint = globals.quiet ? "" : "\nThe report itself: -o FILE, or a pipe.\n";
  const std::string text = *form ? output_of(evidence, **form) : summary + hint;
  if (const auto written = write_output(arguments.output, text); !written) {
    return report(output_failure(written.error(), arguments.output), false);
  }
  const bool also_show = arguments.output != "-" && !globals.quiet && isatty(STDOUT_FILENO) == 1;
  return also_show ? deliver("-", summary, false) : static_cast<int>(Exit::done);
}

}  // namespace tenzro::cli
