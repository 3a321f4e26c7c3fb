// SPDX-License-Identifier: Apache-2.0
#include "online.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <utility>

#include "environment.hpp"

namespace tenzro::cli {
namespace {

/// Variables that name other places than the vendors' own.
struct Place {
  const char* name;
  tee::CollateralService service;
};
constexpr std::array<Place, 5> kPlaces = {{{"TENZRO_PCCS_URL", tee::CollateralService::intel_pccs},
                                           {"TENZRO_KDS_URL", tee::CollateralService::amd_kds},
                                           {"TENZRO_RIM_URL", tee::CollateralService::nvidia_rim},
                                           {"TENZRO_OCSP_URL", tee::CollateralService::nvidia_ocsp},
                                           {"TENZRO_NRAS_URL", tee::CollateralService::nvidia_nras}}};
/// As NVIDIA's own tools call it.
constexpr const char* kServiceKey = "NV_ATTESTATION_SERVICE_KEY";

std::string variable(const char* name) { return environment_variable(name).value_or(std::string()); }

std::string either(const char* upper, const char* lower) {
  const std::string value = variable(upper);
  return value.empty() ? variable(lower) : value;
}

/// Empty: collateral is not kept.
std::filesystem::path cache_folder() {
  if (std::string named = variable("TENZRO_CACHE_DIR"); !named.empty()) {
    return named;
  }
  // XDG base directory specification: a relative path there is to be ignored.
  if (const std::filesystem::path base = variable("XDG_CACHE_HOME"); base.is_absolute()) {
    return base / "tenzro";
  }
  const std::filesystem::path home = variable("HOME");
  return home.is_absolute() ? home / ".cache" / "tenzro" : std::filesystem::path();
}

}  // namespace

tee::Result<tee::OnlineOptions> online_options(const OnlineArguments& arguments) {
  tee::OnlineOptions options;
  if (arguments.tcb_update) {
    auto update = tee::parse_tcb_update(*arguments.tcb_update);
    if (!update) {
      return std::move(update).error().with_context("--tcb-update");
    }
    options.tcb_update = *update;
  }
  for (const Place& place : kPlaces) {
    if (std::string url = variable(place.name); !url.empty()) {
      // By itself first, so that the message names the variable.
      tee::OnlineOptions alone;
      alone.base_urls.emplace_back(place.service, url);
      if (auto checked = tee::online_collateral(alone);
          !checked && checked.error().code() == tee::ErrorCode::invalid_argument) {
        return std::move(checked).error().with_context(place.name);
      }
      options.base_urls.emplace_back(place.service, std::move(url));
    }
  }
  options.nvidia_service_key = variable(kServiceKey);
  if (!options.nvidia_service_key.empty()) {
    tee::OnlineOptions alone;
    alone.nvidia_service_key = options.nvidia_service_key;
    if (auto checked = tee::online_collateral(alone);
        !checked && checked.error().code() == tee::ErrorCode::invalid_argument) {
      return std::move(checked).error().with_context(kServiceKey);
    }
  }
  options.ca_file = arguments.ca_file ? *arguments.ca_file : variable("TENZRO_CA_FILE");
  options.cache_dir = cache_folder();
  options.refresh = tee::CollateralRefresh::before_answering;  // there is no later
  options.proxy = either("HTTPS_PROXY", "https_proxy");
  options.no_proxy = either("NO_PROXY", "no_proxy");
  return options;
}

tee::Result<std::shared_ptr<tee::CollateralSource>> online_source(const OnlineArguments& arguments) {
  auto options = online_options(arguments);
  if (!options) {
    return std::move(options).error();
  }
  return tee::online_collateral(*options);
}

}  // namespace tenzro::cli
