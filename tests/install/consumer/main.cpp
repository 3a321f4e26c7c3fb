// SPDX-License-Identifier: Apache-2.0
// A stranger's first program: everything that links is reached, and hostile bytes end in a failure, not in a crash.
#include <iostream>
#include <tenzro/tee.hpp>

int main() {
  using namespace tenzro::tee;
  static_assert(__cplusplus < 202100L, "the headers must be enough for C++20");
  AttestationReport report;
  report.evidence = Bytes(64, 0);
  const AttestationVerifier verifier(no_collateral());
  const VerificationResult verdict = verifier.verify(report, VerifyOptions::bound_to(Challenge::random()));
  std::cout << to_json(verdict) << '\n';
  return verdict.valid() || verdict.verified().has_value() ? 1 : 0;
}
