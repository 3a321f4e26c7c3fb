// SPDX-License-Identifier: Apache-2.0
// RSA keys for tests, which are no secret.
#pragma once
#include "crypto/openssl_handles.hpp"

namespace tenzro::tee::test {

/// Each call another key: the first eight of 2048, 3072 and 4096 bits are the same in each run, and cost nothing.
crypto::PkeyPtr rsa_key(unsigned bits);

}  // namespace tenzro::tee::test
