// SPDX-License-Identifier: Apache-2.0
// What a verifier remembers from one judgement to the next. Never a verdict: only readings of bytes, which are the same
// for everybody, and signatures that were found good, each under its whole question. Dates, revocation, TCB and policy
// are judged anew each time.
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "collateral/intel/tcb_info.hpp"
#include "core/generational_cache.hpp"
#include "x509/crl.hpp"
#include "x509/signature_checks.hpp"

namespace tenzro::tee {

/// Documents of one kind as they were read, by the SHA-256 of their bytes. A cost is a number of bytes.
template <class T>
using ReadDocuments = GenerationalCache<std::shared_ptr<const T>, 8>;

/// Threads: all members may be used from several threads at once.
class Memory {
 public:
  /// Two signatures for each platform (its certificate, its quoting enclave), some 75 bytes each, so that a million
  /// platforms in use stay known and take 150 MB; never more than 320 MB.
  static constexpr std::size_t kMaxSignatures = std::size_t{1} << 22;
  static constexpr std::size_t kMaxCertificates = 8192;  ///< some 4 KB each
  static constexpr std::size_t kMaxDocumentBytes = std::size_t{64} << 20;

  x509::KnownSignatures signatures{kMaxSignatures};
  GenerationalCache<x509::CertificatePtr> certificates{kMaxCertificates};

  template <class T>
  ReadDocuments<T>& documents() {
    if constexpr (std::is_same_v<T, intel::TcbInfo>) {
      return tcb_infos_;
    } else if constexpr (std::is_same_v<T, intel::QeIdentity>) {
      return qe_identities_;
    } else {
      static_assert(std::is_same_v<T, x509::RevocationList>);
      return lists_;
    }
  }

 private:
  ReadDocuments<intel::TcbInfo> tcb_infos_{kMaxDocumentBytes};
  ReadDocuments<intel::QeIdentity> qe_identities_{kMaxDocumentBytes};
  ReadDocuments<x509::RevocationList> lists_{kMaxDocumentBytes};
};

/// One judgement's way to the memory. What it learns becomes known to others by remember() alone.
/// Threads: one thread at a time.
class Recollection {
 public:
  /// memory must outlive this object.
  explicit Recollection(Memory& memory) : memory_(memory) {}

  /// Names the set of trust anchors that the signatures of this judgement stand under. Before the first check.
  void set_anchors(const ByteArray<32>& id) { checks_ = x509::SignatureChecks(&memory_.signatures, id); }
  x509::SignatureChecks& checks() noexcept { return checks_; }

  /// As Certificate::parse, which is done only for bytes that are not known.
  Result<x509::CertificatePtr> certificate(ByteView der);
  template <class T>
  std::optional<std::shared_ptr<const T>> document(const ByteArray<32>& sha256) {
    return memory_.documents<T>().find(sha256);
  }
  /// Only of documents found good in every respect.
  template <class T>
  void remember_document(const ByteArray<32>& sha256, std::shared_ptr<const T> document, std::size_t bytes) {
    memory_.documents<T>().put(sha256, std::move(document), bytes);
  }

  /// To be called once the evidence is known to stand under the anchors: strangers can make any number of signatures
  /// and certificates, and must not push out the rest.
  void remember();

 private:
  Memory& memory_;
  x509::SignatureChecks checks_;
  std::vector<x509::CertificatePtr> read_;
};

}  // namespace tenzro::tee
