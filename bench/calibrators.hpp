// SPDX-License-Identifier: Apache-2.0
// Plain OpenSSL, as its manual shows it: what all other rows are measured against.
#pragma once

namespace tenzro::bench {

inline constexpr const char* kP256Verify = "calib/p256_verify";
inline constexpr const char* kP256VerifyThreads = "calib/p256_verify_threads";
inline constexpr const char* kP384Verify = "calib/p384_verify";
inline constexpr const char* kP384VerifyThreads = "calib/p384_verify_threads";
inline constexpr const char* kRsa4096Verify = "calib/rsa4096_pss_verify";
inline constexpr const char* kSha256Of632 = "calib/sha256_632";
void add_calibrators();

}  // namespace tenzro::bench
