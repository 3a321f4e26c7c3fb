// SPDX-License-Identifier: Apache-2.0
// From a service's answer to a document.
#pragma once
#include <string>

#include "net/http_client.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::online {

/// What is said where NVIDIA's services refuse to answer without a key.
inline constexpr std::string_view kWantsKey = "; a service key of NVIDIA's is needed, or the one given does not hold";

/// Which of the verdict's checks a document of this kind belongs to.
std::string_view check_of(CollateralKind kind) noexcept;

/// The body in the form that its kind names (a list as DER, whichever of DER, PEM or hex came), with the issuer chain
/// of the answer's header, and with what the service has to say of itself as a remark. collateral_unreachable, or
/// collateral_missing when the service says that it has none: no answer. malformed_input: an answer that holds
/// something else.
Result<CollateralDocument> read_answer(net::Fetched answer, CollateralKind kind, const std::string& url);

}  // namespace tenzro::tee::online
