// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/collateral.hpp"

#include <set>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "evidence/tdx/pck_extension.hpp"
#include "verify/document_finder.hpp"
#include "verify/tdx/revocation.hpp"
#include "verify/tdx/tcb_signer.hpp"

namespace tenzro::tee::tdx {

namespace {

using demanded_by::kPolicy;
using demanded_by::kVendor;

constexpr Wording kTcbInfo = {CollateralKind::tcb_info, "tcb", "TCB info", "collateral_missing"};
constexpr Wording kQeIdentity = {CollateralKind::qe_identity, "tcb", "QE identity", "collateral_missing"};

Bytes big_endian(std::uint32_t number) {
  Bytes out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const auto byte = static_cast<std::uint8_t>(number >> shift);
    if (!out.empty() || byte != 0) {
      out.push_back(byte);
    }
  }
  return out;
}

std::string_view signed_thing_of(CollateralKind kind) {
  return kind == CollateralKind::tcb_info ? x509::signed_thing::kTcbInfo : x509::signed_thing::kQeIdentity;
}

Rank rank_of(const intel::SignedDocument& document) {
  return {document.issue_date, document.next_update, big_endian(document.evaluation_data_number)};
}

CollateralRequest request_for(CollateralKind kind, const CollateralNeeds& needs, TrustAnchors anchors) {
  CollateralRequest out;
  out.platform = needs.platform;
  out.fmspc = needs.fmspc;
  out.ca = needs.intermediate->common_name() == kPckPlatformCaName ? "platform" : "processor";
  out.root = needs.root->der();
  out.issuer = kind == CollateralKind::root_crl ? needs.root->der() : needs.intermediate->der();
  out.simulated = anchors == TrustAnchors::simulated;
  return out;
}

/// A reading together with the bytes that it points into.
template <class T>
Result<std::shared_ptr<const T>> share_reading(const CollateralDocumentPtr& document, Result<T> reading) {
  if (!reading) {
    return std::move(reading).error();
  }
  struct Both {
    CollateralDocumentPtr document;
    T reading;
  };
  const auto both = std::make_shared<const Both>(document, *std::move(reading));
  return std::shared_ptr<const T>(both, &both->reading);
}

DocumentKind<intel::TcbInfo> tcb_info_for(const CollateralNeeds& needs) {
  DocumentKind<intel::TcbInfo> kind;
  kind.parse = [](const CollateralDocumentPtr& document) {
    return share_reading(document, intel::parse_tcb_info(document->body));
  };
  kind.fits = [&needs](const intel::TcbInfo& info) {
    return info.tdx == (needs.platform == Platform::intel_tdx) && info.fmspc == needs.fmspc;
  };
  kind.describe = [](const intel::TcbInfo& info) {
    return concat(info.tdx ? "TDX" : "SGX", " TCB info for FMSPC ", to_hex(info.fmspc));
  };
  kind.rank = rank_of;
  return kind;
}

DocumentKind<intel::QeIdentity> qe_identity_of(std::string_view id) {
  DocumentKind<intel::QeIdentity> kind;
  kind.parse = [](const CollateralDocumentPtr& document) {
    return share_reading(document, intel::parse_qe_identity(document->body));
  };
  kind.fits = [id](const intel::QeIdentity& identity) { return identity.id == id; };
  kind.describe = [](const intel::QeIdentity& identity) { return concat("the identity of ", identity.id); };
  kind.rank = rank_of;
  return kind;
}

/// Dates and signature of signed documents.
class DocumentJudge {
 public:
  DocumentJudge(const Question& question, const CollateralNeeds& needs, const x509::AnchorSet& anchors,
                const x509::RevocationListPtr& root_list, DocumentFinder& finder, VerdictBuilder& verdict)
      : question_(question),
        root_list_(root_list),
        finder_(finder),
        verdict_(verdict),
        signers_(needs.platform, needs.root, anchors, question.moment, *question.recall) {}

  template <class T>
  bool judge(const Wording& wording, const ChosenDocument<T>& chosen) {
    finder_.note_use(*chosen.document, chosen.sha256, chosen.parsed->issue_date, chosen.parsed->next_update);
    const bool current = judge_dates(wording, *chosen.parsed, chosen.document->source);
    return judge_signature(wording, chosen) && current;
  }

  bool signer_revoked() const noexcept { return signer_revoked_; }

 private:
  bool judge_dates(const Wording& wording, const intel::SignedDocument& document, std::string_view source);
  template <class T>
  bool judge_signature(const Wording& wording, const ChosenDocument<T>& chosen);

  const Question& question_;
  const x509::RevocationListPtr& root_list_;
  DocumentFinder& finder_;
  VerdictBuilder& verdict_;
  TcbSignerJudge signers_;
  std::set<ByteArray<32>> looked_up_;  // signers, in the root's list
  bool signer_revoked_ = false;
};

bool DocumentJudge::judge_dates(const Wording& wording, const intel::SignedDocument& document,
                                std::string_view source) {
  const std::string id = concat(to_string(wording.kind), ".dates");
  const std::string valid = concat(to_rfc3339(document.issue_date), " to ", to_rfc3339(document.next_update));
  const std::string at = to_rfc3339(question_.moment.at);
  const std::string where = concat(wording.name, " (", printable(source), ")");
  if (question_.moment.at + question_.moment.skew < document.issue_date) {
    verdict_.fail(id, kVendor,
                  {"freshness", "collateral_not_yet_valid",
                   concat(where, " is issued ", to_rfc3339(document.issue_date), ", after ", at)},
                  valid, at);
    return false;
  }
  if (question_.moment.at >= document.next_update) {
    verdict_.fail(id, kVendor,
                  {"freshness", "collateral_expired",
                   concat(where, " expired ", to_rfc3339(document.next_update), " and it is ", at)},
                  valid, at);
    return false;
  }
  if (finder_.is_too_old(document.issue_date)) {
    verdict_.fail(
        id, kPolicy,
        {"freshness", "collateral_too_old",
         concat(where, " is issued ", to_rfc3339(document.issue_date), ", longer ago than the policy allows")},
        valid, at);
    return false;
  }
  verdict_.pass(id, kVendor, valid, at);
  return true;
}

template <class T>
bool DocumentJudge::judge_signature(const Wording& wording, const ChosenDocument<T>& chosen) {
  const CollateralDocument& document = *chosen.document;
  const std::string id = concat(to_string(wording.kind), ".signature");
  const std::string where = concat(wording.name, " (", printable(document.source), ")");
  const TcbSigner* refused = nullptr;
  bool wrong_key = false;
  for (const TcbSigner* signer : signers_.candidates(document, *chosen.source)) {
    if (!signer->certificate) {
      refused = refused == nullptr ? signer : refused;
      continue;
    }
    const x509::Certificate& certificate = *signer->certificate;
    if (!question_.recall->checks().check_raw_p256(
            signed_thing_of(wording.kind), certificate,
            {chosen.sha256, chosen.parsed->signed_bytes, chosen.parsed->signature})) {
      wrong_key = true;
      continue;
    }
    if (looked_up_.insert(certificate.sha256()).second) {
      judge_not_revoked(root_list_, certificate, "not_revoked.tcb_signer", "TCB signing certificate", verdict_);
    }
    signer_revoked_ |= root_list_ && root_list_->revokes(certificate.serial());
    verdict_.limit_valid_until(certificate.not_after());
    verdict_.pass(id, kVendor, {}, printable(certificate.common_name()));
    return true;
  }
  if (wrong_key) {
    verdict_.fail(id, kVendor,
                  {std::string(wording.check), concat(to_string(wording.kind), "_signature_invalid"),
                   concat(where, ": Intel's signature does not cover these bytes")});
  } else if (refused != nullptr) {
    for (const Finding& failure : refused->failures) {
      verdict_.fail(id, kVendor, {failure.check, failure.code, concat("signer of the ", where, ": ", failure.message)});
    }
  } else {
    verdict_.fail(
        id, kVendor,
        {std::string(wording.check), "collateral_missing", concat("no TCB signing certificate for the ", where)});
  }
  return false;
}

void take_from_one_recovery(const DocumentKind<intel::TcbInfo>& info_kind, ChosenDocument<intel::TcbInfo>& info,
                            const DocumentKind<intel::QeIdentity>& identity_kind,
                            ChosenDocument<intel::QeIdentity>& identity, const DocumentFinder& finder) {
  if (info.parsed->evaluation_data_number < identity.parsed->evaluation_data_number) {
    finder.find_newer(info_kind, info);
  } else if (identity.parsed->evaluation_data_number < info.parsed->evaluation_data_number) {
    finder.find_newer(identity_kind, identity);
  }
}

}  // namespace

std::optional<TrustedCollateral> judge_collateral(const Question& question, const CollateralNeeds& needs,
                                                  const x509::AnchorSet& anchors, VerdictBuilder& verdict) {
  DocumentFinder finder(
      question, [&](CollateralKind kind) { return request_for(kind, needs, anchors.kind()); }, verdict);
  const RevocationLists lists = judge_revocation(question, needs, anchors, finder, verdict);

  const bool tdx = needs.platform == Platform::intel_tdx;
  const std::string_view identity_id = tdx ? "TD_QE" : "QE";
  auto info = finder.find(kTcbInfo, tcb_info_for(needs), concat(tdx ? "TDX" : "SGX", " FMSPC ", to_hex(needs.fmspc)));
  auto identity = finder.find(kQeIdentity, qe_identity_of(identity_id), std::string(identity_id));
  if (info && identity) {
    take_from_one_recovery(tcb_info_for(needs), *info, qe_identity_of(identity_id), *identity, finder);
  }

  DocumentJudge judge(question, needs, anchors, lists.root, finder, verdict);
  bool good = info && identity;
  if (info && !judge.judge(kTcbInfo, *info)) {
    good = false;
  }
  if (info && info->parsed->pce_id != needs.pce_id) {
    good = false;
    verdict.fail("tcb_info.pce_id", kVendor,
                 {"tcb", "tcb_info_pce_id_mismatch",
                  concat("the TCB info is for PCE-ID ", to_hex(info->parsed->pce_id), ", the platform has ",
                         to_hex(needs.pce_id))},
                 to_hex(needs.pce_id), to_hex(info->parsed->pce_id));
  }
  if (identity && !judge.judge(kQeIdentity, *identity)) {
    good = false;
  }
  if (info && identity && info->parsed->evaluation_data_number != identity->parsed->evaluation_data_number) {
    good = false;
    const std::string of_info = std::to_string(info->parsed->evaluation_data_number);
    const std::string of_identity = std::to_string(identity->parsed->evaluation_data_number);
    verdict.fail("evaluation_data_number", kVendor,
                 {"tcb", "evaluation_data_number_mismatch",
                  concat("TCB info has evaluation data number ", of_info, ", QE identity has ", of_identity)},
                 of_info, of_identity);
  }
  if (!good) {
    return std::nullopt;
  }
  const bool lists_judged = lists.root && lists.pck;
  // A memory is raised only by what nothing speaks against.
  if (lists_judged && !judge.signer_revoked()) {
    finder.accept(*info);
    finder.accept(*identity);
  }
  return TrustedCollateral{std::move(info->parsed), std::move(identity->parsed), lists_judged};
}

}  // namespace tenzro::tee::tdx
