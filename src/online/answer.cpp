// SPDX-License-Identifier: Apache-2.0
#include "online/answer.hpp"

#include <optional>
#include <utility>

#include "collateral/der_kind.hpp"
#include "collateral/documents.hpp"
#include "core/encoded_text.hpp"
#include "core/text.hpp"
#include "core/try.hpp"
#include "online/endpoints.hpp"

namespace tenzro::tee::online {

namespace {

constexpr std::size_t kMaxChain = 8;
constexpr std::size_t kMaxWarning = 200;

Result<Bytes> read_list(Bytes body) {
  if (collateral::recognise_der(body) == collateral::DerForm::crl) {
    return body;
  }
  return collateral::read_crl_text(as_text(body));
}

Result<std::vector<Bytes>> read_chain(const net::Fetched& answer, CollateralKind kind) {
  for (const std::string_view name : issuer_chain_headers(kind)) {
    const auto value = answer.header(name);
    if (!value) {
      continue;
    }
    auto chain = collateral::read_issuer_chain(*value);
    if (!chain) {
      return std::move(chain).error().with_context(concat("header ", name));
    }
    if (chain->size() > kMaxChain) {
      return Error(ErrorCode::malformed_input, concat("header ", name, ": more than ", kMaxChain, " certificates"));
    }
    return chain;
  }
  return std::vector<Bytes>();
}

Error no_answer(const net::Fetched& answer, CollateralKind kind) {
  const bool of_nvidia = kind == CollateralKind::rim || kind == CollateralKind::ocsp || kind == CollateralKind::jwks;
  if (of_nvidia && answer.problem == net::FetchProblem::unauthorized) {
    return Error(ErrorCode::collateral_unreachable, concat(answer.message, kWantsKey));
  }
  if (answer.problem != net::FetchProblem::not_found) {
    return Error(ErrorCode::collateral_unreachable, answer.message);
  }
  return Error(ErrorCode::collateral_missing,
               kind == CollateralKind::rim
                   ? concat(answer.message, " (RIM_NOT_FOUND: NVIDIA publishes no manifest for this version)")
                   : answer.message);
}

/// A revocation list.
bool is_list(CollateralKind kind) noexcept {
  return kind == CollateralKind::root_crl || kind == CollateralKind::pck_crl || kind == CollateralKind::amd_crl ||
         kind == CollateralKind::nitro_crl;
}

}  // namespace

std::string_view check_of(CollateralKind kind) noexcept {
  if (is_list(kind) || kind == CollateralKind::ocsp) {
    return "revocation";
  }
  if (kind == CollateralKind::rim || kind == CollateralKind::jwks) {
    return kind == CollateralKind::rim ? "device" : "signature";
  }
  return kind == CollateralKind::amd_chain ? "chain" : "tcb";
}

Result<CollateralDocument> read_answer(net::Fetched answer, CollateralKind kind, const std::string& url) {
  if (!answer.ok()) {
    return no_answer(answer, kind);
  }
  CollateralDocument out;
  out.kind = kind;
  out.source = url;
  if (const auto warning = answer.header("warning")) {
    out.remark = {.check = std::string(check_of(kind)),
                  .code = "collateral_service_warning",
                  .message = concat(url, ": ", printable(*warning, kMaxWarning))};
  }
  auto chain = read_chain(answer, kind);
  if (!chain) {
    return Error(ErrorCode::malformed_input, concat(url, ": ", chain.error().message()));
  }
  out.issuer_chain = *std::move(chain);
  out.body = std::move(answer.body);
  if (is_list(kind)) {
    auto list = read_list(std::move(out.body));
    if (!list) {
      return Error(ErrorCode::malformed_input, concat(url, ": ", list.error().message()));
    }
    out.body = *std::move(list);
  }
  if (kind == CollateralKind::amd_chain && collateral::recognise_der(out.body) != collateral::DerForm::certificate) {
    return Error(ErrorCode::malformed_input, concat(url, ": no DER certificate"));
  }
  return out;
}

}  // namespace tenzro::tee::online
