// SPDX-License-Identifier: Apache-2.0
// Documents held in memory, as a source.
#pragma once
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
  explicit ContentsSource(Contents contents) : contents_(std::move(contents)) {}

  Result<std::vector<CollateralDocument>> find(const CollateralRequest& request) override;
  std::vector<Bytes> loose_certificates() const override { return contents_.certificates; }

 protected:
  Contents contents_;
};

}  // namespace tenzro::tee::collateral
