// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/quote_signatures.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/ecdsa.hpp"
#include "evidence/tdx/claims.hpp"
#include "formats/pem.hpp"

namespace tenzro::tee::tdx {

namespace {

using demanded_by::kVendor;

constexpr std::size_t kPckChainLength = 3;
constexpr std::size_t kMaxPckChainSize = std::size_t{16} << 10;  // genuine ones have less than 4 KiB

}  // namespace

bool judge_constants(const Quote& quote, VerdictBuilder& verdict) {
  bool good = true;
  if (quote.header.attestation_key_type != kAttestationKeyEcdsaP256) {
    good = false;
    verdict.fail("attestation_key_type", kVendor,
                 {"format", "unsupported_attestation_key_type",
                  concat("attestation key type ", quote.header.attestation_key_type, " is not supported, only ",
                         kAttestationKeyEcdsaP256, " (ECDSA with P-256)")},
                 std::to_string(kAttestationKeyEcdsaP256), std::to_string(quote.header.attestation_key_type));
  }
  if (quote.header.qe_vendor_id != kIntelQeVendorId) {
    good = false;
    verdict.fail("qe_vendor_id", kVendor,
                 {"format", "unknown_qe_vendor", "the quoting enclave is not Intel's; only Intel's are trusted"},
                 to_hex(kIntelQeVendorId), to_hex(quote.header.qe_vendor_id));
  }
  if (good) {
    verdict.pass("format", kVendor, {}, concat("quote version ", quote.header.version));
  }
  return good;
}

bool judge_quote_signature(const Quote& quote, VerdictBuilder& verdict) {
  const auto key = crypto::EcPublicKey::from_point(crypto::Curve::p256, quote.attestation_key);
  if (!key && key.error().code() == ErrorCode::crypto_failure) {
    verdict.fail("quote_signature", kVendor,
                 {"signature", "crypto_failure",
                  concat("OpenSSL cannot do P-256 here (", key.error().message(), "), so nothing can be judged")});
    return false;
  }
  if (!key) {
    verdict.fail(
        "quote_signature", kVendor,
        {"signature", "attestation_key_invalid",
         concat("the attestation key is no point on P-256 (", key.error().message(), "); the quote was altered")});
    return false;
  }
  if (!key->verify(crypto::Hash::sha256, quote.signed_bytes, quote.signature)) {
    verdict.fail("quote_signature", kVendor,
                 {"signature", "quote_signature_invalid", "the quote's signature does not cover its header and body"});
    return false;
  }
  verdict.pass("quote_signature", kVendor);

  // The QE report vouches for the attestation key: SHA-256(key || auth data), then 32 zero bytes, all 64 compared.
  ByteArray<64> expected{};
  const auto digest = crypto::sha256({quote.attestation_key, quote.qe_auth_data});
  std::copy(digest.begin(), digest.end(), expected.begin());
  const SgxReport qe = read_qe_report(quote);
  if (!crypto::equal_constant_time(expected, qe.report_data)) {
    verdict.fail(
        "attestation_key_binding", kVendor,
        {"signature", "qe_report_data_mismatch",
         "the quoting enclave's report does not name this attestation key; the quote was put together from parts"},
        to_hex(expected), to_hex(qe.report_data));
    return false;
  }
  verdict.pass("attestation_key_binding", kVendor);
  return true;
}

std::optional<std::vector<x509::CertificatePtr>> read_pck_chain(const Quote& quote,
                                                                std::span<const x509::CertificatePtr> known_roots,
                                                                Recollection& recall, VerdictBuilder& verdict) {
  if (quote.certification_type != static_cast<std::uint16_t>(CertificationType::pck_chain)) {
    verdict.fail(
        "certification_data", kVendor,
        {"format", "unsupported_certification_data_type",
         concat("certification data type ", quote.certification_type, " does not carry the PCK certificate chain")},
        "5", std::to_string(quote.certification_type));
    return std::nullopt;
  }
  if (quote.certification_data.size() > kMaxPckChainSize) {
    verdict.fail("certification_data", kVendor,
                 {"format", "malformed_certification_data",
                  concat("the PCK chain has ", quote.certification_data.size(), " bytes, at most ", kMaxPckChainSize,
                         " are accepted")});
    return std::nullopt;
  }
  const auto blocks = pem::split_quote_chain(quote.certification_data);
  if (!blocks) {
    verdict.fail("certification_data", kVendor, {"format", "malformed_certification_data", blocks.error().message()});
    return std::nullopt;
  }
  if (blocks->size() != kPckChainLength) {
    verdict.fail("certification_data", kVendor,
                 {"format", "malformed_certification_data",
                  concat("the PCK chain has ", blocks->size(), " certificates, ", kPckChainLength, " belong there")},
                 std::to_string(kPckChainLength), std::to_string(blocks->size()));
    return std::nullopt;
  }
  std::vector<x509::CertificatePtr> chain;
  for (const pem::Block& block : *blocks) {
    const auto known = std::ranges::find_if(
        known_roots, [&](const x509::CertificatePtr& root) { return std::ranges::equal(root->der(), block.der); });
    if (known != known_roots.end()) {
      chain.push_back(*known);
      continue;
    }
    auto certificate = recall.certificate(block.der);
    if (!certificate) {
      verdict.fail("pck_chain", kVendor,
                   {"chain", "certificate_malformed",
                    concat("certificate ", chain.size(), " of the PCK chain: ", certificate.error().message())});
      return std::nullopt;
    }
    chain.push_back(*std::move(certificate));
  }
  return chain;
}

bool judge_qe_report_signature(const Quote& quote, const x509::Certificate& leaf, x509::SignatureChecks& checks,
                               VerdictBuilder& verdict) {
  if (!checks.check_raw_p256(
          x509::signed_thing::kQeReport, leaf,
          {crypto::sha256({quote.qe_report, quote.qe_report_signature}), quote.qe_report, quote.qe_report_signature})) {
    verdict.fail("qe_report_signature", kVendor,
                 {"signature", "qe_report_signature_invalid",
                  "the quoting enclave's report is not signed by the PCK certificate's key"});
    return false;
  }
  verdict.pass("qe_report_signature", kVendor);
  return true;
}

std::optional<PckExtension> read_pck_extension(const x509::Certificate& leaf, const x509::Certificate& intermediate,
                                               VerdictBuilder& verdict) {
  const x509::Extension* extension = leaf.extension(kSgxExtensionOid);
  if (extension == nullptr) {
    verdict.fail(
        "pck_extension", kVendor,
        {"chain", "pck_extension_missing", "the PCK certificate lacks Intel's SGX extension; it names no platform"});
    return std::nullopt;
  }
  auto parsed = parse_pck_extension(extension->value, intermediate.common_name() == kPckPlatformCaName);
  if (!parsed) {
    verdict.fail("pck_extension", kVendor,
                 {"chain", "pck_extension_malformed",
                  concat("the PCK certificate's SGX extension: ", parsed.error().message())});
    return std::nullopt;
  }
  verdict.pass("pck_extension", kVendor, {}, concat("FMSPC ", to_hex(parsed->fmspc)));
  return *std::move(parsed);
}

}  // namespace tenzro::tee::tdx
