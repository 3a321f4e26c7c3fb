// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/key_parts.hpp"

#include "core/encoded_text.hpp"
#include "provider/simulated/ensure.hpp"

namespace tenzro::tee::simulated {

namespace {
using ParamsPtr = crypto::Handle<OSSL_PARAM, OSSL_PARAM_free>;

constexpr std::string_view kDomain("tenzro-sim-key\0", 15);

}  // namespace

crypto::Digest label_block(crypto::Hash hash, std::string_view label, std::uint32_t counter) {
  const ByteArray<4> suffix{static_cast<std::uint8_t>(counter >> 24), static_cast<std::uint8_t>(counter >> 16),
                            static_cast<std::uint8_t>(counter >> 8), static_cast<std::uint8_t>(counter)};
  return crypto::digest(hash, {as_bytes(kDomain), as_bytes(label), suffix});
}

crypto::PkeyPtr key_pair(const char* type, OSSL_PARAM_BLD* parts) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(parts));
  const crypto::PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  ensure(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
             EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1,
         "a key could not be made");
  return crypto::PkeyPtr(key);
}

}  // namespace tenzro::tee::simulated
