// SPDX-License-Identifier: Apache-2.0
#include "collateral/contents_source.hpp"

#include <algorithm>

#include "collateral/intel/tcb_info.hpp"

namespace tenzro::tee::collateral {

Result<std::vector<CollateralDocumentPtr>> ContentsSource::find(const CollateralRequest& request) {
  const Topic wanted{request.platform == Platform::intel_tdx, request.fmspc};
  std::vector<CollateralDocumentPtr> all;
  std::vector<CollateralDocumentPtr> on_topic;
  for (const Held& held : documents_) {
    if (held.document->kind != request.kind) {
      continue;
    }
    all.push_back(held.document);
    if (held.topic == wanted) {
      on_topic.push_back(held.document);
    }
  }
  return on_topic.empty() ? all : on_topic;
}

std::optional<ContentsSource::Topic> ContentsSource::topic_of(const CollateralDocument& document) {
  if (document.kind != CollateralKind::tcb_info) {
    return std::nullopt;
  }
  const auto info = intel::parse_tcb_info(document.body);
  return info ? std::optional(Topic{info->tdx, info->fmspc}) : std::nullopt;
}

void ContentsSource::keep(Contents contents) {
  for (CollateralDocument& document : contents.documents) {
    documents_.push_back({std::make_shared<const CollateralDocument>(std::move(document)), std::nullopt});
  }
  const auto is_tcb_info = [](const Held& held) { return held.document->kind == CollateralKind::tcb_info; };
  if (std::ranges::count_if(documents_, is_tcb_info) > 1) {  // one alone needs no telling apart
    for (Held& held : documents_) {
      if (!held.topic) {
        held.topic = topic_of(*held.document);
      }
    }
  }
  for (Bytes& certificate : contents.certificates) {
    if (known_certificates_.insert(certificate).second) {
      certificates_.push_back(std::move(certificate));
    }
  }
}

}  // namespace tenzro::tee::collateral
