// SPDX-License-Identifier: Apache-2.0
#include "verify/memory.hpp"

#include "core/try.hpp"
#include "crypto/digest.hpp"

namespace tenzro::tee {

Result<x509::CertificatePtr> Recollection::certificate(ByteView der) {
  if (der.size() <= x509::kMaxCertificateSize) {
    if (auto known = memory_.certificates.find(crypto::sha256(der))) {
      return *std::move(known);
    }
  }
  TENZRO_ASSIGN_OR_RETURN(x509::CertificatePtr out, x509::Certificate::parse(der));
  read_.push_back(out);
  return out;
}

void Recollection::remember() {
  checks_.remember();
  for (x509::CertificatePtr& certificate : read_) {
    const ByteArray<32> key = certificate->sha256();
    memory_.certificates.put(key, std::move(certificate));
  }
  read_.clear();
}

}  // namespace tenzro::tee
