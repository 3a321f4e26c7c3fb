// SPDX-License-Identifier: Apache-2.0
#include "collateral/contents_source.hpp"

#include <algorithm>
#include <iterator>

namespace tenzro::tee::collateral {

Result<std::vector<CollateralDocument>> ContentsSource::find(const CollateralRequest& request) {
  std::vector<CollateralDocument> out;
  std::ranges::copy_if(contents_.documents, std::back_inserter(out),
                       [&](const CollateralDocument& document) { return document.kind == request.kind; });
  return out;
}

}  // namespace tenzro::tee::collateral
