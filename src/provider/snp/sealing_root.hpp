// SPDX-License-Identifier: Apache-2.0
// SEV-SNP's derived key as a sealing root: which of them, and whether it is worth something here.
#pragma once
#include <functional>
#include <optional>

#include "core/vendor_tag.hpp"
#include "evidence/snp/report.hpp"
#include "provider/snp/derived_key.hpp"
#include "tenzro/tee/sealing_root.hpp"

namespace tenzro::tee::snp {

inline constexpr std::string_view kSealingTag = "amd-sev-snp";

/// What is to be derived, as far as that is known before anything is asked of the device.
struct SealingPlan {
  SealScope scope = SealScope::measurement;
  SnpSealingEntry entry;
  bool raw = false;
  DerivedKeyRequest key;  ///< svn and tcb of what was stored or, raw, of the entry; to seal they come from the report
  /// To unseal: what was sealed under, between the entry's floors and what our report must still reach.
  bool stored = false;
  std::optional<ByteArray<32>> host_data_hash{};  ///< SHA-256 of HOST_DATA at sealing, where the metadata have it

  /// Raw blobs in measurement scope are the only ones that a report adds nothing to.
  bool needs_report() const noexcept { return !raw || scope == SealScope::signer; }
};

/// Judges the request alone. kernel_vmpl: where the kernel says it.
/// invalid_argument: options and entry do not fit, or say too little to be safe. authentication_failed: the stored tag
/// is not of the derivation that they give; malformed tags and metadata too.
Result<SealingPlan> plan_sealing(const SealingRequest& request, std::optional<unsigned> kernel_vmpl);

/// Holds our own report, which the plan asks for, against the plan, and completes its SVN and TCB from it.
/// not_available: this guest or its firmware is not what the entry demands. invalid_argument: the entry has not the
/// digest that counts here. authentication_failed: this machine or guest was rolled back since the data were sealed, or
/// its HOST_DATA changed.
Result<void> hold_against(const Report& report, SealingPlan& plan);

/// "amd-sev-snp;key=vcek;gfs=41;vmpl=0;svn=0;tcb=0a000000000015d3"
VendorTag sealing_tag(const DerivedKeyRequest& key);
/// {"snp":{"host_data_sha256":"..."}}
std::string sealing_metadata(const Report& report);

}  // namespace tenzro::tee::snp
