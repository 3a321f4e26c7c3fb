// SPDX-License-Identifier: Apache-2.0
// Judging evidence: options, verdict, and the proof that a good verdict yields.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tenzro/tee/certificates.hpp"
#include "tenzro/tee/challenge.hpp"
#include "tenzro/tee/claims.hpp"
#include "tenzro/tee/collateral.hpp"
#include "tenzro/tee/finding.hpp"
#include "tenzro/tee/insecure/simulation.hpp"
#include "tenzro/tee/policy.hpp"
#include "tenzro/tee/report.hpp"

namespace tenzro::tee {

/// Where the evidence of GPUs and switches is judged.
enum class GpuVerifier : std::uint8_t {
  local = 0,  ///< here, with NVIDIA's signed reference manifests
  nras        ///< by NVIDIA's remote attestation service: revocation and measurements are the service's word; format,
              ///< chain, signature, names and nonce are judged here all the same
};

/// How to judge. There is no default constructor: the caller says what the evidence must be bound to, or says aloud
/// that it is not bound to anything. The value comes from the caller's own protocol, never from the report that is
/// judged.
/// Threads: const use from several threads at once is safe; a setter needs the object for itself.
class VerifyOptions {
 public:
  static VerifyOptions bound_to(const Challenge& challenge, ByteView context = {}) {
    return VerifyOptions(ReportData::bind(challenge, context), std::nullopt);
  }
  /// expected: fresh data of the caller's own protocol. A GPU's nonce must be the SHA-256 of its 64-byte form.
  static VerifyOptions bound_to_caller_data(const ReportData& expected) {
    return VerifyOptions(expected, std::nullopt);
  }
  /// For protocols that put the challenge into the nonce of a Nitro document, or of a GPU's report, where it has 32
  /// bytes.
  static VerifyOptions bound_to_nonce(const EvidenceNonce& expected) { return VerifyOptions(std::nullopt, expected); }
  /// For looking at stored evidence. Replay is not ruled out, the result says so, and verified() always fails.
  static VerifyOptions unbound_replay_possible() { return VerifyOptions(std::nullopt, std::nullopt); }

  /// What the nonce must equal, besides report data or alone; a failure where the platform has no nonce of its own. A
  /// GPU has one nonce for both, so that besides report data only the nonce that these stand for passes.
  VerifyOptions& expect_nonce(EvidenceNonce nonce) {
    nonce_ = std::move(nonce);
    return *this;
  }
  /// Nitro: what the document's public_key must equal, 1 to 1024 bytes of the caller's own; a failure where the
  /// platform has none. It says whose key this is, not that the evidence is fresh: verified() still wants a challenge.
  VerifyOptions& expect_public_key(ByteView key) {
    public_key_ = Bytes(key.begin(), key.end());
    return *this;
  }
  /// How old a signed time in the evidence (Nitro, tokens of NVIDIA's service) may be. Default: what the policy says,
  /// else 24 hours; the stricter of this and the policy wins. Judged at now, the clock skew is added. Nothing is
  /// younger than a negative age.
  VerifyOptions& max_age(std::chrono::seconds age) {
    max_age_ = age;
    return *this;
  }
  /// Default: what the policy says, else require. The stricter of this and the policy wins, for lists and for OCSP
  /// responses (NVIDIA). Nitro certificates have
  /// short lives and need no lists by default; lists that the verifier's sources or the report hold count all the same,
  /// and require given here demands those that the certificates point to: the root's and the regional CA's.
  VerifyOptions& revocation(Revocation mode) {
    revocation_ = mode;
    return *this;
  }
  /// Refuses evidence of any other platform. The only way, besides a policy entry, to accept intel_sgx or
  /// aws_nitro_tpm.
  VerifyOptions& require_platform(Platform platform) {
    platform_ = platform;
    return *this;
  }
  VerifyOptions& with_policy(Policy policy) {
    policy_ = std::move(policy);
    return *this;
  }
  /// Judges as of this time (1970 to 9999) instead of now, and without clock skew.
  VerifyOptions& at(UtcTime time) {
    at_ = time;
    return *this;
  }
  /// How far ahead of our clock a start of validity may lie. Default 120 s when judging now, 0 with at(); never
  /// negative.
  VerifyOptions& clock_skew(std::chrono::seconds skew) {
    skew_ = skew;
    return *this;
  }
  VerifyOptions& accept_simulated(InsecureSimulation) {
    accept_simulated_ = true;
    return *this;
  }
  /// Azure: user data may be answered by the paravisor's vTPM, or stand in its runtime claims, in place of the report
  /// data. Only for callers who know from elsewhere that the measurement is a paravisor's: any guest that signs 32
  /// bytes of somebody else's choice can be made to sign the hash of made-up claims. A policy entry that names code
  /// says it by vtpm_pcrs beside the paravisor's measurement or id_key_digest (TDX: mr_td); for such a one this says
  /// nothing.
  VerifyOptions& accept_paravisor() {
    accept_paravisor_ = true;
    return *this;
  }
  /// Default: local. Evidence of GPUs and switches only. nras sends the whole evidence to NVIDIA, by the first source
  /// that asks its service (online_collateral does); without one that is collateral_missing. What revocation() and the
  /// policy say of OCSP and reference manifests is then not asked. An answer of the service that is judged as evidence
  /// needs no such option.
  VerifyOptions& gpu_verifier(GpuVerifier where) {
    gpu_verifier_ = where;
    return *this;
  }
  /// DER root certificates that replace the pinned ones for this run; the verdict says "custom". An empty list refuses
  /// all.
  VerifyOptions& replace_trust_anchors(std::vector<Bytes> der) {
    anchors_ = std::move(der);
    return *this;
  }

 private:
  friend class AttestationVerifier;
  VerifyOptions(std::optional<ReportData> expected, std::optional<EvidenceNonce> nonce)
      : expected_(std::move(expected)), nonce_(std::move(nonce)) {}
  std::optional<ReportData> expected_;
  std::optional<EvidenceNonce> nonce_;
  std::optional<Bytes> public_key_;
  std::optional<std::chrono::seconds> max_age_;
  std::optional<Revocation> revocation_;
  std::optional<Platform> platform_;
  std::optional<Policy> policy_;
  std::optional<UtcTime> at_;
  std::optional<std::chrono::seconds> skew_;
  std::optional<std::vector<Bytes>> anchors_;
  bool accept_simulated_ = false;
  bool accept_paravisor_ = false;
  GpuVerifier gpu_verifier_ = GpuVerifier::local;
};

/// Proof that evidence passed every check and was bound to the caller's data. Only AttestationVerifier can make one;
/// functions that release data ask for it, so "forgot to verify" does not compile.
/// Threads: const members may be called from several threads at once.
class VerifiedReport {
 public:
  Platform platform() const noexcept { return platform_; }
  bool simulated() const noexcept { return anchors_ == TrustAnchors::simulated; }  ///< only when the caller accepted it
  TrustAnchors trust_anchors() const noexcept { return anchors_; }
  const Claims& claims() const noexcept { return claims_; }
  /// Of each GPU and switch, in the order of the evidence; empty for evidence without devices.
  const std::vector<Claims>& devices() const noexcept { return devices_; }
  UtcTime verified_at() const noexcept { return verified_at_; }

 private:
  friend class VerdictBuilder;
  VerifiedReport(Platform platform, TrustAnchors anchors, Claims claims, UtcTime at)
      : platform_(platform), anchors_(anchors), claims_(std::move(claims)), verified_at_(at) {}
  Platform platform_;
  TrustAnchors anchors_;
  Claims claims_;
  std::vector<Claims> devices_;
  UtcTime verified_at_;
};

/// One check, passed or not, so that a failed verification says exactly what to change.
enum class CheckStatus : std::uint8_t { fail = 0, pass, unpinned, skipped };
struct Check {
  std::string id;  ///< stable: "quote_signature", "tcb_status", "mr_td", ...
  CheckStatus status = CheckStatus::fail;
  std::string expected, actual;  ///< for people; may be empty
  std::string source;            ///< who demands it: "vendor", "default", "policy" or "caller"
};

/// One document that the verdict rests on.
struct CollateralUse {
  CollateralKind kind = CollateralKind::unknown;
  ByteArray<32> sha256{};  ///< over the document's bytes
  std::optional<UtcTime> next_update;
};

/// The whole judgement. Not convertible to bool: ask valid(), or better, take verified().
/// Every yes starts as no; a check that could not be done is a failure with its own code, never a pass.
/// Threads: const members may be called from several threads at once.
class [[nodiscard("an unread verdict is no verification")]] VerificationResult {
 public:
  bool valid() const noexcept { return complete_ && failures_.empty(); }
  bool platform_verified() const noexcept { return platform_ok_; }        ///< a genuine platform, of the kind asked for
  bool signature_verified() const noexcept { return signature_ok_; }      ///< every signature of the evidence itself
  bool certificate_chain_verified() const noexcept { return chain_ok_; }  ///< anchored, and not revoked as far as asked
  bool freshness_verified() const noexcept {
    return fresh_ok_;
  }  ///< a challenge matched, or a signed time is young enough; all collateral, lists too, is current
  std::optional<bool> user_data_verified() const noexcept { return user_data_ok_; }  ///< empty: not asked
  std::optional<bool> nonce_verified() const noexcept { return nonce_ok_; }          ///< empty: not asked
  std::optional<bool> policy_verified() const noexcept { return policy_ok_; }        ///< empty: no policy given
  const std::optional<TcbVerdict>& tcb() const noexcept { return tcb_; }  ///< empty when it could not be evaluated
  const std::vector<CertificateInfo>& certificates() const noexcept { return certificates_; }  ///< leaf first
  const std::vector<Finding>& failures() const noexcept { return failures_; }                  ///< empty iff valid()
  const std::vector<Finding>& warnings() const noexcept { return warnings_; }
  const std::vector<Check>& checks() const noexcept { return checks_; }            ///< in the order they were judged
  const std::vector<std::string>& unpinned() const noexcept { return unpinned_; }  ///< claims that no policy entry pins
  const std::vector<CollateralUse>& collateral() const noexcept { return collateral_; }
  /// Of each GPU and switch by itself, in the order of the evidence; their failures are among failures() too. Empty for
  /// evidence without devices.
  const std::vector<VerificationResult>& devices() const noexcept { return devices_; }
  Platform platform() const noexcept { return platform_; }
  bool simulated() const noexcept { return anchors_ == TrustAnchors::simulated; }
  const std::string& firmware_version() const noexcept { return firmware_version_; }
  TrustAnchors trust_anchors() const noexcept { return anchors_; }
  UtcTime verified_at() const noexcept { return verified_at_; }
  UtcTime valid_until() const noexcept { return valid_until_; }  ///< earliest end of anything that the verdict rests on

  /// The proof, when valid() and bound. Otherwise verification_failed, whose message lists the failure codes
  /// (or "not bound to a challenge").
  Result<VerifiedReport> verified() const&;
  Result<VerifiedReport> verified() &&;

  /// What the evidence says, whether or not it is true. For display and debugging.
  const std::optional<Claims>& claims_for_display() const noexcept { return claims_; }

 private:
  friend class VerdictBuilder;
  VerificationResult() = default;
  bool complete_ = false;
  bool platform_ok_ = false, signature_ok_ = false, chain_ok_ = false, fresh_ok_ = false;
  std::optional<bool> user_data_ok_, nonce_ok_, policy_ok_;
  std::optional<TcbVerdict> tcb_;
  std::vector<CertificateInfo> certificates_;
  std::vector<Finding> failures_, warnings_;
  std::vector<Check> checks_;
  std::vector<std::string> unpinned_;
  std::vector<CollateralUse> collateral_;
  std::vector<VerificationResult> devices_;
  Platform platform_ = Platform::unknown;
  std::string firmware_version_;
  TrustAnchors anchors_ = TrustAnchors::pinned;
  UtcTime verified_at_{}, valid_until_{};
  std::optional<Claims> claims_;
  std::optional<VerifiedReport> proof_;
};

/// The object of `tenzro verify --json`: one line, keys in a fixed order.
std::string to_json(const VerificationResult& result);

/// How much a verifier remembers from one call to the next: signatures that were found good, and documents as they were
/// read; never a verdict. What is forgotten is worked out anew, so these bounds change speed and memory, and nothing
/// else.
struct MemoryLimits {
  std::size_t platforms = 1'000'000;  ///< known at once; so many take 150 MB, for a while up to twice that
  /// Certificates as they were read: PCK certificates, some 14 KB each, and their issuers.
  std::size_t certificate_bytes = std::size_t{64} << 20U;
  /// Documents of the verifier's sources as they were read, six times their size each; for each of TCB infos, QE
  /// identities, revocation lists, OCSP responses and reference manifests. A document that would take more than a
  /// quarter of this is read anew each time.
  std::size_t document_bytes = std::size_t{128} << 20U;
};

/// Judges evidence of Intel TDX, AMD SEV-SNP, AWS Nitro Enclaves and NVIDIA GPUs and NVSwitches, and of Intel SGX and
/// NitroTPM where they are asked for by name, against the roots compiled into the library. Evidence of any other kind
/// is refused. Threads: const members may be called from several threads at once. One instance per process is enough,
/// and best: it remembers what it worked out.
class AttestationVerifier {
 public:
  explicit AttestationVerifier(std::shared_ptr<CollateralSource> collateral, const MemoryLimits& limits = {});
  /// Several sources, in the order in which they are asked: the first that has a fitting document decides. What
  /// evidence encloses comes last.
  explicit AttestationVerifier(std::vector<std::shared_ptr<CollateralSource>> sources, const MemoryLimits& limits = {});
  ~AttestationVerifier();
  AttestationVerifier(AttestationVerifier&&) noexcept;
  AttestationVerifier& operator=(AttestationVerifier&&) noexcept;
  /// Never fails sideways: malformed evidence and missing collateral are failures in the result.
  /// Blocks for collateral only when the source does. Report and options must not change during the call: what was
  /// checked is looked at again, in place.
  VerificationResult verify(const AttestationReport& report, const VerifyOptions& options) const;
  /// verify(...).verified() for callers that need no details.
  Result<VerifiedReport> require(const AttestationReport& report, const VerifyOptions& options) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

/// What judging this report now takes of source, as a "tenzro-collateral/1" bundle: for AttestationReport::collateral,
/// or a file for a verifier without a network. Whether the evidence is any good is not asked, but where it is refused
/// before anything is wanted for it, there is nothing to gather: verification_failed. collateral_unreachable names what
/// source does not have. Nothing is gathered for simulated evidence, which encloses its own.
Result<Bytes> gather_collateral(const AttestationReport& report, std::shared_ptr<CollateralSource> source);

}  // namespace tenzro::tee
