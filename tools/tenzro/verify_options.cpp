// SPDX-License-Identifier: Apache-2.0
#include "verify_options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "binding_options.hpp"
#include "input.hpp"
#include "number_options.hpp"
#include "tenzro/tee/inspect.hpp"
#include "terminal.hpp"

namespace tenzro::cli {
namespace {

constexpr std::size_t kMaxTrustAnchor = std::size_t{64} << 10;

tee::Error not_one_of(std::string_view option, std::string_view word, std::string_view words) {
  return {tee::ErrorCode::invalid_argument,
          std::string(option) + ": \"" + safe_text(word) + "\" is none of " + std::string(words)};
}

tee::Result<std::chrono::seconds> max_age(const std::string& text) {
  constexpr std::int64_t kMost = std::chrono::seconds(std::chrono::days{36'500}).count();
  auto seconds = number_option<std::int64_t>("--max-age", text, "number of seconds", 1, kMost);
  if (!seconds) {
    return std::move(seconds).error();
  }
  return std::chrono::seconds(*seconds);
}

tee::Result<tee::Revocation> revocation(const std::string& word) {
  if (word == "require") {
    return tee::Revocation::require;
  }
  if (word == "if-available") {
    return tee::Revocation::if_available;
  }
  if (word == "off") {
    return tee::Revocation::off;
  }
  return not_one_of("--revocation", word, "require, if-available and off");
}

tee::Result<std::vector<tee::Bytes>> trust_anchors(const std::vector<std::string>& files) {
  std::vector<tee::Bytes> anchors;
  for (const std::string& file : files) {
    auto content = read_input(file, kMaxTrustAnchor);
    if (!content) {
      return std::move(content).error().with_context("--trust-anchor");
    }
    auto certificates = tee::read_certificates(*content);
    if (!certificates) {
      return std::move(certificates).error().with_context("--trust-anchor: " + safe_text(file));
    }
    for (tee::Bytes& der : *certificates) {
      anchors.push_back(std::move(der));
    }
  }
  return anchors;
}

}  // namespace

tee::Result<tee::VerifyOptions> verify_options(const VerifyArguments& arguments) {
  auto expected = bound_user_data(arguments);
  if (!expected) {
    return std::move(expected).error();
  }
  tee::VerifyOptions options =
      *expected ? tee::VerifyOptions::bound_to_caller_data(**expected) : tee::VerifyOptions::unbound_replay_possible();
  auto expected_nonce = bound_nonce(arguments);
  if (!expected_nonce) {
    return std::move(expected_nonce).error();
  }
  if (*expected_nonce) {
    options.expect_nonce(**std::move(expected_nonce));
  }
  if (arguments.max_age) {
    const auto age = max_age(*arguments.max_age);
    if (!age) {
      return age.error();
    }
    options.max_age(*age);
  }
  if (arguments.platform) {
    auto platform = tee::parse_platform(*arguments.platform);
    if (!platform) {
      return not_one_of("--platform", *arguments.platform,
                        "intel-tdx, amd-sev-snp, aws-nitro, nvidia-gpu, intel-sgx and aws-nitro-tpm");
    }
    options.require_platform(*platform);
  }
  if (arguments.at) {
    auto time = tee::from_rfc3339(*arguments.at);
    if (!time) {
      return bad_value("--at", time.error());
    }
    options.at(*time);
  }
  if (arguments.revocation) {
    auto mode = revocation(*arguments.revocation);
    if (!mode) {
      return std::move(mode).error();
    }
    options.revocation(*mode);
  }
  if (arguments.gpu_verifier && *arguments.gpu_verifier != "local" && *arguments.gpu_verifier != "nras") {
    return not_one_of("--gpu-verifier", *arguments.gpu_verifier, "local and nras");
  }
  options.gpu_verifier(arguments.gpu_verifier == "nras" ? tee::GpuVerifier::nras : tee::GpuVerifier::local);
  if (!arguments.trust_anchors.empty()) {
    auto anchors = trust_anchors(arguments.trust_anchors);
    if (!anchors) {
      return std::move(anchors).error();
    }
    options.replace_trust_anchors(*std::move(anchors));
  }
  // Who names these files says that the evidence is an Azure guest's; an envelope that encloses them does not.
  if (arguments.accept_paravisor || arguments.runtime_data || arguments.tpm_quote) {
    options.accept_paravisor();
  }
  if (arguments.allow_simulated) {
    options.accept_simulated(tee::InsecureSimulation::for_development_only());
  }
  return options;
}

}  // namespace tenzro::cli
