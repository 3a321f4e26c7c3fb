// SPDX-License-Identifier: Apache-2.0
// The tenzro command: finds the subcommand, and turns whatever happens into an exit code.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "commands.hpp"
#include "environment.hpp"
#include "interruption.hpp"

namespace {

using namespace tenzro::cli;

void add_global_options(CLI::App& app, Globals& globals) {
  app.add_flag("-v,--verbose", globals.verbose,
               "verify: show every claim, what each check compared, and what no policy pins; hardware: say of each\n"
               "interface why it is not there");
  app.add_flag(
      "-q,--quiet", globals.quiet,
      "Show the first line only: the verdict, or what kind of input it is; hardware: the usable TEEs;\nattest: the "
      "summary is the platform alone; rtmr extend: nothing is said;\nseal, unseal: no progress line");
}

/// A missing standard descriptor would be handed to the next file that is opened. The stand-ins fail when they are
/// used.
void occupy_standard_descriptors() {
  while (true) {
    const int fd = open("/dev/null", O_RDWR);
    if (fd < 0) {
      return;
    }
    if (fd > STDERR_FILENO) {
      close(fd);
      return;
    }
    const int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    close(fd);
    if (open("/dev/null", mode) != fd) {
      return;
    }
  }
}

/// Known before the arguments are understood, so that usage errors come as documents too.
bool asks_for_json(std::span<char* const> arguments) {
  for (const std::string_view argument : arguments) {
    if (argument == "--") {
      return false;
    }
    if (argument == "--json") {
      return true;
    }
  }
  return false;
}

/// For command lines that name no command of ours.
Failure no_command(std::span<char* const> arguments) {
  for (const std::string_view argument : arguments.subspan(std::min<std::size_t>(1, arguments.size()))) {
    if (!argument.starts_with('-')) {
      return usage_failure("command line: \"" + std::string(argument) + "\" is no command", "tenzro");
    }
  }
  return usage_failure("command line: a command is needed", "tenzro");
}

/// "tenzro rtmr read" once that command was read, else as much of it as was.
std::string parsed_command(const CLI::App& app) {
  std::string out = app.get_name();
  for (auto commands = app.get_subcommands(); !commands.empty(); commands = commands.front()->get_subcommands()) {
    out += " " + commands.front()->get_name();
  }
  return out;
}

/// Of what was not expected, the first option, else the first word: what came with a wrong option is no mistake.
Failure not_expected(const std::vector<std::string>& extras, const std::string& command) {
  const auto option =
      std::ranges::find_if(extras, [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); });
  if (option != extras.end()) {
    return usage_failure("unknown option " + option->substr(0, option->find('=')), command);
  }
  return usage_failure(
      "command line: one input was expected, \"" + (extras.empty() ? "" : extras.front()) + "\" is one more", command);
}

int run(int argc, char** argv, bool json) {
  CLI::App app{"Make TEE attestation evidence, verify it down to pinned vendor roots, and see what it says.", "tenzro"};
  app.set_version_flag("--version", "tenzro " TENZRO_VERSION, "Print the version and exit");
  app.require_subcommand(1);
  Globals globals;
  add_global_options(app, globals);

  HardwareArguments hardware;
  CLI::App* hardware_command =
      app.add_subcommand("hardware", "List CPU, memory, GPUs, and which TEE this machine can be");
  add_global_options(*hardware_command, globals);
  add_hardware(*hardware_command, hardware);

  AttestArguments attest;
  CLI::App* attest_command =
      app.add_subcommand("attest", "Have the TEE here make evidence that is bound to given bytes");
  add_global_options(*attest_command, globals);
  add_attest(*attest_command, attest);

  VerifyArguments verify;
  CLI::App* verify_command = app.add_subcommand("verify", "Judge evidence and say why");
  add_global_options(*verify_command, globals);
  add_verify(*verify_command, verify);

  InspectArguments inspect;
  CLI::App* inspect_command =
      app.add_subcommand("inspect", "Decode evidence, certificates or collateral without judging them");
  add_global_options(*inspect_command, globals);
  add_inspect(*inspect_command, inspect);

  MeasureArguments measure;
  CLI::App* measure_command = app.add_subcommand("measure", "Compute what a policy must say of something");
  add_global_options(*measure_command, globals);
  add_measure(*measure_command, measure);

  RtmrReadArguments rtmr_read;
  RtmrExtendArguments rtmr_extend;
  CLI::App* rtmr_command =
      app.add_subcommand("rtmr", "Read or extend the run-time registers of the TD that this runs in");
  add_global_options(*rtmr_command, globals);
  add_rtmr(*rtmr_command, rtmr_read, rtmr_extend);

  SealArguments seal;
  CLI::App* seal_command =
      app.add_subcommand("seal", "Seal data so that only this TEE, or whoever its root lets, opens them");
  add_global_options(*seal_command, globals);
  add_seal(*seal_command, seal);

  SealArguments unseal;
  CLI::App* unseal_command = app.add_subcommand("unseal", "Open what was sealed");
  add_global_options(*unseal_command, globals);
  add_unseal(*unseal_command, unseal);

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return deliver("-", app.help(), json);
  } catch (const CLI::CallForVersion& version) {
    return deliver("-", std::string(version.what()) + "\n", json);
  } catch (const CLI::RequiredError& error) {
    return report(app.get_subcommands().empty()
                      ? no_command(std::span(argv, static_cast<std::size_t>(argc)))
                      : usage_failure(std::string("command line: ") + error.what(), parsed_command(app)),
                  json);
  } catch (const CLI::ExtrasError&) {
    return report(not_expected(app.remaining(true), parsed_command(app)), json);
  } catch (const CLI::ParseError& error) {
    return report(usage_failure(std::string("command line: ") + error.what(), parsed_command(app)), json);
  }
  if (hardware_command->parsed()) {
    return run_hardware(hardware, globals);
  }
  if (attest_command->parsed()) {
    return run_attest(attest, globals);
  }
  if (verify_command->parsed()) {
    return run_verify(verify, globals);
  }
  if (inspect_command->parsed()) {
    return run_inspect(inspect, globals);
  }
  if (measure_command->parsed()) {
    return run_measure(measure);
  }
  if (seal_command->parsed()) {
    return run_seal(seal, globals);
  }
  if (unseal_command->parsed()) {
    return run_unseal(unseal, globals);
  }
  return rtmr_command->got_subcommand("read") ? run_rtmr_read(rtmr_read) : run_rtmr_extend(rtmr_extend, globals);
}

/// Whatever happens is an exit code.
int run_safely(int argc, char** argv) {
  const bool json = asks_for_json(std::span(argv, static_cast<std::size_t>(std::max(argc, 0))));
  try {
    return run(argc, argv, json);
  } catch (const std::bad_alloc&) {
    return report(out_of_memory_failure(), json);
  } catch (const std::exception& error) {
    return report(internal_failure(error.what()), json);
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe is a failed write with a message and an exit code, not a silent death.
  // It cannot fail for a signal that exists and may be ignored.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  occupy_standard_descriptors();
  silence_tpm_library();
  const int code = run_safely(argc, argv);
  if (requests_left_behind()) {
    // Everything was written without buffers, and what the libraries clean up at exit may be in use.
    _exit(code);
  }
  return code;
}
