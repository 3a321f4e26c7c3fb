// SPDX-License-Identifier: Apache-2.0
// Intermediates that vendors publish beside their roots, so that a chain can be completed without asking anybody. They
// are no anchors: a chain through one of them is checked like any other, revocation included.
#pragma once
#include <span>

#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

/// AMD's ASK and ASVK of each product line. Threads: may be called from several threads at once.
std::span<const CertificatePtr> known_intermediates();

}  // namespace tenzro::tee::x509
