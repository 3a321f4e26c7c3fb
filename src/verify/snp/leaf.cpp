// SPDX-License-Identifier: Apache-2.0
#include "verify/snp/leaf.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <span>
#include <string_view>

#include "core/text.hpp"
#include "crypto/ecdsa.hpp"
#include "x509/asn1_parts.hpp"

namespace tenzro::tee::snp {

namespace {

using demanded_by::kVendor;

constexpr std::string_view kVcek = "SEV-VCEK";
constexpr std::string_view kVlek = "SEV-VLEK";
/// Certificates in the collateral that a report encloses. What strangers send must not cost any amount of work.
constexpr std::size_t kMaxEnclosed = 16;
/// Certificates of one chip and TCB that the signature is tried with. AMD issues them again, over the same key.
constexpr std::size_t kMaxTrials = 4;

/// "SEV-Milan" issues VCEKs, "SEV-VLEK-Milan" VLEKs.
std::optional<Product> product_of_issuer(const x509::Certificate& leaf, bool vlek) {
  const auto issuer = x509::read_name(leaf.issuer());
  const std::string_view prefix = vlek ? "SEV-VLEK-" : "SEV-";
  if (!issuer || !issuer->common_name.starts_with(prefix)) {
    return std::nullopt;
  }
  return parse_product(std::string_view(issuer->common_name).substr(prefix.size()));
}

void read_extensions(Leaf& leaf) {
  if (!leaf.product) {
    leaf.problem = "its issuer is none of AMD's products";
    return;
  }
  std::vector<NamedExtension> named;
  for (const x509::Extension& extension : leaf.certificate->extensions()) {
    named.push_back({extension.oid, extension.value});
  }
  auto read = read_leaf_extensions(named, *leaf.product, leaf.vlek);
  if (read) {
    leaf.extensions = *std::move(read);
  } else {
    leaf.problem = read.error().message();
  }
}

void sort_in(x509::CertificatePtr certificate, const CollateralDocumentPtr& document, CollateralSource* source,
             Candidates& out) {
  const bool vlek = certificate->common_name() == kVlek;
  if (!vlek && certificate->common_name() != kVcek) {
    out.issuers.push_back(std::move(certificate));
    return;
  }
  Leaf leaf;
  leaf.vlek = vlek;
  leaf.product = product_of_issuer(*certificate, vlek);
  leaf.certificate = std::move(certificate);
  leaf.document = document;
  leaf.source = source;
  read_extensions(leaf);
  out.leaves.push_back(std::move(leaf));
}

/// The products whose service may have this chip's certificate: the report's, or where it does not say, those that
/// chips of this form belong to. One request each, with that product's root.
std::vector<CollateralRequest> requests_for(const Report& report, const std::optional<Product>& product,
                                            const x509::AnchorSet& anchors, const Question& question) {
  std::vector<Product> products;
  if (product) {
    products = {*product};
  } else {
    const auto tail = report.chip_id().subspan<8>();
    const bool short_id = std::ranges::all_of(tail, [](std::uint8_t byte) { return byte == 0; });
    products = short_id ? std::vector{Product::turin} : std::vector{Product::milan, Product::genoa};
  }
  std::vector<CollateralRequest> out;
  for (const Product one : products) {
    CollateralRequest request = request_for(CollateralKind::amd_chain, report, one);
    const auto roots = anchors.roots(Platform::amd_sev_snp, request.vlek ? ChainRole::vlek : ChainRole::vcek);
    const auto root = std::ranges::find_if(roots, [&](const x509::CertificatePtr& certificate) {
      return certificate->common_name() == concat("ARK-", request.product);
    });
    if (root != roots.end()) {
      request.root = (*root)->der();
    }
    request.simulated = anchors.kind() == TrustAnchors::simulated;
    request.at_now = question.at_now;
    out.push_back(std::move(request));
  }
  return out;
}

/// Certificates to look at: each once, and of a sender's only as many as a report can need.
class Gathering {
 public:
  Gathering(std::size_t most, Recollection& recall, Candidates& out) : most_(most), recall_(recall), out_(out) {}

  /// Bytes that are no certificate are passed over: others may be. False when there are too many.
  bool add(const Bytes& der, const CollateralDocumentPtr& document, CollateralSource* source) {
    if (!seen_.emplace(reinterpret_cast<const char*>(der.data()), der.size()).second) {
      return true;
    }
    if (seen_.size() > most_) {
      return false;
    }
    if (auto certificate = recall_.certificate(der)) {
      sort_in(*std::move(certificate), document, source, out_);
    }
    return true;
  }

 private:
  std::size_t most_;
  Recollection& recall_;
  Candidates& out_;
  std::set<std::string_view> seen_;  // of bytes that their source keeps
};

/// What one source has to offer.
Candidates offered_by(CollateralSource& source, const std::vector<CollateralRequest>& requests,
                      const Question& question, std::optional<Error>& failure) {
  Candidates out;
  std::vector<CollateralDocumentPtr> all;
  for (const CollateralRequest& request : requests) {
    auto found = source.find(request);
    if (!found) {
      failure = std::move(found).error();
      continue;
    }
    // A source that asks nobody has the same answer for every product.
    for (CollateralDocumentPtr& document : *found) {
      if (std::ranges::find(all, document) == all.end()) {
        all.push_back(std::move(document));
      }
    }
  }
  const bool enclosed = &source == question.enclosed;
  Gathering gathering(enclosed ? kMaxEnclosed : std::numeric_limits<std::size_t>::max(), *question.recall, out);
  bool all_looked_at = true;
  for (const CollateralDocumentPtr& document : all) {
    if (document->kind == CollateralKind::amd_chain) {
      all_looked_at = all_looked_at && gathering.add(document->body, document, &source);
      for (const Bytes& der : document->issuer_chain) {
        all_looked_at = all_looked_at && gathering.add(der, nullptr, nullptr);
      }
    }
  }
  for (const Bytes& der : source.loose_certificates()) {
    all_looked_at = all_looked_at && gathering.add(der, nullptr, nullptr);
  }
  if (!all_looked_at) {
    failure = Error(ErrorCode::malformed_input,
                    concat("more than ", kMaxEnclosed, " certificates came with the report, which needs three"));
  }
  return out;
}

class Chooser {
 public:
  Chooser(const Report& report, const std::optional<Product>& product, const Question& question)
      : report_(report), product_(product), question_(question), signature_(report.signature_r_s()) {}

  /// Among the leaves that fit and are valid now; the latest, or of several keys the one that signed.
  std::optional<Leaf> choose(std::vector<Leaf>& leaves) const {
    std::vector<Leaf*> good;
    for (Leaf& leaf : leaves) {
      if (fits(leaf) && is_current(*leaf.certificate)) {
        good.push_back(&leaf);
      }
    }
    // Of one date in the order in which they were offered, which is that of their addresses.
    std::ranges::sort(good, [](const Leaf* a, const Leaf* b) {
      const UtcTime of_a = a->certificate->not_before(), of_b = b->certificate->not_before();
      return of_a != of_b ? of_a > of_b : a < b;
    });
    for (Leaf* const leaf : std::span(good).first(std::min(good.size(), kMaxTrials))) {
      leaf->signed_report = has_signed(*leaf);
      if (leaf->signed_report) {
        return std::move(*leaf);
      }
    }
    return good.empty() ? std::nullopt : std::optional(std::move(*good.front()));
  }

  /// Where none fits: one that only is out of date, else one of the right kind, else any.
  std::optional<Leaf> closest(std::vector<Leaf>& leaves) const {
    const auto distance = [this](const Leaf& leaf) { return fits(leaf) ? 0 : is_of_kind(leaf) ? 1 : 2; };
    const auto best = std::ranges::min_element(leaves, {}, distance);
    if (best == leaves.end()) {
      return std::nullopt;
    }
    best->signed_report = is_of_kind(*best) && has_signed(*best);
    return std::move(*best);
  }

 private:
  bool is_of_kind(const Leaf& leaf) const { return leaf.vlek == (report_.signing_key() == SigningKey::vlek); }
  bool fits(const Leaf& leaf) const {
    std::string why;
    return is_of_kind(leaf) && leaf.extensions && (!product_ || leaf.product == product_) &&
           matches_tcb(*leaf.extensions, read_tcb(report_.reported_tcb(), *leaf.product), why) &&
           (leaf.vlek || report_.chip_id_masked() || matches_chip(*leaf.extensions, report_.chip_id()));
  }
  bool is_current(const x509::Certificate& certificate) const {
    return certificate.not_before() - question_.moment.skew <= question_.moment.at &&
           question_.moment.at < certificate.not_after();
  }
  bool has_signed(const Leaf& leaf) const {
    const auto& key = leaf.certificate->ec_key();
    return signature_ && key && key->curve() == crypto::Curve::p384 &&
           key->verify(crypto::Hash::sha384, report_.signed_bytes(), *signature_);
  }

  const Report& report_;
  const std::optional<Product>& product_;
  const Question& question_;
  std::optional<ByteArray<96>> signature_;
};

void report_missing(const Report& report, const std::optional<Product>& product, const std::optional<Error>& failure,
                    VerdictBuilder& verdict) {
  const bool vlek = report.signing_key() == SigningKey::vlek;
  std::string wanted = vlek ? "VLEK certificate" : "VCEK certificate";
  if (product) {
    wanted += concat(" of ", to_string(*product));
  }
  if (!vlek && !report.chip_id_masked()) {
    wanted += concat(", chip ", to_hex(report.chip_id()));
  }
  wanted += concat(", TCB ", to_hex(report.reported_tcb()));
  const bool no_answer = failure && failure->code() != ErrorCode::collateral_missing;
  std::string code = "collateral_missing";
  if (no_answer) {
    code = failure->code() == ErrorCode::malformed_input ? "collateral_malformed" : "collateral_unreachable";
  }
  verdict.fail("amd_chain", kVendor,
               {"chain", code,
                concat("no ", wanted, vlek ? "; a VLEK certificate comes with the extended report only" : "",
                       failure ? concat(": ", failure->message()) : std::string())},
               wanted, "none");
}

}  // namespace

bool matches_tcb(const LeafExtensions& leaf, const Tcb& reported, std::string& why) {
  struct Level {
    std::string_view name;
    unsigned of_leaf, of_report;
  };
  const auto& spare = leaf.tcb.reserved;
  for (const Level& level :
       {Level{"fmc", leaf.tcb.fmc.value_or(0), reported.fmc.value_or(0)},
        Level{"bootloader", leaf.tcb.bootloader, reported.bootloader}, Level{"tee", leaf.tcb.tee, reported.tee},
        Level{"snp", leaf.tcb.snp, reported.snp}, Level{"microcode", leaf.tcb.microcode, reported.microcode},
        Level{"spare 1", spare[0], reported.reserved[0]}, Level{"spare 2", spare[1], reported.reserved[1]},
        Level{"spare 3", spare[2], reported.reserved[2]}, Level{"spare 4", spare[3], reported.reserved[3]}}) {
    if (level.of_leaf != level.of_report) {
      why += concat(why.empty() ? "" : ", ", level.name, " ", level.of_leaf, " in the certificate and ",
                    level.of_report, " in the report");
    }
  }
  return leaf.tcb == reported;
}

bool matches_chip(const LeafExtensions& leaf, std::span<const std::uint8_t, 64> chip_id) {
  if (!leaf.hwid || leaf.hwid->size() > chip_id.size()) {
    return false;
  }
  const ByteView chip(chip_id);
  const ByteView rest = chip.subspan(leaf.hwid->size());
  return std::ranges::equal(*leaf.hwid, chip.first(leaf.hwid->size())) &&
         std::ranges::all_of(rest, [](std::uint8_t byte) { return byte == 0; });
}

CollateralRequest request_for(CollateralKind kind, const Report& report, const std::optional<Product>& product) {
  CollateralRequest out;
  out.kind = kind;
  out.platform = Platform::amd_sev_snp;
  out.vlek = report.signing_key() == SigningKey::vlek;
  if (product) {
    out.product = to_string(*product);
  }
  std::ranges::copy(report.chip_id(), out.chip_id.begin());
  out.tcb = report.reported_tcb();
  return out;
}

std::optional<Leaf> choose_leaf(const Report& report, const std::optional<Product>& product,
                                const std::vector<x509::CertificatePtr>& enclosed, const x509::AnchorSet& anchors,
                                const Question& question, std::vector<x509::CertificatePtr>& issuers,
                                VerdictBuilder& verdict) {
  const Chooser chooser(report, product, question);
  const auto requests = requests_for(report, product, anchors, question);
  std::optional<Error> failure;
  std::vector<Leaf> unfit;
  const auto try_these = [&](Candidates candidates) -> std::optional<Leaf> {
    std::ranges::move(candidates.issuers, std::back_inserter(issuers));
    if (auto chosen = chooser.choose(candidates.leaves)) {
      return chosen;
    }
    std::ranges::move(candidates.leaves, std::back_inserter(unfit));
    return std::nullopt;
  };

  Candidates own;
  for (CollateralSource* const source : question.sources) {
    if (source == question.enclosed) {
      own = offered_by(*source, requests, question, failure);
    }
  }
  for (const x509::CertificatePtr& certificate : enclosed) {
    sort_in(certificate, nullptr, nullptr, own);
  }
  if (auto chosen = try_these(std::move(own))) {
    return chosen;
  }
  for (CollateralSource* const source : question.sources) {
    if (source == question.enclosed) {
      continue;
    }
    if (auto chosen = try_these(offered_by(*source, requests, question, failure))) {
      return chosen;
    }
  }
  auto closest = chooser.closest(unfit);
  if (!closest) {
    report_missing(report, product, failure, verdict);
  }
  return closest;
}

}  // namespace tenzro::tee::snp
