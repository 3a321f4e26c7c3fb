// SPDX-License-Identifier: Apache-2.0
// `tenzro seal` and `tenzro unseal`: data that only this TEE, or whoever its root lets, can open.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string_view>
#include <system_error>
#include <utility>

#include "commands.hpp"
#include "file_descriptor.hpp"
#include "input.hpp"
#include "interruption.hpp"
#include "progress_line.hpp"
#include "seal_files.hpp"
#include "seal_plan.hpp"
#include "tenzro/tee/seal.hpp"
#include "terminal.hpp"
#include "text_options.hpp"

namespace tenzro::cli {
namespace {

constexpr mode_t kSealedMode = 0644;
constexpr mode_t kPlaintextMode = 0600;

/// A failure with the place that it comes from, which decides the exit code.
struct Stopped {
  tee::Error error;
  enum class From { work, usage, configuration, input, output } from = From::work;
  bool part_left = false;  ///< standard output, or a device, has the beginning
};

/// Keys and plaintext must not reach a core file: neither a small one here, nor one by a handler that ignores limits.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  static_cast<void>(setrlimit(RLIMIT_CORE, &none));
  std::ofstream("/proc/self/coredump_filter") << "0";
}

/// The whole input, in memory that is wiped wherever it grows.
tee::Result<tee::SecretBytes> read_whole(DescriptorInput& in, std::size_t limit) {
  constexpr std::size_t kFirst = std::size_t{64} << 10;
  const std::size_t expected = static_cast<std::size_t>(std::min<std::uint64_t>(in.size().value_or(kFirst), limit));
  tee::SecretBytes bytes(expected + 1);  // one more, so that the end is seen
  std::size_t used = 0;
  while (true) {
    const auto got = in.read(bytes.fill().subspan(used));
    if (!got) {
      return got.error();
    }
    used += *got;
    if (used > limit) {
      return tee::Error(
          tee::ErrorCode::malformed_input,
          "more than the " + std::to_string(limit) + " bytes of a small message; leave --raw out for larger data");
    }
    if (used < bytes.size()) {
      break;
    }
    tee::SecretBytes larger(std::min(limit + 1, bytes.size() * 2));
    std::ranges::copy(bytes.reveal(), larger.fill().begin());
    bytes = std::move(larger);
  }
  tee::SecretBytes out(used);
  std::ranges::copy(bytes.reveal().first(used), out.fill().begin());
  return out;
}

/// Small messages: whole, in memory.
std::optional<Stopped> run_raw(DescriptorInput& in, const SealDirection& direction, const SealPlan& plan,
                               tee::SealingPlace place, OutputPlace& out) {
  const std::stop_callback give_up(plan.options.patience.stop, [&in] { in.give_up(); });
  const auto input = read_whole(in, tee::kMaxRawPlaintext + (direction.seals ? 0 : tee::kRawOverhead));
  if (!input) {
    if (input.error().code() == tee::ErrorCode::cancelled) {
      return Stopped{tee::Error(tee::ErrorCode::cancelled, "stopped, as was asked")};
    }
    return Stopped{input.error(), in.failed_with(input.error()) ? Stopped::From::input : Stopped::From::work};
  }
  const auto give = [&](tee::ByteView result) -> std::optional<Stopped> {
    const auto written = out.write(result);
    return written ? std::nullopt : std::optional(Stopped{written.error(), Stopped::From::output});
  };
  if (direction.seals) {
    const auto sealed = tee::seal(plan.key_id, input->reveal(), place, plan.options);
    return sealed ? give(*sealed) : Stopped{sealed.error()};
  }
  const auto plaintext = tee::unseal(plan.key_id, input->reveal(), place, plan.options);
  return plaintext ? give(plaintext->reveal()) : Stopped{plaintext.error()};
}

/// Remembers that it was the output which failed.
class WatchedOutput final : public tee::SealOutput {
 public:
  explicit WatchedOutput(OutputPlace& out) : out_(out) {}
  tee::Result<void> write(tee::ByteView bytes) override {
    auto written = out_.write(bytes);
    if (!written) {
      failure_ = written.error();
    }
    return written;
  }
  bool failed_with(const tee::Error& error) const { return failure_ && failure_->message() == error.message(); }

 private:
  OutputPlace& out_;
  std::optional<tee::Error> failure_;
};

std::optional<Stopped> run_container(const SealArguments& arguments, DescriptorInput& in,
                                     const SealDirection& direction, SealPlan& plan, tee::SealingPlace place,
                                     OutputPlace& out, bool quiet) {
  WatchedOutput watched(out);
  ProgressLine line(direction.doing, !quiet);
  plan.options.progress = [&line](const tee::SealProgress& at) { line.show(at.done, at.total); };
  const auto done = !direction.seals   ? tee::unseal_stream(plan.key_id, in, watched, place, plan.options)
                    : arguments.rewrap ? tee::reseal_stream(plan.key_id, in, watched, place, plan.options)
                                       : tee::seal_stream(plan.key_id, in, watched, place, plan.options);
  if (done) {
    return std::nullopt;
  }
  // The first failure is the one that is returned; what failed because of it does not count.
  const bool changed =
      done.error().code() == tee::ErrorCode::io_failure && done.error().message().starts_with("the input changed");
  const Stopped::From from = watched.failed_with(done.error())         ? Stopped::From::output
                             : in.failed_with(done.error()) || changed ? Stopped::From::input
                                                                       : Stopped::From::work;
  return Stopped{done.error(), from};
}

/// Held from reading the counter to counting up: of two programs that seal into one folder, one waits.
tee::Result<FileDescriptor> lock_folder_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  FileDescriptor fd = FileDescriptor::owned(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || flock(fd.get(), LOCK_EX) != 0) {
    return tee::Error(tee::ErrorCode::io_failure,
                      safe_text(folder) + ": cannot be locked: " + std::generic_category().message(errno));
  }
  return fd;
}

/// What the counter says is about the counter, and not about the data.
tee::Error of_counter(const tee::Error& error) { return {tee::ErrorCode::not_available, error.message()}; }

/// --generation auto and --min-generation auto: what the TPM's counter says.
tee::Result<std::unique_ptr<tee::GenerationCounter>> count(SealPlan& plan, const SealDirection& direction) {
  if (!plan.generation_from_counter) {
    return std::unique_ptr<tee::GenerationCounter>();
  }
  if (!plan.options.config || !plan.options.config->tpm || !plan.options.config->tpm->counter) {
    return misuse(std::string(direction.seals ? "--generation" : "--min-generation") +
                  " auto: no \"counter\" is configured under \"tpm\" of the sealing configuration");
  }
  // Whoever unseals must not make one: it would know of no generation.
  auto counter = tee::open_tpm_counter(*plan.options.config->tpm,
                                       direction.seals ? tee::MissingCounter::make : tee::MissingCounter::refuse,
                                       plan.options.patience);
  if (!counter) {
    return of_counter(counter.error());
  }
  const auto value = (*counter)->read();
  if (!value) {
    return of_counter(value.error());
  }
  if (direction.seals) {
    plan.options.generation = *value + 1;
  }
  // What is sealed again must not be older than what it replaces, either.
  plan.options.min_generation = *value;
  return counter;
}

std::optional<Stopped> run_with(const SealArguments& arguments, const SealDirection& direction, SealPlan& plan,
                                bool quiet) {
  if (arguments.config) {
    auto config = sealing_config(*arguments.config);
    if (!config) {
      const bool unreadable = config.error().code() == tee::ErrorCode::io_failure;
      return Stopped{std::move(config).error(), unreadable ? Stopped::From::input : Stopped::From::configuration};
    }
    plan.options.config = *std::move(config);
  }
  auto reached = sealing_network(arguments);
  if (!reached) {
    return Stopped{std::move(reached).error(), Stopped::From::usage};
  }
  plan.options.network = *std::move(reached);
  auto lock = FileDescriptor::owned(-1);
  if (plan.generation_from_counter && direction.seals) {
    if (arguments.output == "-") {
      return Stopped{misuse("--generation auto: the counter counts what is in its place, so give -o FILE"),
                     Stopped::From::usage};
    }
    auto locked = lock_folder_of(arguments.output);
    if (!locked) {
      return Stopped{std::move(locked).error(), Stopped::From::output};
    }
    lock = *std::move(locked);
  }
  // What is wrong with the files is said before any device is asked.
  auto in = DescriptorInput::open(arguments.input);
  if (!in) {
    return Stopped{std::move(in).error(), Stopped::From::input};
  }
  // A counter must not be ahead of what is on the disk.
  auto out = OutputPlace::open(arguments.output, {.mode = direction.seals ? kSealedMode : kPlaintextMode,
                                                  .force = arguments.force,
                                                  .durable = plan.generation_from_counter});
  if (!out) {
    const bool usage = out.error().code() == tee::ErrorCode::invalid_argument;
    return Stopped{std::move(out).error(), usage ? Stopped::From::usage : Stopped::From::output};
  }
  auto tee_here = sealing_tee(plan.options.root);
  const bool may_be_tpm = plan.options.root == tee::SealingSource::automatic && plan.options.config.has_value() &&
                          plan.options.config->tpm.has_value();
  if (!tee_here && !may_be_tpm) {
    return Stopped{std::move(tee_here).error().with_context("no sealing source here")};
  }
  const bool there = tee_here && *tee_here != nullptr;
  const tee::SealingPlace place = there ? tee::SealingPlace(**tee_here) : tee::SealingPlace::without_tee();
  auto counter = count(plan, direction);
  if (!counter) {
    return Stopped{std::move(counter).error()};
  }
  auto stopped = arguments.raw ? run_raw(**in, direction, plan, place, **out)
                               : run_container(arguments, **in, direction, plan, place, **out, quiet);
  if (stopped) {
    stopped->part_left = (*out)->leaves_a_part();
    return stopped;
  }
  if (*counter != nullptr && direction.seals) {
    const auto now = (*counter)->read();
    if (!now || *now + 1 != plan.options.generation) {
      return Stopped{tee::Error(tee::ErrorCode::not_available,
                                now ? "the counter was counted up meanwhile, by another program; nothing was replaced"
                                    : now.error().message())};
    }
  }
  if (auto committed = (*out)->commit(); !committed) {
    const bool exists = committed.error().code() == tee::ErrorCode::invalid_argument;
    return Stopped{std::move(committed).error(), exists ? Stopped::From::usage : Stopped::From::output};
  }
  if (*counter != nullptr && direction.seals) {
    if (auto advanced = (*counter)->advance_to(plan.options.generation); !advanced) {
      return Stopped{of_counter(advanced.error())
                         .with_context("the file is sealed and in its place, but the counter did not count")};
    }
  }
  return std::nullopt;
}

/// Whether it was a service that denied something, and no device.
bool asks_a_service(const tee::Error& error) {
  return error.message().find("KMS") != std::string::npos || error.message().find("broker") != std::string::npos;
}

Failure failure_of(const Stopped& stopped, const SealArguments& arguments, const SealDirection& direction) {
  const tee::Error& error = stopped.error;
  switch (stopped.from) {
    case Stopped::From::usage:
      return usage_failure(error.message(), direction.command);
    case Stopped::From::configuration:
      return {.exit = Exit::usage,
              .code = std::string(to_string(error.code())),
              .message = error.message(),
              .advice = "docs/sealing.md says what the file may hold"};
    case Stopped::From::input:
      return input_failure(error, kReadableFile);
    case Stopped::From::output: {
      Failure out = output_failure(error, arguments.output);
      if (stopped.part_left) {
        out.advice = "discard what was written so far, make the output writable and run again";
      }
      return out;
    }
    case Stopped::From::work:
      break;
  }
  const std::string discard = stopped.part_left
                                  ? "discard what was written to " +
                                        (arguments.output == "-" ? "standard output" : arguments.output) + " so far; "
                                  : "";
  switch (error.code()) {
    case tee::ErrorCode::invalid_argument:
      return usage_failure(error.message(), direction.command);
    case tee::ErrorCode::authentication_failed:
      return input_failure(error, discard +
                                      "the same key id, --aad, root and configuration as at sealing are needed, "
                                      "and the bytes as they were");
    case tee::ErrorCode::malformed_input:
    case tee::ErrorCode::unsupported:
      return input_failure(error.code() == tee::ErrorCode::malformed_input
                               ? tee::Error(error).with_context(safe_text(input_name(arguments.input)))
                               : error,
                           discard + "'tenzro inspect' shows what a file is");
    case tee::ErrorCode::cancelled:
      return device_failure(error, discard + "run again");
    case tee::ErrorCode::permission_denied:
      return device_failure(
          error,
          discard + (asks_a_service(error) ? "docs/sealing.md says what the service must permit" : "run as root"));
    default:
      return device_failure(error, discard + "'tenzro hardware' shows what is here, docs/sealing.md what a root needs");
  }
}

int run(const SealArguments& arguments, const Globals& globals, const SealDirection& direction) {
  auto planned = seal_plan(arguments, direction);
  if (!planned) {
    return report(usage_failure(planned.error().message(), direction.command), false);
  }
  forbid_core_dumps();
  const auto stopped = [&] {
    // A signal ends the work, and what was written without a name with it.
    constexpr std::chrono::seconds kGrace{2};
    const Interruption interruption(kGrace);
    planned->options.patience.stop = interruption.token();
    return run_with(arguments, direction, *planned, globals.quiet);
  }();
  return stopped ? report(failure_of(*stopped, arguments, direction), false) : static_cast<int>(Exit::done);
}

void add_common(CLI::App& app, SealArguments& arguments, const char* what_is_read, const char* what_is_written) {
  app.add_option("--key-id", arguments.key_id, "Names the key: letters, digits and . _ / -; the same id opens again")
      ->option_text("ID REQUIRED")
      ->required();
  app.add_option("-i,--input", arguments.input, what_is_read)->option_text("FILE");
  app.add_option("-o,--output", arguments.output, what_is_written)->option_text("FILE");
  app.add_flag("--force", arguments.force, "Replace the output file when there is one");
  app.add_flag("--raw", arguments.raw,
               "The small format, nonce || ciphertext || tag: 28 bytes more than the message, which has at most\n"
               "64 MiB; for roots that store nothing beside it (snp with min_tcb configured, kbs, simulated)");
  add_text(app, "--root", arguments.root, "ROOT",
           "Where the secret comes from: auto (default), snp, tpm, kms, kbs or simulated");
  add_text(app, "--scope", arguments.scope, "SCOPE",
           "SEV-SNP: measurement (default), this exact guest image; or signer, any that the owner's ID key signed");
  app.add_flag(
      "--measurement-covers-workload", arguments.measurement_covers_workload,
      "SEV-SNP, measurement scope: state that the launch measurement covers everything that runs here, and is\n"
      "not the cloud's firmware, which everybody on the chip shares");
  add_text(app, "--aad", arguments.aad, "TEXT", "Bound to the data and not stored: the same text is needed to unseal");
  add_text(app, "--config", arguments.config, "FILE", "JSON with the \"sealing\" object: roots and their parameters");
  add_text(app, "-j", arguments.threads, "N", "Threads that work; default: half the processors, 2 to 8");
  add_text(app, "--timeout", arguments.timeout, "SECONDS", "How long to wait for a device or service; default 120");
  add_text(app, "--ca-file", arguments.ca_file, "FILE",
           "More certificate authorities (PEM) that may vouch for AWS KMS");
}

}  // namespace

void add_seal(CLI::App& app, SealArguments& arguments) {
  add_common(app, arguments, "What to seal, of any size; - is standard input",
             "Where the sealed data go; - is standard output");
  add_text(app, "--min-generation", arguments.min_generation, "N", "With --rewrap: refuse an older file");
  add_text(app, "--generation", arguments.generation, "N",
           "Written into the header, for unseal --min-generation; auto: one more than the TPM's counter says,\n"
           "which counts one file: the next one makes it old");
  app.add_flag("--rewrap", arguments.rewrap,
               "The input is a sealed file: open it, and seal it again under the parameters of now");
  app.footer(
      "'tenzro inspect' shows the header of a sealed file without any key. docs/sealing.md says for each root\n"
      "what protects the data, and from whom.");
}

void add_unseal(CLI::App& app, SealArguments& arguments) {
  add_common(app, arguments, "What to unseal; - is standard input",
             "Where the plaintext goes; - is standard output, which must not be a terminal");
  add_text(app, "--min-generation", arguments.min_generation, "N",
           "Refuse an older file; auto: older than the TPM's counter says");
  app.footer(
      "On standard output, plaintext comes as its parts were found authentic: whoever reads it must look at the\n"
      "exit code before using it. A file appears only when all of it was.");
}

int run_seal(const SealArguments& arguments, const Globals& globals) { return run(arguments, globals, kSeal); }
int run_unseal(const SealArguments& arguments, const Globals& globals) { return run(arguments, globals, kUnseal); }

}  // namespace tenzro::cli
