// SPDX-License-Identifier: Apache-2.0
#include "collateral/contents_source.hpp"

#include <algorithm>
#include <iterator>

namespace tenzro::tee::collateral {

Result<std::vector<CollateralDocumentPtr>> ContentsSource::find(const CollateralRequest& request) {
  std::vector<CollateralDocumentPtr> out;
  std::ranges::copy_if(documents_, std::back_inserter(out),
                       [&](const CollateralDocumentPtr& document) { return document->kind == request.kind; });
  return out;
}

void ContentsSource::keep(Contents contents) {
  for (CollateralDocument& document : contents.documents) {
    documents_.push_back(std::make_shared<const CollateralDocument>(std::move(document)));
  }
  for (Bytes& certificate : contents.certificates) {
    if (known_certificates_.insert(certificate).second) {
      certificates_.push_back(std::move(certificate));
    }
  }
}

}  // namespace tenzro::tee::collateral
