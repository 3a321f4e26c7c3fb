// SPDX-License-Identifier: Apache-2.0
#include "verify/memory.hpp"

#include <algorithm>
#include <limits>

#include "crypto/digest.hpp"

namespace tenzro::tee {

namespace {

/// Two signatures for each platform, over its PCK certificate and its quoting enclave's report; two generations, of
/// which the cache is sure to keep one; an eighth more, since shards do not fill evenly.
std::size_t signatures_of(std::size_t platforms) {
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max() / 16;
  const std::size_t both_generations = 2 * 2 * std::min(platforms, kMost);
  return both_generations + both_generations / 8;
}

/// What a read certificate takes, OpenSSL's object included, in bytes: measured, and rounded up.
std::size_t cost_of(const x509::Certificate& certificate) {
  constexpr std::size_t kPlainBase = 4096;
  return certificate.is_plain() ? kPlainBase + 8 * certificate.der().size() : 16 * certificate.der().size();
}

}  // namespace

Memory::Memory(const MemoryLimits& limits)
    : signatures(signatures_of(limits.platforms)),
      certificates(limits.certificate_bytes),
      documents_(limits.document_bytes, limits.document_bytes, limits.document_bytes, limits.document_bytes,
                 limits.document_bytes) {}

Result<x509::CertificatePtr> Recollection::certificate(ByteView der) const {
  if (der.size() <= x509::kMaxCertificateSize) {
    if (auto known = memory_.certificates.find(crypto::sha256(der))) {
      return *std::move(known);
    }
  }
  return x509::Certificate::parse(der);
}

void Recollection::remember() {
  checks_.remember();
  for (const x509::CertificatePtr& certificate : std::exchange(certificates_, {})) {
    memory_.certificates.put(certificate->sha256(), certificate, cost_of(*certificate));
  }
  for (const auto& put : std::exchange(documents_, {})) {
    put(memory_);
  }
}

}  // namespace tenzro::tee
