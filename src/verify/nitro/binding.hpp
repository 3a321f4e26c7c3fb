// SPDX-License-Identifier: Apache-2.0
// What the caller expects in a document's three free fields. The roles never mix.
#pragma once
#include "evidence/nitro/document.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nitro {

/// user_data as given or in its 64-byte form, nonce and public_key as given; absent, null and empty match nothing.
/// False when anything that was expected is not there. With no challenge at all a warning says what that leaves open.
bool judge_binding(const Document& document, const Question& question, VerdictBuilder& verdict);

}  // namespace tenzro::tee::nitro
