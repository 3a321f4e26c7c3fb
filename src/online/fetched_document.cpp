// SPDX-License-Identifier: Apache-2.0
#include "online/fetched_document.hpp"

#include <algorithm>
#include <utility>

#include "collateral/intel/tcb_info.hpp"
#include "collateral/nvidia/rim.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "x509/anchor_set.hpp"
#include "x509/chain_checker.hpp"
#include "x509/crl.hpp"
#include "x509/known_intermediates.hpp"
#include "x509/ocsp.hpp"

namespace tenzro::tee::online {

namespace {

constexpr std::chrono::seconds kClockSkew{120};
constexpr std::chrono::hours kManifestLife{24};

Bytes big_endian(std::uint32_t number) {
  Bytes out;
  for (; number != 0; number >>= 8U) {
    out.insert(out.begin(), static_cast<std::uint8_t>(number & 0xffU));
  }
  return out;
}

void take_facts(const intel::SignedDocument& from, FetchedDocument& to) {
  to.issued = from.issue_date;
  to.next_update = from.next_update;
  to.number = big_endian(from.evaluation_data_number);
}

Result<void> examine_list(const CollateralRequest& request, FetchedDocument& out) {
  TENZRO_ASSIGN_OR_RETURN(const auto list, x509::RevocationList::parse(out.document.body));
  if (!list->next_update()) {
    return Error(ErrorCode::malformed_input, "the revocation list does not say when the next one comes");
  }
  out.issued = list->this_update();
  out.next_update = *list->next_update();
  out.number = list->number().value_or(Bytes{});
  while (!out.number.empty() && out.number.front() == 0) {
    out.number.erase(out.number.begin());
  }
  const auto issuer = x509::Certificate::parse(request.issuer);
  out.fits = issuer && std::ranges::equal(list->issuer(), (*issuer)->subject());
  return {};
}

bool is_signed_by_issuer(ByteView body, const CollateralRequest& request) {
  const auto list = x509::RevocationList::parse(body);
  const auto issuer = x509::Certificate::parse(request.issuer);
  return list && issuer && (*list)->check(**issuer, (*list)->this_update(), std::chrono::seconds{0}).empty();
}

/// A certificate is as good as it is long, and has no number: AMD issues it anew for every download.
Result<void> examine_leaf(const CollateralRequest& request, FetchedDocument& out) {
  TENZRO_ASSIGN_OR_RETURN(const auto leaf, x509::Certificate::parse(out.document.body));
  out.issued = leaf->not_before();
  out.next_update = leaf->not_after();
  out.fits = leaf->common_name() == (request.vlek ? "SEV-VLEK" : "SEV-VCEK");
  return {};
}

/// Under the request's root, by an intermediate that came with it or that is known.
bool is_leaf_genuine(const FetchedDocument& fetched, const CollateralRequest& request) {
  const auto anchors = x509::AnchorSet::custom({Bytes(request.root.begin(), request.root.end())});
  const auto leaf = x509::Certificate::parse(fetched.document.body);
  if (!anchors || !leaf) {
    return false;
  }
  std::vector<x509::CertificatePtr> issuers(x509::known_intermediates().begin(), x509::known_intermediates().end());
  for (const Bytes& der : fetched.document.issuer_chain) {
    if (auto issuer = x509::Certificate::parse(der)) {
      issuers.push_back(*std::move(issuer));
    }
  }
  const x509::Moment moment{.at = fetched.issued, .skew = std::chrono::seconds{0}};
  return std::ranges::any_of(issuers, [&](const x509::CertificatePtr& issuer) {
    return std::ranges::equal((*leaf)->issuer(), issuer->subject()) &&
           ChainChecker::check(std::vector{*leaf, issuer}, Platform::amd_sev_snp,
                               request.vlek ? ChainRole::vlek : ChainRole::vcek, *anchors, moment)
               .valid();
  });
}

/// One that is unsuccessful, or says nothing of the certificate, or has no end, is offered to be called so, and is
/// never current.
Result<void> examine_ocsp_response(const CollateralRequest& request, FetchedDocument& out) {
  TENZRO_ASSIGN_OR_RETURN(const auto response, x509::OcspResponse::parse(out.document.body));
  out.issued = out.next_update = out.fetched_at;
  const auto certificate = x509::Certificate::parse(request.certificate);
  const auto issuer = x509::Certificate::parse(request.issuer);
  const ocsp::SingleResponse* answer =
      certificate && issuer ? response->answer_about(**certificate, **issuer) : nullptr;
  if (answer == nullptr) {
    return {};
  }
  out.fits = true;
  out.issued = answer->this_update;
  out.next_update = answer->next_update.value_or(answer->this_update);
  return {};
}

bool is_ocsp_response_genuine(ByteView body, const CollateralRequest& request) {
  const auto response = x509::OcspResponse::parse(body);
  const auto issuer = x509::Certificate::parse(request.issuer);
  return response && issuer && (*response)->check_signature(**issuer).empty();
}

bool is_signed_by_intel(const intel::SignedDocument& signed_part, const FetchedDocument& fetched,
                        const CollateralRequest& request) {
  const auto anchors = x509::AnchorSet::custom({Bytes(request.root.begin(), request.root.end())});
  if (!anchors || fetched.document.issuer_chain.empty() ||
      !ChainChecker::check(fetched.document.issuer_chain, request.platform, ChainRole::tcb_signer, *anchors,
                           {.at = fetched.issued, .skew = std::chrono::seconds{0}})
           .valid()) {
    return false;
  }
  const auto signer = x509::Certificate::parse(fetched.document.issuer_chain.front());
  return signer && (*signer)->ec_key() &&
         (*signer)->ec_key()->verify(crypto::Hash::sha256, signed_part.signed_bytes, signed_part.signature);
}

/// Signed by the first of its own certificates, and that under the request's root when it was fetched.
bool is_manifest_genuine(const FetchedDocument& fetched, const CollateralRequest& request) {
  const auto anchors = x509::AnchorSet::custom({Bytes(request.root.begin(), request.root.end())});
  const auto rim = tee::nvidia::parse_rim(fetched.document.body);
  if (!anchors || !rim || !rim->digest_matches ||
      !ChainChecker::check(rim->certificates, Platform::nvidia_gpu, ChainRole::rim_signer, *anchors,
                           {.at = fetched.issued, .skew = kClockSkew})
           .valid()) {
    return false;
  }
  const auto signer = x509::Certificate::parse(rim->certificates.front());
  return signer && (*signer)->ec_key() &&
         (*signer)->ec_key()->verify(crypto::Hash::sha384, rim->signed_info, rim->signature);
}

}  // namespace

bool FetchedDocument::is_current(UtcTime now) const { return issued <= now + kClockSkew && now < next_update; }

bool lower(const Bytes& a, const Bytes& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; }

Result<FetchedDocument> examine(CollateralDocument document, UtcTime fetched_at, const CollateralRequest& request) {
  FetchedDocument out;
  out.document = std::move(document);
  out.fetched_at = fetched_at;
  const bool tdx = request.platform == Platform::intel_tdx;
  if (request.kind == CollateralKind::tcb_info) {
    TENZRO_ASSIGN_OR_RETURN(const intel::TcbInfo info, intel::parse_tcb_info(out.document.body));
    take_facts(info, out);
    out.fits = info.tdx == tdx && info.fmspc == request.fmspc;
  } else if (request.kind == CollateralKind::qe_identity) {
    TENZRO_ASSIGN_OR_RETURN(const intel::QeIdentity identity, intel::parse_qe_identity(out.document.body));
    take_facts(identity, out);
    out.fits = identity.id == (tdx ? "TD_QE" : "QE");
  } else if (request.kind == CollateralKind::amd_chain) {
    TENZRO_RETURN_IF_ERROR(examine_leaf(request, out));
  } else if (request.kind == CollateralKind::ocsp) {
    TENZRO_RETURN_IF_ERROR(examine_ocsp_response(request, out));
  } else if (request.kind == CollateralKind::rim) {
    // NVIDIA signs manifests again under the same id, and no date of theirs says when.
    out.issued = fetched_at;
    out.next_update = fetched_at + kManifestLife;
    const auto rim = tee::nvidia::parse_rim(out.document.body);
    out.fits = rim.has_value();  // whether it is the one for the device, the device's report says
  } else {
    TENZRO_RETURN_IF_ERROR(examine_list(request, out));
  }
  return out;
}

bool is_genuine(const FetchedDocument& fetched, const CollateralRequest& request) {
  const ByteView body = fetched.document.body;
  if (request.kind == CollateralKind::tcb_info) {
    const auto info = intel::parse_tcb_info(body);
    return info && is_signed_by_intel(*info, fetched, request);
  }
  if (request.kind == CollateralKind::qe_identity) {
    const auto identity = intel::parse_qe_identity(body);
    return identity && is_signed_by_intel(*identity, fetched, request);
  }
  if (request.kind == CollateralKind::amd_chain) {
    return is_leaf_genuine(fetched, request);
  }
  if (request.kind == CollateralKind::ocsp) {
    return is_ocsp_response_genuine(body, request);
  }
  if (request.kind == CollateralKind::rim) {
    return is_manifest_genuine(fetched, request);
  }
  return is_signed_by_issuer(body, request);
}

}  // namespace tenzro::tee::online
