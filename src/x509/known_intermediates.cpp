// SPDX-License-Identifier: Apache-2.0
#include "x509/known_intermediates.hpp"

#include <cstdlib>

#include "x509/embedded_certificates.hpp"

namespace tenzro::tee::x509 {

namespace {

/// Aborts when one is broken, as for roots: that build is not what its source says.
std::vector<CertificatePtr> parse_all() {
  std::vector<CertificatePtr> out;
  for (const EmbeddedCertificate& embedded : embedded_intermediates()) {
    auto certificate = Certificate::parse(embedded.der);
    if (!certificate) {
      std::abort();
    }
    out.push_back(*std::move(certificate));
  }
  return out;
}

}  // namespace

std::span<const CertificatePtr> known_intermediates() {
  static const std::vector<CertificatePtr> all = parse_all();
  return all;
}

}  // namespace tenzro::tee::x509
