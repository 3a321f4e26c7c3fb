// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/collateral.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "crypto/digest.hpp"
#include "verify/tdx/selection.hpp"
#include "verify/tdx/tcb_signer.hpp"

namespace tenzro::tee::tdx {

namespace {

using demanded_by::kDefault;
using demanded_by::kPolicy;
using demanded_by::kVendor;
using x509::CertificatePtr;
using x509::RevocationListPtr;

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

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

/// How a kind of document is talked about, and where its failures belong.
struct Wording {
  CollateralKind kind;
  std::string_view check;       ///< of findings about content
  std::string_view name;        ///< "TCB info"
  std::string_view missing;     ///< code when there is none
  std::string_view how_to_get;  ///< what the user should do
};
constexpr Wording kTcbInfo = {CollateralKind::tcb_info, "tcb", "TCB info", "collateral_missing",
                              "supply Intel's TCB info for this FMSPC with --collateral"};
constexpr Wording kQeIdentity = {CollateralKind::qe_identity, "tcb", "QE identity", "collateral_missing",
                                 "supply Intel's QE identity with --collateral"};
constexpr Wording kRootCrl = {CollateralKind::root_crl, "revocation", "Intel root CA's revocation list",
                              "revocation_missing", "supply it with --collateral"};
constexpr Wording kPckCrl = {CollateralKind::pck_crl, "revocation", "PCK CA's revocation list", "revocation_missing",
                             "supply it with --collateral"};

class Judge {
 public:
  Judge(const Question& question, const CollateralNeeds& needs, const x509::AnchorSet& anchors, VerdictBuilder& verdict)
      : question_(question),
        needs_(needs),
        anchors_(anchors),
        verdict_(verdict),
        signers_(needs.platform, needs.root, anchors, question.moment) {}

  void judge_revocation();
  std::optional<TrustedCollateral> judge_tcb_documents();

 private:
  RevocationListPtr judge_list(const Wording& wording, const x509::Certificate& issuer);
  /// id: which certificate, for Check::id; what: the same in words.
  void check_revoked(const RevocationListPtr& list, const x509::Certificate& certificate, std::string_view id,
                     std::string_view what);
  CollateralRequest request_for(CollateralKind kind) const;
  template <class T>
  std::optional<ChosenDocument<T>> find(const Wording& wording, const DocumentKind<T>& kind, const std::string& wanted);
  template <class T>
  bool judge_dates(const Wording& wording, const T& document, std::string_view source);
  template <class T>
  bool judge_signature(const Wording& wording, const ChosenDocument<T>& chosen);
  void fail_missing(const Wording& wording, const std::string& wanted, const std::string& seen,
                    const std::string& malformed, const std::optional<Error>& failure);
  void note_use(CollateralKind kind, const ByteArray<32>& sha256, UtcTime issued, std::optional<UtcTime> next_update);
  bool too_old(UtcTime issued) const {
    return question_.collateral_max_age && issued + *question_.collateral_max_age < question_.moment.at;
  }

  const Question& question_;
  const CollateralNeeds& needs_;
  const x509::AnchorSet& anchors_;
  VerdictBuilder& verdict_;
  RevocationListPtr root_list_;
  bool lists_judged_ = false;
  bool signer_revoked_ = false;
  TcbSignerJudge signers_;
  std::set<ByteArray<32>> looked_up_signers_;  // in the root's list
  std::optional<UtcTime> expires_;
};

void Judge::note_use(CollateralKind kind, const ByteArray<32>& sha256, UtcTime issued,
                     std::optional<UtcTime> next_update) {
  verdict_.use_collateral({kind, sha256, next_update});
  if (question_.collateral_max_age) {
    verdict_.limit_valid_until(issued + *question_.collateral_max_age);
  }
  if (next_update) {
    expires_ = expires_ ? std::min(*expires_, *next_update) : *next_update;
  }
}

void Judge::fail_missing(const Wording& wording, const std::string& wanted, const std::string& seen,
                         const std::string& malformed, const std::optional<Error>& failure) {
  const std::string id(to_string(wording.kind));
  const bool is_list = wording.check == "revocation";
  if (!malformed.empty() && seen.empty()) {
    verdict_.fail(id, kVendor,
                  {std::string(wording.check), "collateral_malformed",
                   concat("the ", wording.name, " cannot be read: ", malformed, "; get a fresh copy")});
    return;
  }
  Finding finding{std::string(wording.check), std::string(wording.missing),
                  concat("no ", wording.name, " for ", wanted,
                         seen.empty() ? std::string() : concat(" (there is only: ", seen, ")"),
                         failure ? concat(" (", failure->message(), ")") : std::string(), "; ", wording.how_to_get)};
  const bool no_answer = failure && failure->code() != ErrorCode::collateral_missing;
  if (is_list && question_.revocation == Revocation::if_available && !no_answer) {
    verdict_.skip(id, kDefault, "not available, and the caller does not insist");
    verdict_.warn(std::move(finding));
    return;
  }
  if (no_answer) {
    finding.code = failure->code() == ErrorCode::malformed_input          ? "collateral_malformed"
                   : failure->code() == ErrorCode::collateral_rolled_back ? "collateral_rolled_back"
                                                                          : "collateral_unreachable";
    finding.message = concat("the ", wording.name, " for ", wanted, " could not be fetched: ", failure->message());
  }
  verdict_.fail(id, kDefault, std::move(finding), wanted, seen);
}

CollateralRequest Judge::request_for(CollateralKind kind) const {
  CollateralRequest out;
  out.kind = kind;
  out.platform = needs_.platform;
  out.fmspc = needs_.fmspc;
  out.ca = needs_.intermediate->common_name() == "Intel SGX PCK Platform CA" ? "platform" : "processor";
  out.root = needs_.root->der();
  out.issuer = kind == CollateralKind::root_crl ? needs_.root->der() : needs_.intermediate->der();
  out.simulated = anchors_.kind() == TrustAnchors::simulated;
  out.at_now = question_.at_now;
  return out;
}

template <class T>
std::optional<ChosenDocument<T>> Judge::find(const Wording& wording, const DocumentKind<T>& kind,
                                             const std::string& wanted) {
  auto selection = select_document(question_, request_for(wording.kind), kind);
  if (!selection.chosen) {
    fail_missing(wording, wanted, selection.seen, selection.malformed, selection.failure);
  } else if (selection.chosen->document.remark) {
    verdict_.warn(*std::move(selection.chosen->document.remark));
  }
  return std::move(selection.chosen);
}

// --- Revocation ---

RevocationListPtr Judge::judge_list(const Wording& wording, const x509::Certificate& issuer) {
  DocumentKind<RevocationListPtr> kind;
  kind.parse = [](const CollateralDocument& document) { return x509::RevocationList::parse(document.body); };
  kind.fits = [&issuer](const RevocationListPtr& list) { return same(list->issuer(), issuer.subject()); };
  kind.describe = [](const RevocationListPtr& list) {
    return concat("a list of ", printable(list->issuer_common_name()));
  };
  kind.rank = [](const RevocationListPtr& list) {
    return Rank{list->this_update(), list->next_update(), list->number().value_or(Bytes{})};
  };
  auto chosen = find(wording, kind, issuer.common_name());
  if (!chosen) {
    return nullptr;
  }

  const RevocationListPtr& list = chosen->parsed;
  note_use(wording.kind, list->sha256(), list->this_update(), list->next_update());
  std::vector<Finding> failures = list->check(issuer, question_.moment.at, question_.moment.skew);
  if (too_old(list->this_update())) {
    failures.push_back(
        {"revocation", "collateral_too_old",
         concat("issued ", to_rfc3339(list->this_update()), ", longer ago than the policy allows; get a newer one")});
  }
  if (failures.empty()) {
    verdict_.pass(to_string(wording.kind), kVendor, {}, concat(list->revoked_count(), " certificates revoked"));
    // A CA that the root has revoked may have signed anything.
    if (question_.at_now && (wording.kind == CollateralKind::root_crl ||
                             (root_list_ && !root_list_->revokes(needs_.intermediate->serial())))) {
      chosen->source->accepted(request_for(wording.kind), chosen->document);
    }
    return list;
  }
  // The same names under another root: somebody mixes hierarchies, which deserves its own word.
  for (const x509::AnchorSet* other : {&x509::AnchorSet::pinned(), x509::AnchorSet::simulated()}) {
    if (other == nullptr || other->kind() == anchors_.kind() || wording.kind != CollateralKind::root_crl) {
      continue;
    }
    for (const CertificatePtr& root : other->roots(needs_.platform, ChainRole::evidence_signer)) {
      if (list->check(*root, question_.moment.at, question_.moment.skew).empty()) {
        failures = {
            {"revocation", "anchor_set_mixed",
             concat("signed under the ", to_string(other->kind()), " roots, while the evidence stands under the ",
                    to_string(anchors_.kind()), " ones; one verdict uses one set")}};
      }
    }
  }
  for (Finding& failure : failures) {
    failure.message = concat(wording.name, " (", printable(chosen->document.source), "): ", failure.message);
    verdict_.fail(to_string(wording.kind), kVendor, std::move(failure));
  }
  return nullptr;
}

void Judge::check_revoked(const RevocationListPtr& list, const x509::Certificate& certificate, std::string_view id,
                          std::string_view what) {
  if (!list) {
    return;  // its absence has been dealt with
  }
  const std::string serial = to_hex(certificate.serial());
  if (!list->revokes(certificate.serial())) {
    verdict_.pass(id, kVendor, "not revoked", concat("serial ", serial));
    return;
  }
  verdict_.fail(id, kVendor,
                {"revocation", "certificate_revoked",
                 concat("the ", what, " \"", printable(certificate.common_name()), "\", serial ", serial,
                        ", is revoked by ", printable(list->issuer_common_name()), "; do not trust this platform")},
                "not revoked", "revoked");
}

void Judge::judge_revocation() {
  if (question_.revocation == Revocation::off) {
    verdict_.skip("root_crl", demanded_by::kCaller, "revocation is switched off");
    verdict_.skip("pck_crl", demanded_by::kCaller, "revocation is switched off");
    verdict_.warn({"revocation", "revocation_not_checked",
                   "revocation is switched off: a withdrawn certificate would go unnoticed"});
    return;
  }
  root_list_ = judge_list(kRootCrl, *needs_.root);
  check_revoked(root_list_, *needs_.root, "not_revoked.root", "root certificate");
  check_revoked(root_list_, *needs_.intermediate, "not_revoked.pck_ca", "PCK CA certificate");
  const RevocationListPtr pck_list = judge_list(kPckCrl, *needs_.intermediate);
  lists_judged_ = root_list_ && pck_list;
  check_revoked(pck_list, *needs_.leaf, "not_revoked.pck", "PCK certificate");
}

// --- TCB info and QE identity ---

template <class T>
bool Judge::judge_dates(const Wording& wording, const T& document, std::string_view source) {
  const std::string id = concat(to_string(wording.kind), ".dates");
  const std::string valid = concat(to_rfc3339(document.issue_date), " to ", to_rfc3339(document.next_update));
  const std::string at = to_rfc3339(question_.moment.at);
  const std::string where = concat(wording.name, " (", printable(source), ")");
  if (question_.moment.at + question_.moment.skew < document.issue_date) {
    verdict_.fail(id, kVendor,
                  {"freshness", "collateral_not_yet_valid",
                   concat(where, " is issued ", to_rfc3339(document.issue_date), ", after ", at,
                          "; check the clock, or judge at a time when it is valid")},
                  valid, at);
    return false;
  }
  if (question_.moment.at >= document.next_update) {
    verdict_.fail(
        id, kVendor,
        {"freshness", "collateral_expired",
         concat(where, " expired ", to_rfc3339(document.next_update), " and it is ", at, "; get a newer one")},
        valid, at);
    return false;
  }
  if (too_old(document.issue_date)) {
    verdict_.fail(id, kPolicy,
                  {"freshness", "collateral_too_old",
                   concat(where, " is issued ", to_rfc3339(document.issue_date),
                          ", longer ago than the policy allows; get a newer one")},
                  valid, at);
    return false;
  }
  verdict_.pass(id, kVendor, valid, at);
  return true;
}

template <class T>
bool Judge::judge_signature(const Wording& wording, const ChosenDocument<T>& chosen) {
  const std::string id = concat(to_string(wording.kind), ".signature");
  const std::string where = concat(wording.name, " (", printable(chosen.document.source), ")");
  const TcbSigner* refused = nullptr;
  bool wrong_key = false;
  for (const TcbSigner* signer : signers_.candidates(chosen.document, *chosen.source)) {
    if (!signer->certificate) {
      refused = refused == nullptr ? signer : refused;
      continue;
    }
    const x509::Certificate& certificate = *signer->certificate;
    if (!certificate.ec_key() ||
        !certificate.ec_key()->verify(crypto::Hash::sha256, chosen.parsed.signed_bytes, chosen.parsed.signature)) {
      wrong_key = true;
      continue;
    }
    if (looked_up_signers_.insert(certificate.sha256()).second) {
      check_revoked(root_list_, certificate, "not_revoked.tcb_signer", "TCB signing certificate");
    }
    signer_revoked_ |= root_list_ && root_list_->revokes(certificate.serial());
    verdict_.limit_valid_until(certificate.not_after());
    verdict_.pass(id, kVendor, {}, printable(certificate.common_name()));
    return true;
  }
  if (wrong_key) {
    verdict_.fail(
        id, kVendor,
        {std::string(wording.check), concat(to_string(wording.kind), "_signature_invalid"),
         concat(where,
                ": Intel's signature does not cover these bytes; it was altered or re-formatted, get a fresh copy")});
  } else if (refused != nullptr) {
    for (const Finding& failure : refused->failures) {
      verdict_.fail(id, kVendor, {failure.check, failure.code, concat("signer of the ", where, ": ", failure.message)});
    }
  } else {
    verdict_.fail(
        id, kVendor,
        {std::string(wording.check), "collateral_missing",
         concat("no TCB signing certificate for the ", where, "; supply its issuer chain with --collateral")});
  }
  return false;
}

std::optional<TrustedCollateral> Judge::judge_tcb_documents() {
  const bool tdx = needs_.platform == Platform::intel_tdx;

  DocumentKind<intel::TcbInfo> tcb_info;
  tcb_info.parse = [](const CollateralDocument& document) { return intel::parse_tcb_info(document.body); };
  tcb_info.fits = [&](const intel::TcbInfo& info) { return info.tdx == tdx && info.fmspc == needs_.fmspc; };
  tcb_info.describe = [](const intel::TcbInfo& info) {
    return concat(info.tdx ? "TDX" : "SGX", " TCB info for FMSPC ", to_hex(info.fmspc));
  };
  tcb_info.rank = [](const intel::TcbInfo& info) {
    return Rank{info.issue_date, info.next_update, big_endian(info.evaluation_data_number)};
  };
  auto info = find(kTcbInfo, tcb_info, concat(tdx ? "TDX" : "SGX", " FMSPC ", to_hex(needs_.fmspc)));

  const std::string_view identity_id = tdx ? "TD_QE" : "QE";
  DocumentKind<intel::QeIdentity> qe_identity;
  qe_identity.parse = [](const CollateralDocument& document) { return intel::parse_qe_identity(document.body); };
  qe_identity.fits = [&](const intel::QeIdentity& identity) { return identity.id == identity_id; };
  qe_identity.describe = [](const intel::QeIdentity& identity) { return concat("the identity of ", identity.id); };
  qe_identity.rank = [](const intel::QeIdentity& identity) {
    return Rank{identity.issue_date, identity.next_update, big_endian(identity.evaluation_data_number)};
  };
  auto identity = find(kQeIdentity, qe_identity, std::string(identity_id));

  bool good = info && identity;
  if (info) {
    note_use(CollateralKind::tcb_info, crypto::sha256(info->document.body), info->parsed.issue_date,
             info->parsed.next_update);
    good &= judge_dates(kTcbInfo, info->parsed, info->document.source);
    good &= judge_signature(kTcbInfo, *info);
    if (info->parsed.pce_id != needs_.pce_id) {
      good = false;
      verdict_.fail("tcb_info.pce_id", kVendor,
                    {"tcb", "tcb_info_pce_id_mismatch",
                     concat("the TCB info is for PCE-ID ", to_hex(info->parsed.pce_id), ", the platform has ",
                            to_hex(needs_.pce_id), "; get the one for this platform")},
                    to_hex(needs_.pce_id), to_hex(info->parsed.pce_id));
    }
  }
  if (identity) {
    note_use(CollateralKind::qe_identity, crypto::sha256(identity->document.body), identity->parsed.issue_date,
             identity->parsed.next_update);
    good &= judge_dates(kQeIdentity, identity->parsed, identity->document.source);
    good &= judge_signature(kQeIdentity, *identity);
  }
  if (info && identity && info->parsed.evaluation_data_number != identity->parsed.evaluation_data_number) {
    good = false;
    verdict_.fail(
        "evaluation_data_number", kVendor,
        {"tcb", "evaluation_data_number_mismatch",
         concat("TCB info has evaluation data number ", info->parsed.evaluation_data_number, ", QE identity has ",
                identity->parsed.evaluation_data_number, "; get both from one TCB recovery")},
        std::to_string(info->parsed.evaluation_data_number), std::to_string(identity->parsed.evaluation_data_number));
  }
  if (!good) {
    return std::nullopt;
  }
  // A memory is raised only by what nothing speaks against.
  if (question_.at_now && lists_judged_ && !signer_revoked_) {
    info->source->accepted(request_for(CollateralKind::tcb_info), info->document);
    identity->source->accepted(request_for(CollateralKind::qe_identity), identity->document);
  }
  return TrustedCollateral{std::move(info->document),
                           std::move(identity->document),
                           std::move(info->parsed),
                           std::move(identity->parsed),
                           *expires_,
                           lists_judged_};
}

}  // namespace

std::optional<TrustedCollateral> judge_collateral(const Question& question, const CollateralNeeds& needs,
                                                  const x509::AnchorSet& anchors, VerdictBuilder& verdict) {
  Judge judge(question, needs, anchors, verdict);
  judge.judge_revocation();
  return judge.judge_tcb_documents();
}

}  // namespace tenzro::tee::tdx
