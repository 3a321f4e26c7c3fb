// SPDX-License-Identifier: Apache-2.0
// One case of the SEV-SNP manifest, ready to be judged.
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collateral/contents_source.hpp"
#include "support/snp_vectors.hpp"
#include "tenzro/tee.hpp"

namespace tenzro::tee::test {

/// The manifest's wording, and the codes that this library has for it. Where there are several, each says more exactly
/// what is wrong.
inline const std::map<std::string, std::set<std::string>>& snp_codes() {
  static const std::map<std::string, std::set<std::string>> table = {
      {"PARSE_LENGTH", {"malformed_evidence"}},
      {"PARSE_VERSION", {"unsupported_evidence"}},
      {"PARSE_RESERVED", {"reserved_bytes_not_zero"}},
      {"SIG_ALGO", {"signature_algorithm_unsupported"}},
      {"SIGNER_UNSUPPORTED", {"signing_key_unsupported"}},
      {"SIGNER_MISMATCH", {"signing_key_mismatch"}},
      {"PRODUCT_UNKNOWN", {"product_unknown"}},
      // Of another product; signed by nobody of that name; under a root that only bears the name.
      {"CHAIN", {"product_mismatch", "certificate_signature_invalid", "root_mismatch"}},
      {"CERT_TIME", {"certificate_expired", "certificate_not_yet_valid"}},
      // Another product's list is none of this product: it is as if there were no list, and the message says so.
      {"CRL_SIGNATURE", {"revocation_missing"}},
      {"CRL_STALE", {"collateral_expired"}},
      {"REVOKED", {"certificate_revoked"}},
      {"REPORT_SIGNATURE", {"report_signature_invalid"}},
      {"CERT_TCB_MISMATCH", {"certificate_tcb_mismatch"}},
      {"CERT_HWID_MISMATCH", {"certificate_hwid_mismatch"}},
      {"POLICY_RESERVED", {"guest_policy_reserved"}},
      {"POLICY_DEBUG", {"guest_debug"}},
      {"POLICY_MIGRATE_MA", {"guest_migratable"}},
      {"POLICY_VMPL", {"vmpl_not_allowed"}}};
  return table;
}

inline std::set<std::string> codes_of(const std::vector<Finding>& findings) {
  std::set<std::string> out;
  for (const Finding& finding : findings) {
    out.insert(finding.code);
  }
  return out;
}
inline std::string text_of(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += finding.check + "/" + finding.code + ": " + finding.message + "\n";
  }
  return out;
}

inline UtcTime time_at(std::int64_t unix) { return UtcTime(std::chrono::seconds(unix)); }

/// AMD's list for the VCEK chains of a product, as a file of the caller's would give it.
inline CollateralDocument snp_list(const std::string& product) {
  CollateralDocument out;
  out.kind = CollateralKind::amd_crl;
  out.source = product + "_vcek_crl_2026-08.der";
  out.body = read_vector("sev-snp/crl/" + out.source);
  return out;
}

/// What a caller's files would hold: certificates, and the lists of these products.
inline AttestationVerifier snp_verifier(const std::vector<Bytes>& certificates,
                                        const std::vector<std::string>& lists = {}) {
  collateral::Contents contents;
  contents.certificates = certificates;
  for (const std::string& product : lists) {
    contents.documents.push_back(snp_list(product));
  }
  return AttestationVerifier(std::make_shared<collateral::ContentsSource>(std::move(contents)));
}

inline AttestationReport snp_report_of(Bytes evidence) {
  AttestationReport out;
  out.platform = Platform::amd_sev_snp;
  out.evidence = std::move(evidence);
  return out;
}

inline VerifyOptions snp_options(std::int64_t unix) {
  return VerifyOptions::unbound_replay_possible().at(time_at(unix)).revocation(Revocation::off);
}

/// What the manifest says stands in the way of some genuine evidence, allowed.
inline Policy snp_allowing_policy(Revocation revocation = Revocation::off) {
  SnpRules rules;
  rules.policy.debug = true;
  rules.vmpl = std::vector<std::uint32_t>{0, 1};
  PolicyRules out;
  out.any_of.emplace_back(rules);
  out.revocation.crl = revocation;
  return Policy::from_rules(std::move(out)).value();
}

}  // namespace tenzro::tee::test
