// SPDX-License-Identifier: Apache-2.0
// Collateral that is there, and stays as it is.
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

/// Documents held in memory: those of the kind that is asked for, whatever platform they are of.
class FixedSource final : public CollateralSource {
 public:
  explicit FixedSource(std::vector<CollateralDocument> documents = {}, std::vector<Bytes> certificates = {})
      : certificates_(std::move(certificates)) {
    use(std::move(documents));
  }
  /// Others from now on. For tests of one thread.
  void use(std::vector<CollateralDocument> documents) {
    documents_.clear();
    for (CollateralDocument& document : documents) {
      documents_.push_back(std::make_shared<const CollateralDocument>(std::move(document)));
    }
  }
  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    std::vector<CollateralDocumentPtr> out;
    for (const CollateralDocumentPtr& document : documents_) {
      if (document->kind == request.kind) {
        out.push_back(document);
      }
    }
    return out;
  }
  std::span<const Bytes> loose_certificates() const override { return certificates_; }

 private:
  std::vector<CollateralDocumentPtr> documents_;
  std::vector<Bytes> certificates_;
};

}  // namespace tenzro::tee::test
