// SPDX-License-Identifier: Apache-2.0
// What it means when AWS KMS says no, or cannot be reached.
#pragma once
#include <string_view>

#include "net/http_client.hpp"

namespace tenzro::tee::kms {

inline constexpr std::size_t kMaxRefusal = std::size_t{8} << 10;  ///< bytes of an answer that says no

/// answer: not ok. operation: "Decrypt". Codes: authentication_failed for a data key that is not of this KMS key and
/// encryption context; permission_denied for the caller and the enclave; not_available, invalid_argument for the KMS
/// key; timed_out, cancelled; io_failure for anything else. KMS's own words are quoted only where they cannot repeat
/// what the caller sent to prove itself, in printable form and cut.
Error explain_refusal(const net::Fetched& answer, std::string_view operation);

}  // namespace tenzro::tee::kms
