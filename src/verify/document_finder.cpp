// SPDX-License-Identifier: Apache-2.0
#include "verify/document_finder.hpp"

#include "core/text.hpp"

namespace tenzro::tee {

using demanded_by::kDefault;
using demanded_by::kVendor;

CollateralRequest DocumentFinder::request(CollateralKind kind) const {
  CollateralRequest out = request_(kind);
  out.kind = kind;
  out.at_now = question_.at_now;
  return out;
}

void DocumentFinder::note_use(const CollateralDocument& document, const ByteArray<32>& sha256, UtcTime issued,
                              std::optional<UtcTime> next_update) {
  verdict_.use_collateral({document.kind, sha256, next_update});
  if (document.remark) {
    verdict_.warn(*document.remark);
  }
  if (question_.collateral_max_age) {
    verdict_.limit_valid_until(issued + *question_.collateral_max_age);
  }
}

bool DocumentFinder::is_too_old(UtcTime issued) const {
  return question_.collateral_max_age && issued + *question_.collateral_max_age < question_.moment.at;
}

void DocumentFinder::report_missing(const Wording& wording, const std::string& wanted, const std::string& seen,
                                    const std::string& malformed, const std::optional<Error>& failure) {
  const std::string id(wording.check_id());
  const bool needed = !wording.missing.empty();
  const bool is_list = wording.check == "revocation";
  const bool insisted_on = needed && (!is_list || question_.revocation != Revocation::if_available);
  // What nobody can read may be the very one: where its absence would pass, it may not count as absent.
  if (!malformed.empty() && (seen.empty() || !insisted_on)) {
    verdict_.fail(id, kVendor,
                  {std::string(wording.check), "collateral_malformed",
                   concat("the ", wording.name, " cannot be read: ", malformed)});
    return;
  }
  Finding finding{std::string(wording.check), std::string(wording.missing),
                  concat("no ", wording.name, " for ", wanted,
                         seen.empty() ? std::string() : concat(" (there is only: ", seen, ")"),
                         failure ? concat(" (", failure->message(), ")") : std::string())};
  const bool no_answer = failure && failure->code() != ErrorCode::collateral_missing;
  if (!insisted_on && !no_answer) {
    if (needed) {
      verdict_.skip(id, kDefault, "not available, and not insisted on");
      verdict_.warn(std::move(finding));
    } else if (!seen.empty()) {
      verdict_.skip(id, kDefault, std::move(finding.message));
    }
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

}  // namespace tenzro::tee
