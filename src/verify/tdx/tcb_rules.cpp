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

}  // namespace

void appraise_tcb(Appraisal& out, const TcbAssessment& assessment, UtcTime at, const TcbRules& rules) {
  const TcbVerdict& tcb = assessment.verdict;
  const std::string actual(to_string(tcb.status));
  std::string expected(to_string(TcbStatus::up_to_date));
  for (const TcbStatus status : rules.tcb_status.value_or(std::vector<TcbStatus>{})) {
    if (status != TcbStatus::up_to_date) {
      expected += concat(" or ", to_string(status));
    }
  }
  const auto listed = [&rules](TcbStatus status) {
    return rules.tcb_status &&
           std::find(rules.tcb_status->begin(), rules.tcb_status->end(), status) != rules.tcb_status->end();
  };
  const auto never = [](TcbStatus status) {
    return status == TcbStatus::revoked || status == TcbStatus::not_supported || status == TcbStatus::unknown;
  };
  // Grace is for what was good until a newer level came: it makes nothing pass that was not good enough before that.
  const auto in_grace = [&](const TcbEvaluation& evaluation) {
    const bool was_good = evaluation.platform_status == TcbStatus::up_to_date ||
                          evaluation.platform_status == TcbStatus::out_of_date || listed(evaluation.platform_status);
    return evaluation.status == TcbStatus::out_of_date && was_good && evaluation.superseded_at &&
           at < *evaluation.superseded_at + rules.tcb_grace;
  };
  const auto acceptable = [&](const TcbEvaluation& evaluation) {
    return evaluation.status == TcbStatus::up_to_date ||
           (!never(evaluation.status) && (listed(evaluation.status) || in_grace(evaluation)));
  };
  const bool relaunch =
      tcb.status == TcbStatus::td_relaunch_advised || tcb.status == TcbStatus::td_relaunch_advised_configuration_needed;
  // Intel lets the launch status stand. We also want what runs now to be good enough, should it be worse.
  const bool current_suffices = relaunch || !assessment.current || acceptable(*assessment.current);
  const bool suffices = !never(tcb.status) && (relaunch ? listed(tcb.status) : acceptable(assessment.launch));
  const std::string advisories = tcb.advisory_ids.empty() ? std::string() : concat(" (", join(tcb.advisory_ids), ")");
  const std::string why = assessment.why.empty() ? std::string() : concat(": ", assessment.why);

  if (suffices && current_suffices) {
    out.pass("tcb_status", expected, actual);
    for (const TcbEvaluation* evaluation : {&assessment.launch, assessment.current ? &*assessment.current : nullptr}) {
      if (evaluation != nullptr && !listed(evaluation->status) && in_grace(*evaluation)) {
        out.limit_valid_until(*evaluation->superseded_at + rules.tcb_grace);
      }
    }
    if (tcb.status != TcbStatus::up_to_date) {
      const bool grace = !relaunch && !listed(tcb.status);
      out.warn({"tcb", std::string(status_code(tcb.status)),
                concat("the platform's TCB is ", actual, advisories, grace ? ", within its grace period" : "")});
    }
  } else if (!suffices) {
    out.fail("tcb_status",
             {"tcb", std::string(status_code(tcb.status)), concat("the platform's TCB is ", actual, advisories, why)},
             expected, actual);
  } else {
    const TcbStatus current = assessment.current->status;
    const std::string now(to_string(current));
    out.fail("tcb_status",
             {"tcb", std::string(status_code(current)),
              concat("the TCB was ", actual, " at launch and is ", now, " now", advisories)},
             expected, now);
  }

  if (rules.min_tcb_date) {
    const std::string needed = to_rfc3339(*rules.min_tcb_date);
    const std::string found = tcb.date ? to_rfc3339(*tcb.date) : "none";
    if (tcb.date && *tcb.date >= *rules.min_tcb_date) {
      out.pass("min_tcb_date", needed, found);
    } else {
      out.fail("min_tcb_date",
               {"policy", "tcb_date_too_old",
                concat("the TCB dates from ", found, ", the policy wants ", needed, " or later")},
               needed, found);
    }
  }
  if (rules.min_tcb_eval_number) {
    const std::string needed = std::to_string(*rules.min_tcb_eval_number);
    const std::string found = tcb.evaluation_data_number ? std::to_string(*tcb.evaluation_data_number) : "none";
    if (tcb.evaluation_data_number && *tcb.evaluation_data_number >= *rules.min_tcb_eval_number) {
      out.pass("min_tcb_eval_number", needed, found);
    } else {
      out.fail("min_tcb_eval_number",
               {"policy", "evaluation_data_number_too_low",
                concat("the collateral has evaluation data number ", found, ", the policy wants at least ", needed)},
               needed, found);
    }
  }
  if (rules.allow_advisories) {
    for (const std::string& advisory : tcb.advisory_ids) {
      if (std::find(rules.allow_advisories->begin(), rules.allow_advisories->end(), advisory) !=
          rules.allow_advisories->end()) {
        continue;
      }
      out.fail("allow_advisories",
               {"policy", "advisory_not_allowed",
                concat("advisory ", printable(advisory), " applies and the policy does not allow it")},
               join(*rules.allow_advisories), printable(advisory));
    }
  }
}

}  // namespace tenzro::tee::tdx
