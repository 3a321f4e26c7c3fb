// SPDX-License-Identifier: Apache-2.0
#include "verify/snp/report_checks.hpp"

#include <string>

#include "core/text.hpp"
#include "crypto/ecdsa.hpp"

namespace tenzro::tee::snp {

namespace {

using demanded_by::kVendor;

std::string_view kind_name(bool vlek) { return vlek ? "VLEK" : "VCEK"; }

void judge_order(std::string_view id, std::string_view lower, std::string_view upper, bool good, std::string low,
                 const std::string& high, VerdictBuilder& verdict) {
  if (good) {
    verdict.pass(id, kVendor, concat("at most ", high), std::move(low));
    return;
  }
  std::string message =
      concat("the ", lower, " (", low, ") is above the ", upper, " (", high, "), which no genuine firmware reports");
  verdict.fail(id, kVendor, {"tcb", "tcb_inconsistent", std::move(message)}, concat("at most ", high), std::move(low));
}

}  // namespace

bool judge_constants(const Report& report, VerdictBuilder& verdict) {
  if (const auto at = report.nonzero_reserved()) {
    verdict.fail("reserved_bytes", kVendor,
                 {"format", "reserved_bytes_not_zero",
                  concat("byte ", *at, " of the report is not zero, as version ", report.version(), " demands")});
    return false;
  }
  if (report.signature_algorithm() != kEcdsaP384Sha384) {
    verdict.fail("signature_algorithm", kVendor,
                 {"format", "signature_algorithm_unsupported",
                  concat("signature algorithm ", report.signature_algorithm(), "; 1 (ECDSA P-384) is the only one")},
                 "1", std::to_string(report.signature_algorithm()));
    return false;
  }
  if (report.vmpl() == kHostRequest) {
    verdict.fail("vmpl", kVendor,
                 {"platform", "report_requested_by_host",
                  "the host asked for this report, not the guest: its report data are not the guest's"});
    return false;
  }
  const SigningKey key = report.signing_key();
  if (report.chip_key_masked() || (key != SigningKey::vcek && key != SigningKey::vlek)) {
    verdict.fail("signing_key", kVendor,
                 {"signature", "signing_key_unsupported",
                  report.chip_key_masked() ? std::string("the platform is set not to sign reports (MASK_CHIP_KEY)")
                                           : concat("signing key ", unsigned{static_cast<std::uint8_t>(key)},
                                                    " is neither VCEK (0) nor VLEK (1)")});
    return false;
  }
  verdict.pass("reserved_bytes", kVendor);
  verdict.pass("signature_algorithm", kVendor, "1", "1");
  return true;
}

bool judge_signature_form(const Report& report, VerdictBuilder& verdict) {
  const auto signature = report.signature_r_s();
  if (signature && crypto::is_signature(crypto::Curve::p384, *signature)) {
    return true;
  }
  verdict.fail("report_signature", kVendor,
               {"signature", "report_signature_invalid",
                "R or S is zero or not below the order of P-384: no key has signed this report"});
  return false;
}

bool judge_signing_key(const Report& report, const Leaf& leaf, VerdictBuilder& verdict) {
  const bool vlek = report.signing_key() == SigningKey::vlek;
  const std::string wanted(kind_name(vlek));
  const std::string found(kind_name(leaf.vlek));
  if (vlek == leaf.vlek) {
    verdict.pass("signing_key", kVendor, wanted, found);
    return true;
  }
  verdict.fail("signing_key", kVendor,
               {"signature", "signing_key_mismatch",
                concat("the report is signed with its ", wanted, ", and the certificate is a ", found, "'s")},
               wanted, found);
  return false;
}

std::optional<Product> judge_product(const std::optional<Product>& by_cpu, const Leaf& leaf, VerdictBuilder& verdict) {
  const std::string of_leaf(leaf.product ? to_string(*leaf.product) : "unknown");
  const std::string wanted(by_cpu ? to_string(*by_cpu) : "Milan, Genoa or Turin");
  if (!leaf.product || (by_cpu && by_cpu != leaf.product)) {
    verdict.fail("product", kVendor,
                 {"chain", leaf.product ? "product_mismatch" : "product_unknown",
                  concat("the certificate's issuer is of product ", of_leaf, ", expected ", wanted)},
                 wanted, of_leaf);
    return std::nullopt;
  }
  verdict.pass("product", kVendor, wanted, of_leaf);
  return leaf.product;
}

bool judge_report_signature(const Leaf& leaf, VerdictBuilder& verdict) {
  if (!leaf.signed_report) {
    verdict.fail(
        "report_signature", kVendor,
        {"signature", "report_signature_invalid",
         concat("the ", kind_name(leaf.vlek),
                " certificate's key does not verify the report: its bytes were altered, or the certificate is of "
                "another chip or TCB")});
    return false;
  }
  verdict.pass("report_signature", kVendor);
  verdict.mark_signature_verified();
  return true;
}

const LeafExtensions* judge_leaf_binding(const Report& report, const Leaf& leaf, Product product,
                                         VerdictBuilder& verdict) {
  if (!leaf.extensions) {
    verdict.fail("leaf_extensions", kVendor, {"chain", "certificate_extension_malformed", leaf.problem});
    return nullptr;
  }
  const LeafExtensions& extensions = *leaf.extensions;
  if (extensions.product != product) {
    verdict.fail("leaf_extensions", kVendor,
                 {"chain", "product_mismatch",
                  concat("the certificate is for product ", printable(extensions.product_name), ", its issuer for ",
                         to_string(product))},
                 std::string(to_string(product)), printable(extensions.product_name));
  } else {
    verdict.pass("leaf_extensions", kVendor, {}, printable(extensions.product_name));
  }
  std::string differences;
  if (matches_tcb(extensions, read_tcb(report.reported_tcb(), product), differences)) {
    verdict.pass("certificate_tcb", kVendor, {}, to_hex(report.reported_tcb()));
  } else {
    verdict.fail("certificate_tcb", kVendor,
                 {"tcb", "certificate_tcb_mismatch",
                  concat("the certificate is for another TCB than the report names: ", differences)},
                 {}, to_hex(report.reported_tcb()));
  }
  if (leaf.vlek || report.chip_id_masked()) {
    verdict.skip("certificate_chip", kVendor,
                 leaf.vlek ? "a VLEK certificate names a provider, not a chip" : "the report does not name its chip");
  } else if (matches_chip(extensions, report.chip_id())) {
    verdict.pass("certificate_chip", kVendor, {}, to_hex(*extensions.hwid));
  } else {
    verdict.fail("certificate_chip", kVendor,
                 {"platform", "certificate_hwid_mismatch", "the certificate is of another chip than the report names"},
                 to_hex(report.chip_id()), to_hex(*extensions.hwid));
  }
  return &extensions;
}

void judge_policy_constants(const Report& report, VerdictBuilder& verdict) {
  const std::uint64_t policy = report.policy();
  if (bit_of(policy, policy_bit::kReservedOne) && (policy >> policy_bit::kFirstReserved) == 0) {
    verdict.pass("policy.reserved", kVendor);
    return;
  }
  verdict.fail(
      "policy.reserved", kVendor,
      {"policy", "guest_policy_reserved",
       "bit 17 of the guest policy must be set and those from 26 on clear; this software does not know others"});
}

void judge_tcb_relations(const Report& report, const PlatformTcb& tcb, VerdictBuilder& verdict) {
  judge_order("tcb.reported", "reported TCB", "committed one", at_most(tcb.reported, tcb.committed),
              to_hex(report.reported_tcb()), to_hex(report.committed_tcb()), verdict);
  judge_order("tcb.committed", "committed TCB", "current one", at_most(tcb.committed, tcb.current),
              to_hex(report.committed_tcb()), to_hex(report.current_tcb()), verdict);
  judge_order("tcb.launch", "TCB at launch", "current one", at_most(tcb.launch, tcb.current),
              to_hex(report.launch_tcb()), to_hex(report.current_tcb()), verdict);
  const FirmwareVersion committed = report.committed_version();
  const FirmwareVersion current = report.current_version();
  judge_order("firmware_version", "committed firmware version", "current one", committed <= current,
              to_string(committed), to_string(current), verdict);
}

bool is_provisional(const Report& report, const PlatformTcb& tcb) {
  return tcb.current != tcb.committed || report.current_version() != report.committed_version();
}

}  // namespace tenzro::tee::snp
