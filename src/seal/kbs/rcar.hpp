// SPDX-License-Identifier: Apache-2.0
// Trustee's RCAR handshake, from the first request to the resource.
#pragma once
#include <string>

#include "device/request_queue.hpp"
#include "net/http_client.hpp"
#include "tenzro/tee/provider.hpp"

namespace tenzro::tee::kbs {

struct Broker {
  const net::HttpClient& client;  ///< speaks to the pinned broker alone
  std::string url;                ///< https, without a '/' at its end
};

/// The content of a resource ("repository/type/tag"), at most kMaxJweCiphertext bytes, for whom the broker trusts tee.
/// A fresh session each time: an RSA key of 3072 bits that this call's memory alone holds, bound with the broker's
/// nonce into tee's evidence. The TEE is asked only once the broker has answered.
///
/// permission_denied: the broker said no, with its reason. not_available: there is no such resource. timed_out,
/// cancelled: by waiting. io_failure: the broker cannot be reached, is not the pinned one, or does not keep to the
/// protocol; what does not open with our key is the last. The TEE's own errors as they are.
Result<SecretBytes> fetch_resource(TeeProvider& tee, const Broker& broker, const std::string& resource,
                                   const device::Waiting& waiting);

}  // namespace tenzro::tee::kbs
