// SPDX-License-Identifier: Apache-2.0
// What keys of every kind are made of that follow from a label.
#pragma once
#include <openssl/param_build.h>

#include <cstdint>
#include <string_view>

#include "crypto/digest.hpp"
#include "crypto/openssl_handles.hpp"

namespace tenzro::tee::simulated {

using ParamBuilderPtr = crypto::Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;

/// hash("tenzro-sim-key" || 0 || label || u32be(counter)): as many bytes as a key wants, block by block.
crypto::Digest label_block(crypto::Hash hash, std::string_view label, std::uint32_t counter);
/// A key pair of this type ("EC", "RSA") from its described parts.
crypto::PkeyPtr key_pair(const char* type, OSSL_PARAM_BLD* parts);

}  // namespace tenzro::tee::simulated
