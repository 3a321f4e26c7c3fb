// SPDX-License-Identifier: Apache-2.0
#include "provider/simulated/snp_evidence.hpp"

#include <string_view>

#include "collateral/bundle.hpp"
#include "core/encoded_text.hpp"
#include "crypto/digest.hpp"
#include "evidence/report_envelope.hpp"
#include "provider/simulated/snp_layout.hpp"

namespace tenzro::tee::simulated {

namespace {
constexpr std::chrono::days kListLifetime{45};

/// The leaf that a report of this chip (or provider) and TCB is signed under.
AmdLeafSpec leaf_of(const SnpReportSpec& spec) {
  return {.vlek = spec.vlek,
          .tcb = spec.leaf_tcb.value_or(spec.reported_tcb),
          .chip_id = spec.leaf_chip_id.value_or(spec.chip_id),
          .csp_id = spec.csp_id,
          .not_before = spec.leaf_not_before,
          .not_after = spec.leaf_not_after};
}
}  // namespace

ByteArray<48> SnpReportSpec::default_measurement() { return crypto::sha384(as_bytes("simulated firmware and kernel")); }
ByteArray<64> SnpReportSpec::default_chip_id() { return crypto::sha512(as_bytes("simulated chip")); }
ByteArray<32> SnpReportSpec::default_report_id() { return crypto::sha256(as_bytes("simulated guest")); }
ByteArray<32> SnpReportSpec::no_migration_agent() {
  ByteArray<32> out{};
  out.fill(0xff);
  return out;
}

SnpReportSpec vlek_report_spec() {
  SnpReportSpec out;
  out.vlek = true;
  out.chip_id = {};
  return out;
}

Bytes SnpEvidenceMaker::attestation_report(const SnpReportSpec& spec) const {
  Bytes out = write_signed_part(spec);
  const AmdLeafSpec leaf = leaf_of(spec);
  const crypto::PkeyPtr key =
      spec.signed_by_another_key ? key_from_label("another", crypto::Curve::p384) : hierarchy_.leaf_key(leaf);
  const Bytes rest = write_signature(sign_p384(key.get(), out));
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

Bytes SnpEvidenceMaker::certificate_table(const SnpReportSpec& spec) const {
  return write_certificate_table({{spec.vlek ? snp::kVlekGuid : snp::kVcekGuid, hierarchy_.leaf(leaf_of(spec))},
                                  {snp::kAskGuid, hierarchy_.issuer(spec.vlek).certificate},
                                  {snp::kArkGuid, hierarchy_.ark().certificate}});
}

std::vector<CollateralDocument> SnpEvidenceMaker::collateral(UtcTime issued) const {
  CollateralDocument list;
  list.kind = CollateralKind::amd_crl;
  list.body = make_amd_crl({.this_update = issued, .next_update = issued + kListLifetime}, hierarchy_.ark());
  list.issuer_chain = {hierarchy_.ark().certificate};
  return {std::move(list)};
}

AttestationReport SnpEvidenceMaker::report(const SnpReportSpec& spec, UtcTime issued) const {
  AttestationReport out;
  out.platform = Platform::amd_sev_snp;
  out.simulated = true;
  out.evidence = attestation_report(spec);
  const Bytes table = spec.certificate_table ? *spec.certificate_table : certificate_table(spec);
  out.evidence.insert(out.evidence.end(), table.begin(), table.end());
  const std::string bundle = collateral::bundle_to_json(collateral(issued));
  out.collateral.assign(bundle.begin(), bundle.end());
  out.generated_at = issued;
  evidence::describe(out);
  return out;
}

}  // namespace tenzro::tee::simulated
