// SPDX-License-Identifier: Apache-2.0
#include "collateral/der_kind.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/try.hpp"
#include "formats/der.hpp"
#include "formats/ocsp.hpp"

namespace tenzro::tee::collateral {

namespace {

constexpr std::array<std::uint8_t, 3> kCommonNameOid = {0x55, 0x04, 0x03};  // 2.5.4.3
/// The root is <partition>.nitro-enclaves, and whatever it issues ends in its name (AWS, "Verifying the root of
/// trust").
constexpr std::string_view kNitroEnding = ".nitro-enclaves";

bool is_time(std::uint8_t tag) { return tag == der::kUtcTime || tag == der::kGeneralizedTime; }

/// RFC 5280: Certificate and CertificateList are SEQUENCE { to be signed, AlgorithmIdentifier, BIT STRING }.
Result<der::Reader> enter_signed(ByteView bytes) {
  der::Reader whole("signed object", bytes);
  TENZRO_ASSIGN_OR_RETURN(der::Reader outer, whole.enter("value", der::kSequence));
  TENZRO_RETURN_IF_ERROR(whole.expect_end());
  TENZRO_ASSIGN_OR_RETURN(der::Reader tbs, outer.enter("to_be_signed", der::kSequence));
  TENZRO_RETURN_IF_ERROR(outer.next("signature_algorithm", der::kSequence));
  TENZRO_RETURN_IF_ERROR(outer.next("signature", der::kBitString));
  TENZRO_RETURN_IF_ERROR(outer.expect_end());
  return tbs;
}

/// The reader after version or serial, and algorithm: before the issuer.
Result<void> skip_to_issuer(der::Reader& tbs) {
  if (tbs.peek() == der::kInteger) {
    TENZRO_RETURN_IF_ERROR(tbs.next("version_or_serial"));
  }
  TENZRO_RETURN_IF_ERROR(tbs.next("algorithm", der::kSequence));
  return {};
}

Result<DerForm> form_of(ByteView bytes) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader tbs, enter_signed(bytes));
  if (tbs.peek() == der::kContext0) {
    return DerForm::certificate;  // only a certificate's version stands in [0]
  }
  TENZRO_RETURN_IF_ERROR(skip_to_issuer(tbs));
  TENZRO_RETURN_IF_ERROR(tbs.next("issuer", der::kSequence));
  // A list goes on with thisUpdate, a version 1 certificate with the pair notBefore, notAfter.
  if (is_time(tbs.peek())) {
    return DerForm::crl;
  }
  return tbs.peek() == der::kSequence ? DerForm::certificate : DerForm::other;
}

/// The one common name of an issuer; malformed_input when there is none or more than one.
Result<std::string> common_name(der::Reader name) {
  std::string found;
  unsigned count = 0;
  while (!name.at_end()) {
    TENZRO_ASSIGN_OR_RETURN(der::Reader set, name.enter("relative_name", der::kSet));
    while (!set.at_end()) {
      TENZRO_ASSIGN_OR_RETURN(der::Reader attribute, set.enter("attribute", der::kSequence));
      TENZRO_ASSIGN_OR_RETURN(const der::Element type, attribute.next("type", der::kOid));
      TENZRO_ASSIGN_OR_RETURN(const der::Element value, attribute.next("value"));
      if (!std::equal(type.content.begin(), type.content.end(), kCommonNameOid.begin(), kCommonNameOid.end())) {
        continue;
      }
      found.assign(value.content.begin(), value.content.end());
      ++count;
    }
  }
  if (count == 1) {
    return found;
  }
  return Error(ErrorCode::malformed_input, concat("CRL: its issuer has ", count, " common names, expected one"));
}

}  // namespace

DerForm recognise_der(ByteView der) {
  if (ocsp::looks_like_response(der)) {
    return DerForm::ocsp_response;
  }
  const auto form = form_of(der);
  return form ? *form : DerForm::other;
}

Result<CollateralKind> crl_kind(ByteView crl) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader tbs, enter_signed(crl));
  TENZRO_RETURN_IF_ERROR(skip_to_issuer(tbs));
  TENZRO_ASSIGN_OR_RETURN(const der::Reader issuer, tbs.enter("issuer", der::kSequence));
  TENZRO_ASSIGN_OR_RETURN(const std::string name, common_name(issuer));
  if (name == "Intel SGX Root CA") {
    return CollateralKind::root_crl;
  }
  if (name == "Intel SGX PCK Platform CA" || name == "Intel SGX PCK Processor CA") {
    return CollateralKind::pck_crl;
  }
  if (name.starts_with("ARK-")) {
    return CollateralKind::amd_crl;
  }
  if (name.ends_with(kNitroEnding)) {
    return CollateralKind::nitro_crl;
  }
  return Error(ErrorCode::malformed_input,
               concat("CRL of an unknown issuer \"", printable(name),
                      "\"; known are Intel SGX Root CA, Intel SGX PCK Platform CA, Intel SGX PCK Processor CA, "
                      "AMD's ARK-... and AWS's ...",
                      kNitroEnding));
}

Result<ByteView> certificate_serial(ByteView certificate) {
  TENZRO_ASSIGN_OR_RETURN(der::Reader tbs, enter_signed(certificate));
  if (tbs.peek() == der::kContext0) {
    TENZRO_RETURN_IF_ERROR(tbs.next("version"));
  }
  return tbs.integer_bytes("serialNumber");
}

}  // namespace tenzro::tee::collateral
