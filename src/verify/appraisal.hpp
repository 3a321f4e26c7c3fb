// SPDX-License-Identifier: Apache-2.0
// Comparing claims with one entry of rules: what passed, what failed, what nobody pinned.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "tenzro/tee/policy.hpp"
#include "tenzro/tee/verifier.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee {

/// The outcome of one entry of rules; several entries may be tried before one is reported.
class Appraisal {
 public:
  /// source: demanded_by::kPolicy or kDefault.
  explicit Appraisal(std::string_view source) : source_(source) {}

  bool passed() const noexcept { return failures_.empty(); }
  std::size_t failure_count() const noexcept { return failures_.size(); }

  void pass(std::string_view id, std::string expected = {}, std::string actual = {}) {
    checks_.push_back(
        {std::string(id), CheckStatus::pass, std::move(expected), std::move(actual), std::string(source_)});
  }
  void fail(std::string_view id, Finding reason, std::string expected = {}, std::string actual = {}) {
    checks_.push_back(
        {std::string(id), CheckStatus::fail, std::move(expected), std::move(actual), std::string(source_)});
    failures_.push_back(std::move(reason));
  }
  void skip(std::string_view id, std::string why) {
    checks_.push_back({std::string(id), CheckStatus::skipped, {}, std::move(why), std::string(source_)});
  }
  /// A claim that nobody pins.
  void unpinned(std::string claim, std::string actual) {
    checks_.push_back({claim, CheckStatus::unpinned, {}, std::move(actual), std::string(source_)});
    unpinned_.push_back(std::move(claim));
  }
  void warn(Finding warning) { warnings_.push_back(std::move(warning)); }
  /// What passed does so only until then.
  void limit_valid_until(UtcTime end) { valid_until_ = valid_until_ ? std::min(*valid_until_, end) : end; }

  /// A claim that must be one of the listed values; without a list it is unpinned.
  template <class T, class Show>
  void expect_one_of(std::string_view claim, const T& actual, const AllowList<T>& allowed, Show show) {
    if (!allowed) {
      unpinned(std::string(claim), show(actual));
      return;
    }
    std::string expected;
    for (const T& value : *allowed) {
      expected += concat(expected.empty() ? "" : " or ", show(value));
    }
    if (std::find(allowed->begin(), allowed->end(), actual) != allowed->end()) {
      pass(claim, std::move(expected), show(actual));
      return;
    }
    fail(claim,
         {"policy", concat(claim, "_not_allowed"),
          concat(claim, " is ", show(actual), ", the policy allows ", expected)},
         expected, show(actual));
  }

  void report_to(VerdictBuilder& verdict) && {
    for (Check& check : checks_) {
      verdict.record(std::move(check));
    }
    for (Finding& failure : failures_) {
      verdict.add_failure(std::move(failure));
    }
    for (Finding& warning : warnings_) {
      verdict.warn(std::move(warning));
    }
    verdict.set_unpinned(std::move(unpinned_));
    if (valid_until_) {
      verdict.limit_valid_until(*valid_until_);
    }
  }

 private:
  std::string_view source_;
  std::vector<Check> checks_;
  std::vector<Finding> failures_, warnings_;
  std::vector<std::string> unpinned_;
  std::optional<UtcTime> valid_until_;
};

}  // namespace tenzro::tee
