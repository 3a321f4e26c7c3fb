// SPDX-License-Identifier: Apache-2.0
// Signatures of certificates over other things, each checked once: who asks the same question again gets the same yes.
#pragma once
#include <string_view>
#include <variant>
#include <vector>

#include "core/generational_cache.hpp"
#include "x509/certificate.hpp"

namespace tenzro::tee::x509 {

/// Signatures that were found good, by the digest of the whole question. Only yes is remembered.
using KnownSignatures = GenerationalCache<std::monostate>;

/// What was signed; answers about one thing are no answers about another.
namespace signed_thing {
inline constexpr std::string_view kCertificate = "certificate";
inline constexpr std::string_view kRevocationList = "revocation list";
inline constexpr std::string_view kOcspResponse = "ocsp response";
inline constexpr std::string_view kTcbInfo = "tcb info";
inline constexpr std::string_view kQeIdentity = "qe identity";
inline constexpr std::string_view kQeReport = "qe report";
inline constexpr std::string_view kReferenceManifest = "reference manifest";
}  // namespace signed_thing

/// A signature and all that it is over. whole: SHA-256 of bytes that hold the signed bytes, the signature and where
/// each of them stands: the full DER of a certificate or list, a whole document. It stands for them in the memory.
struct SignedBytes {
  ByteArray<32> whole{};
  ByteView bytes;
  ByteView signature;
};

/// The signature checks of one judgement. A question is the kind of thing, the set of trust anchors, the signer's whole
/// certificate, the algorithm and form, and SignedBytes::whole.
/// Threads: one thread at a time.
class SignatureChecks {
 public:
  /// Checks everything and remembers nothing.
  SignatureChecks() = default;
  /// known must outlive this object. anchors: AnchorSet::id of the set that the judgement stands under.
  SignatureChecks(KnownSignatures* known, const ByteArray<32>& anchors) : known_(known), anchors_(anchors) {}

  /// The signature is as the algorithm's AlgorithmIdentifier has it (DER for ECDSA). False when the signer's key is not
  /// of the algorithm's kind, and for the algorithms rsa_pkcs1_sha256 and other.
  [[nodiscard]] bool check(std::string_view thing, const Certificate& signer, SignatureAlgorithm algorithm,
                           const SignedBytes& what);
  /// The same for ECDSA with P-256 and SHA-256 and a signature of r || s, 64 bytes.
  [[nodiscard]] bool check_raw_p256(std::string_view thing, const Certificate& signer, const SignedBytes& what);
  /// The same for ECDSA with P-384 and SHA-384 and a signature of r || s, 96 bytes.
  [[nodiscard]] bool check_raw_p384(std::string_view thing, const Certificate& signer, const SignedBytes& what);

  /// Hands the signatures found good so far to the memory. To be called when all that stands above them was found good:
  /// what strangers can make any number of must not push out the rest.
  void remember();
  /// How many signatures were worked out, not remembered.
  std::size_t worked_out() const noexcept { return worked_out_; }

 private:
  template <class Verify>
  bool answer(std::string_view thing, const Certificate& signer, std::uint8_t form, const ByteArray<32>& whole,
              Verify verify_now);

  KnownSignatures* known_ = nullptr;
  ByteArray<32> anchors_{};
  std::vector<ByteArray<32>> found_good_;
  std::size_t worked_out_ = 0;
};

}  // namespace tenzro::tee::x509
