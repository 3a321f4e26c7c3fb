// SPDX-License-Identifier: Apache-2.0
// `tenzro verify`: evidence in, verdict out.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <utility>

#include "commands.hpp"
#include "input.hpp"
#include "online.hpp"
#include "output.hpp"
#include "tenzro/tee/report.hpp"
#include "tenzro/tee/verifier.hpp"
#include "terminal.hpp"
#include "text_options.hpp"
#include "verdict_text.hpp"
#include "verify_options.hpp"

namespace tenzro::cli {
namespace {

/// 5 when our own tools failed: that says nothing of the evidence. 4 only when better collateral alone could change the
/// answer; everything else that was found is a rejection.
Exit exit_of(const tee::VerificationResult& verdict) {
  if (verdict.valid()) {
    return Exit::done;
  }
  if (std::ranges::any_of(verdict.failures(), [](const auto& failure) { return failure.code == "crypto_failure"; })) {
    return Exit::internal;
  }
  const auto could_be_supplied = [](const tee::Finding& failure) {
    return failure.code == "collateral_missing" || failure.code == "collateral_unreachable" ||
           failure.code == "revocation_missing";
  };
  const bool only_missing = !verdict.failures().empty() && std::ranges::all_of(verdict.failures(), could_be_supplied);
  return only_missing ? Exit::unavailable : Exit::rejected;
}

using Sources = std::vector<std::shared_ptr<tee::CollateralSource>>;

/// In the order in which they are asked.
tee::Result<Sources> collateral_sources(const VerifyArguments& arguments) {
  Sources sources;
  if (!arguments.collateral.empty()) {
    auto files = tee::offline_collateral(
        std::vector<std::filesystem::path>(arguments.collateral.begin(), arguments.collateral.end()));
    if (!files) {
      return std::move(files).error().with_context("--collateral");
    }
    sources.push_back(*std::move(files));
  }
  if (!arguments.offline) {
    auto online = online_source(arguments);
    if (!online) {
      return std::move(online).error();
    }
    sources.push_back(*std::move(online));
  }
  return sources;
}

/// One thing that is given beside the evidence and replaces what the envelope encloses.
struct Companion {
  std::string_view option;
  const std::optional<std::string>& file;
  std::size_t max_size;
  tee::Bytes& into;
};

/// The file's bytes: what they are is for the verifier to say. An empty file would be as if nothing was given, and that
/// nobody asked for.
tee::Result<void> read_companion(const Companion& companion) {
  if (!companion.file) {
    return {};
  }
  auto bytes = read_input(*companion.file, companion.max_size);
  if (!bytes) {
    return std::move(bytes).error().with_context(companion.option);
  }
  if (bytes->empty()) {
    return tee::Error(tee::ErrorCode::malformed_input,
                      std::string(companion.option) + ": " + safe_text(*companion.file) + ": is empty");
  }
  companion.into = *std::move(bytes);
  return {};
}

tee::Result<void> read_companions(const VerifyArguments& arguments, tee::AttestationReport& evidence) {
  for (const Companion& companion :
       {Companion{"--event-log", arguments.event_log, tee::kMaxEventLog, evidence.event_log},
        Companion{"--runtime-data", arguments.runtime_data, tee::kMaxRuntimeData, evidence.runtime_data},
        Companion{"--tpm-quote", arguments.tpm_quote, tee::kMaxRuntimeData, evidence.tpm_quote}}) {
    if (auto read = read_companion(companion); !read) {
      return read;
    }
  }
  return {};
}

constexpr std::size_t kDeviceNonce = 32;  ///< bytes of a GPU's or switch's nonce

/// A nonce that --nonce-hex can stand for.
bool has_nonce(tee::Platform platform) {
  return platform == tee::Platform::aws_nitro || platform == tee::Platform::aws_nitro_tpm ||
         platform == tee::Platform::nvidia_gpu;
}

/// Why --nonce-hex, which is given, makes no sense beside this evidence; nothing when it does.
std::optional<std::string> nonce_misuse(const VerifyArguments& arguments, tee::Platform platform) {
  if (!has_nonce(platform)) {
    return "evidence of " + std::string(to_string(platform)) + " has no nonce beside its user data";
  }
  if (platform != tee::Platform::nvidia_gpu) {
    return std::nullopt;
  }
  if (arguments.has_user_data()) {
    return "a GPU answers one nonce, and --user-data stands for another";
  }
  if (const std::size_t size = arguments.nonce_hex->size() / 2; size != kDeviceNonce) {
    return "the nonce of a GPU has " + std::to_string(kDeviceNonce) + " bytes, " + std::to_string(size) + " are given";
  }
  return std::nullopt;
}

/// Standard input can be read once.
bool wants_stdin_twice(const VerifyArguments& arguments) {
  const auto anchors = std::ranges::count(arguments.trust_anchors, "-");
  return (arguments.report == "-" ? 1 : 0) + (arguments.user_data_file == "-" ? 1 : 0) +
             (arguments.event_log == "-" ? 1 : 0) + (arguments.runtime_data == "-" ? 1 : 0) +
             (arguments.tpm_quote == "-" ? 1 : 0) + anchors >
         1;
}

}  // namespace

void add_verify(CLI::App& app, VerifyArguments& arguments) {
  app.add_option("REPORT", arguments.report,
                 "Report envelope; raw TDX or SGX quote; SEV-SNP report, with its certificate table or without;\n"
                 "Azure HCL blob; Nitro attestation document; NVIDIA evidence JSON of one device or many, measurement\n"
                 "report of a GPU or switch (its PEM chain by --collateral), or answer of NVIDIA's attestation\n"
                 "service; each also as hex or base64. - is standard input")
      ->option_text(" ");
  add_user_data(app, arguments,
                "What the evidence must be bound to; one of the three. Without any, replay is not ruled out.\n"
                "GPU: the nonce is SHA-256 of its 64-byte form");
  add_text(app, "--nonce-hex", arguments.nonce_hex, "HEX",
           "What the nonce must equal: of Nitro documents, which have one beside their user data, and of GPUs\n"
           "(32 bytes), where --user-data stands for another nonce");
  add_text(app, "--platform", arguments.platform, "NAME",
           "Refuse evidence of any other platform: intel-tdx, amd-sev-snp, aws-nitro, nvidia-gpu,\n"
           "intel-sgx or aws-nitro-tpm. The last two are accepted only when asked for here");
  add_repeatable(app, "--collateral", arguments.collateral, "PATH",
                 "File, or folder of files, of vendor collateral, asked before any service (repeatable)");
  add_text(app, "--event-log", arguments.event_log, "FILE",
           "Event log to replay: a CCEL or dstack's JSON list. Replaces the one that the report encloses");
  add_text(app, "--runtime-data", arguments.runtime_data, "FILE",
           "Azure: the HCL blob, or the runtime claims in it, that the report data are the hash of");
  add_text(app, "--tpm-quote", arguments.tpm_quote, "FILE",
           "Azure: the vTPM's quote, JSON with message, signature and the 24 pcrs");
  app.add_flag("--accept-paravisor", arguments.accept_paravisor,
               "Azure: user data may be answered by the paravisor's vTPM, or stand in its runtime claims.\n"
               "Only with a measurement known to be a paravisor's; --runtime-data and --tpm-quote say so too");
  add_text(app, "--gpu-verifier", arguments.gpu_verifier, "WHERE",
           "GPU evidence is judged here with NVIDIA's reference manifests (local, default), or by NVIDIA's remote\n"
           "attestation service (nras)");
  app.add_flag("--offline", arguments.offline, "Never open a socket");
  add_text(app, "--ca-file", arguments.ca_file, "FILE",
           "PEM certificates that may vouch for a service, besides the system's (or TENZRO_CA_FILE)");
  add_text(app, "--tcb-update", arguments.tcb_update, "WHICH",
           "standard (default), or early: Intel's newest collateral at once after a TCB recovery");
  add_text(app, "--at", arguments.at, "RFC3339", "Judge as of this time instead of now");
  add_text(app, "--max-age", arguments.max_age, "SECONDS",
           "How old evidence with a signed time may be: Nitro documents, tokens of NVIDIA's attestation\n"
           "service (default 86400)");
  add_text(app, "--revocation", arguments.revocation, "MODE",
           "Revocation lists, and OCSP responses for NVIDIA: require (default), if-available or off. Nitro needs\n"
           "none by default; one supplied is honoured, and require given here demands them");
  app.add_flag("--allow-simulated", arguments.allow_simulated, "Accept simulated evidence, which proves nothing");
  add_repeatable(app, "--trust-anchor", arguments.trust_anchors, "FILE",
                 "Root certificate, PEM or DER, that replaces the pinned ones (repeatable)");
  app.add_flag("--json", arguments.json, "Print the verdict as one JSON document");
  app.add_option("-o,--output", arguments.output, "Where the verdict goes; - is standard output")->option_text("FILE");
  app.footer(
      "Exit codes: 0 every check passed, 1 rejected, 2 usage, 3 input unreadable or of no known form,\n"
      "4 only collateral is missing, 5 internal error.\n\n"
      "Collateral that neither --collateral nor the cache has is fetched from Intel, AMD or NVIDIA, or from where\n"
      "TENZRO_PCCS_URL, TENZRO_KDS_URL, TENZRO_RIM_URL, TENZRO_OCSP_URL and TENZRO_NRAS_URL point, and kept in\n"
      "TENZRO_CACHE_DIR (default: tenzro in the user's cache folder). NVIDIA's services are told the key in\n"
      "NV_ATTESTATION_SERVICE_KEY, where it is set.\n"
      "HTTPS_PROXY and NO_PROXY are honoured. Nothing is fetched for simulated evidence.");
}

int run_verify(const VerifyArguments& arguments, const Globals& globals) {
  if (wants_stdin_twice(arguments)) {
    return report(usage_failure("command line: more than one input is to come from standard input", "tenzro verify"),
                  arguments.json);
  }
  const auto options = verify_options(arguments);
  if (!options) {
    return options.error().code() == tee::ErrorCode::invalid_argument
               ? report(usage_failure(options.error().message(), "tenzro verify"), arguments.json)
               : report(input_failure(options.error(), "give a file that can be read and holds what the option names"),
                        arguments.json);
  }
  auto collateral = collateral_sources(arguments);
  if (!collateral && collateral.error().code() == tee::ErrorCode::invalid_argument) {
    return report(usage_failure(collateral.error().message(), "tenzro verify"), arguments.json);
  }
  if (!collateral) {
    return report(input_failure(collateral.error(), "replace the file, or leave it out"), arguments.json);
  }
  if (arguments.report == "-" && !globals.quiet && isatty(STDIN_FILENO) == 1) {
    write_diagnostic("tenzro: reading the report from the terminal; end it with Ctrl-D\n");
  }
  const auto input = read_input(arguments.report, tee::kMaxReportInput);
  if (!input) {
    return report(input_failure(input.error(), kReadableFile), arguments.json);
  }
  auto evidence = tee::parse_report(*input);
  if (!evidence) {
    const std::string name = arguments.report == "-" ? "standard input" : arguments.report;
    return report(input_failure(std::move(evidence).error().with_context(name),
                                "give the report or quote as its producer wrote it"),
                  arguments.json);
  }
  if (const auto misuse = arguments.nonce_hex ? nonce_misuse(arguments, evidence->platform) : std::nullopt) {
    return report(usage_failure("--nonce-hex: " + *misuse, "tenzro verify"), arguments.json);
  }
  if (const auto read = read_companions(arguments, *evidence); !read) {
    return report(input_failure(read.error(), "name a file that holds what the option says"), arguments.json);
  }

  const tee::AttestationVerifier verifier(*std::move(collateral));
  const tee::VerificationResult verdict = verifier.verify(*evidence, *options);
  if (!verdict.valid() && verdict.failures().empty()) {
    return report(internal_failure("the verdict is not valid and gives no reason"), arguments.json);
  }
  const Painter painter = arguments.output == "-" ? Painter::for_stdout() : Painter(false);
  const std::string text = arguments.json ? to_json(verdict) + "\n" : verdict_text(verdict, globals, painter);
  return deliver(arguments.output, text, arguments.json, exit_of(verdict));
}

}  // namespace tenzro::cli
