// SPDX-License-Identifier: Apache-2.0
// What a verifier remembers from one judgement to the next. Never a verdict: only readings of bytes, which are the same
// for everybody, and signatures that were found good, each under its whole question. Dates, revocation, TCB and policy
// are judged anew each time.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "collateral/intel/tcb_info.hpp"
#include "collateral/nvidia/rim.hpp"
#include "core/generational_cache.hpp"
#include "tenzro/tee/verifier.hpp"
#include "x509/crl.hpp"
#include "x509/ocsp.hpp"
#include "x509/signature_checks.hpp"

namespace tenzro::tee {

/// Documents of one kind as they were read, by the SHA-256 of their bytes. A cost is a number of bytes. Few shards, so
/// that the largest document fits into one.
template <class T>
using ReadDocuments = GenerationalCache<std::shared_ptr<const T>, 2>;

/// Threads: all members may be used from several threads at once.
class Memory {
 public:
  explicit Memory(const MemoryLimits& limits);

  x509::KnownSignatures signatures;
  GenerationalCache<x509::CertificatePtr> certificates;  ///< a cost is a number of bytes

  template <class T>
  ReadDocuments<T>& documents() {
    return std::get<ReadDocuments<T>>(documents_);
  }

 private:
  std::tuple<ReadDocuments<intel::TcbInfo>, ReadDocuments<intel::QeIdentity>, ReadDocuments<x509::RevocationList>,
             ReadDocuments<x509::OcspResponse>, ReadDocuments<nvidia::Rim>>
      documents_;
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
  Result<x509::CertificatePtr> certificate(ByteView der) const;
  /// To be remembered: a certificate whose chain was found good, or a root of the caller's own.
  void learn(const x509::CertificatePtr& certificate) { certificates_.push_back(certificate); }

  template <class T>
  std::optional<std::shared_ptr<const T>> document(const ByteArray<32>& sha256) const {
    return memory_.documents<T>().find(sha256);
  }
  /// To be remembered: a document of the verifier's own sources. size: of its bytes and its issuer chain.
  template <class T>
  void learn(const ByteArray<32>& sha256, const std::shared_ptr<const T>& document, std::size_t size) {
    documents_.emplace_back([=](Memory& memory) { memory.documents<T>().put(sha256, document, kReadingCost * size); });
  }

  /// Hands everything learned so far to the memory. To be called once the evidence is known to stand under anchors that
  /// the caller accepts: what strangers can make any number of must not push out the rest.
  void remember();

 private:
  /// What a read document takes, with the bytes that it keeps, for each of its bytes, at most.
  static constexpr std::size_t kReadingCost = 6;

  Memory& memory_;
  x509::SignatureChecks checks_;
  std::vector<x509::CertificatePtr> certificates_;
  std::vector<std::function<void(Memory&)>> documents_;
};

}  // namespace tenzro::tee
