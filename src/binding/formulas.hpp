// SPDX-License-Identifier: Apache-2.0
// What evidence must contain so that it answers for exactly one statement: every hash formula of this library, in one
// place.
#pragma once
#include <cstdint>
#include <span>

#include "tenzro/tee/bytes.hpp"

namespace tenzro::tee::binding {

/// A domain label: its characters, then zero bytes to 32. Literals only; one that is empty or too long does not
/// compile.
template <std::size_t N>
consteval ByteArray<32> pad32(const char (&label)[N]) {
  static_assert(N > 1 && N - 1 <= 32, "a label has 1 to 32 characters");
  ByteArray<32> out{};
  for (std::size_t i = 0; i + 1 < N; ++i) {
    out[i] = static_cast<std::uint8_t>(label[i]);
  }
  return out;
}

// Every formula starts with its own label, and what follows has fixed lengths or carries its length: no two statements
// have one encoding.

/// What a network entry point has signed for its caller:
/// SHA-512(pad32("tenzro-rpc-rd-v1") || u32be(size) || data). Never the caller's own bytes, so nobody can obtain
/// evidence for a statement of ours. invalid_argument for no bytes and for 4 GiB or more.
Result<ByteArray<64>> rpc_report_data(ByteView data);

/// What stands in place of a session root when evidence is bound to a key and two times (Unix seconds):
/// SHA-256(pad32("tenzro-atls-key-v1") || u64be(issued) || u64be(not_after)).
ByteArray<32> key_mode_slot(std::uint64_t issued, std::uint64_t not_after);

/// The SPDM nonce of a GPU that answers alone for user data: SHA-256 of the 64-byte form.
ByteArray<32> nvidia_nonce(std::span<const std::uint8_t, 64> user_data_64);

/// The SPDM nonce of the GPUs in a composite: SHA-256(pad32("tenzro-gpu-v1") || bound_to || seed). bound_to is the
/// 64-byte form of the user data, or the TLS key's hash followed by the session root.
ByteArray<32> composite_gpu_nonce(std::span<const std::uint8_t, 64> bound_to, std::span<const std::uint8_t, 32> seed);

/// composite_gpu_nonce for attested TLS: bound_to = spki_hash || session_root.
ByteArray<32> session_gpu_nonce(std::span<const std::uint8_t, 32> spki_hash,
                                std::span<const std::uint8_t, 32> session_root, std::span<const std::uint8_t, 32> seed);

/// The report data of the CPU in a composite: SHA-512(pad32("tenzro-composite-v1") || user_data_64 ||
/// SHA-256(section)). device_section: the exact bytes of the section as carried, never a re-serialisation.
ByteArray<64> composite_report_data(std::span<const std::uint8_t, 64> user_data_64, ByteView device_section);

}  // namespace tenzro::tee::binding
