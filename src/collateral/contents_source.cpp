// SPDX-License-Identifier: Apache-2.0
#include "collateral/contents_source.hpp"

#include <algorithm>

#include "collateral/der_kind.hpp"
#include "collateral/intel/tcb_info.hpp"
#include "collateral/nvidia/rim.hpp"
#include "core/text.hpp"
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

/// As ids have it: of a VBIOS without the dots, all in upper case.
std::string compact(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '.') {
      out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
  }
  return out;
}

/// True for "folder/ID.xml", "ID", and "file (from https://.../ID)".
bool is_named(std::string_view source, std::string_view id) {
  if (source.ends_with(')')) {
    source.remove_suffix(1);
  }
  const std::size_t before = source.find_last_of("/ ");
  const std::string_view name = before == std::string_view::npos ? source : source.substr(before + 1);
  return name.starts_with(id) && (name.size() == id.size() || name[id.size()] == '.');
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
  if (request.kind == CollateralKind::rim) {
    return find_rims(request.rim_id);
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

std::vector<CollateralDocumentPtr> ContentsSource::find_rims(std::string_view id) const {
  const std::string wanted = compact(id);
  std::vector<CollateralDocumentPtr> all, of_version, of_name;
  for (const Held& held : documents_) {
    if (held.document->kind != CollateralKind::rim) {
      continue;
    }
    all.push_back(held.document);
    if (held.rim_version.empty() || !wanted.ends_with(held.rim_version)) {
      continue;
    }
    of_version.push_back(held.document);
    if (is_named(held.document->source, id)) {
      of_name.push_back(held.document);
    }
  }
  // What a file is called says something only of manifests that could be the right one.
  return of_version.empty() ? all : of_name.empty() ? of_version : of_name;
}

std::optional<ContentsSource::Topic> ContentsSource::topic_of(const CollateralDocument& document) {
  const auto info = intel::parse_tcb_info(document.body);
  return info ? std::optional(Topic{info->tdx, info->fmspc}) : std::nullopt;
}

void ContentsSource::keep(Contents contents) {
  for (CollateralDocument& document : contents.documents) {
    auto serials = document.kind == CollateralKind::ocsp ? serials_of(document) : std::vector<Bytes>();
    documents_.push_back(
        {std::make_shared<const CollateralDocument>(std::move(document)), std::nullopt, std::move(serials)});
  }
  // One alone needs no telling apart.
  const auto several = [this](CollateralKind kind) {
    return std::ranges::count_if(documents_, [&](const Held& held) { return held.document->kind == kind; }) > 1;
  };
  const bool tcb_infos = several(CollateralKind::tcb_info), rims = several(CollateralKind::rim);
  for (Held& held : documents_) {
    if (tcb_infos && held.document->kind == CollateralKind::tcb_info && !held.topic) {
      held.topic = topic_of(*held.document);
    }
    if (rims && held.document->kind == CollateralKind::rim && held.rim_version.empty()) {
      const auto rim = nvidia::parse_rim(held.document->body);
      held.rim_version = rim ? concat('_', compact(rim->version)) : std::string();
    }
  }
  for (Bytes& certificate : contents.certificates) {
    if (known_certificates_.insert(certificate).second) {
      certificates_.push_back(std::move(certificate));
    }
  }
}

}  // namespace tenzro::tee::collateral
