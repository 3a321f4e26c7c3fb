// SPDX-License-Identifier: Apache-2.0
#include "online/endpoints.hpp"

#include "core/text.hpp"
#include "core/try.hpp"
#include "net/http_client.hpp"

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

}  // namespace

Result<Endpoints> Endpoints::make(const OnlineOptions& options) {
  Endpoints out;
  out.api_ = "https://api.trustedservices.intel.com";
  out.root_crl_ = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";
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
    }
  }
  if (!cache_server.empty()) {
    out.api_ = std::move(cache_server);
    out.cache_server_ = true;
  }
  return out;
}

std::string Endpoints::url(const CollateralRequest& request) const {
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
      return {};
  }
  return {};
}

}  // namespace tenzro::tee::online
