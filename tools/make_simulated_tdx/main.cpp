// SPDX-License-Identifier: Apache-2.0
// Writes TDX evidence under the simulated Intel hierarchy, for trying the verifier where there is no hardware.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

#include "core/text.hpp"
#include "core/try.hpp"
#include "provider/simulated/tdx_evidence.hpp"
#include "tenzro/tee/challenge.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::make_simulated_tdx {

namespace {
struct Options {
  std::string user_data, user_data_hex, format = "json", issued_at;
  std::optional<std::size_t> alter_byte;
};

tee::Result<tee::ReportData> report_data(const Options& options) {
  tee::Bytes bytes(options.user_data.begin(), options.user_data.end());
  if (!options.user_data_hex.empty()) {
    TENZRO_ASSIGN_OR_RETURN(bytes, tee::from_hex(options.user_data_hex));
  }
  return tee::ReportData::from_caller_data(bytes);
}

tee::Result<tee::UtcTime> issued(const Options& options) {
  if (!options.issued_at.empty()) {
    return tee::from_rfc3339(options.issued_at);
  }
  // A minute ago, so that a verifier whose clock is a little behind takes it.
  using namespace std::chrono;
  return floor<seconds>(system_clock::now()) - minutes(1);
}

tee::Result<std::string> evidence(const Options& options) {
  TENZRO_ASSIGN_OR_RETURN(const tee::ReportData data, report_data(options));
  TENZRO_ASSIGN_OR_RETURN(const tee::UtcTime at, issued(options));
  tee::simulated::QuoteSpec spec = tee::simulated::tdx_quote_spec();
  std::ranges::copy(data.bytes(), spec.td.report_data.begin());
  tee::AttestationReport report = tee::simulated::TdxEvidenceMaker().report(spec, at);
  if (options.alter_byte) {
    if (*options.alter_byte >= report.evidence.size()) {
      return tee::Error(tee::ErrorCode::invalid_argument,
                        tee::concat("--alter-byte: the quote has bytes 0 to ", report.evidence.size() - 1,
                                    ", not byte ", *options.alter_byte));
    }
    report.evidence[*options.alter_byte] ^= 1;
  }
  if (options.format == "raw") {
    return std::string(report.evidence.begin(), report.evidence.end());
  }
  std::string text = tee::to_json(report);
  if (!text.ends_with('\n')) {
    text.push_back('\n');
  }
  return text;
}

int fail(const tee::Error& error, int exit_code) {
  std::cerr << "make_simulated_tdx: " << error.message() << '\n';
  return exit_code;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Writes TDX evidence under the simulated Intel hierarchy. It proves nothing: its keys are public.");
  auto* data = app.add_option_group("data");
  data->add_option("--user-data", options.user_data, "Text to stand in REPORTDATA");
  data->add_option("--user-data-hex", options.user_data_hex, "The same as hex");
  data->require_option(1);
  app.add_option("--format", options.format, "json: the report envelope with its collateral; raw: the quote alone")
      ->check(CLI::IsMember({"json", "raw"}));
  app.add_option("--issued-at", options.issued_at, "RFC 3339 time of the collateral (default: a minute ago)");
  app.add_option("--alter-byte", options.alter_byte, "Flip a bit of this byte of the signed quote, which spoils it");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto content = evidence(options);
  if (!content) {
    return fail(content.error(), 2);
  }
  if (std::fwrite(content->data(), 1, content->size(), stdout) != content->size() || std::fflush(stdout) != 0) {
    return fail(tee::Error(tee::ErrorCode::io_failure, "standard output: cannot be written"), 4);
  }
  std::cerr << "make_simulated_tdx: warning: this evidence is simulated and proves nothing about any machine\n";
  return 0;
}
}  // namespace

}  // namespace tenzro::make_simulated_tdx

int main(int argc, char** argv) {
  try {
    return tenzro::make_simulated_tdx::run(argc, argv);
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "make_simulated_tdx: internal error: %s\n", error.what());
    return 5;
  }
}
