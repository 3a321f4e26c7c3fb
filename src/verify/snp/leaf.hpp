// SPDX-License-Identifier: Apache-2.0
// Which VCEK or VLEK certificate a report is judged under.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "evidence/snp/certificate_extensions.hpp"
#include "evidence/snp/report.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"
#include "x509/anchor_set.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::snp {

/// A certificate whose name says VCEK or VLEK, and what it claims. Nothing vouches for it yet.
struct Leaf {
  x509::CertificatePtr certificate;
  bool vlek = false;
  std::optional<Product> product;            ///< by its issuer's name
  std::optional<LeafExtensions> extensions;  ///< nothing when they cannot be read, or the product is not known
  std::string problem;                       ///< why they cannot be read
  bool signed_report = false;                ///< its key verifies the report's signature

  CollateralDocumentPtr document;      ///< null unless it stands in one
  CollateralSource* source = nullptr;  ///< of the document; null with it
};

/// Certificates by what they can be in an AMD chain.
struct Candidates {
  std::vector<Leaf> leaves;
  std::vector<x509::CertificatePtr> issuers;  ///< all others
};

/// The leaf of this report: of its kind, product, chip and TCB, and valid at the time. What the sender enclosed is
/// looked at first, then the sources in their order, so that no service is asked for what is there. Where nothing fits,
/// the one that comes closest, so that the verdict says what differs; where there is none, nothing, and the reason is
/// in the verdict. Everything else that was come by is added to issuers. enclosed: sent with the report. product: by
/// the signed processor id, where the report has one.
std::optional<Leaf> choose_leaf(const Report& report, const std::optional<Product>& product,
                                const std::vector<x509::CertificatePtr>& enclosed, const x509::AnchorSet& anchors,
                                const Question& question, std::vector<x509::CertificatePtr>& issuers,
                                VerdictBuilder& verdict);

/// True when the certificate was issued for this TCB, each level alike. Levels that differ are named in why.
bool matches_tcb(const LeafExtensions& leaf, const Tcb& reported, std::string& why);
/// True when the certificate is of this chip. Turin's ids have 8 bytes, the rest of CHIP_ID is zero.
bool matches_chip(const LeafExtensions& leaf, std::span<const std::uint8_t, 64> chip_id);

/// What is asked of sources: all that the report says of the key that signed it.
CollateralRequest request_for(CollateralKind kind, const Report& report, const std::optional<Product>& product);

}  // namespace tenzro::tee::snp
