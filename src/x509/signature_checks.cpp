// SPDX-License-Identifier: Apache-2.0
#include "x509/signature_checks.hpp"
#include "core/encoded_text.hpp"

#include <algorithm>

namespace tenzro::tee::x509 {

namespace {

constexpr std::size_t kPssSaltSize = 48;
/// Beside the values of SignatureAlgorithm.
constexpr std::uint8_t kRawP256 = 0x80, kRawP384 = 0x81;

bool verify(const Certificate& signer, SignatureAlgorithm algorithm, ByteView signed_bytes, ByteView signature) {
  switch (algorithm) {
    case SignatureAlgorithm::ecdsa_sha256:
      return signer.key_kind() == KeyKind::ec_p256 &&
             signer.ec_key()->verify_der(crypto::Hash::sha256, signed_bytes, signature);
    case SignatureAlgorithm::ecdsa_sha384:
      return signer.key_kind() == KeyKind::ec_p384 &&
             signer.ec_key()->verify_der(crypto::Hash::sha384, signed_bytes, signature);
    case SignatureAlgorithm::rsa_pss_sha384:
      return signer.rsa_key() &&
             signer.rsa_key()->verify_pss(crypto::Hash::sha384, kPssSaltSize, signed_bytes, signature);
    case SignatureAlgorithm::rsa_pkcs1_sha256:
    case SignatureAlgorithm::other:
      return false;
  }
  return false;
}

}  // namespace

template <class Verify>
bool SignatureChecks::answer(std::string_view thing, const Certificate& signer, std::uint8_t form,
                             const ByteArray<32>& whole, Verify verify_now) {
  if (known_ == nullptr) {
    ++worked_out_;
    return verify_now();
  }
  // All parts but the name are of fixed size, so none can be shifted against another.
  const ByteArray<1> form_byte{form};
  const ByteView name = as_bytes(thing);
  const ByteArray<32> question = crypto::sha256({anchors_, signer.sha256(), form_byte, whole, name});
  if (std::ranges::find(found_good_, question) != found_good_.end() || known_->find(question)) {
    return true;
  }
  ++worked_out_;
  if (!verify_now()) {
    return false;
  }
  found_good_.push_back(question);
  return true;
}

bool SignatureChecks::check(std::string_view thing, const Certificate& signer, SignatureAlgorithm algorithm,
                            const SignedBytes& what) {
  return answer(thing, signer, static_cast<std::uint8_t>(algorithm), what.whole,
                [&] { return verify(signer, algorithm, what.bytes, what.signature); });
}

bool SignatureChecks::check_raw_p256(std::string_view thing, const Certificate& signer, const SignedBytes& what) {
  return answer(thing, signer, kRawP256, what.whole, [&] {
    return signer.key_kind() == KeyKind::ec_p256 &&
           signer.ec_key()->verify(crypto::Hash::sha256, what.bytes, what.signature);
  });
}

bool SignatureChecks::check_raw_p384(std::string_view thing, const Certificate& signer, const SignedBytes& what) {
  return answer(thing, signer, kRawP384, what.whole, [&] {
    return signer.key_kind() == KeyKind::ec_p384 &&
           signer.ec_key()->verify(crypto::Hash::sha384, what.bytes, what.signature);
  });
}

void SignatureChecks::remember() {
  for (const ByteArray<32>& question : found_good_) {
    known_->put(question, {});
  }
  found_good_.clear();
}

}  // namespace tenzro::tee::x509
