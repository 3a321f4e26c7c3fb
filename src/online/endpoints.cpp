// SPDX-License-Identifier: Apache-2.0
#include "online/endpoints.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "core/try.hpp"
#include "net/http_client.hpp"
#include "online/nvidia.hpp"

namespace tenzro::tee {

Result<TcbUpdate> parse_tcb_update(std::string_view name) {
  if (name == "standard") {
    return TcbUpdate::standard;
  }
  if (name == "early") {
    return TcbUpdate::early;
  }
  return Error(ErrorCode::invalid_argument, concat("\"", printable(name), "\" is neither standard nor early"));
}

}  // namespace tenzro::tee

namespace tenzro::tee::online {

namespace {

// Source: Intel PCS API v4 documentation, and the design guide of the PCCS, which has the same paths.
constexpr std::string_view kSgx = "/sgx/certification/v4";
constexpr std::string_view kTdx = "/tdx/certification/v4";

// --- AMD publication 57230 (VCEK certificate and KDS interface).

/// "/vcek/v1/Milan"; empty for a product that the service does not have.
std::string kds_path(const CollateralRequest& request) {
  constexpr std::array<std::string_view, 3> kProducts = {"Milan", "Genoa", "Turin"};
  if (std::ranges::find(kProducts, request.product) == kProducts.end()) {
    return {};
  }
  return concat(request.vlek ? "/vlek/v1/" : "/vcek/v1/", request.product);
}

/// The levels of REPORTED_TCB by their places, which the product decides.
std::string kds_levels(const CollateralRequest& request) {
  const auto level = [&request](std::size_t at) { return unsigned{request.tcb.at(at)}; };
  if (request.product == "Turin") {
    return concat("?fmcSPL=", level(0), "&blSPL=", level(1), "&teeSPL=", level(2), "&snpSPL=", level(3),
                  "&ucodeSPL=", level(7));
  }
  return concat("?blSPL=", level(0), "&teeSPL=", level(1), "&snpSPL=", level(6), "&ucodeSPL=", level(7));
}

/// Nothing without a chip: a VLEK is handed out to cloud providers only.
std::string kds_leaf(const CollateralRequest& request) {
  const std::string path = kds_path(request);
  if (path.empty() || request.vlek || request.chip_id == ByteArray<64>{}) {
    return {};
  }
  constexpr std::size_t kTurinChip = 8;
  const ByteView chip = ByteView(request.chip_id).first(request.product == "Turin" ? kTurinChip : 64);
  return concat(path, "/", to_hex(chip), kds_levels(request));
}

}  // namespace

Result<Endpoints> Endpoints::make(const OnlineOptions& options) {
  Endpoints out;
  out.api_ = "https://api.trustedservices.intel.com";
  out.root_crl_ = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";
  out.kds_ = "https://kdsintf.amd.com";
  out.rim_ = "https://rim.attestation.nvidia.com";
  out.ocsp_ = "https://ocsp.ndis.nvidia.com";
  out.nras_ = "https://nras.attestation.nvidia.com";
  out.update_ = options.tcb_update;
  std::string cache_server;
  for (const auto& [service, url] : options.base_urls) {
    TENZRO_ASSIGN_OR_RETURN(std::string base, net::checked_base_url(url));
    switch (service) {
      case CollateralService::intel_pcs:
        out.api_ = std::move(base);
        break;
      case CollateralService::intel_root_crl:
        out.root_crl_ = std::move(base);
        break;
      case CollateralService::intel_pccs:
        // As Intel's own client configuration writes it.
        if (base.ends_with(kSgx)) {
          base.resize(base.size() - kSgx.size());
        }
        cache_server = std::move(base);
        break;
      case CollateralService::amd_kds:
        out.kds_ = std::move(base);
        break;
      case CollateralService::nvidia_rim:
        out.rim_ = std::move(base);
        break;
      case CollateralService::nvidia_ocsp:
        out.ocsp_ = std::move(base);
        break;
      case CollateralService::nvidia_nras:
        out.nras_ = std::move(base);
        break;
    }
  }
  if (!cache_server.empty()) {
    out.api_ = std::move(cache_server);
    out.cache_server_ = true;
  }
  return out;
}

std::vector<std::pair<CollateralService, std::string>> Endpoints::services() const {
  std::vector<std::pair<CollateralService, std::string>> out;
  if (cache_server_) {
    out.emplace_back(CollateralService::intel_pccs, api_);
  } else {
    out.emplace_back(CollateralService::intel_pcs, api_);
    out.emplace_back(CollateralService::intel_root_crl, root_crl_);
  }
  out.emplace_back(CollateralService::amd_kds, kds_);
  out.emplace_back(CollateralService::nvidia_rim, rim_);
  out.emplace_back(CollateralService::nvidia_ocsp, ocsp_);
  out.emplace_back(CollateralService::nvidia_nras, nras_);
  return out;
}

std::string Endpoints::issuer_chain_url(const CollateralRequest& request) const {
  const std::string path = request.kind == CollateralKind::amd_chain ? kds_path(request) : std::string();
  return path.empty() ? path : concat(kds_, path, "/cert_chain");
}

std::string Endpoints::nvidia_url(const CollateralRequest& request) const {
  if (request.kind == CollateralKind::rim && nvidia::is_rim_id(request.rim_id)) {
    return concat(rim_, "/v1/rim/", request.rim_id);
  }
  if (request.kind == CollateralKind::ocsp && !request.certificate.empty() && !request.issuer.empty()) {
    return ocsp_;
  }
  return request.kind == CollateralKind::jwks ? concat(nras_, "/.well-known/jwks.json") : std::string();
}

std::string Endpoints::appraisal_url(const AppraisalRequest& request) const {
  return concat(nras_, "/v", request.version,
                request.devices == RemoteDevices::switches ? "/attest/switch" : "/attest/gpu");
}

std::string Endpoints::url(const CollateralRequest& request) const {
  if (request.platform == Platform::amd_sev_snp) {
    const std::string path = request.kind == CollateralKind::amd_chain ? kds_leaf(request)
                             : request.kind == CollateralKind::amd_crl ? kds_path(request)
                                                                       : std::string();
    return path.empty() ? path
                        : concat(kds_, path, request.kind == CollateralKind::amd_crl ? "/crl" : std::string_view());
  }
  if (request.platform == Platform::nvidia_gpu) {
    return nvidia_url(request);
  }
  const bool tdx = request.platform == Platform::intel_tdx;
  if (!tdx && request.platform != Platform::intel_sgx) {
    return {};
  }
  const std::string flavour = concat(api_, tdx ? kTdx : kSgx);
  const std::string_view update = update_ == TcbUpdate::early ? "update=early" : "update=standard";
  switch (request.kind) {
    case CollateralKind::unknown:
    case CollateralKind::amd_chain:
    case CollateralKind::amd_crl:
    case CollateralKind::nitro_crl:
    case CollateralKind::rim:
    case CollateralKind::ocsp:
    case CollateralKind::jwks:
      return {};
    case CollateralKind::tcb_info:
      return concat(flavour, "/tcb?fmspc=", to_hex(request.fmspc), "&", update);
    case CollateralKind::qe_identity:
      return concat(flavour, "/qe/identity?", update);
    case CollateralKind::root_crl:
      return cache_server_ ? concat(api_, kSgx, "/rootcacrl") : root_crl_;
    case CollateralKind::pck_crl:
      return concat(api_, kSgx, "/pckcrl?ca=", request.ca == "platform" ? "platform" : "processor", "&encoding=der");
  }
  return {};
}

std::vector<std::string_view> issuer_chain_headers(CollateralKind kind) {
  switch (kind) {
    case CollateralKind::tcb_info:
      return {"tcb-info-issuer-chain", "sgx-tcb-info-issuer-chain"};
    case CollateralKind::qe_identity:
      return {"sgx-enclave-identity-issuer-chain"};
    case CollateralKind::pck_crl:
      return {"sgx-pck-crl-issuer-chain"};
    case CollateralKind::unknown:
    case CollateralKind::root_crl:
    case CollateralKind::amd_chain:
    case CollateralKind::amd_crl:
    case CollateralKind::nitro_crl:
    case CollateralKind::rim:
    case CollateralKind::ocsp:
    case CollateralKind::jwks:
      return {};
  }
  return {};
}

}  // namespace tenzro::tee::online
