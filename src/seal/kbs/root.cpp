// SPDX-License-Identifier: Apache-2.0
#include "seal/kbs/root.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "core/vendor_tag.hpp"
#include "crypto/digest.hpp"
#include "formats/der.hpp"
#include "seal/kbs/evidence.hpp"
#include "seal/kbs/rcar.hpp"

namespace tenzro::tee::kbs {

namespace {

constexpr std::size_t kSecretSize = 32;

Error unfit(std::string_view member, std::string_view why) {
  return {ErrorCode::invalid_argument, concat("sealing.kbs.", member, ": ", why)};
}

/// What is no key could be pinned, and would then never be met.
Result<void> check_key(ByteView der) {
  TENZRO_ASSIGN_OR_RETURN(const der::Element whole, der::single("public key", der));
  der::Reader reader("public key", whole.whole);
  TENZRO_ASSIGN_OR_RETURN(der::Reader fields, reader.enter("SubjectPublicKeyInfo", der::kSequence));
  TENZRO_RETURN_IF_ERROR(fields.next("algorithm", der::kSequence));
  TENZRO_RETURN_IF_ERROR(fields.next("subjectPublicKey", der::kBitString));
  return fields.expect_end();
}

/// The broker's URL, of a configuration that may be used. It need not have come through SealingConfig::from_json.
Result<std::string> checked_url(const KbsSealingEntry& entry) {
  if (!entry.url.starts_with("https://")) {
    return unfit("url", "expected an https:// URL");
  }
  auto url = net::checked_base_url(entry.url);
  if (!url) {
    return unfit("url", url.error().message());
  }
  if (!is_resource_name(entry.resource)) {
    return unfit("resource", "expected \"repository/type/tag\"");
  }
  if (entry.ca_file.empty() && entry.pinned_key.empty()) {
    return unfit("url", "the broker's TLS identity must be pinned, by ca_file or pinned_key");
  }
  if (!entry.pinned_key.empty()) {
    if (const auto key = check_key(entry.pinned_key); !key) {
      return unfit("pinned_key", concat("expected a DER SubjectPublicKeyInfo: ", key.error().message()));
    }
  }
  return url;
}

VendorTag tag_of(const TeeProvider& tee, std::string_view url, std::string_view resource) {
  VendorTag tag(concat(tee.simulated() ? "simulated-" : "", to_string(tee.tee_type()), "-broker"));
  tag.add("url", url).add("resource", resource);
  return tag;
}

}  // namespace

bool is_resource_name(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-").contains(c);
  };
  std::size_t names = 0;
  for (std::size_t begin = 0; begin <= text.size(); ++names) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    if (name.empty() || name == "." || name == ".." || !std::ranges::all_of(name, plain)) {
      return false;
    }
    begin = end + 1;
  }
  return names == 3;
}

Result<SealingRoot> find_root(TeeProvider& tee, const SealingRequest& request, const KbsSealingEntry& entry,
                              const SealingNetwork& network, const Patience& patience) {
  const device::Waiting waiting(patience);
  TENZRO_ASSIGN_OR_RETURN(const std::string url, checked_url(entry));
  const VendorTag tag = tag_of(tee, url, entry.resource);
  if (tag.text().size() > kMaxVendorTag) {
    return unfit("url", "is too long for a vendor tag");
  }
  if (!request.stored_tag.empty()) {
    TENZRO_ASSIGN_OR_RETURN(const VendorTag stored, VendorTag::parse(request.stored_tag));
    TENZRO_RETURN_IF_ERROR(demand_same_derivation(stored, tag));
  }
  if (const auto name = tee_name(tee.tee_type()); !name) {
    return Error(ErrorCode::not_available, concat("no sealing source here: ", name.error().message(),
                                                  "; use one of: the firmware's key (root snp), a TPM (root tpm)"));
  }
  net::HttpOptions options{.ca_file = entry.ca_file,
                           .only_ca_file = !entry.ca_file.empty(),
                           .proxy = network.proxy,
                           .no_proxy = network.no_proxy};
  if (!entry.pinned_key.empty()) {
    options.pinned_key = crypto::sha256(entry.pinned_key);
  }
  TENZRO_ASSIGN_OR_RETURN(const net::HttpClient client, net::HttpClient::make(std::move(options)));
  TENZRO_ASSIGN_OR_RETURN(SecretBytes secret,
                          fetch_resource(tee, {.client = client, .url = url}, entry.resource, waiting));
  if (secret.size() != kSecretSize) {
    return Error(ErrorCode::not_available, concat("the broker's resource ", entry.resource, " holds ", secret.size(),
                                                  " bytes, expected ", kSecretSize, " random ones"));
  }
  return SealingRoot{.secret = std::move(secret), .vendor_tag = tag.text()};
}

}  // namespace tenzro::tee::kbs
