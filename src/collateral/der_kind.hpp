// SPDX-License-Identifier: Apache-2.0
// Telling DER certificates and revocation lists apart by their structure. Nothing is verified here.
#pragma once
#include <cstdint>
#include <string>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::collateral {

enum class DerForm : std::uint8_t { other, certificate, crl };

/// What one DER element, whole, is by the shape of RFC 5280; other for anything that is neither.
DerForm recognise_der(ByteView der);

/// root_crl, pck_crl, amd_crl or nitro_crl by the common name of the list's issuer. malformed_input for a list of
/// anybody else. crl: of the form DerForm::crl.
Result<CollateralKind> crl_kind(ByteView crl);

}  // namespace tenzro::tee::collateral
