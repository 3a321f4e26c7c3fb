// SPDX-License-Identifier: Apache-2.0
// Judges a report that must be bound to the caller's own data, and uses its claims only when it is good.
//   verify REPORT USER_DATA [COLLATERAL...]
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <tenzro/tee.hpp>

namespace tee = tenzro::tee;

namespace {

tee::ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The exit codes of the tenzro command: 2 usage, 3 no report.
int complain(const tee::Error& error, int exit_code) {
  std::cerr << "verify: " << error.message() << '\n';
  return exit_code;
}

int judge(const char* report_file, std::string_view user_data,
          const std::vector<std::filesystem::path>& collateral_files) {
  std::ifstream file(report_file, std::ios::binary);
  const tee::Bytes input{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto report = tee::parse_report(input);
  if (!report) {
    return complain(report.error(), 3);
  }

  const auto expected = tee::ReportData::from_caller_data(bytes_of(user_data));
  if (!expected) {
    return complain(expected.error(), 2);
  }
  auto collateral = tee::offline_collateral(collateral_files);
  if (!collateral) {
    return complain(collateral.error(), 3);
  }

  // In a server: one verifier for the whole process, shared by its threads.
  const tee::AttestationVerifier verifier(std::move(*collateral));
  // Development only, as the name says: without this line simulated evidence is refused.
  const auto options = tee::VerifyOptions::bound_to_caller_data(*expected).accept_simulated(
      tee::InsecureSimulation::for_development_only());

  const tee::VerificationResult verdict = verifier.verify(*report, options);
  for (const tee::Finding& warning : verdict.warnings()) {
    std::cerr << "warning: " << warning.code << ": " << warning.message << '\n';
  }
  for (const tee::Finding& failure : verdict.failures()) {
    std::cerr << "failure: " << failure.code << ": " << failure.message << '\n';
  }
  const auto proof = verdict.verified();
  if (!proof) {
    return 1;
  }

  // From here on the claims are facts.
  if (const auto* td = std::get_if<tee::TdxClaims>(&proof->claims())) {
    std::cout << (proof->simulated() ? "simulated" : "genuine") << " TD, MRTD " << tee::to_hex(td->mr_td) << '\n';
  } else {
    std::cout << "another platform: " << tee::to_string(proof->platform()) << '\n';
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  if (arguments.size() < 3) {
    std::cerr << "usage: verify REPORT USER_DATA [COLLATERAL...]\n";
    return 2;
  }
  return judge(arguments[1], arguments[2], {arguments.begin() + 3, arguments.end()});
}
