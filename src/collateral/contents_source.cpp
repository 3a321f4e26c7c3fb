// SPDX-License-Identifier: Apache-2.0
#include "collateral/contents_source.hpp"

#include <algorithm>

#include "collateral/der_kind.hpp"
#include "collateral/intel/tcb_info.hpp"
#include "formats/ocsp.hpp"

namespace tenzro::tee::collateral {

namespace {

/// The serial numbers of the certificates that an OCSP response is about.
std::vector<Bytes> serials_of(const CollateralDocument& document) {
  const auto response = ocsp::parse_response(document.body);
  std::vector<Bytes> out;
  if (response) {
    for (const ocsp::SingleResponse& answer : response->answers) {
      out.emplace_back(answer.id.serial.begin(), answer.id.serial.end());
    }
  }
  return out;
}

}  // namespace

std::vector<CollateralDocumentPtr> ContentsSource::ocsp_responses_about(ByteView certificate) const {
  const auto serial = certificate_serial(certificate);
  std::vector<CollateralDocumentPtr> out;
  for (const Held& held : documents_) {
    if (held.document->kind != CollateralKind::ocsp) {
      continue;
    }
    const bool is_about =
        serial && std::ranges::any_of(held.serials, [&](const Bytes& one) { return std::ranges::equal(one, *serial); });
    if (is_about || held.serials.empty()) {
      out.push_back(held.document);
    }
  }
  return out;
}

Result<std::vector<CollateralDocumentPtr>> ContentsSource::find(const CollateralRequest& request) {
  if (request.kind == CollateralKind::ocsp) {
    return ocsp_responses_about(request.certificate);
  }
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
    auto serials = document.kind == CollateralKind::ocsp ? serials_of(document) : std::vector<Bytes>();
    documents_.push_back(
        {std::make_shared<const CollateralDocument>(std::move(document)), std::nullopt, std::move(serials)});
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
