// SPDX-License-Identifier: Apache-2.0
// A secret in a log line.
// REFUSED: no match for .operator<<|invalid operands
#include <ostream>
#include <tenzro/tee.hpp>

using namespace tenzro::tee;

void keep(std::ostream& log, const SecretBytes& secret) {
#ifdef MISUSE
  log << secret;
#else
  log << secret.size();
#endif
}
