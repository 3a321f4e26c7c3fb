// SPDX-License-Identifier: Apache-2.0
// Finding the key that a token of NVIDIA's remote attestation service names.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "collateral/nvidia/key_set.hpp"
#include "verify/nvidia/nras_tokens.hpp"
#include "verify/question.hpp"
#include "verify/verdict_builder.hpp"

namespace tenzro::tee::nvidia {

/// The key sets of all sources, asked for by the key that a token names.
/// Threads: one thread at a time.
class KeyFinder {
 public:
  /// Both must outlive this object. A key set that cannot be read is a failure of the verdict.
  KeyFinder(const Question& question, VerdictBuilder& verdict) : question_(question), verdict_(verdict) {}

  std::optional<FoundTokenKey> find(std::string_view key_id);
  /// No key set could be looked into at all: that is what is missing, not the key.
  bool had_none() const noexcept { return known_.empty(); }
  Finding why_none() const;

 private:
  /// A key set of one of the sources, read once for all tokens of an answer.
  struct Known {
    CollateralDocumentPtr document;
    ByteArray<32> sha256{};
    KeySet keys;
    bool by_anybody = true;
  };

  bool learn(const CollateralDocumentPtr& document, bool enclosed);
  std::optional<FoundTokenKey> find_in(const Known& known, std::string_view key_id);

  const Question& question_;
  VerdictBuilder& verdict_;
  std::vector<Known> known_;
  std::optional<Error> failure_;
};

}  // namespace tenzro::tee::nvidia
