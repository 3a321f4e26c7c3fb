// SPDX-License-Identifier: Apache-2.0
// What a key broker answers: the encrypted resource, and (tried on the same input) its challenge, token and reasons.
#include "core/encoded_text.hpp"
#include "fuzz_target.hpp"
#include "seal/kbs/jwe.hpp"
#include "seal/kbs/messages.hpp"

namespace tenzro::tee::fuzz {
namespace {

/// Nothing of base64url, and none of it lies beyond what is said to be the most.
void check_jwe(const kbs::Jwe& jwe, ByteView input) {
  require(!jwe.encrypted_key.empty() && jwe.encrypted_key.size() <= kbs::kMaxJweEncryptedKey,
          "a key has 1 to 512 bytes");
  require(jwe.ciphertext.size() <= kbs::kMaxJweCiphertext, "a ciphertext is bounded");
  const std::string_view text = text_of(input);
  const auto header = from_base64url(jwe.protected_header);
  require(header.has_value() && text.find(jwe.protected_header) != std::string_view::npos,
          "the header is authenticated as it came");
  require(text_of(*header).find("RSA-OAEP-256") != std::string_view::npos &&
              text_of(*header).find("A256GCM") != std::string_view::npos,
          "the algorithms are ours");
}

void run(ByteView input) {
  const auto jwe = kbs::parse_jwe(input);
  if (agree(jwe, kbs::parse_jwe(input))) {
    check_jwe(*jwe, input);
    require(!kbs::parse_jwe(input.first(input.size() / 2)).has_value(), "no half of one is one");
  }
  const auto challenge = kbs::parse_challenge(input);
  if (agree(challenge, kbs::parse_challenge(input))) {
    require(challenge->nonce.size() >= 22 && challenge->nonce.size() <= kbs::kMaxNonce, "a nonce is bounded");
    require(is_text(challenge->nonce), "a nonce is printable");
  }
  if (const auto token = kbs::check_token(input); !token) {
    require_decent(token.error());
  }
  require_decent(Error(ErrorCode::permission_denied, kbs::reason_of(input)));
  const std::string line(text_of(input.first(std::min<std::size_t>(input.size(), 512))));
  const std::pair<std::string, std::string> header("set-cookie", line);
  if (const auto cookie = kbs::session_cookie({&header, 1}); cookie) {
    require(is_text(*cookie) && cookie->find_first_of(" \t\r\n;") == std::string::npos, "a cookie ends no line");
    require(cookie->size() <= 300, "a cookie is bounded");
  } else {
    require_decent(cookie.error());
  }
}

}  // namespace
}  // namespace tenzro::tee::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tenzro::tee::fuzz::run({data, size});
  return 0;
}
