// SPDX-License-Identifier: Apache-2.0
// AWS Signature Version 4, for POST requests to one path of a service.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tenzro/tee/seal.hpp"

namespace tenzro::tee::kms::sigv4 {

/// What a signature is good for: this service in this region, within minutes of this time.
struct Scope {
  UtcTime time;
  std::string region;   ///< "us-east-1"
  std::string service;  ///< "kms"
};

/// What is signed of a request besides its time: POST / with these header lines and body, and no query.
struct Call {
  std::string_view host;
  std::string_view target;  ///< X-Amz-Target: "TrentService.Decrypt"
  std::string_view content_type;
  ByteView body;
};

std::string amz_date(UtcTime time);                ///< "20150830T123600Z"
std::string credential_scope(const Scope& scope);  ///< "20150830/us-east-1/iam/aws4_request"

/// session_token: empty for none. No value may have a space at either end, or two in a row.
std::string canonical_request(const Call& call, UtcTime time, std::string_view session_token);
std::string string_to_sign(const Scope& scope, const ByteArray<32>& canonical_request_hash);
/// Whoever has it can sign everything of that day, region and service.
Result<SecretBytes> signing_key(const SecretBytes& secret_access_key, const Scope& scope);
Result<std::string> signature(const SecretBytes& signing_key, std::string_view string_to_sign);  ///< hex

/// The header lines that a call needs besides Host and Content-Type. invalid_argument: credentials that no header line
/// can hold. No error quotes any of them.
Result<std::vector<std::string>> sign(const Call& call, const AwsCredentials& credentials, const Scope& scope);

}  // namespace tenzro::tee::kms::sigv4
