// SPDX-License-Identifier: Apache-2.0
// Intel's certificate hierarchy, imitated: real formats under keys that everybody knows.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.hpp"
#include "crypto/ecdsa.hpp"
#include "crypto/openssl_handles.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::simulated {

/// A key, P-256 for Intel, P-384 for AWS and RSA-4096 for AMD, and the certificate that names it.
struct Identity {
  crypto::PkeyPtr key;
  Bytes certificate;  ///< DER
};

/// How a certificate is made; the defaults are those of a genuine one of its kind.
struct CertificateSpec {
  std::string common_name;
  UtcTime not_before{}, not_after{};
  bool is_ca = false;
  std::optional<unsigned> path_length{};
  Bytes serial{};                           ///< big-endian; empty: derived from the key
  std::optional<tdx::PckExtension> pck{};   ///< PCK leaves only
  bool unknown_critical_extension = false;  ///< for tests

  // For tests, too: what a genuine certificate never is.
  std::string organization = "Intel Corporation";
  std::optional<Bytes> pck_extension_value{};  ///< DER of the SGX extension; replaces what pck would write
  std::optional<std::uint8_t> key_usage{};  ///< first octet of the BIT STRING (bit 0 is 0x80); empty: as is_ca demands
  bool with_authority_key_id = true, with_subject_key_id = true, with_crl_distribution_point = true;
  bool with_key_usage = true, with_basic_constraints = true;
  crypto::Hash signature_hash = crypto::Hash::sha256;
};

/// How a revocation list is made.
struct CrlSpec {
  UtcTime this_update{};
  std::optional<UtcTime> next_update{};
  std::vector<Bytes> revoked_serials{};  ///< big-endian
  std::uint64_t number = 1;
  bool delta = false, unknown_critical_extension = false, indirect = false;  ///< for tests
  bool with_number = true, with_authority_key_id = true;
  std::optional<unsigned> reason = 1;  ///< CRLReason of each entry: keyCompromise, as Intel's say; empty: none
  crypto::Hash signature_hash = crypto::Hash::sha256;
};

/// Private key whose scalar is derived from a hash of the label: the same everywhere, no secret.
crypto::PkeyPtr key_from_label(std::string_view label, crypto::Curve curve = crypto::Curve::p256);
/// Signed by issuer; self-signed when issuer is null. Subject: common_name, organization, then L=Santa Clara, ST=CA,
/// C=US. issuer names the signer by its certificate and signs by its key: a pair that does not belong together makes a
/// certificate whose signature is wrong.
Bytes make_certificate(const CertificateSpec& spec, EVP_PKEY* subject_key, const Identity* issuer);
/// The same remark holds for issuer.
Bytes make_crl(const CrlSpec& spec, const Identity& issuer);
/// Raw r || s over SHA-256(data).
ByteArray<64> sign(EVP_PKEY* key, ByteView data);
/// Raw r || s over SHA-384(data), by a P-384 key.
ByteArray<96> sign_p384(EVP_PKEY* key, ByteView data);
/// X || Y of a P-256 key.
ByteArray<64> public_point(EVP_PKEY* key);
/// Serial number of a certificate as INTEGER content octets, for CrlSpec::revoked_serials.
Bytes serial_of(ByteView certificate);

/// Root, its two PCK CAs and the TCB signer. The label "tenzro-sim-intel-v1" gives the simulated hierarchy, whose root
/// certificate is the compiled-in simulated anchor, byte for byte; any other label gives an independent one with the
/// same names.
///
/// Threads: const members may be called from several threads at once.
class IntelHierarchy {
 public:
  static constexpr std::string_view kSimulatedLabel = "tenzro-sim-intel-v1";
  explicit IntelHierarchy(std::string_view label = kSimulatedLabel);

  const Identity& root() const noexcept { return root_; }
  const Identity& platform_ca() const noexcept { return platform_ca_; }
  const Identity& processor_ca() const noexcept { return processor_ca_; }
  const Identity& tcb_signer() const noexcept { return tcb_signer_; }
  const Identity& pck_ca(bool platform) const noexcept { return platform ? platform_ca_ : processor_ca_; }
  const std::string& label() const noexcept { return label_; }

 private:
  std::string label_;
  Identity root_, platform_ca_, processor_ca_, tcb_signer_;
};

}  // namespace tenzro::tee::simulated
