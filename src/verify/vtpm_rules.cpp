// SPDX-License-Identifier: Apache-2.0
#include "verify/vtpm_rules.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace tenzro::tee {

bool pins_paravisor(const SnpRules& rules) {
  const auto is_zero = [](const ByteArray<48>& digest) { return digest == ByteArray<48>{}; };
  return rules.measurement || (rules.id_key_digest && std::ranges::none_of(*rules.id_key_digest, is_zero));
}

bool pins_paravisor(const TdxRules& rules) { return rules.mr_td.has_value(); }

bool lets_paravisor_answer(const SnpRules* entry, bool accepted_by_caller) {
  if (entry == nullptr) {
    return false;
  }
  const bool names_code = entry->measurement || entry->id_key_digest || entry->author_key_digest || entry->host_data ||
                          entry->family_id || entry->image_id;
  return !entry->vtpm_pcrs.empty() || (accepted_by_caller && !names_code);
}

bool lets_paravisor_answer(const TdxRules* entry, bool accepted_by_caller) {
  if (entry == nullptr) {
    return false;
  }
  const bool names_code = entry->mr_td || entry->rtmr0 || entry->rtmr1 || entry->rtmr2 || entry->rtmr3 ||
                          entry->event_log || entry->mr_config_id || entry->mr_owner || entry->mr_owner_config;
  return !entry->vtpm_pcrs.empty() || (accepted_by_caller && !names_code);
}

void appraise_vtpm(Appraisal& out, const std::optional<AzureClaims>& azure, const PcrRules& rules,
                   bool paravisor_pinned) {
  if (!rules.empty() && !paravisor_pinned) {
    out.fail("vtpm_pcrs",
             {"policy", "paravisor_not_pinned",
              "the policy entry pins registers of a vTPM, which is software of the paravisor, and does not "
              "pin the paravisor: anybody's own could say the same"});
    return;
  }
  if (!rules.empty() && (!azure || azure->vtpm_pcrs.empty())) {
    out.fail("vtpm_pcrs", {"policy", "vtpm_quote_missing",
                           "the policy pins registers of a vTPM, and no verified vTPM quote came with the evidence"});
    return;
  }
  for (const auto& [index, allowed] : rules) {
    const std::string id = concat("vtpm_pcrs.", index);
    const auto found = azure->vtpm_pcrs.find(index);
    const Bytes* const quoted = found == azure->vtpm_pcrs.end() ? nullptr : &found->second;
    const std::string actual = quoted == nullptr ? std::string("none") : to_hex(*quoted);
    std::string expected;
    for (const Bytes& value : allowed) {
      expected += concat(expected.empty() ? "" : " or ", to_hex(value));
    }
    if (quoted != nullptr && std::ranges::find(allowed, *quoted) != allowed.end()) {
      out.pass(id, expected, actual);
    } else {
      out.fail(id,
               {"policy", "vtpm_pcr_not_allowed",
                concat("vTPM register ", index, " is ", actual, ", the policy allows ", expected)},
               expected, actual);
    }
  }
}

}  // namespace tenzro::tee
