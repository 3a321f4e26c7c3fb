// SPDX-License-Identifier: Apache-2.0
// The members of the verdict document, in their order: a contract that library and command keep alike.
#pragma once
#include <string>
#include <vector>

namespace tenzro::tee::test {

using Keys = std::vector<std::string>;

inline const Keys kVerdictKeys = {"valid",
                                  "platform",
                                  "simulated",
                                  "firmware_version",
                                  "platform_verified",
                                  "signature_verified",
                                  "certificate_chain_verified",
                                  "freshness_verified",
                                  "user_data_verified",
                                  "nonce_verified",
                                  "policy_verified",
                                  "tcb",
                                  "claims",
                                  "certificates",
                                  "checks",
                                  "unpinned",
                                  "policy",
                                  "collateral",
                                  "devices",
                                  "failures",
                                  "warnings",
                                  "verified_at",
                                  "valid_until",
                                  "trust_anchors"};
inline const Keys kTcbKeys = {"status",        "advisory_ids",  "date", "collateral_expires", "evaluation_data_number",
                              "launch_status", "current_status"};
inline const Keys kCertificateKeys = {"subject", "issuer", "not_before", "not_after", "sha256"};
inline const Keys kCheckKeys = {"id", "status", "expected", "actual", "source"};
inline const Keys kCollateralKeys = {"kind", "sha256", "next_update"};
inline const Keys kFindingKeys = {"check", "code", "message"};

/// TD report 1.0; version 1.5 has kTd15ClaimKeys.
inline const Keys kTdClaimKeys = {"quote_version",   "tee_tcb_svn", "mr_seam", "mr_signer_seam", "seam_attributes",
                                  "td_attributes",   "xfam",        "mr_td",   "mr_config_id",   "mr_owner",
                                  "mr_owner_config", "rtmr0",       "rtmr1",   "rtmr2",          "rtmr3",
                                  "report_data",     "fmspc",       "pce_id",  "qe_vendor_id",   "debug",
                                  "trailing_bytes"};
inline const Keys kTd15ClaimKeys = {"quote_version",   "tee_tcb_svn",     "tee_tcb_svn2",  "mr_seam", "mr_signer_seam",
                                    "seam_attributes", "td_attributes",   "xfam",          "mr_td",   "mr_config_id",
                                    "mr_owner",        "mr_owner_config", "mr_service_td", "rtmr0",   "rtmr1",
                                    "rtmr2",           "rtmr3",           "report_data",   "fmspc",   "pce_id",
                                    "qe_vendor_id",    "debug",           "trailing_bytes"};
inline const Keys kSgxClaimKeys = {"mr_enclave",  "mr_signer", "isv_prod_id", "isv_svn", "attributes",
                                   "misc_select", "cpu_svn",   "report_data", "fmspc",   "debug"};

}  // namespace tenzro::tee::test
