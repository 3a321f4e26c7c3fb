// SPDX-License-Identifier: Apache-2.0
// Which root seals, and its secret.
#pragma once
#include <string>

#include "tenzro/tee/seal.hpp"

namespace tenzro::tee {

/// What stands in a header and was not authenticated yet: it finds the secret again, and never chooses how.
struct StoredDerivation {
  std::string vendor_tag;
  std::string metadata;
};

/// Asks the root that options and configuration name. No other class can ask a provider.
class Sealer {
 public:
  static Result<SealingRoot> root_to_seal(const SealKeyId& key_id, SealingPlace place, const SealOptions& options);
  static Result<SealingRoot> root_to_unseal(const SealKeyId& key_id, SealingPlace place, const SealOptions& options,
                                            StoredDerivation stored);
  /// Of the small format, which stores nothing.
  static Result<SealingRoot> root_of_raw(const SealKeyId& key_id, SealingPlace place, const SealOptions& options);

 private:
  static Result<SealingRoot> ask(SealingRequest request, SealingPlace place, const SealOptions& options);
};

/// What the caller's options must be for any root. invalid_argument.
Result<void> check_options(const SealOptions& options);

}  // namespace tenzro::tee
