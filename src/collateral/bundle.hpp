// SPDX-License-Identifier: Apache-2.0
// The "tenzro-collateral/1" bundle, and recognising what a collateral file holds.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::collateral {

/// Everything that one input holds, kept apart per document.
struct Contents {
  /// "dcap_collateral", "collateral_bundle", "tcb_info", "qe_identity", "crl", "ocsp", "rim", "jwks", "certificates"
  std::string form;
  /// CRL bodies as DER; TCB info and QE identity as {"...":...,"signature":"..."}; manifests as XML.
  std::vector<CollateralDocument> documents;
  std::vector<Bytes> certificates;  ///< DER, of chains and certificates that stand by themselves
};

/// Recognises any collateral form by its content. malformed_input: "no known form" (naming what was tried), or what is
/// broken in the form that it has. source: a file name, for messages and CollateralDocument::source.
Result<Contents> read_contents(ByteView input, std::string_view source);

/// Only the "tenzro-collateral/1" form.
Result<Contents> parse_bundle(ByteView input, std::string_view source);
/// fetched_at: of every document; left out when empty.
std::string bundle_to_json(const std::vector<CollateralDocument>& documents, std::optional<UtcTime> fetched_at = {});

}  // namespace tenzro::tee::collateral
