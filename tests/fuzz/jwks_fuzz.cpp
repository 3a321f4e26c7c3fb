// SPDX-License-Identifier: Apache-2.0
// Key sets: every key that is handed out is whole and has a name of its own; whether it is trusted depends on it alone.
#include "collateral/nvidia/key_set.hpp"
#include "fuzz_target.hpp"
#include "x509/token_signer.hpp"

namespace tenzro::tee::fuzz {
namespace {

void check_signer(const nvidia::TokenKey& key) {
  const UtcTime at(std::chrono::seconds(1'782'698'883));
  for (const x509::KeySource source : {x509::KeySource::anybody, x509::KeySource::verifier}) {
    const auto problem = x509::judge_token_signer({key.x_y, key.certificates, source}, at);
    if (problem) {
      require(problem->code == "token_key_not_trusted", "the code is the one that is documented");
      require_decent(Error(ErrorCode::verification_failed, problem->message));
    } else if (source == x509::KeySource::anybody) {
      require(key.certificates.size() > 1 && same(key.certificates[1], x509::pinned_token_issuer().der()),
              "from anybody only keys under the pinned issuer count");
    }
  }
}

void run(ByteView input) {
  const auto set = nvidia::parse_key_set(input);
  if (!agree(set, nvidia::parse_key_set(input))) {
    return;
  }
  require(set->keys.size() + set->other_keys <= nvidia::kMaxKeys, "no more keys than the limit");
  for (const nvidia::TokenKey& key : set->keys) {
    require(!key.key_id.empty() && set->find(key.key_id) == &key, "each name once");
    require(key.certificates.size() <= nvidia::kMaxKeyCertificates, "no more certificates than the limit");
    check_signer(key);
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
