// SPDX-License-Identifier: Apache-2.0
// What an issuer's responder says of a certificate that is good, made by OpenSSL.
#pragma once
#include "provider/simulated/intel_hierarchy.hpp"

namespace tenzro::tee::simulated {

/// One answer. certificate: DER.
struct OcspSpec {
  ByteView certificate;
  UtcTime this_update{}, next_update{};
};

/// DER of a successful response, produced at this_update and signed with SHA-384 by the issuer itself, which is named
/// by its name; the certificate is named by SHA-384. Says good, without a nonce: nobody asked.
Bytes make_ocsp_response(const OcspSpec& spec, const Identity& issuer);

}  // namespace tenzro::tee::simulated
