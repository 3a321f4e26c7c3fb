// SPDX-License-Identifier: Apache-2.0
#include "verify/nvidia/manifests.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "core/try.hpp"
#include "verify/nvidia/revocation.hpp"
#include "verify/nvidia/rim_authenticity.hpp"
#include "verify/nvidia/versions.hpp"

namespace tenzro::tee::nvidia {

namespace {

using demanded_by::kVendor;

/// The parts of an id come from a report: nothing in them may lead a path or an URL elsewhere.
constexpr std::size_t kMaxPart = 32;
bool is_part(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  };
  return !text.empty() && text.size() <= kMaxPart && std::ranges::all_of(text, is_allowed);
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

std::string without_dots(std::string text) {
  std::erase(text, '.');
  return text;
}

Result<void> demand_parts(std::initializer_list<std::pair<std::string_view, std::string_view>> parts) {
  for (const auto& [name, text] : parts) {
    if (!is_part(text)) {
      return Error(ErrorCode::malformed_input,
                   concat("the report's ", name, " \"", printable(text), "\" names no manifest: it has 1 to ", kMaxPart,
                          " letters, digits, dots and hyphens"));
    }
  }
  return {};
}

/// Of Hopper and of what came after it. The chip is the certificates' word, which the manifest's product must be.
std::string driver_id(const NvidiaClaims& claims, std::string_view chip_info) {
  if (claims.hwmodel.starts_with("GH")) {
    return concat("NV_GPU_DRIVER_", claims.hwmodel, "_", claims.driver_version);
  }
  constexpr std::string_view kFirstBlackwell = "GB100";  // whose early firmware does not name its chip
  return concat("NV_GPU_CC_DRIVER_", chip_info.empty() ? kFirstBlackwell : chip_info, "_", claims.driver_version);
}

/// The last part of a path or URL: of "file (from URL)" the URL's, and never what we put behind one.
std::string_view stem_of(std::string_view source) {
  constexpr std::string_view kCached = " (cached)", kFrom = " (from ";
  if (source.ends_with(kCached)) {
    source.remove_suffix(kCached.size());
  }
  if (const std::size_t from = source.rfind(kFrom); from != std::string_view::npos && source.ends_with(')')) {
    source = source.substr(from + kFrom.size());
    source.remove_suffix(1);
  }
  if (const std::size_t slash = source.rfind('/'); slash != std::string_view::npos) {
    source.remove_prefix(slash + 1);
  }
  for (const std::string_view end : {".xml", ".swidtag"}) {
    if (source.ends_with(end)) {
      source.remove_suffix(end.size());
    }
  }
  return source;
}

/// What lies under the id of another manifest is that one, though it may be of the same chip and version.
bool is_named_otherwise(std::string_view source, std::string_view id) {
  const std::string_view stem = stem_of(source);
  return (stem.starts_with("NV_GPU_") || stem.starts_with("NV_SWITCH_")) && !same_version(stem, id);
}

DocumentKind<Rim> manifests_for(const ManifestNeed& need, const Question& question) {
  DocumentKind<Rim> kind;
  kind.parse = [](const CollateralDocumentPtr& document) -> Result<RimPtr> {
    auto rim = parse_rim(document->body);
    if (!rim) {
      return Error(ErrorCode::malformed_input, rim.error().message());  // one of its kind all the same
    }
    return std::make_shared<const Rim>(*std::move(rim));
  };
  kind.fits = [&need](const Rim& rim) {
    return rim.product == need.product && rim.edition == need.edition && same_version(rim.version, need.version);
  };
  kind.lies_right = [&need](const CollateralDocument& document) {
    return !is_named_otherwise(document.source, need.id);
  };
  kind.describe = [](const Rim& rim) { return concat(rim.edition, " ", rim.product, " ", rim.version); };
  kind.rank = [&question](const Rim& rim) {
    const auto signer = question.recall->certificate(rim.certificates.front());
    return signer ? Rank{(*signer)->not_before(), (*signer)->not_after(), {}} : Rank{};
  };
  return kind;
}

}  // namespace

Result<std::vector<ManifestNeed>> manifests_needed(const NvidiaClaims& claims, std::string_view chip_info) {
  std::vector<ManifestNeed> out;
  if (claims.device_type != "gpu") {
    TENZRO_RETURN_IF_ERROR(demand_parts({{"BIOS version", claims.vbios_version}}));
    // Source: NVIDIA's tools, which know one board.
    out.push_back({"BIOS", concat("NV_SWITCH_BIOS_5612_0002_890_", upper(without_dots(claims.vbios_version))),
                   claims.hwmodel, "SWITCH", claims.vbios_version});
    return out;
  }
  TENZRO_RETURN_IF_ERROR(demand_parts({{"driver version", claims.driver_version},
                                       {"VBIOS version", claims.vbios_version},
                                       {"project", claims.project},
                                       {"project SKU", claims.project_sku},
                                       {"chip SKU", claims.chip_sku}}));
  if (!chip_info.empty()) {
    TENZRO_RETURN_IF_ERROR(demand_parts({{"chip name", chip_info}}));
  }
  out.push_back({"driver", driver_id(claims, chip_info), claims.hwmodel, "GPU", claims.driver_version});
  out.push_back({"VBIOS",
                 upper(concat("NV_GPU_VBIOS_", claims.project, "_", claims.project_sku, "_", claims.chip_sku, "_",
                              without_dots(claims.vbios_version))),
                 claims.hwmodel, "GPU", claims.vbios_version});
  return out;
}

ManifestFinder::Found ManifestFinder::find(const ManifestNeed& need, VerdictBuilder& verdict) {
  // Two products can have one id: early firmware does not name its chip.
  const std::string key = concat(need.id, " ", need.product, " ", need.edition, " ", need.version);
  auto known = judged_.find(key);
  if (known == judged_.end()) {
    Judged judged{VerdictBuilder(question_.moment.at)};
    judged.found = judge(need, judged.findings);
    known = judged_.emplace(key, std::move(judged)).first;
  }
  verdict.absorb(known->second.findings, {});
  return known->second.found;
}

ManifestFinder::Found ManifestFinder::judge(const ManifestNeed& need, VerdictBuilder& verdict) const {
  const std::string name = concat(need.part, " reference manifest");
  const std::string id = concat("rim.", need.part == "driver" ? "driver" : "vbios");
  const auto request = [&](CollateralKind kind) {
    CollateralRequest out;
    out.kind = kind;
    out.platform = Platform::nvidia_gpu;
    out.rim_id = need.id;
    out.simulated = anchors_.kind() == TrustAnchors::simulated;
    const auto roots = anchors_.roots(Platform::nvidia_gpu, ChainRole::rim_signer);
    out.root = roots.empty() ? ByteView() : roots.front()->der();
    return out;
  };
  DocumentFinder finder(question_, request, verdict);
  // Without a rule that demands it, nothing is missing; one that is there must be good all the same.
  const Wording wording{CollateralKind::rim, "device", name, rules_.require_rim ? "collateral_missing" : "", id};
  auto chosen = finder.find(wording, manifests_for(need, question_), need.id);
  if (!chosen) {
    return {};
  }
  const std::string shown = concat(name, " (", printable(chosen->document->source), ")");
  const RimAuthenticity found =
      judge_rim({*chosen->parsed, chosen->sha256, shown, anchors_, question_.moment, &question_.recall->checks(),
                 [this](ByteView der) { return question_.recall->certificate(der); }});
  finder.note_use(*chosen->document, chosen->sha256, question_.moment.at, found.valid_until);
  for (const Finding& failure : found.failures) {
    verdict.fail(id, kVendor, failure, need.id);
  }
  if (!found.authentic()) {
    return {};
  }
  for (const x509::CertificatePtr& certificate : found.chain) {
    question_.recall->learn(certificate);
  }
  verdict.pass(id, kVendor, need.id, concat(chosen->parsed->product, " ", chosen->parsed->version));
  const std::size_t before = verdict.failure_count();
  const bool current = judge_signer_revocation(id, {found.chain, ChainRole::rim_signer, anchors_},
                                               rules_.allow_certificate_hold, question_, verdict);
  if (verdict.has_failure_in("revocation", before)) {
    return {};
  }
  finder.accept(*chosen);
  return {chosen->parsed, current};
}

}  // namespace tenzro::tee::nvidia
