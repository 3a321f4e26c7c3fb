// SPDX-License-Identifier: Apache-2.0
// Whether vendors' services answer at all.
#include <future>
#include <utility>
#include <vector>

#include "core/try.hpp"
#include "net/http_client.hpp"
#include "online/endpoints.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee {

std::string_view to_string(CollateralService service) noexcept {
  switch (service) {
    case CollateralService::intel_pcs:
      return "intel-pcs";
    case CollateralService::intel_root_crl:
      return "intel-root-crl";
    case CollateralService::intel_pccs:
      return "intel-pccs";
    case CollateralService::amd_kds:
      return "amd-kds";
    case CollateralService::nvidia_rim:
      return "nvidia-rim";
    case CollateralService::nvidia_ocsp:
      return "nvidia-ocsp";
    case CollateralService::nvidia_nras:
      return "nvidia-nras";
  }
  return "unknown";
}

namespace {

/// A service that answers, but not at its front door, is there.
bool is_answer(net::FetchProblem problem) {
  switch (problem) {
    case net::FetchProblem::none:
    case net::FetchProblem::headers_too_large:
    case net::FetchProblem::body_too_large:
    case net::FetchProblem::redirected:
    case net::FetchProblem::encoded:
    case net::FetchProblem::not_found:
    case net::FetchProblem::unauthorized:
    case net::FetchProblem::throttled:
    case net::FetchProblem::refused:
    case net::FetchProblem::server_failed:
      return true;
    case net::FetchProblem::unknown:
    case net::FetchProblem::url_refused:
    case net::FetchProblem::name_unresolved:
    case net::FetchProblem::connection_failed:
    case net::FetchProblem::tls_failed:
    case net::FetchProblem::timed_out:
    case net::FetchProblem::cut_short:
    case net::FetchProblem::not_http:
    case net::FetchProblem::cancelled:
      return false;
  }
  return false;
}

}  // namespace

Result<std::vector<ServiceProbe>> probe_services(const OnlineOptions& options) {
  // Every other value of the options is checked where it is used.
  TENZRO_RETURN_IF_ERROR(online_collateral(options));
  TENZRO_ASSIGN_OR_RETURN(const online::Endpoints endpoints, online::Endpoints::make(options));
  TENZRO_ASSIGN_OR_RETURN(
      const net::HttpClient client,
      net::HttpClient::make({.ca_file = options.ca_file, .proxy = options.proxy, .no_proxy = options.no_proxy}));
  std::vector<std::pair<ServiceProbe, std::future<net::Fetched>>> asked;
  for (auto& [service, url] : endpoints.services()) {
    auto answer = std::async(std::launch::async, [&client, address = url, timeout = options.timeout] {
      return client.get(address, timeout);
    });
    asked.emplace_back(ServiceProbe{.service = service, .url = url}, std::move(answer));
  }
  std::vector<ServiceProbe> out;
  for (auto& [probe, answer] : asked) {
    const net::Fetched fetched = answer.get();
    probe.reachable = is_answer(fetched.problem);
    probe.detail = probe.reachable ? std::string() : fetched.message;
    out.push_back(std::move(probe));
  }
  return out;
}

}  // namespace tenzro::tee
