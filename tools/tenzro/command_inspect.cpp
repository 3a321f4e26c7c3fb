// SPDX-License-Identifier: Apache-2.0
// `tenzro inspect`: what an input says, with no word on whether it is true.
#include <CLI/CLI.hpp>
#include <utility>

#include "commands.hpp"
#include "input.hpp"
#include "inspection_text.hpp"
#include "tenzro/tee/inspect.hpp"
#include "tenzro/tee/report.hpp"
#include "tenzro/tee/seal.hpp"
#include "terminal.hpp"

namespace tenzro::cli {

void add_inspect(CLI::App& app, InspectArguments& arguments) {
  app.add_option("FILE", arguments.file,
                 "Report envelope, TDX or SGX quote, SEV-SNP report with or without its certificate table,\n"
                 "Azure HCL blob, Nitro document, NVIDIA evidence JSON, GPU or switch measurement report, answer of\n"
                 "NVIDIA's attestation service, token (JWT), certificate chain, CRL, OCSP response, TCB info,\n"
                 "QE identity, reference manifest, key set (JWKS), collateral bundle, event log or sealed container "
                 "(its header); each also as hex\n"
                 "or base64, a token as it is. - is standard input")
      ->option_text(" ");
  app.add_flag("--json", arguments.json, "Print one JSON document");
  app.add_option("-o,--output", arguments.output, "Where the result goes; - is standard output")->option_text("FILE");
  app.footer("Nothing is verified: 'tenzro verify' judges evidence.");
}

int run_inspect(const InspectArguments& arguments, const Globals& globals) {
  const auto input =
      read_input(arguments.file, tee::kMaxReportInput, {.magic = tee::kSealedMagic, .size = tee::kMaxSealedHeader});
  if (!input) {
    return report(input_failure(input.error(), kReadableFile), arguments.json);
  }
  auto inspection = tee::inspect(*input);
  if (!inspection) {
    const std::string name = arguments.file == "-" ? "standard input" : arguments.file;
    return report(input_failure(std::move(inspection).error().with_context(name),
                                "'tenzro inspect --help' names the forms that are read"),
                  arguments.json);
  }
  const Painter painter = arguments.output == "-" ? Painter::for_stdout() : Painter(false);
  const std::string text =
      arguments.json ? inspection->json + "\n" : inspection_text(inspection->json, globals, painter);
  return deliver(arguments.output, text, arguments.json);
}

}  // namespace tenzro::cli
