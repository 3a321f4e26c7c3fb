// SPDX-License-Identifier: Apache-2.0
// `tenzro seal` and `tenzro unseal`: data that only this TEE, or whoever its root lets, can open.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stop_token>
#include <string_view>
#include <system_error>
#include <utility>

#include "commands.hpp"
#include "environment.hpp"
#include "file_descriptor.hpp"
#include "input.hpp"
#include "interruption.hpp"
#include "online.hpp"
#include "output.hpp"
#include "progress_line.hpp"
#include "seal_files.hpp"
#include "tenzro/tee/seal.hpp"
#include "terminal.hpp"
#include "text_options.hpp"

namespace tenzro::cli {
namespace {

constexpr std::size_t kMaxConfig = std::size_t{64} << 10;
constexpr mode_t kSealedMode = 0644;
constexpr mode_t kPlaintextMode = 0600;
constexpr unsigned kMostThreads = 64;
constexpr std::string_view kFromCounter = "auto";

/// Which of the two, and what differs.
struct Direction {
  const char* command;
  const char* doing;
  bool seals;
};
constexpr Direction kSeal{"tenzro seal", "sealing", true};
constexpr Direction kUnseal{"tenzro unseal", "unsealing", false};

tee::Error misuse(std::string message) { return {tee::ErrorCode::invalid_argument, std::move(message)}; }

/// A failure with the place that it comes from, which decides the exit code.
struct Stopped {
  tee::Error error;
  enum class From { work, usage, configuration, input, output } from = From::work;
  bool part_left = false;  ///< standard output, or a device, has the beginning
};

template <class Number>
tee::Result<Number> number(const std::string& text, const char* option, Number least, Number most) {
  Number out = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, problem] = std::from_chars(text.data(), end, out);
  if (problem != std::errc() || stopped != end || out < least || out > most) {
    return misuse(std::string(option) + ": \"" + safe_text(text) + "\" is no number from " + std::to_string(least) +
                  " to " + std::to_string(most));
  }
  return out;
}

/// Keys and plaintext must not reach a core file: neither a small one here, nor one by a handler that ignores limits.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  static_cast<void>(setrlimit(RLIMIT_CORE, &none));
  std::ofstream("/proc/self/coredump_filter") << "0";
}

std::shared_ptr<const tee::AwsCredentials> aws_credentials() {
  const auto id = environment_variable("AWS_ACCESS_KEY_ID");
  auto secret = environment_variable("AWS_SECRET_ACCESS_KEY");
  if (!id || !secret || id->empty() || secret->empty()) {
    return nullptr;
  }
  auto out = std::make_shared<tee::AwsCredentials>();
  out->access_key_id = *id;
  out->secret_access_key = tee::SecretBytes(tee::Bytes(secret->begin(), secret->end()));
  explicit_bzero(secret->data(), secret->size());
  out->session_token = environment_variable("AWS_SESSION_TOKEN").value_or(std::string());
  return out;
}

tee::Result<tee::SealingNetwork> network(const SealArguments& arguments) {
  auto online = online_options(arguments);
  if (!online) {
    return std::move(online).error();
  }
  tee::SealingNetwork out;
  out.aws = aws_credentials();
  out.kms_endpoint = environment_variable("TENZRO_KMS_ENDPOINT").value_or(std::string());
  out.ca_file = online->ca_file;
  out.proxy = online->proxy;
  out.no_proxy = online->no_proxy;
  return out;
}

/// Everything that the command line says, in the library's words.
struct Plan {
  tee::SealKeyId key_id;
  tee::SealOptions options;
  bool generation_from_counter = false;
};

tee::Result<tee::Patience> wanted_patience(const SealArguments& arguments) {
  tee::Patience patience;
  if (arguments.timeout) {
    auto seconds = number<unsigned>(*arguments.timeout, "--timeout", 1, 3600);
    if (!seconds) {
      return std::move(seconds).error();
    }
    patience.at_most = std::chrono::seconds(*seconds);
  }
  return patience;
}

tee::Result<std::uint64_t> wanted_generation(const std::optional<std::string>& text, const char* option) {
  if (!text || *text == kFromCounter) {
    return std::uint64_t{0};
  }
  return number<std::uint64_t>(*text, option, 0, ~std::uint64_t{0});
}

std::string_view generation_text(const SealArguments& arguments, const Direction& direction) {
  const auto& text = direction.seals ? arguments.generation : arguments.min_generation;
  return text ? std::string_view(*text) : std::string_view();
}

/// Where one part of the command line is no good, the message says which.
tee::Result<Plan> plan(const SealArguments& arguments, const Direction& direction) {
  auto key_id = tee::SealKeyId::parse(arguments.key_id);
  if (!key_id) {
    return std::move(key_id).error().with_context("--key-id");
  }
  Plan out{.key_id = *std::move(key_id), .options = {}, .generation_from_counter = false};
  tee::SealOptions& options = out.options;
  if (arguments.root) {
    auto root = tee::parse_sealing_source(*arguments.root);
    if (!root) {
      return std::move(root).error().with_context("--root");
    }
    options.root = *root;
  }
  if (arguments.scope) {
    auto scope = tee::parse_seal_scope(*arguments.scope);
    if (!scope) {
      return std::move(scope).error().with_context("--scope");
    }
    options.scope = *scope;
  }
  options.measurement_covers_workload = arguments.measurement_covers_workload;
  if (arguments.aad) {
    options.associated_data = {reinterpret_cast<const std::uint8_t*>(arguments.aad->data()), arguments.aad->size()};
  }
  auto generation = wanted_generation(arguments.generation, "--generation");
  if (!generation) {
    return std::move(generation).error();
  }
  options.generation = *generation;
  auto least = wanted_generation(arguments.min_generation, "--min-generation");
  if (!least) {
    return std::move(least).error();
  }
  options.min_generation = *least;
  out.generation_from_counter = generation_text(arguments, direction) == kFromCounter;
  if (arguments.threads) {
    auto threads = number<unsigned>(*arguments.threads, "-j", 1, kMostThreads);
    if (!threads) {
      return std::move(threads).error();
    }
    options.threads = *threads;
  }
  auto patience = wanted_patience(arguments);
  if (!patience) {
    return std::move(patience).error();
  }
  options.patience = *patience;
  if (direction.seals && arguments.min_generation && !arguments.rewrap) {
    return misuse("--min-generation: there is an older file to refuse with --rewrap only");
  }
  const bool raw_with_more =
      arguments.raw && (arguments.rewrap || arguments.generation || arguments.min_generation || arguments.threads);
  if (raw_with_more) {
    return misuse(
        "--raw: a small message has no header, so there is neither --rewrap, --generation, "
        "--min-generation nor -j for it");
  }
  return out;
}

tee::Result<tee::SealingConfig> configuration(const std::string& path) {
  const auto text = read_input(path, kMaxConfig);
  if (!text) {
    return text.error();
  }
  auto config = tee::SealingConfig::from_file_text({reinterpret_cast<const char*>(text->data()), text->size()});
  if (!config) {
    return std::move(config).error().with_context(safe_text(path));
  }
  return config;
}

/// The TEE here; null where none is needed, or where automatic finds none: then the library says what else there is.
tee::Result<std::unique_ptr<tee::TeeProvider>> find_tee(tee::SealingSource root) {
  tee::DetectOptions options;
  switch (root) {
    case tee::SealingSource::tpm:
      return std::unique_ptr<tee::TeeProvider>();
    case tee::SealingSource::snp:
      options.only = tee::Platform::amd_sev_snp;
      break;
    case tee::SealingSource::kms:
      options.only = tee::Platform::aws_nitro;
      break;
    case tee::SealingSource::automatic:
    case tee::SealingSource::kbs:
    case tee::SealingSource::simulated:
      break;
  }
  return tee::detect_tee(options);
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
std::optional<Stopped> run_raw(DescriptorInput& in, const Direction& direction, const Plan& plan,
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

std::optional<Stopped> run_container(const SealArguments& arguments, DescriptorInput& in, const Direction& direction,
                                     Plan& plan, tee::SealingPlace place, OutputPlace& out, bool quiet) {
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
tee::Result<std::unique_ptr<tee::GenerationCounter>> count(Plan& plan, const Direction& direction) {
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

std::optional<Stopped> run_with(const SealArguments& arguments, const Direction& direction, Plan& plan, bool quiet) {
  if (arguments.config) {
    auto config = configuration(*arguments.config);
    if (!config) {
      const bool unreadable = config.error().code() == tee::ErrorCode::io_failure;
      return Stopped{std::move(config).error(), unreadable ? Stopped::From::input : Stopped::From::configuration};
    }
    plan.options.config = *std::move(config);
  }
  auto reached = network(arguments);
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
  auto tee_here = find_tee(plan.options.root);
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

Failure failure_of(const Stopped& stopped, const SealArguments& arguments, const Direction& direction) {
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

int run(const SealArguments& arguments, const Globals& globals, const Direction& direction) {
  auto planned = plan(arguments, direction);
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
