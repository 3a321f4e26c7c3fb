// SPDX-License-Identifier: Apache-2.0
// What to do about a failure whose message does not say, by the check that it belongs to.
#include <array>

#include "verdict_text.hpp"

namespace tenzro::cli {
namespace {

struct Advice {
  std::string_view check;
  std::string_view text;
};

constexpr std::array kByCheck = {
    Advice{"format", "get the evidence again; this copy is damaged or not what it claims to be"},
    Advice{"platform", "ask for evidence of the platform that you expect"},
    Advice{"signature", "do not trust this evidence: it was altered, or made by something else"},
    Advice{"chain", "do not trust this evidence unless you can explain its certificates"},
    Advice{"revocation", "get current revocation lists and give them with --collateral PATH"},
    Advice{"freshness", "ask for fresh evidence, and give the bytes it must be bound to"},
    Advice{"user_data", "ask for fresh evidence over the bytes that you gave"},
    Advice{"event_log", "get the event log of this TD, whole and as its guest has it"},
    Advice{"tcb", "have the operator update the platform (see the advisories)"},
    Advice{"policy", "change what runs, or change the rule if it is wrong"},
};

}  // namespace

std::string_view advice_for(const tee::Finding& finding) noexcept {
  // The library's messages put what to do behind a semicolon, where they know better.
  if (finding.message.find("; ") != std::string::npos) {
    return {};
  }
  for (const Advice& advice : kByCheck) {
    if (advice.check == finding.check) {
      return advice.text;
    }
  }
  return {};
}

}  // namespace tenzro::cli
