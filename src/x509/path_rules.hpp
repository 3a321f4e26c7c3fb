// SPDX-License-Identifier: Apache-2.0
// What we demand of a path besides what OpenSSL checks.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "x509/path_checker.hpp"

namespace tenzro::tee::x509 {

/// A finding of check "chain".
Finding chain_finding(std::string code, std::string message);

/// "certificate 0 (Intel SGX PCK Certificate)": position in the chain, leaf first, and the subject's common name.
std::string describe(const Certificate& certificate, std::size_t position);

/// Everything that OpenSSL 3.0 accepts and we do not: keys and algorithms outside the suite, issuers without the
/// extensions that make them issuers, leaves that are issuers, constraints that we do not process. path: leaf first,
/// anchor last. key_ids_from: the place in it from which on certificates must have key identifiers; a leaf, which is 0,
/// only its issuer's.
std::vector<Finding> check_path_rules(std::span<const CertificatePtr> path, SignatureSuite suite,
                                      std::size_t key_ids_from = 1);

}  // namespace tenzro::tee::x509
