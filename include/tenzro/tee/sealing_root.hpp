// SPDX-License-Identifier: Apache-2.0
// Where a sealing key comes from: what is asked of a root, and what it answers.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee {

/// What a sealing key is tied to.
enum class SealScope : std::uint8_t {
  measurement,  ///< only this exact workload can unseal
  signer        ///< any workload of the same signer or owner; survives upgrades
};

/// Only the sealing module can make one, so only it can ask a provider for key material.
class SealingAccess {
  SealingAccess() = default;
  friend class Sealer;
};

/// SEV-SNP's derived key. Source: AMD publication 56860, MSG_KEY_REQ.
struct SnpSealingEntry {
  bool vlek = false;                             ///< the key selection is always explicit: VCEK, on request VLEK
  std::optional<std::uint32_t> vmpl{};           ///< mixed in, 0 to 3; never below our own, which is the default
  bool measurement_covers_workload = false;      ///< the statement that measurement scope demands
  std::optional<ByteArray<48>> id_key_digest{};  ///< signer scope: this or the other
  std::optional<ByteArray<48>> author_key_digest{};
  std::optional<ByteArray<8>> min_tcb{};  ///< wire order; the floor; raw blobs derive at it and require it
  std::uint32_t min_svn = 0;              ///< signer scope: the floor of the guest's SVN
};

/// AWS KMS, which lets a Nitro enclave have a key whose policy names its PCRs.
struct KmsSealingEntry {
  std::string region{};  ///< "eu-west-1"
  std::string key_id{};  ///< the ARN of the key
  /// Bound by KMS to each key it gives; public. Names that begin with "tenzro-" are ours.
  std::map<std::string, std::string> encryption_context{};
};

/// A key broker that speaks Trustee's KBS protocol. Its TLS identity must be pinned: one of the last two.
struct KbsSealingEntry {
  std::string url{};       ///< https only
  std::string resource{};  ///< "repository/type/tag"; holds exactly 32 bytes
  std::string ca_file{};   ///< PEM; nobody else may vouch for the broker
  Bytes pinned_key{};      ///< DER SubjectPublicKeyInfo of the broker's certificate
};

/// A TPM 2.0. The secret is sealed under its storage root key and to its PCRs.
struct TpmSealingEntry {
  std::optional<std::uint32_t> handle{};  ///< of a persistent storage root key: 0x81000001; or
  std::string key_template{};             ///< "ecc-p256": the TCG's template, made anew each time
  std::vector<unsigned> pcrs{};           ///< of the SHA-256 bank, 0 to 23, ascending, at least one
  bool allow_host_vtpm = false;           ///< statement that a TPM which the host makes up is good enough
  std::string tcti = "device:/dev/tpmrm0";
  std::optional<std::uint32_t> counter{};  ///< NV index of a generation counter, 0x01000000 to 0x01ffffff
};

/// The configuration of the root that is asked; monostate: it needs none.
using SealingEntry = std::variant<std::monostate, SnpSealingEntry, KmsSealingEntry, KbsSealingEntry, TpmSealingEntry>;

/// What the caller's options and configuration ask of a root. A header adds nothing to it: stored_tag is compared with
/// them before any device or network request, and only a TCB between the configured floor and the committed one, and an
/// SVN likewise, may differ.
struct SealingRequest {
  SealScope scope = SealScope::measurement;
  bool measurement_covers_workload = false;  ///< the caller's statement, besides the entry's
  bool raw = false;                          ///< small format: nothing is stored, neither tag nor metadata
  std::string key_id{};                      ///< of the caller's key, for roots that bind it
  SealingEntry entry{};
  std::string stored_tag{};       ///< to unseal: the vendor tag in the header; empty when sealing, and for raw
  std::string stored_metadata{};  ///< to unseal: the metadata in the header, a JSON object; likewise
};

struct SealingRoot {
  SecretBytes secret;           ///< 32 bytes
  std::string vendor_tag;       ///< "amd-sev-snp;key=vcek;gfs=41;...": enters the key derivation and the header
  std::string metadata = "{}";  ///< public, a JSON object: what the root needs to find the secret again
};

}  // namespace tenzro::tee
