// SPDX-License-Identifier: Apache-2.0
// Intel's certificate hierarchy, imitated: real formats under keys that everybody knows.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "crypto/openssl_handles.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::simulated {

/// A P-256 key and the certificate that names it.
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
  Bytes serial;                              ///< big-endian; empty: derived from the key
  std::optional<tdx::PckExtension> pck{};    ///< PCK leaves only
  bool unknown_critical_extension = false;   ///< for tests
};

/// How a revocation list is made.
struct CrlSpec {
  UtcTime this_update{};
  std::optional<UtcTime> next_update{};
  std::vector<Bytes> revoked_serials{};      ///< big-endian
  std::uint64_t number = 1;
  bool delta = false, unknown_critical_extension = false, indirect = false;  ///< for tests
  bool with_number = true, with_authority_key_id = true;
};

/// P-256 private key whose scalar is derived from SHA-256(label): the same everywhere, no secret.
crypto::PkeyPtr key_from_label(std::string_view label);
/// Signed by issuer; self-signed when issuer is null. Subject "CN=<common_name>,O=Intel Corporation,L=Santa Clara,ST=CA,C=US".
Bytes make_certificate(const CertificateSpec& spec, EVP_PKEY* subject_key, const Identity* issuer);
Bytes make_crl(const CrlSpec& spec, const Identity& issuer);
/// Raw r || s over SHA-256(data).
ByteArray<64> sign(EVP_PKEY* key, ByteView data);
/// X || Y of an EC key.
ByteArray<64> public_point(EVP_PKEY* key);

/// Root, its two PCK CAs and the TCB signer. The label "tenzro-sim-intel-v1" gives the simulated hierarchy, whose root
/// certificate is the compiled-in simulated anchor, byte for byte; any other label gives an independent one with the same names.
class IntelHierarchy {
 public:
  static constexpr std::string_view kSimulatedLabel = "tenzro-sim-intel-v1";
  explicit IntelHierarchy(std::string_view label = kSimulatedLabel);

  const Identity& root() const noexcept { return root_; }
  const Identity& platform_ca() const noexcept { return platform_ca_; }
  const Identity& processor_ca() const noexcept { return processor_ca_; }
  const Identity& tcb_signer() const noexcept { return tcb_signer_; }
  const std::string& label() const noexcept { return label_; }

 private:
  std::string label_;
  Identity root_, platform_ca_, processor_ca_, tcb_signer_;
};

}  // namespace tenzro::tee::simulated
