// SPDX-License-Identifier: Apache-2.0
// Telling DER certificates, revocation lists and OCSP responses apart by their structure. Nothing is verified here.
#pragma once
#include <cstdint>
#include <string>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::collateral {

enum class DerForm : std::uint8_t { other, certificate, crl, ocsp_response };

/// What one DER element, whole, is by the shape of RFC 5280 or RFC 6960; other for anything that is none of these.
DerForm recognise_der(ByteView der);

/// root_crl, pck_crl, amd_crl or nitro_crl by the common name of the list's issuer. malformed_input for a list of
/// anybody else. crl: of the form DerForm::crl.
Result<CollateralKind> crl_kind(ByteView crl);

/// The INTEGER content octets of a certificate's serial number, a view into it.
Result<ByteView> certificate_serial(ByteView certificate);

}  // namespace tenzro::tee::collateral
