// SPDX-License-Identifier: Apache-2.0
#include "verify/tdx/tcb_rules.hpp"

#include <algorithm>
#include <vector>

#include "core/text.hpp"

namespace tenzro::tee::tdx {

namespace {

/// "ConfigurationAndSWHardeningNeeded" as it stands in finding codes: tcb_configuration_and_sw_hardening_needed.
std::string_view status_code(TcbStatus status) {
  switch (status) {
    case TcbStatus::unknown:
      return "tcb_unknown";
    case TcbStatus::up_to_date:
      return "tcb_up_to_date";
    case TcbStatus::sw_hardening_needed:
      return "tcb_sw_hardening_needed";
    case TcbStatus::configuration_needed:
      return "tcb_configuration_needed";
    case TcbStatus::configuration_and_sw_hardening_needed:
      return "tcb_configuration_and_sw_hardening_needed";
    case TcbStatus::out_of_date:
      return "tcb_out_of_date";
    case TcbStatus::out_of_date_configuration_needed:
      return "tcb_out_of_date_configuration_needed";
    case TcbStatus::td_relaunch_advised:
      return "tcb_td_relaunch_advised";
    case TcbStatus::td_relaunch_advised_configuration_needed:
      return "tcb_td_relaunch_advised_configuration_needed";
    case TcbStatus::revoked:
      return "tcb_revoked";
    case TcbStatus::not_supported:
      return "tcb_not_supported";
  }
  return "tcb_unknown";
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& text : words) {
    out += concat(out.empty() ? "" : ", ", printable(text));
  }
  return out;
}

/// The statuses that pass, for people.
std::string expected_statuses(const TcbRules& rules) {
  std::string expected(to_string(TcbStatus::up_to_date));
  for (const TcbStatus status : rules.tcb_status.value_or(std::vector<TcbStatus>{})) {
    if (status != TcbStatus::up_to_date) {
      expected += concat(" or ", to_string(status));
    }
  }
  return expected;
}

/// No rule makes these pass.
bool never_passes(TcbStatus status) {
  return status == TcbStatus::revoked || status == TcbStatus::not_supported || status == TcbStatus::unknown;
}

bool is_listed(TcbStatus status, const TcbRules& rules) {
  return rules.tcb_status &&
         std::find(rules.tcb_status->begin(), rules.tcb_status->end(), status) != rules.tcb_status->end();
}

/// Grace is for what was good until a newer level came: it makes nothing pass that was not good enough before that.
bool is_in_grace(const TcbEvaluation& evaluation, UtcTime at, const TcbRules& rules) {
  const bool was_good = evaluation.platform_status == TcbStatus::up_to_date ||
                        evaluation.platform_status == TcbStatus::out_of_date ||
                        is_listed(evaluation.platform_status, rules);
  return evaluation.status == TcbStatus::out_of_date && was_good && evaluation.superseded_at &&
         at < *evaluation.superseded_at + rules.tcb_grace;
}

bool is_acceptable(const TcbEvaluation& evaluation, UtcTime at, const TcbRules& rules) {
  return evaluation.status == TcbStatus::up_to_date ||
         (!never_passes(evaluation.status) &&
          (is_listed(evaluation.status, rules) || is_in_grace(evaluation, at, rules)));
}

/// What passes by grace does so only until the grace ends.
void limit_by_grace(Appraisal& out, const TcbEvaluation& evaluation, UtcTime at, const TcbRules& rules) {
  if (!is_listed(evaluation.status, rules) && is_in_grace(evaluation, at, rules)) {
    out.limit_valid_until(*evaluation.superseded_at + rules.tcb_grace);
  }
}

void appraise_status(Appraisal& out, const TcbAssessment& assessment, UtcTime at, const TcbRules& rules) {
  const TcbVerdict& tcb = assessment.verdict;
  const std::string actual(to_string(tcb.status));
  const std::string expected = expected_statuses(rules);
  const std::string code(status_code(tcb.status));
  const std::string advisories = tcb.advisory_ids.empty() ? std::string() : concat(" (", join(tcb.advisory_ids), ")");
  const bool relaunch =
      tcb.status == TcbStatus::td_relaunch_advised || tcb.status == TcbStatus::td_relaunch_advised_configuration_needed;
  const bool suffices = !never_passes(tcb.status) &&
                        (relaunch ? is_listed(tcb.status, rules) : is_acceptable(assessment.launch, at, rules));
  if (!suffices) {
    const std::string why = assessment.why.empty() ? std::string() : concat(": ", assessment.why);
    out.fail("tcb_status", {"tcb", code, concat("the platform's TCB is ", actual, advisories, why)}, expected, actual);
    return;
  }
  // Intel lets the launch status stand. We also want what runs now to be good enough, should it be worse.
  if (!relaunch && assessment.current && !is_acceptable(*assessment.current, at, rules)) {
    const TcbStatus current = assessment.current->status;
    const std::string now(to_string(current));
    out.fail("tcb_status",
             {"tcb", std::string(status_code(current)),
              concat("the TCB was ", actual, " at launch and is ", now, " now", advisories)},
             expected, now);
    return;
  }
  out.pass("tcb_status", expected, actual);
  limit_by_grace(out, assessment.launch, at, rules);
  if (assessment.current) {
    limit_by_grace(out, *assessment.current, at, rules);
  }
  if (tcb.status != TcbStatus::up_to_date) {
    const bool grace = !is_listed(tcb.status, rules);
    out.warn(
        {"tcb", code, concat("the platform's TCB is ", actual, advisories, grace ? ", within its grace period" : "")});
  }
}

void appraise_date(Appraisal& out, const TcbVerdict& tcb, UtcTime minimum) {
  const std::string needed = to_rfc3339(minimum);
  const std::string found = tcb.date ? to_rfc3339(*tcb.date) : "none";
  if (tcb.date && *tcb.date >= minimum) {
    out.pass("min_tcb_date", needed, found);
    return;
  }
  out.fail(
      "min_tcb_date",
      {"policy", "tcb_date_too_old", concat("the TCB dates from ", found, ", the policy wants ", needed, " or later")},
      needed, found);
}

void appraise_evaluation_number(Appraisal& out, const TcbVerdict& tcb, std::uint32_t minimum) {
  const std::string needed = std::to_string(minimum);
  const std::string found = tcb.evaluation_data_number ? std::to_string(*tcb.evaluation_data_number) : "none";
  if (tcb.evaluation_data_number && *tcb.evaluation_data_number >= minimum) {
    out.pass("min_tcb_eval_number", needed, found);
    return;
  }
  out.fail("min_tcb_eval_number",
           {"policy", "evaluation_data_number_too_low",
            concat("the collateral has evaluation data number ", found, ", the policy wants at least ", needed)},
           needed, found);
}

void appraise_advisories(Appraisal& out, const TcbVerdict& tcb, const std::vector<std::string>& allowed) {
  for (const std::string& advisory : tcb.advisory_ids) {
    if (std::find(allowed.begin(), allowed.end(), advisory) != allowed.end()) {
      continue;
    }
    out.fail("allow_advisories",
             {"policy", "advisory_not_allowed",
              concat("advisory ", printable(advisory), " applies and the policy does not allow it")},
             join(allowed), printable(advisory));
  }
}

}  // namespace

void appraise_tcb(Appraisal& out, const TcbAssessment& assessment, UtcTime at, const TcbRules& rules) {
  appraise_status(out, assessment, at, rules);
  if (rules.min_tcb_date) {
    appraise_date(out, assessment.verdict, *rules.min_tcb_date);
  }
  if (rules.min_tcb_eval_number) {
    appraise_evaluation_number(out, assessment.verdict, *rules.min_tcb_eval_number);
  }
  if (rules.allow_advisories) {
    appraise_advisories(out, assessment.verdict, *rules.allow_advisories);
  }
}

}  // namespace tenzro::tee::tdx
