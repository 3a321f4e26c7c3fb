// SPDX-License-Identifier: Apache-2.0
// Has the TEE that this runs in answer a verifier's challenge, and writes the report to standard output.
//   attest CHALLENGE_HEX        (32 to 64 bytes, as they came from the verifier)
#include <chrono>
#include <iostream>
#include <memory>
#include <string_view>

#include <tenzro/tee.hpp>

namespace tee = tenzro::tee;

namespace {

// The exit codes of the tenzro command: 2 usage, 4 no TEE.
int complain(const tee::Error& error, int exit_code) {
  std::cerr << "attest: " << error.message() << '\n';
  return exit_code;
}

int answer(std::string_view challenge_hex) {
  const auto bytes = tee::from_hex(challenge_hex);
  if (!bytes) {
    return complain(bytes.error(), 2);
  }
  // The bytes as they are: a verifier names them with --user-data-hex. ReportData::bind() ties a challenge to something
  // of our own, such as the hash of a TLS key.
  const auto data = tee::ReportData::from_caller_data(*bytes);
  if (!data) {
    return complain(data.error(), 2);
  }

  // In a server: one provider for the whole process, shared by its threads.
  const auto provider = tee::detect_tee();
  if (!provider) {
    return complain(provider.error(), 4);
  }
  std::cerr << "attest: " << (*provider)->provider_name() << '\n';

  tee::Patience patience;
  patience.at_most = std::chrono::seconds(60);
  const auto report = (*provider)->generate_attestation(*data, patience);
  if (!report) {
    return complain(report.error(), 4);
  }
  std::cout << tee::to_json(*report) << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: attest CHALLENGE_HEX\n";
    return 2;
  }
  return answer(argv[1]);
}
