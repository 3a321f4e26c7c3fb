// SPDX-License-Identifier: Apache-2.0
// Sealing beside raw AES-256-GCM.
#pragma once

namespace tenzro::bench {

inline constexpr const char* kGcm256k = "calib/aes256gcm_256k";
inline constexpr const char* kGcm256kThreads = "calib/aes256gcm_256k_threads";
inline constexpr const char* kRandAndGcm1k = "calib/rand_aes256gcm_1k";

void add_seal_rows();

}  // namespace tenzro::bench
