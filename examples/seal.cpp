// SPDX-License-Identifier: Apache-2.0
// Seals standard input under the TEE that this runs in, or opens it again.
//   seal KEY_ID < plaintext > sealed
//   seal -d KEY_ID < sealed > plaintext        (use it only when the exit code is 0)
#include <iostream>
#include <string_view>

#include <tenzro/tee.hpp>

namespace tee = tenzro::tee;

namespace {

// The exit codes of the tenzro command: 1 not authentic, 2 usage, 4 no root here.
int complain(const tee::Error& error) {
  std::cerr << "seal: " << error.message() << '\n';
  switch (error.code()) {
    case tee::ErrorCode::authentication_failed:
      return 1;
    case tee::ErrorCode::invalid_argument:
      return 2;
    case tee::ErrorCode::malformed_input:
    case tee::ErrorCode::unsupported:
      return 3;
    default:
      return 4;
  }
}

int run(std::string_view id, bool open) {
  const auto key_id = tee::SealKeyId::parse(id);
  if (!key_id) {
    return complain(key_id.error());
  }
  const auto provider = tee::detect_tee();
  if (!provider) {
    return complain(provider.error());
  }
  // On SEV-SNP, state that the launch measurement covers all that runs here only when it does: docs/sealing.md.
  const tee::SealOptions options{.scope = tee::SealScope::measurement};
  const auto done = open ? tee::unseal_stream(*key_id, std::cin, std::cout, **provider, options)
                         : tee::seal_stream(*key_id, std::cin, std::cout, **provider, options);
  return done ? 0 : complain(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  const bool open = argc == 3 && std::string_view(argv[1]) == "-d";
  if (argc != (open ? 3 : 2)) {
    std::cerr << "usage: seal [-d] KEY_ID\n";
    return 2;
  }
  return run(argv[argc - 1], open);
}
