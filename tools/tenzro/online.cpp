// SPDX-License-Identifier: Apache-2.0
#include "online.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "environment.hpp"

namespace tenzro::cli {
namespace {

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

tee::Result<std::shared_ptr<tee::CollateralSource>> online_source(const VerifyArguments& arguments) {
  tee::OnlineOptions options;
  if (arguments.tcb_update) {
    auto update = tee::parse_tcb_update(*arguments.tcb_update);
    if (!update) {
      return std::move(update).error().with_context("--tcb-update");
    }
    options.tcb_update = *update;
  }
  std::string_view url_name;
  if (std::string url = variable("TENZRO_PCCS_URL"); !url.empty()) {
    url_name = "TENZRO_PCCS_URL";
    options.base_urls.emplace_back(tee::CollateralService::intel_pccs, std::move(url));
  }
  options.ca_file = arguments.ca_file ? *arguments.ca_file : variable("TENZRO_CA_FILE");
  options.cache_dir = cache_folder();
  options.refresh = tee::CollateralRefresh::before_answering;  // there is no later
  options.proxy = either("HTTPS_PROXY", "https_proxy");
  options.no_proxy = either("NO_PROXY", "no_proxy");
  auto source = tee::online_collateral(options);
  if (!source && !url_name.empty() && source.error().code() == tee::ErrorCode::invalid_argument) {
    return std::move(source).error().with_context(url_name);
  }
  return source;
}

}  // namespace tenzro::cli
