// SPDX-License-Identifier: Apache-2.0
// Collects what the checks found. Every yes starts as no, and only finish() can complete a verdict.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee {

/// The values of Check::source.
namespace demanded_by {
inline constexpr std::string_view kVendor = "vendor";    ///< the format and the vendor's own rules
inline constexpr std::string_view kDefault = "default";  ///< our safe default
inline constexpr std::string_view kPolicy = "policy";
inline constexpr std::string_view kCaller = "caller";
}  // namespace demanded_by

/// Threads: one thread at a time.
class VerdictBuilder {
 public:
  explicit VerdictBuilder(UtcTime verified_at);

  void set_platform(Platform platform) { result_.platform_ = platform; }
  void set_anchors(TrustAnchors anchors) { result_.anchors_ = anchors; }
  void set_firmware_version(std::string version) { result_.firmware_version_ = std::move(version); }
  void set_claims(Claims claims) { result_.claims_ = std::move(claims); }
  void set_certificates(std::vector<CertificateInfo> chain);
  void set_tcb(TcbVerdict tcb) { result_.tcb_ = std::move(tcb); }
  void set_unpinned(std::vector<std::string> names) { result_.unpinned_ = std::move(names); }
  void set_user_data_verified(bool good) { result_.user_data_ok_ = good; }
  void set_nonce_verified(bool good) { result_.nonce_ok_ = good; }
  void set_policy_verified(bool good) { result_.policy_ok_ = good; }
  void mark_platform_verified() { result_.platform_ok_ = true; }
  void mark_signature_verified() { result_.signature_ok_ = true; }
  void mark_chain_verified() { result_.chain_ok_ = true; }
  void mark_freshness_verified() { result_.fresh_ok_ = true; }

  /// Records a check that passed.
  void pass(std::string_view id, std::string_view source, std::string expected = {}, std::string actual = {});
  /// Records a check that failed, with the reason; the verdict can no longer become valid.
  void fail(std::string_view id, std::string_view source, Finding reason, std::string expected = {},
            std::string actual = {});
  /// Records a check that was not done on purpose: the caller asked for that, or an earlier failure left nothing to
  /// judge.
  void skip(std::string_view id, std::string_view source, std::string why);
  void record(Check check) { result_.checks_.push_back(std::move(check)); }
  void add_failure(Finding reason) { result_.failures_.push_back(std::move(reason)); }
  void warn(Finding warning);
  void use_collateral(CollateralUse use);
  void use_collateral_once(CollateralUse use);  ///< the same, unless it is noted already
  /// The verdict rests on something that ends then.
  void limit_valid_until(UtcTime end);

  /// Everything that a part of this judgement found, for the whole as well: its checks as "<name>.<id>", its failures
  /// with the name before them; warnings and documents that are here already are not repeated. An empty name: as it is.
  void absorb(const VerdictBuilder& part, std::string_view name);
  /// The devices' own verdicts, whose findings must have been absorbed before. What holds of all of them is marked; a
  /// lone device's certificates are those of the whole.
  void set_devices(std::vector<VerificationResult> devices);

  std::size_t failure_count() const noexcept { return result_.failures_.size(); }
  /// True when a failure of this check was added after the first `from` ones.
  bool has_failure_in(std::string_view check, std::size_t from) const noexcept;
  /// True when a failure of any check but these was added.
  bool has_failure_beside(std::initializer_list<std::string_view> checks) const noexcept;
  bool chain_marked() const noexcept { return result_.chain_ok_; }
  bool tcb_judged() const noexcept { return result_.tcb_.has_value(); }
  bool user_data_judged() const noexcept { return result_.user_data_ok_.has_value(); }
  bool nonce_judged() const noexcept { return result_.nonce_ok_.has_value(); }

  /// The only way out. judged_to_the_end: every check that applies was made; without it, or when signature, chain or
  /// platform were never marked, the verdict fails with verification_incomplete. bound: it matched a challenge of the
  /// caller's.
  VerificationResult finish(bool judged_to_the_end, bool bound) &&;

 private:
  VerificationResult result_;
  std::optional<UtcTime> valid_until_;
};

}  // namespace tenzro::tee
