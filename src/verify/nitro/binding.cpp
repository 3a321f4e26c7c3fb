// SPDX-License-Identifier: Apache-2.0
#include "verify/nitro/binding.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "core/text.hpp"
#include "crypto/digest.hpp"

namespace tenzro::tee::nitro {

namespace {

/// One field and what may stand in it.
struct Expectation {
  std::string_view check;  ///< of the finding
  std::string_view code;
  std::string_view field;  ///< its name in the document
  std::optional<ByteView> actual;
  std::initializer_list<ByteView> wanted;  ///< any of them; the first is shown
};

bool judge_field(const Expectation& expectation, VerdictBuilder& verdict) {
  bool good = false;
  for (const ByteView wanted : expectation.wanted) {
    good = good || (expectation.actual && crypto::equal_constant_time(wanted, *expectation.actual));
  }
  const std::string expected = to_hex(*expectation.wanted.begin());
  const std::string actual = expectation.actual ? to_hex(*expectation.actual) : "absent";
  if (good) {
    verdict.pass(expectation.field, demanded_by::kCaller, expected, actual);
    return true;
  }
  const std::string message =
      expectation.actual
          ? concat("the document's ", expectation.field, " is not what was expected: it answers somebody else")
          : concat("the document has no ", expectation.field, ", while one was expected");
  verdict.fail(expectation.field, demanded_by::kCaller,
               {std::string(expectation.check), std::string(expectation.code), message}, expected, actual);
  return false;
}

}  // namespace

bool judge_binding(const Document& document, const Question& question, VerdictBuilder& verdict) {
  bool good = true;
  if (question.expected) {
    const bool matched = judge_field({"user_data",
                                      "user_data_mismatch",
                                      "user_data",
                                      document.user_data,
                                      {question.expected->bytes(), question.expected->raw()}},
                                     verdict);
    verdict.set_user_data_verified(matched);
    good = good && matched;
  }
  if (question.expected_nonce) {
    const bool matched =
        judge_field({"nonce", "nonce_mismatch", "nonce", document.nonce, {question.expected_nonce->bytes()}}, verdict);
    verdict.set_nonce_verified(matched);
    good = good && matched;
  }
  if (question.expected_public_key) {
    const bool matched = judge_field(
        {"user_data", "public_key_mismatch", "public_key", document.public_key, {*question.expected_public_key}},
        verdict);
    good = good && matched;
  }
  if (!question.wants_binding()) {
    verdict.warn({"freshness", "replay_not_ruled_out",
                  "nothing was given to compare user data or nonce with: within its age, this document may be somebody "
                  "else's, or shown again"});
  }
  return good;
}

}  // namespace tenzro::tee::nitro
