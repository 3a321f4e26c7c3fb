// SPDX-License-Identifier: Apache-2.0
#include "seal_plan.hpp"

#include <chrono>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "environment.hpp"
#include "input.hpp"
#include "number_options.hpp"
#include "online.hpp"
#include "terminal.hpp"

namespace tenzro::cli {
namespace {

constexpr std::size_t kMaxConfig = std::size_t{64} << 10;
constexpr unsigned kMostThreads = 64;
constexpr std::string_view kFromCounter = "auto";

std::shared_ptr<const tee::AwsCredentials> aws_credentials() {
  const auto id = environment_variable("AWS_ACCESS_KEY_ID");
  auto secret = environment_variable("AWS_SECRET_ACCESS_KEY");
  if (!id || !secret || id->empty() || secret->empty()) {
    return nullptr;
  }
  auto out = std::make_shared<tee::AwsCredentials>();
  out->access_key_id = *id;
  out->secret_access_key = tee::SecretBytes(tee::Bytes(secret->begin(), secret->end()));
  explicit_bzero(secret->data(), secret->size());
  out->session_token = environment_variable("AWS_SESSION_TOKEN").value_or(std::string());
  return out;
}

tee::Result<std::uint64_t> wanted_generation(const std::optional<std::string>& text, const char* option) {
  if (!text || *text == kFromCounter) {
    return std::uint64_t{0};
  }
  return number_option<std::uint64_t>(option, *text, "number", 0, ~std::uint64_t{0});
}

std::string_view generation_text(const SealArguments& arguments, const SealDirection& direction) {
  const auto& text = direction.seals ? arguments.generation : arguments.min_generation;
  return text ? std::string_view(*text) : std::string_view();
}

}  // namespace

tee::Result<SealPlan> seal_plan(const SealArguments& arguments, const SealDirection& direction) {
  auto key_id = tee::SealKeyId::parse(arguments.key_id);
  if (!key_id) {
    return std::move(key_id).error().with_context("--key-id");
  }
  SealPlan out{.key_id = *std::move(key_id), .options = {}, .generation_from_counter = false};
  tee::SealOptions& options = out.options;
  if (arguments.root) {
    auto root = tee::parse_sealing_source(*arguments.root);
    if (!root) {
      return std::move(root).error().with_context("--root");
    }
    options.root = *root;
  }
  if (arguments.scope) {
    auto scope = tee::parse_seal_scope(*arguments.scope);
    if (!scope) {
      return std::move(scope).error().with_context("--scope");
    }
    options.scope = *scope;
  }
  options.measurement_covers_workload = arguments.measurement_covers_workload;
  if (arguments.aad) {
    options.associated_data = {reinterpret_cast<const std::uint8_t*>(arguments.aad->data()), arguments.aad->size()};
  }
  auto generation = wanted_generation(arguments.generation, "--generation");
  if (!generation) {
    return std::move(generation).error();
  }
  options.generation = *generation;
  auto least = wanted_generation(arguments.min_generation, "--min-generation");
  if (!least) {
    return std::move(least).error();
  }
  options.min_generation = *least;
  out.generation_from_counter = generation_text(arguments, direction) == kFromCounter;
  if (arguments.threads) {
    auto threads = number_option<unsigned>("-j", *arguments.threads, "number", 1, kMostThreads);
    if (!threads) {
      return std::move(threads).error();
    }
    options.threads = *threads;
  }
  auto patience = timeout_option(arguments.timeout);
  if (!patience) {
    return std::move(patience).error();
  }
  options.patience = *patience;
  if (direction.seals && arguments.min_generation && !arguments.rewrap) {
    return misuse("--min-generation: there is an older file to refuse with --rewrap only");
  }
  const bool raw_with_more =
      arguments.raw && (arguments.rewrap || arguments.generation || arguments.min_generation || arguments.threads);
  if (raw_with_more) {
    return misuse(
        "--raw: a small message has no header, so there is neither --rewrap, --generation, "
        "--min-generation nor -j for it");
  }
  return out;
}

tee::Result<tee::SealingNetwork> sealing_network(const SealArguments& arguments) {
  auto online = online_options(arguments);
  if (!online) {
    return std::move(online).error();
  }
  tee::SealingNetwork out;
  out.aws = aws_credentials();
  out.kms_endpoint = environment_variable("TENZRO_KMS_ENDPOINT").value_or(std::string());
  out.ca_file = online->ca_file;
  out.proxy = online->proxy;
  out.no_proxy = online->no_proxy;
  return out;
}

tee::Result<tee::SealingConfig> sealing_config(const std::string& path) {
  const auto text = read_input(path, kMaxConfig);
  if (!text) {
    return text.error();
  }
  auto config = tee::SealingConfig::from_file_text({reinterpret_cast<const char*>(text->data()), text->size()});
  if (!config) {
    return std::move(config).error().with_context(safe_text(path));
  }
  return config;
}

tee::Result<std::unique_ptr<tee::TeeProvider>> sealing_tee(tee::SealingSource root) {
  tee::DetectOptions options;
  switch (root) {
    case tee::SealingSource::tpm:
      return std::unique_ptr<tee::TeeProvider>();
    case tee::SealingSource::snp:
      options.only = tee::Platform::amd_sev_snp;
      break;
    case tee::SealingSource::kms:
      options.only = tee::Platform::aws_nitro;
      break;
    case tee::SealingSource::automatic:
    case tee::SealingSource::kbs:
    case tee::SealingSource::simulated:
      break;
  }
  return tee::detect_tee(options);
}

}  // namespace tenzro::cli
