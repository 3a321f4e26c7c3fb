// SPDX-License-Identifier: Apache-2.0
// NVIDIA documentation: RIM service API, OCSP API, remote attestation service (docs.nvidia.com/attestation).
#include "online/nvidia.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "formats/json.hpp"
#include "x509/ocsp.hpp"

namespace tenzro::tee::online::nvidia {

namespace {

constexpr std::size_t kMaxRimId = 128;
constexpr std::size_t kMaxServiceKey = 4096;
constexpr std::size_t kMaxSetSize = 1024;  // of keys

bool is_letter(char c) noexcept { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

struct Pair {
  x509::CertificatePtr certificate, issuer;
};

Result<Pair> certificates_of(const CollateralRequest& request) {
  Pair out;
  TENZRO_ASSIGN_OR_RETURN(out.certificate, x509::Certificate::parse(request.certificate));
  TENZRO_ASSIGN_OR_RETURN(out.issuer, x509::Certificate::parse(request.issuer));
  return out;
}

Error malformed(std::string_view problem) { return Error(ErrorCode::malformed_input, std::string(problem)); }

}  // namespace

bool is_rim_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= kMaxRimId && is_letter(id.front()) && std::ranges::all_of(id, [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

bool is_service_key(std::string_view key) noexcept {
  return key.size() <= kMaxServiceKey && std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<Bytes> read_manifest(ByteView answer, std::string_view rim_id) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(answer, {.max_size = kMaxManifestAnswer}));
  const json::Node root(value, "answer");
  TENZRO_ASSIGN_OR_RETURN(const json::Node id, root.member("id"));
  TENZRO_ASSIGN_OR_RETURN(const std::string name, id.string());
  if (name != rim_id) {
    return id.wrong(concat("\"", rim_id, "\", found \"", printable(name), "\""));
  }
  TENZRO_ASSIGN_OR_RETURN(const json::Node rim, root.member("rim"));
  TENZRO_ASSIGN_OR_RETURN(const std::string text, rim.string(kMaxManifest / 3 * 4 + 4));
  auto manifest = from_base64(text);
  if (!manifest || manifest->empty()) {
    return rim.wrong("base64 of at least one byte");
  }
  TENZRO_ASSIGN_OR_RETURN(const auto digest, root.optional_member("sha256"));
  if (digest) {
    TENZRO_ASSIGN_OR_RETURN(const ByteArray<32> expected, digest->hex<32>());
    if (expected != crypto::sha256(*manifest)) {
      return digest->wrong("the SHA-256 of rim");
    }
  }
  return *std::move(manifest);
}

Result<std::vector<std::string>> key_ids(ByteView key_set) {
  TENZRO_ASSIGN_OR_RETURN(const json::Value value, json::parse(key_set, {.max_size = kMaxKeys}));
  const json::Node root(value, "key set");
  TENZRO_ASSIGN_OR_RETURN(const json::Node keys, root.member("keys"));
  TENZRO_ASSIGN_OR_RETURN(const auto elements, keys.array(kMaxSetSize));
  std::vector<std::string> out;
  for (const json::Node& key : elements) {
    TENZRO_ASSIGN_OR_RETURN(const auto id, key.optional_member("kid"));
    if (id) {  // a key without a name is one that no token names
      TENZRO_ASSIGN_OR_RETURN(std::string text, id->string());
      out.push_back(std::move(text));
    }
  }
  return out;
}

Result<OcspExchange> OcspExchange::about(const CollateralRequest& request, OcspNonce mode) {
  TENZRO_ASSIGN_OR_RETURN(const Pair pair, certificates_of(request));
  OcspExchange out;
  out.mode_ = mode;
  if (mode != OcspNonce::off) {
    out.nonce_.resize(ocsp::kNonceSize);
    crypto::fill_random(out.nonce_);
  }
  out.question_ = x509::ocsp_request(*pair.certificate, *pair.issuer, out.nonce_);
  return out;
}

Result<void> OcspExchange::check(ByteView answer, const CollateralRequest& request) const {
  TENZRO_ASSIGN_OR_RETURN(const x509::OcspResponsePtr response, x509::OcspResponse::parse(answer));
  if (response->status() != ocsp::ResponseStatus::successful) {
    return {};
  }
  TENZRO_ASSIGN_OR_RETURN(const Pair pair, certificates_of(request));
  if (response->answer_about(*pair.certificate, *pair.issuer) == nullptr) {
    return malformed(concat("the OCSP response has no one answer about the certificate asked about, serial ",
                            to_hex(pair.certificate->serial())));
  }
  if (mode_ == OcspNonce::off) {
    return {};
  }
  if (!response->nonce()) {
    return mode_ == OcspNonce::prefer
               ? Result<void>()
               : malformed(
                     "the OCSP response does not echo the nonce that it was asked with, so it may be an old one; "
                     "where a cache answers for NVIDIA, ocsp_nonce may be prefer");
  }
  if (!crypto::equal_constant_time(*response->nonce(), nonce_)) {
    return malformed("the OCSP response bears another nonce than it was asked with");
  }
  return {};
}

}  // namespace tenzro::tee::online::nvidia
