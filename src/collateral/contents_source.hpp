// SPDX-License-Identifier: Apache-2.0
// Documents held in memory, as a source.
#pragma once
#include <set>
#include <utility>
#include <vector>

#include "collateral/bundle.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::collateral {

/// Offers everything of the wanted kind. Immutable once it is shared.
/// Threads: all members may be called from several threads at once.
class ContentsSource : public CollateralSource {
 public:
  ContentsSource() = default;
  explicit ContentsSource(Contents contents) { keep(std::move(contents)); }

  Result<std::vector<CollateralDocumentPtr>> find(const CollateralRequest& request) override;
  std::vector<Bytes> loose_certificates() const override { return certificates_; }

 protected:
  /// Certificates that are there already are not added again.
  void keep(Contents contents);
  std::size_t certificate_count() const noexcept { return certificates_.size(); }

 private:
  std::vector<CollateralDocumentPtr> documents_;
  std::vector<Bytes> certificates_;
  std::set<Bytes> known_certificates_;
};

}  // namespace tenzro::tee::collateral
