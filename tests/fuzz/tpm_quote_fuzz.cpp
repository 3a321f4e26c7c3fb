// SPDX-License-Identifier: Apache-2.0
// vTPM quotes: the JSON around them, and what was signed (which is tried on the input itself too).
#include "evidence/tpm_quote.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void check_attest(ByteView message) {
  const auto attest = azure::parse_tpm_attest(message);
  if (!agree(attest, azure::parse_tpm_attest(message))) {
    return;
  }
  require(within(message, attest->qualified_signer) && within(message, attest->extra_data) &&
              within(message, attest->pcr_digest),
          "every part lies inside the message");
  require(attest->pcr_digest.size() == 32, "the digest is SHA-256");
  require((attest->pcr_mask & ~azure::kAllPcrs) == 0, "there are 24 registers");
}

void run(ByteView input) {
  check_attest(input);
  const auto quote = azure::parse_tpm_quote(input);
  if (!agree(quote, azure::parse_tpm_quote(input))) {
    return;
  }
  require(!quote->message.empty() && !quote->signature.empty(), "nothing of it is empty");
  check_attest(quote->message);
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
