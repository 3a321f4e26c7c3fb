// SPDX-License-Identifier: Apache-2.0
// The TEE that this program runs in: finding it, and having it sign what a verifier asks.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenzro/tee/challenge.hpp"
#include "tenzro/tee/insecure/simulation.hpp"
#include "tenzro/tee/report.hpp"
#include "tenzro/tee/sealing_root.hpp"

namespace tenzro::tee {

/// What the hardware is asked to sign: report data, a separate nonce (Nitro, NVIDIA), or both (Nitro only).
struct AttestationRequest {
  AttestationRequest(ReportData data) : report_data(std::move(data)) {}
  AttestationRequest(EvidenceNonce only_nonce) : nonce(std::move(only_nonce)) {}
  AttestationRequest(ReportData data, EvidenceNonce with_nonce)
      : report_data(std::move(data)), nonce(std::move(with_nonce)) {}

  /// Its 64-byte form is signed as Intel TDX's REPORTDATA, SEV-SNP's REPORT_DATA and Nitro's user_data; NVIDIA's nonce
  /// is the SHA-256 of it.
  std::optional<ReportData> report_data;
  std::optional<EvidenceNonce> nonce;  ///< Nitro: nonce. NVIDIA: exactly 32 bytes
  std::optional<Bytes> public_key{};   ///< Nitro only: 1 to 1024 bytes, by custom a DER SubjectPublicKeyInfo
  bool event_log = false;              ///< Intel TDX: enclose the firmware's event log (CCEL), where there is one
};

/// How long to wait for a device, and who may end the waiting.
struct Patience {
  /// From the call on, waiting for other callers of the same device included, first come, first served; negative: not
  /// at all, more than ten years: ten years. A TDX guest makes about one quote a
  /// second; SEV-SNP firmware that is asked too often answers after up to 60 seconds.
  std::chrono::milliseconds at_most{std::chrono::minutes{2}};
  std::stop_token stop{};
};

/// One kind of TEE hardware (or an imitation) on this machine.
/// Threads: all members may be called from several threads at once; requests to one device are made one after another,
/// in the whole process. Their threads take none of the program's signals.
///
/// Processes: a child of fork() that does not exec must use no provider of its parent's, nor anything else here that
/// asks a device, while a request of the parent is under way: the queue of that device never moves on in the child. A
/// request that the kernel still has when its caller gives up leaves a small process behind, with no file open, which
/// ends with the request, or removes what the kernel keeps of it when this process ends first.
class TeeProvider {
 public:
  virtual ~TeeProvider() = default;
  TeeProvider(const TeeProvider&) = delete;
  TeeProvider& operator=(const TeeProvider&) = delete;

  virtual Platform tee_type() const noexcept = 0;
  /// "Intel TDX (configfs-tsm)"; valid while *this lives.
  virtual std::string_view provider_name() const noexcept = 0;
  virtual bool simulated() const noexcept { return false; }

  /// Asks the hardware to sign the request, and makes sure that the answer answers it. Who waits too long gets
  /// timed_out or cancelled: the device may still be at work then, and the next request waits for it.
  ///
  /// invalid_argument: a nonce or public key where the platform has none, one of a wrong size, or both fields for the
  /// one nonce of a GPU. not_available, permission_denied: the device. hardware_failure: it, its firmware or its host
  /// answered with an error, or with evidence that does not hold what was asked. io_failure: anything else.
  Result<AttestationReport> generate_attestation(const AttestationRequest& request, const Patience& patience = {}) {
    return attest(request, patience);
  }

  /// The secret root of sealing keys, and the tag that describes its derivation; for the sealing module alone.
  /// not_available where the platform has none, with what could be one. authentication_failed: the stored tag is of
  /// another derivation; nothing was asked of the device then.
  Result<SealingRoot> sealing_root(SealingAccess, const SealingRequest& request, const Patience& patience = {}) {
    return find_sealing_root(request, patience);
  }

 protected:
  TeeProvider() = default;

 private:
  virtual Result<AttestationReport> attest(const AttestationRequest& request, const Patience& patience) = 0;
  /// Platforms without a secret of their own leave it as it is: not_available.
  virtual Result<SealingRoot> find_sealing_root(const SealingRequest& request, const Patience& patience);
};

/// One sign of TEE hardware, or one way to have it make evidence, that was looked at.
struct ProbeFinding {
  Platform platform = Platform::unknown;
  std::string interface_path;  ///< "CPUID leaf 0x21", "/dev/tdx_guest", "libnvidia-ml.so.1"
  bool present = false;        ///< a sign that this machine is, or has, such a TEE; usable or not
  bool usable = false;         ///< evidence can be had through it
  std::string why_not{};       ///< one line and what to do about it; empty when usable
  std::string detail{};        ///< what it says of itself: "provider tdx_guest", "CC mode on"; may be empty
};

struct DetectOptions {
  std::vector<Platform> prefer{};  ///< tried first, in this order
  std::optional<Platform> only{};  ///< no other counts
  bool forbid_simulation = false;  ///< true: TENZRO_SIMULATE_* variables are ignored
};

/// Everything that was probed, usable or not, in a fixed order. Never fails, opens nothing for writing (NVIDIA's
/// library opens its devices as it does), and gives a device that does not answer two seconds. On kernels with
/// configfs-tsm, a report entry is made and removed: nothing else tells whose it is.
std::vector<ProbeFinding> survey_tee_hardware();

/// The best usable provider: CPU TEEs before GPUs. not_available, naming every interface and why it cannot be used. A
/// simulated one only when the machine shows no sign of hardware at all and a TENZRO_SIMULATE_{TDX,SEV,NITRO,NVIDIA}
/// variable is "true" or "1" (_SEV_SNP and _GPU are taken too), with one line of warning on standard error; hardware
/// that is present but unusable is an error, never a fall-back.
Result<std::unique_ptr<TeeProvider>> detect_tee(const DetectOptions& options = {});
/// All usable providers, best first; empty when there is none.
std::vector<std::unique_ptr<TeeProvider>> detect_all_tees(const DetectOptions& options = {});

/// What a simulated machine says of itself, under the names of claims: "mr_td", "rtmr0", "measurement", "host_data",
/// "pcr0", "driver_version", "quote_version"; values as the claims are written, hex or text. What is not named has a
/// default that the verifier's default rules accept.
using SimulatedClaims = std::map<std::string, std::string>;
/// The names that make_simulated_provider takes for a platform, in order.
std::vector<std::string_view> simulated_claim_names(Platform imitates);

/// For tests and examples: evidence in the vendor's format under keys that everybody knows. Its sealing root stands in
/// a file of this machine's own, "simulated-sealing-root" in TENZRO_STATE_DIR, else $XDG_STATE_HOME/tenzro, else
/// $HOME/.local/state/tenzro, made when it is first asked for. unsupported in a build with
/// TENZRO_TEE_SIMULATION=OFF; invalid_argument for a platform that is not imitated (intel_sgx, aws_nitro_tpm), and for
/// a claim of another name or form.
Result<std::unique_ptr<TeeProvider>> make_simulated_provider(Platform imitates, InsecureSimulation permission,
                                                             const SimulatedClaims& claims = {});

}  // namespace tenzro::tee
