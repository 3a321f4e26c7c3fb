// SPDX-License-Identifier: Apache-2.0
// What an SEV-SNP report must be by itself, and in relation to the certificate that signed it.
#pragma once
#include <optional>

#include "evidence/snp/report.hpp"
#include "verify/snp/leaf.hpp"
#include "verify/snp/tcb_floors.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::snp {

// Each records its checks and reasons in the verdict; false when it failed.

/// Reserved bytes, signature algorithm, who asked for it, and that it is signed at all.
bool judge_constants(const Report& report, VerdictBuilder& verdict);
/// R and S are numbers that a signature can have. Before anybody is asked for a certificate on the report's account.
bool judge_signature_form(const Report& report, VerdictBuilder& verdict);
/// The leaf is of the kind that the report names.
bool judge_signing_key(const Report& report, const Leaf& leaf, VerdictBuilder& verdict);
/// The product of the signed processor id; where there is none, that of the leaf's issuer, which the chain then proves.
std::optional<Product> judge_product(const std::optional<Product>& by_cpu, const Leaf& leaf, VerdictBuilder& verdict);
/// ECDSA over the signed bytes, by the leaf's key.
bool judge_report_signature(const Leaf& leaf, VerdictBuilder& verdict);
/// The leaf's extensions: its product, its TCB (REPORTED_TCB), and for a VCEK its chip (CHIP_ID, unless that is
/// masked). Null when they cannot be read. The other failures do not keep its facts back.
const LeafExtensions* judge_leaf_binding(const Report& report, const Leaf& leaf, Product product,
                                         VerdictBuilder& verdict);
/// Bits of the guest policy that have one value.
void judge_policy_constants(const Report& report, VerdictBuilder& verdict);
/// The relations of the four TCBs and of the two firmware versions, by component.
void judge_tcb_relations(const Report& report, const PlatformTcb& tcb, VerdictBuilder& verdict);
/// True when what runs is newer than what is committed.
bool is_provisional(const Report& report, const PlatformTcb& tcb);

}  // namespace tenzro::tee::snp
