// SPDX-License-Identifier: Apache-2.0
// Asking what became of one certificate, and judging the answer.
#pragma once
#include <optional>
#include <string_view>

#include "verify/document_finder.hpp"
#include "x509/ocsp.hpp"

namespace tenzro::tee {

/// One certificate whose chain was found good. Outlives the judgement.
struct StatusNeeded {
  const x509::Certificate& certificate;
  const x509::Certificate& issuer;
  std::string_view place;   ///< which one, for Check::id: "ocsp.<place>"
  std::string_view what;    ///< the same in words: "device identity certificate"
  bool allow_hold = false;  ///< certificateHold is a warning (certificate_on_hold) and not a failure
};

struct StatusOutcome {
  /// There was an answer that counts. Without it the status stays unknown, and a failure or a warning says why.
  bool answered = false;
  x509::CertificateStatus status = x509::CertificateStatus::unknown;
  std::optional<UtcTime> revoked_at{};  ///< of revoked and on_hold
  std::string_view reason{};            ///< "keyCompromise"; empty where none is given
  UtcTime this_update{};
  std::optional<UtcTime> next_update{};
};

/// Finds the answer about this certificate, judges it, and records the check "ocsp.<place>". No answer that is about
/// the certificate: revocation_missing (collateral_unreachable when a service did not answer, ocsp_unsuccessful when it
/// answered that it cannot), which is a warning where question.ocsp is if_available. An answer that cannot be read, is
/// about the same serial number of another issuer, out of date or not signed as it must be, and any status but good,
/// are failures in every case. question.ocsp off is the caller's to deal with.
/// finder: its request for CollateralKind::ocsp, to which certificate and issuer are added here, names platform and
/// root.
StatusOutcome judge_status(const StatusNeeded& needed, const Question& question, DocumentFinder& finder,
                           VerdictBuilder& verdict);

/// What a caller does where question.ocsp is off: the check "ocsp" is skipped, and a warning says what that means.
void skip_status(const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee
