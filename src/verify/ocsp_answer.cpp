// SPDX-License-Identifier: Apache-2.0
#include "verify/ocsp_answer.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "verify/revocation_list.hpp"

namespace tenzro::tee {

using demanded_by::kDefault;
using demanded_by::kPolicy;
using demanded_by::kVendor;
using x509::OcspResponse;

namespace {

/// What was there beside an answer about the certificate.
struct Seen {
  bool same_serial = false;  ///< of another issuer
  ocsp::ResponseStatus unsuccessful = ocsp::ResponseStatus::unknown;
};

DocumentKind<OcspResponse> answers_about(const StatusNeeded& needed, Seen& seen) {
  DocumentKind<OcspResponse> kind;
  kind.parse = [](const CollateralDocumentPtr& document) { return OcspResponse::parse(document->body); };
  kind.fits = [&needed, &seen](const OcspResponse& response) {
    if (response.status() != ocsp::ResponseStatus::successful) {
      seen.unsuccessful = response.status();
      return false;
    }
    if (!response.names_serial(needed.certificate.serial())) {
      return false;
    }
    const bool about = response.answer_about(needed.certificate, needed.issuer) != nullptr;
    seen.same_serial |= !about;
    return about;
  };
  kind.describe = [](const OcspResponse& response) {
    return response.answers().empty()
               ? concat("a refusal, ", ocsp::to_string(response.status()))
               : concat("an OCSP response about serial ", to_hex(response.answers().front().id.serial));
  };
  kind.rank = [&needed](const OcspResponse& response) {
    const ocsp::SingleResponse* answer = response.answer_about(needed.certificate, needed.issuer);
    return answer == nullptr ? Rank{} : Rank{answer->this_update, answer->next_update, {}};
  };
  return kind;
}

std::string described(const StatusNeeded& needed) {
  return concat("the ", needed.what, " \"", printable(needed.certificate.common_name()), "\", serial ",
                to_hex(needed.certificate.serial()));
}

/// Nothing that counts was found.
void report_missing(const StatusNeeded& needed, const Selection<OcspResponse>& found, const Seen& seen,
                    std::string_view id, const Question& question, VerdictBuilder& verdict) {
  const std::string who = described(needed);
  const std::string tail = found.seen.empty() ? std::string() : concat(" (there is only: ", found.seen, ")");
  if (seen.same_serial) {
    verdict.fail(id, kVendor,
                 {"revocation", "ocsp_wrong_certificate",
                  concat("an OCSP response bears the serial number of ", who, ", but is of another issuer than \"",
                         printable(needed.issuer.common_name()), "\", or says two things")});
    return;
  }
  // What nobody can read may be the very one: where its absence would pass, it may not count as absent.
  const bool garbled = found.failure && found.failure->code() == ErrorCode::malformed_input;
  if (!found.malformed.empty() || garbled) {
    verdict.fail(id, kVendor,
                 {"revocation", "collateral_malformed",
                  concat("the OCSP response about ", who, " cannot be read: ",
                         garbled ? std::string_view(found.failure->message()) : std::string_view(found.malformed))});
    return;
  }
  Finding finding{"revocation", "revocation_missing", concat("no OCSP response about ", who, tail)};
  if (found.failure && found.failure->code() != ErrorCode::collateral_missing) {
    finding.code = "collateral_unreachable";
    finding.message = concat("the OCSP response about ", who, " could not be fetched: ", found.failure->message());
  } else if (seen.unsuccessful != ocsp::ResponseStatus::unknown) {
    finding.code = "ocsp_unsuccessful";
    finding.message = concat("about ", who, " the OCSP responder only answers ", ocsp::to_string(seen.unsuccessful));
  }
  if (question.ocsp == Revocation::if_available) {
    verdict.skip(id, kDefault, "not available, and not insisted on");
    verdict.warn(std::move(finding));
    return;
  }
  verdict.fail(id, kDefault, std::move(finding), "good", "unknown");
}

}  // namespace

void skip_status(const Question& question, VerdictBuilder& verdict) {
  verdict.skip("ocsp", switched_off_by(question), "revocation is switched off");
  verdict.warn({"revocation", "revocation_not_checked",
                "revocation is switched off: a withdrawn certificate would go unnoticed"});
}

StatusOutcome judge_status(const StatusNeeded& needed, const Question& question, DocumentFinder& finder,
                           VerdictBuilder& verdict) {
  const std::string id = concat("ocsp.", needed.place);
  CollateralRequest request = finder.request(CollateralKind::ocsp);
  request.certificate = needed.certificate.der();
  request.issuer = needed.issuer.der();
  Seen seen;
  auto found = select_document(question, request, answers_about(needed, seen));
  if (!found.chosen) {
    report_missing(needed, found, seen, id, question, verdict);
    return {};
  }
  const OcspResponse& response = *found.chosen->parsed;
  const CollateralDocument& document = *found.chosen->document;
  const ocsp::SingleResponse& answer = *response.answer_about(needed.certificate, needed.issuer);
  finder.note_use(document, response.sha256(), answer.this_update, answer.next_update);

  auto judged = response.judge(needed.certificate, needed.issuer, question.moment.at, question.moment.skew,
                               &question.recall->checks(),
                               [&question](ByteView der) { return question.recall->certificate(der); });
  std::string_view source = kVendor;
  if (judged.failures.empty() && finder.is_too_old(answer.this_update)) {
    source = kPolicy;
    judged.failures.push_back(
        {"revocation", "collateral_too_old",
         concat("issued ", to_rfc3339(answer.this_update), ", longer ago than the policy allows")});
  }
  if (!judged.failures.empty()) {
    for (Finding& failure : judged.failures) {
      failure.message =
          concat("OCSP response about ", described(needed), " (", printable(document.source), "): ", failure.message);
      verdict.fail(id, source, std::move(failure), "good", "unknown");
    }
    return {};
  }
  if (judged.delegate) {
    question.recall->learn(judged.delegate);
    verdict.limit_valid_until(judged.delegate->not_after());
  }

  StatusOutcome out{true, judged.status, judged.revoked_at, judged.reason, answer.this_update, answer.next_update};
  const bool tolerated = judged.status == x509::CertificateStatus::on_hold && needed.allow_hold;
  if (auto against = judged.status_finding(needed.certificate)) {
    against->message = concat("the ", needed.what, " ", against->message);
    if (!tolerated) {
      verdict.fail(id, kVendor, *std::move(against), "good", std::string(to_string(judged.status)));
      return out;
    }
    verdict.warn(*std::move(against));
  }
  verdict.pass(id, kVendor, tolerated ? "good or on_hold" : "good", std::string(to_string(judged.status)));
  if (question.at_now) {
    found.chosen->source->accepted(request, document);
  }
  return out;
}

}  // namespace tenzro::tee
