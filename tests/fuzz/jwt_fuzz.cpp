// SPDX-License-Identifier: Apache-2.0
// Compact tokens, and what NVIDIA's service says in them: one spelling for each, and no claim read from elsewhere.
#include "formats/jwt.hpp"

#include "core/encoded_text.hpp"
#include "evidence/nvidia/nras_answer.hpp"
#include "evidence/nvidia/nras_claims.hpp"
#include "fuzz_target.hpp"

namespace tenzro::tee::fuzz {
namespace {

void check_device(const nvidia::DeviceClaims& claims) {
  require(claims.version == "2.0" || claims.version == "3.0", "only known versions are read");
  for (const char c : claims.ueid) {
    require(c >= '0' && c <= '9', "a ueid is decimal");
  }
  require(claims.error || claims.common.eat_nonce || !claims.missing_claims.empty(), "a missing nonce is noticed");
}

void check_claims(ByteView payload) {
  for (const RemoteDevices kind : {RemoteDevices::gpus, RemoteDevices::switches}) {
    const auto claims = nvidia::parse_device_claims(payload, kind);
    if (claims) {
      check_device(*claims);
    } else {
      require_decent(claims.error());
    }
  }
  const auto overall = nvidia::parse_overall_claims(payload);
  if (!overall) {
    return require_decent(overall.error());
  }
  require(overall->common.eat_nonce.has_value(), "the overall token has a nonce");
  require(overall->submodules.size() <= nvidia::kMaxDevices, "no more devices than the limit");
}

void run(ByteView input) {
  check_claims(input);
  const std::string_view text = text_of(input);
  const auto token = jwt::parse(text);
  if (!agree(token, jwt::parse(text))) {
    return;
  }
  require(within(input, as_bytes(token->signing_input)), "what is signed lies inside the text");
  require(!token->payload.empty() && !token->signature.empty(), "no part is empty");
  require(!jwt::parse(std::string(text) + "="), "padding is another spelling");
  const std::size_t signature = token->signing_input.size() + 1;
  const auto again = from_base64url(text.substr(signature));
  require(again.has_value() && *again == token->signature, "the signature is the last part");
  require(text.size() - signature == (token->signature.size() * 4 + 2) / 3, "base64url has one length");
  check_claims(token->payload);
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
