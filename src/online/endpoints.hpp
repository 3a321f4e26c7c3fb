// SPDX-License-Identifier: Apache-2.0
// Which URL answers which request: Intel's PCS version 4, or a PCCS in its place; AMD's key distribution service;
// NVIDIA's manifests, OCSP responder and remote attestation service.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::online {

/// Immutable.
/// Threads: const members may be called from several threads at once.
class Endpoints {
 public:
  /// invalid_argument for a URL that may not be asked.
  static Result<Endpoints> make(const OnlineOptions& options);

  /// Built from the options and from the request's own fields, which are numbers, fixed words and
  /// the checked ids of manifests: no URL of a document or of evidence enters. Empty when no service has such a
  /// document.
  std::string url(const CollateralRequest& request) const;
  /// Where the issuers of an AMD certificate are, which does not come with them: ASK or ASVK, and ARK, PEM. Empty for
  /// anything else.
  std::string issuer_chain_url(const CollateralRequest& request) const;

  /// The door of NVIDIA's remote attestation service for devices of this kind.
  std::string appraisal_url(const AppraisalRequest& request) const;
  /// The services that requests lead to, each with its base URL.
  std::vector<std::pair<CollateralService, std::string>> services() const;
  /// Who signs what that service answers: it names itself by its base URL.
  const std::string& token_issuer() const noexcept { return nras_; }

 private:
  Endpoints() = default;
  std::string nvidia_url(const CollateralRequest& request) const;
  std::string api_, root_crl_, kds_, rim_, ocsp_, nras_;
  bool cache_server_ = false;
  TcbUpdate update_ = TcbUpdate::standard;
};

/// The response headers, in lower case, that may hold the issuer chain of a document of this kind.
std::vector<std::string_view> issuer_chain_headers(CollateralKind kind);

}  // namespace tenzro::tee::online
