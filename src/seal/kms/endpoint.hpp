// SPDX-License-Identifier: Apache-2.0
// Where KMS is, and where it is dialled.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/http_client.hpp"

namespace tenzro::tee::kms {

struct Endpoint {
  std::string host;  ///< "kms.eu-west-1.amazonaws.com": what TLS verifies, the Host line says and the signature covers
  std::string url;   ///< "https://kms.eu-west-1.amazonaws.com/"
  std::optional<net::Dial> dial{};  ///< empty: what the URL names
};

/// region: of lower-case letters, digits and '-'. override: SealingNetwork::kms_endpoint, or empty. It changes what is
/// dialled, nothing else.
///
/// Plain http is for simulated enclaves: nothing but TLS that ends inside the enclave says that an answer is KMS's,
/// since whoever carries a request can encrypt data keys of its own choice to the enclave, and behind a port of this
/// machine there is often just the host. invalid_argument.
Result<Endpoint> find_endpoint(std::string_view region, std::string_view override, bool simulated);

}  // namespace tenzro::tee::kms
