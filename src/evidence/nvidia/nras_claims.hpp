// SPDX-License-Identifier: Apache-2.0
// What the tokens of NVIDIA's remote attestation service say: claims of version 2.0 and 3.0, for GPUs and switches.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tenzro/tee/bytes.hpp"
#include "tenzro/tee/collateral.hpp"

namespace tenzro::tee::nvidia {

/// What both kinds of token have.
struct CommonClaims {
  std::string issuer;                      ///< "iss"
  std::optional<std::string> audience;     ///< "aud" as JSON text; the service writes none
  UtcTime issued_at{}, expires{};          ///< "iat", "exp"
  std::optional<UtcTime> not_before;       ///< "nbf"
  std::optional<ByteArray<32>> eat_nonce;  ///< always there but in the token of a device that could not be judged
};

/// A device's token, named by its digest.
struct Submodule {
  std::string name;
  ByteArray<32> sha256{};  ///< over the token's text
};

/// The token over all devices.
struct OverallClaims {
  CommonClaims common;  ///< eat_nonce is there
  bool result = false;  ///< "x-nvidia-overall-att-result"
  std::vector<Submodule> submodules;
};

/// What version 3.0 says of one certificate chain.
struct ChainClaim {
  std::string name;    ///< of the claim
  std::string status;  ///< "valid", "expired", "invalid" or "revoked"
  std::string ocsp;    ///< "good", "revoked" or "unknown"
  std::optional<std::string> revocation_reason;
};

/// Why the service could not judge a device.
struct ServiceError {
  std::optional<std::uint64_t> code;  ///< 4010: the nonce; 4007, 4014: the device's chain; ...
  std::string message, description;   ///< "NONCE_NOT_MATCHING" and a sentence; from outside, not made printable
};

/// The token of one device. Where error is set, nothing but the common claims need be there.
struct DeviceClaims {
  CommonClaims common;
  RemoteDevices kind = RemoteDevices::gpus;
  std::string version;         ///< "2.0" or "3.0"
  std::string hwmodel;         ///< "GH100"
  std::string ueid;            ///< the serial number of the device's certificate, in decimal digits
  std::string driver_version;  ///< GPUs only
  std::string vbios_version;   ///< of a switch: of its BIOS
  std::optional<bool> secure_boot;
  std::optional<std::string> debug_status, measurement_result;  ///< "disabled", "success"
  std::vector<std::string> false_claims;    ///< names of claims that say no; those in chains as "chain.claim"
  std::vector<std::string> missing_claims;  ///< names of claims that the version has and this token has not
  std::vector<ChainClaim> chains;
  std::size_t mismatches = 0;          ///< measurements and other records that differ
  std::optional<std::string> warning;  ///< "x-nvidia-attestation-warning"; null is none
  std::optional<ServiceError> error;   ///< "x-nvidia-error-details"
};

/// The payload of a token as strict JSON, every claim that is looked at of its own type: "true" is no boolean. Claims
/// that are not known say nothing, but a boolean of NVIDIA's that is false always counts. malformed_input names the
/// claim; unsupported for claims of another version.
Result<OverallClaims> parse_overall_claims(ByteView payload);
Result<DeviceClaims> parse_device_claims(ByteView payload, RemoteDevices kind);

}  // namespace tenzro::tee::nvidia
