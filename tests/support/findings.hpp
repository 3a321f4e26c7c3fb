// SPDX-License-Identifier: Apache-2.0
// What a verdict found, for expectations and for their messages.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "tenzro/tee/finding.hpp"

namespace tenzro::tee::test {

using Codes = std::set<std::string>;

inline Codes codes_in(const std::vector<Finding>& findings) {
  Codes out;
  for (const Finding& finding : findings) {
    out.insert(finding.code);
  }
  return out;
}

inline std::string words_in(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) {
    out += finding.check + "/" + finding.code + ": " + finding.message + "\n";
  }
  return out;
}

}  // namespace tenzro::tee::test
