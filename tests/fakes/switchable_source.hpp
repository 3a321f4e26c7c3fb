// SPDX-License-Identifier: Apache-2.0
// Collateral that changes between two questions to the same verifier.
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "tenzro/tee/verifier.hpp"

namespace tenzro::tee::test {

/// Answers as the source that was put in last. For tests of one thread.
class SwitchableSource final : public CollateralSource {
 public:
  void use(std::shared_ptr<CollateralSource> source) { source_ = std::move(source); }

  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override {
    return source_->find(request);
  }
  std::span<const Bytes> loose_certificates() const override { return source_->loose_certificates(); }
  std::vector<Finding> warnings() const override { return source_->warnings(); }

 private:
  std::shared_ptr<CollateralSource> source_;
};

/// Bounds under which almost everything is forgotten again.
inline constexpr MemoryLimits kSmallMemory{.platforms = 32, .certificate_bytes = 1 << 20, .document_bytes = 512 << 10};
inline constexpr MemoryLimits kNoMemory{.platforms = 0, .certificate_bytes = 0, .document_bytes = 0};

}  // namespace tenzro::tee::test
