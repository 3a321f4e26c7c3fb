// SPDX-License-Identifier: Apache-2.0
// The Nitro Security Module of the enclave that this program runs in.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tenzro/tee/provider.hpp"

namespace tenzro::tee {

namespace device {
class System;
}

/// What the module says of itself.
struct NsmDescription {
  unsigned version_major = 0, version_minor = 0, version_patch = 0;
  std::string module_id{};              ///< "i-0123456789abcdef0-enc0123456789abcdef"
  unsigned max_pcrs = 0;                ///< 32
  std::vector<unsigned> locked_pcrs{};  ///< ascending
  std::string digest{};                 ///< "SHA384"
};

struct NsmPcr {
  bool locked = false;
  Bytes value{};  ///< 48 bytes
};

/// The security module behind /dev/nsm. Attestation documents hold locked PCRs only: to have a measurement of your own
/// attested, extend one of PCR16 to PCR31, lock it, then attest. A document is made by TeeProvider; this is the rest.
///
/// Every member may fail with not_available or permission_denied (no such device, or it may not be opened), timed_out
/// or cancelled (patience), hardware_failure (the module said no, and its word for it is in the message) and
/// malformed_input (an answer that is none). What cannot be undone (extend_pcr, lock_pcr, lock_pcrs_below) says with
/// timed_out and cancelled which of two it is: nothing was asked of the module, or it may have happened, or may yet;
/// then describe_pcr() tells. Threads: const members may be called from several threads at once; the
/// module answers one request after another.
class NitroSecurityModule {
 public:
  /// Nothing is opened before the first request.
  NitroSecurityModule();
  /// Tests: on a machine that they make up.
  explicit NitroSecurityModule(std::shared_ptr<device::System> machine);

  Result<NsmDescription> describe(const Patience& patience = {}) const;
  /// invalid_argument: an index above 65535, here and below.
  Result<NsmPcr> describe_pcr(unsigned index, const Patience& patience = {}) const;
  /// PCR := SHA-384(PCR || data). Returns the new value, 48 bytes. data: any bytes, hashed or not, up to 3 KiB.
  Result<Bytes> extend_pcr(unsigned index, ByteView data, const Patience& patience = {}) const;
  Result<void> lock_pcr(unsigned index, const Patience& patience = {}) const;       ///< until the enclave ends
  Result<void> lock_pcrs_below(unsigned end, const Patience& patience = {}) const;  ///< all with an index below end
  /// Up to 256 bytes of the module's own generator. Mix them into others; never use them alone.
  Result<Bytes> random(const Patience& patience = {}) const;
  /// The signed document (COSE_Sign1), at most 1024 bytes in each field; nothing verified.
  Result<Bytes> attestation(const std::optional<Bytes>& user_data, const std::optional<Bytes>& nonce,
                            const std::optional<Bytes>& public_key, const Patience& patience = {}) const;

 private:
  std::shared_ptr<device::System> machine_;
};

}  // namespace tenzro::tee
