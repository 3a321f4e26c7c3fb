// SPDX-License-Identifier: Apache-2.0
// Judging the tokens of NVIDIA's remote attestation service: who signed them, for whom, when, and what they say.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collateral/nvidia/key_set.hpp"
#include "evidence/nvidia/nras_answer.hpp"
#include "evidence/nvidia/nras_claims.hpp"
#include "tenzro/tee/finding.hpp"
#include "x509/anchor_set.hpp"
#include "x509/path_checker.hpp"
#include "x509/token_signer.hpp"

namespace tenzro::tee::nvidia {

/// Who signs the tokens of the service that is asked by default: its base URL, without a slash at the end.
inline constexpr std::string_view kNrasIssuer = "https://nras.attestation.nvidia.com";

/// A key out of a key set, and who says that the set is the service's.
struct FoundTokenKey {
  TokenKey key;
  x509::KeySource source = x509::KeySource::anybody;
};
/// Looks a key up by its name, in every key set at hand in the order in which they count. Empty: none has it. Called
/// once for each token.
using FindTokenKey = std::function<std::optional<FoundTokenKey>(std::string_view key_id)>;

/// What the service was asked about, where it was we who asked.
struct SentDevices {
  RemoteDevices kind = RemoteDevices::gpus;
  std::size_t count = 0;
};

struct NrasQuestion {
  x509::Moment moment;
  std::chrono::seconds max_age{};        ///< of "iat"; a token past its "exp" is refused whatever this allows
  std::string issuer{kNrasIssuer};       ///< the base URL of the service that is asked, as configured
  std::optional<ByteArray<32>> nonce{};  ///< empty: any, the same in all tokens
  std::optional<SentDevices> sent{};     ///< empty: any number, at least one
  bool allow_hold = false;               ///< of the certificates of reference manifests, never of a device's
  bool allow_debug = false;              ///< a device that says it is in debug mode passes, with a warning
  /// Null: NVIDIA's pinned issuer. Else roots of the caller's own (none of them for evidence of another world): every
  /// key, wherever it came from, must be signed by one of them.
  const x509::AnchorSet* own_anchors = nullptr;
};

/// One device. Its claims are set only when they were signed by a key that is trusted.
struct NrasDevice {
  std::string name;  ///< "GPU-0"
  RemoteDevices kind = RemoteDevices::gpus;
  std::optional<DeviceClaims> claims;
  std::vector<Finding> failures, warnings;  ///< each message begins with the name
};

/// What became of an answer. Nothing in it may be relied on unless valid().
class NrasJudgement {
 public:
  /// True when every token was judged to the end and nothing failed, of the answer or of any device.
  bool valid() const noexcept;

  std::vector<NrasDevice> devices;          ///< in the order of the answer, each of its tokens
  std::vector<Finding> failures, warnings;  ///< of the answer as a whole
  std::optional<ByteArray<32>> nonce;       ///< of the token over all devices, once that is trusted
  UtcTime signed_at{};                      ///< the oldest "iat"
  UtcTime valid_until{};                    ///< the earliest "exp", or when the oldest token becomes too old

 private:
  friend NrasJudgement judge_nras_answer(const NrasAnswer&, const FindTokenKey&, const NrasQuestion&);
  bool judged_to_the_end_ = false;
};

/// Pure: no clock, no network, nothing remembered. The token over all devices comes first; when its signature or key is
/// no good, nothing else is looked at; nor is a device's token that is not the one it names. Findings:
/// "format": token_malformed; "signature": token_algorithm_not_allowed (ES384 only), token_key_unknown,
/// token_signature_invalid, token_issuer_mismatch, token_audience_mismatch, token_submodules_mismatch,
/// token_digest_mismatch; "chain": token_key_not_trusted, anchor_set_mixed; "freshness": token_expired,
/// token_not_yet_valid, evidence_too_old; "nonce": nonce_mismatch; "device": nras_device_token_missing,
/// nras_overall_failed, nras_device_failed, nras_measurement_failed, nras_claim_false, nras_certificate_not_good,
/// nras_warning, device_debug_enabled, secure_boot_off, device_duplicated. The tokens hold no digest of the evidence:
/// that they are about the devices that were sent rests on the nonce, and on comparing claims (ueid is the serial
/// number of the device's leaf certificate).
NrasJudgement judge_nras_answer(const NrasAnswer& answer, const FindTokenKey& find_key, const NrasQuestion& question);

}  // namespace tenzro::tee::nvidia
