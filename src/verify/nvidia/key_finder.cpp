// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/key_finder.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "crypto/digest.hpp"

namespace tenzro::tee::nvidia {

std::optional<FoundTokenKey> KeyFinder::find(std::string_view key_id) {
  for (const Known& known : known_) {
    if (auto key = find_in(known, key_id)) {
      return key;
    }
  }
  CollateralRequest request;
  request.kind = CollateralKind::jwks;
  request.platform = Platform::nvidia_gpu;
  request.key_id = key_id;
  request.at_now = question_.at_now;
  for (CollateralSource* source : question_.sources) {
    auto found = source->find(request);
    if (!found) {
      failure_ = std::move(found).error();
      continue;
    }
    for (const CollateralDocumentPtr& document : *found) {
      if (!learn(document, source == question_.enclosed)) {
        continue;
      }
      if (auto key = find_in(known_.back(), key_id)) {
        return key;
      }
    }
  }
  return std::nullopt;
}

Finding KeyFinder::why_none() const {
  const bool no_answer = failure_ && failure_->code() != ErrorCode::collateral_missing;
  return {"signature", no_answer ? "collateral_unreachable" : "collateral_missing",
          concat("no key set of NVIDIA's remote attestation service is at hand",
                 failure_ ? concat(" (", failure_->message(), ")") : std::string())};
}

bool KeyFinder::learn(const CollateralDocumentPtr& document, bool enclosed) {
  if (document->kind != CollateralKind::jwks) {
    return false;
  }
  const ByteArray<32> sha256 = crypto::sha256(document->body);
  if (std::ranges::find(known_, sha256, &Known::sha256) != known_.end()) {
    return false;
  }
  auto keys = parse_key_set(document->body);
  if (!keys) {
    verdict_.fail("jwks", demanded_by::kVendor,
                  {"signature", "collateral_malformed",
                   concat("the key set (", printable(document->source), ") cannot be read: ", keys.error().message())});
    return false;
  }
  const bool by_anybody = enclosed || document->from_bundle || document->source.starts_with(kEnclosedSource);
  known_.push_back({document, sha256, *std::move(keys), by_anybody});
  return true;
}

std::optional<FoundTokenKey> KeyFinder::find_in(const Known& known, std::string_view key_id) {
  const TokenKey* const key = known.keys.find(key_id);
  if (key == nullptr) {
    return std::nullopt;
  }
  verdict_.use_collateral_once({CollateralKind::jwks, known.sha256, std::nullopt});
  return FoundTokenKey{*key, known.by_anybody ? x509::KeySource::anybody : x509::KeySource::verifier};
}

}  // namespace tenzro::tee::nvidia
